"""`export`: the list as an Excel file, at once or by a job, for those who may take links along."""

from __future__ import annotations

import base64
import io
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import openpyxl
import pytest

from handlers.answers import Answer, ExportBegun, FileReady, Refusal
from handlers.desk import Desk
from handlers.excel_file import EXCEL
from handlers.jobs import export_links as job
from handlers.jobs.kinds import STEPS
from handlers.jobs.worker import Worker
from handlers.links import export_links
from handlers.links.create_link import create_link
from handlers.people.add_staff import add_staff
from handlers.ports import DeliveryRefused, DeliveryTrouble
from handlers.requests import Asker, CreateLink, ExportLinks, ListLinks, Role
from models.link_states import LinkState
from models.money import Money
from models.tables import FirmEvent, Job, PaymentLink
from tests.cast import BILLING, NOOR, SAM, VERA, Surroundings

pytestmark = [pytest.mark.usefixtures("database"), pytest.mark.own_rows]
Sheet = list[tuple[Any, ...]]


@pytest.fixture
async def around() -> Surroundings:
    """Three links: Sam's in #billing and elsewhere, and one of Noor's, in euro, that is paid."""
    around = Surroundings()
    jane = CreateLink(
        Money(125_050, "USD"),
        "operating",
        emails=("jane@acme.example", "ap@acme.example"),
        payer_name="=HYPERLINK(1)",
        invoice_number="1042",
        due_on=date(2026, 12, 15),
    )
    await create_link(jane, SAM.in_slack(), around.ports)
    around.clock.tick(3600)
    await create_link(CreateLink(Money(1_000, "USD"), "trust", payer_name="Doe"), SAM.in_slack("C0OTHER"), around.ports)
    around.clock.tick(3600)
    await create_link(CreateLink(Money(9_000, "EUR"), "operating"), NOOR.in_slack("C0OTHER"), around.ports)
    await PaymentLink.filter(currency="EUR").update(state=LinkState.PAID, paid_minor=9_000, refunded_minor=3_000)
    await Job.all().delete()
    return around


async def asked(around: Surroundings, by: Asker, text: str = "export") -> Answer:
    return await Desk(around.ports).hear(by, text)


async def exported(around: Surroundings, by: Asker, text: str = "export") -> FileReady:
    answer = await asked(around, by, text)
    assert isinstance(answer, FileReady), answer
    return answer


def sheet_of(file: FileReady, name: str = "Links") -> Sheet:
    return list(openpyxl.load_workbook(io.BytesIO(file.content))[name].iter_rows(values_only=True))


async def work(around: Surroundings) -> None:
    worker = Worker(STEPS, around.ports)
    while await worker.run_due():
        pass


# ── what the file holds ──────────────────────────────────────────────────────────────────────────────────────────────


async def test_f58_an_export_holds_every_link_in_typed_cells(around: Surroundings) -> None:
    """(F58) Newest first, as the list; moments in the firm's time zone."""
    file = await exported(around, NOOR.in_slack())
    header, euro, doe, jane = sheet_of(file)
    assert header == (
        *("Reference", "Created", "Client", "Amount", "Paid", "Refunded", "Currency", "State", "Invoice"),
        *("Due", "Account", "Made by", "Email", "Needs a look"),
    )
    assert euro[3:8] == (90, 90, 30, "EUR", "paid")
    assert doe[2:4] == ("Doe", 10)
    assert jane[1:6] == (datetime.fromisoformat("2026-11-23 10:00"), "=HYPERLINK(1)", 1250.5, 0, 0)
    assert jane[6:13] == (
        *("USD", "outstanding", "1042", datetime.fromisoformat("2026-12-15"), "Harbor & Finch Operating"),
        *("Sam Okafor", "jane@acme.example, ap@acme.example"),
    )
    assert (file.filename, file.content_type) == ("paylink-links-2026-11-23.xlsx", EXCEL)


async def test_f58_the_second_sheet_adds_up_each_currency(around: Surroundings) -> None:
    """(F58)"""
    totals = sheet_of(await exported(around, NOOR.in_slack()), "Totals")
    assert totals == [
        ("Currency", "Links", "Amount", "Paid", "Refunded"),
        ("EUR", 1, 90, 90, 30),
        ("USD", 2, 1260.5, 0, 0),
    ]


async def test_f58_view_filters_columns_and_order_are_those_of_the_list(around: Surroundings) -> None:
    """(F54, F58) The reference comes first, as in every list, and an amount has its currency beside it."""
    file = await exported(
        around, NOOR.in_slack(), "export outstanding over 5 sort amount asc columns client, paid, amount"
    )
    assert sheet_of(file)[0] == ("Reference", "Client", "Paid", "Currency", "Amount")
    assert [row[1:] for row in sheet_of(file)[1:]] == [("Doe", 0, "USD", 10), ("=HYPERLINK(1)", 0, "USD", 1250.5)]
    assert file.filename == "paylink-outstanding-2026-11-23.xlsx"
    about: dict[str, Any] = dict(row[:2] for row in sheet_of(file, "About"))
    assert about["What was asked for"].startswith("export outstanding over 5.00 USD sort amount asc")


async def test_an_export_never_holds_the_address_of_a_link(around: Surroundings) -> None:
    """(T03) Whoever has one can see and pay the request; an Excel file goes anywhere."""
    file = await exported(around, NOOR.in_slack())
    book = openpyxl.load_workbook(io.BytesIO(file.content))
    text = str([list(sheet.iter_rows(values_only=True)) for sheet in book])
    for token in await PaymentLink.all().values_list("token", flat=True):
        assert str(token) not in text
    assert "/p/" not in text


async def test_what_needs_a_look_is_marked(around: Surroundings) -> None:
    await PaymentLink.filter(currency="EUR").update(late_money=True, review=True, disputed=True)
    file = await exported(around, NOOR.in_slack(), "export attention")
    assert [row[-1] for row in sheet_of(file)] == ["Needs a look", "money came late, disputed, needs a look"]


# ── who may ──────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_staff_export_their_own_links_and_those_of_the_channel_they_ask_in(around: Surroundings) -> None:
    """(RELIABILITY section 1) The answer says so."""
    await PaymentLink.filter(currency="EUR").update(channel=BILLING)
    assert len(sheet_of(await exported(around, SAM.in_slack(BILLING)))) == 1 + 3
    elsewhere = await exported(around, SAM.in_slack("C0THIRD"))
    assert len(sheet_of(elsewhere)) == 1 + 2
    assert elsewhere.words == (
        "2 links. An export of yours holds the links you made and those of this channel; an admin's holds all of them."
    )
    assert (await exported(around, NOOR.in_slack())).words == "3 links."


async def test_staff_by_mail_or_in_a_direct_message_export_what_they_made(around: Surroundings) -> None:
    """By mail they are known by their address, and by the id they have in Slack where that is known."""
    await PaymentLink.filter(payer_name="Doe").update(created_by=SAM.email, channel="")
    assert [row[2] for row in sheet_of(await exported(around, SAM.by_mail()))[1:]] == ["Doe"]
    direct = await exported(around, SAM.in_slack("D0SAM"))
    assert [row[2] for row in sheet_of(direct)[1:]] == ["Doe", "=HYPERLINK(1)"]


async def test_viewers_and_strangers_export_nothing_and_are_told_whom_to_ask(around: Surroundings) -> None:
    """(RELIABILITY section 1)"""
    answer = await asked(around, VERA.in_slack())
    assert isinstance(answer, Refusal)
    assert "a staff member or an admin does it. Ask an admin" in answer.sentence


async def test_an_export_of_nothing_is_a_sentence(around: Surroundings) -> None:
    answer = await asked(around, SAM.in_slack(), "export cancelled")
    assert isinstance(answer, Refusal)
    assert answer.sentence.startswith("There is nothing to export: no link fits. An export of yours holds the links")


async def test_b18_a_page_of_an_export_is_refused(around: Surroundings) -> None:
    """(B18) Half a file would be taken for the whole."""
    answer = await asked(around, NOOR.in_slack(), "export page 2")
    assert answer == Refusal("command_unclear", "An export holds every page of the list: leave `page 2` out.")


# ── large ones ───────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def large(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two links are many, and a page of the file is one."""
    monkeypatch.setattr(export_links, "AT_ONCE", 1)
    monkeypatch.setattr("handlers.links.write_export._PAGE", 1)


async def test_a_large_export_comes_as_a_direct_message_and_tells_its_progress(
    around: Surroundings, large: None
) -> None:
    """(F58) One message, edited; then the file."""
    answer = await asked(around, NOOR.in_slack())
    assert answer == ExportBegun("An export of 3 links is being made; it comes in your direct messages with Paylink.")
    assert around.woken
    await work(around)
    assert around.poster.told == [("U0NOOR", "Export of 3 links: begun.")]
    assert [words for _, words in around.poster.retold] == [
        "Export: 1 of 3 links.",
        "Export: 2 of 3 links.",
        "Export of 3 links: it is here, paylink-links-2026-11-23.xlsx.",
    ]
    ((where, file),) = around.poster.files
    assert where.channel == "D0NOOR"
    assert len(sheet_of(file)) == 1 + 3
    assert not await Job.all().count()


async def test_a_large_export_holds_what_its_asker_may_see(around: Surroundings, large: None) -> None:
    await add_staff(SAM.name, SAM.role, SAM.slack_id)
    await asked(around, SAM.in_slack(BILLING), "export sort amount asc columns amount")
    await work(around)
    ((_, file),) = around.poster.files
    assert [row[1] for row in sheet_of(file)[1:]] == [10, 1250.5]
    assert "an admin's holds all of them" in file.words


@pytest.mark.parametrize("role", [Role.NOBODY, Role.VIEWER])
async def test_who_lost_the_role_meanwhile_gets_nothing(around: Surroundings, large: None, role: Role) -> None:
    """(RELIABILITY section 1) The role counts when the file is made; that it was refused is kept."""
    await asked(around, SAM.in_slack(BILLING))
    await add_staff(SAM.name, role, SAM.slack_id)
    await work(around)
    assert not around.poster.files
    assert [event.who async for event in FirmEvent.filter(kind="refused")] == [SAM.slack_id]
    assert not await Job.all().count()


async def test_an_admin_who_became_staff_meanwhile_gets_what_staff_may_see(around: Surroundings, large: None) -> None:
    await asked(around, NOOR.in_slack("D0NOOR"))
    around.firm = replace(around.firm, admins=frozenset())
    await add_staff(NOOR.name, Role.STAFF, NOOR.slack_id)
    await work(around)
    ((_, file),) = around.poster.files
    assert [row[6] for row in sheet_of(file)[1:]] == ["EUR"], "the one she made herself"


async def test_chosen_links_are_exported_whatever_the_list_finds(around: Surroundings) -> None:
    """(F58) With its columns and order; a link outside of one's sight is left out."""
    references = await PaymentLink.filter(payer_name__not="Doe").values_list("reference", flat=True)
    chosen = ExportLinks(ListLinks(name="nobody", columns=("client",), sort="client", descending=False, said=None))
    file = await Desk(around.ports).ask(NOOR.in_slack(), replace(chosen, references=tuple(map(str, references))))
    assert isinstance(file, FileReady)
    assert sheet_of(file)[0] == ("Reference", "Client")
    assert {row[0] for row in sheet_of(file)[1:]} == set(references)
    own = await Desk(around.ports).ask(SAM.in_slack("D0SAM"), replace(chosen, references=tuple(map(str, references))))
    assert isinstance(own, FileReady)
    assert len(sheet_of(own)) == 1 + 1, "the other one is Noor's"


async def test_the_same_large_export_asked_for_twice_is_made_once(around: Surroundings, large: None) -> None:
    await asked(around, NOOR.in_slack())
    again = await asked(around, NOOR.in_slack())
    assert isinstance(again, ExportBegun)
    assert "already being made" in again.words
    await work(around)
    assert len(around.poster.files) == 1
    await asked(around, NOOR.in_slack())  # it is done by now, so this one is new
    await work(around)
    assert len(around.poster.files) == 2


async def test_a_large_export_waits_while_slack_does_not_take_it(around: Surroundings, large: None) -> None:
    around.poster.troubles.waiting = [DeliveryTrouble("Slack asks us to wait", retry_after=30)]
    await asked(around, NOOR.in_slack())
    await work(around)
    assert not around.poster.files
    around.clock.tick(31)
    await work(around)
    assert len(around.poster.files) == 1


async def test_progress_that_slack_refuses_costs_no_export(around: Surroundings, large: None) -> None:
    gone = DeliveryRefused("somebody deleted Paylink's message")
    around.poster.troubles.waiting = [None, gone, gone]
    await asked(around, NOOR.in_slack())
    await work(around)
    assert len(around.poster.retold) == 1
    assert len(around.poster.files) == 1


async def test_an_export_nobody_can_be_handed_is_given_up_and_admins_are_told(
    around: Surroundings, large: None
) -> None:
    await add_staff(SAM.name, SAM.role, SAM.slack_id)
    around.poster.troubles.always = {SAM.slack_id: DeliveryRefused("that person has left the workspace")}
    await asked(around, SAM.in_slack())
    await work(around)
    assert any("could not be handed to U0SAM" in words for _, words in around.poster.told)


async def test_a_large_export_asked_for_by_mail_comes_in_a_letter(around: Surroundings, large: None) -> None:
    answer = await asked(around, NOOR.by_mail())
    assert answer == ExportBegun("An export of 3 links is being made; it comes in a letter of its own.")
    await work(around)
    (letter,) = around.letters.answers
    ((filename, content_type, content),) = letter.attachments
    assert (letter.to, filename, content_type) == (NOOR.email, "paylink-links-2026-11-23.xlsx", EXCEL)
    assert len(sheet_of(FileReady(filename, base64.b64decode(content), content_type, ""))) == 1 + 3


async def test_an_export_too_large_for_a_letter_says_so(
    around: Surroundings, large: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(job, "MOST_BY_MAIL", 1000)
    await asked(around, NOOR.by_mail())
    await work(around)
    (letter,) = around.letters.answers
    assert letter.attachments == ()
    assert "too much for a letter" in letter.text
