"""A file's review in Slack, with the real desk behind it: pages, rows, forms, the account, the decision."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import date
from functools import partial

import pytest

from bot.slack.blocks.batch_review import batch_review
from bot.slack.blocks.batch_rows import A_PAGE, Spot, spot_in
from bot.slack.listeners.batches import request_of
from bot.slack.stand_in import NOOR, PAYMENTS, SAM, VERA
from handlers.answers import BatchLine, BatchReview, RowError
from handlers.desk import Desk
from handlers.firm import Firm
from handlers.people.identify import slack_asker
from handlers.requests import ChooseAccount, DecideBatch, Decision, DeleteRows, IncludeRows, ShowBatch
from models.money import Money
from models.tables import Batch, BatchRow, PaymentLink, StaffMember
from tests.bot.slack.rig import Json, Rig, rigged, words
from tests.cast import FIRM, ONE_ACCOUNT_FIRM, Surroundings
from tests.handlers.batches.samples import JANE, OMAR, as_csv
from tests.waiting import eventually

pytestmark = pytest.mark.usefixtures("database")

Row = Sequence[str]


def clients(count: int) -> list[Row]:
    return [
        (f"INV-{n}", "", "2026-12-15", f"Client {n}", f"{n}.25", f"client{n}@x.example", "")
        for n in range(1, count + 1)
    ]


@asynccontextmanager
async def desk_in_slack(firm: Firm = ONE_ACCOUNT_FIRM) -> AsyncIterator[tuple[Rig, Surroundings]]:
    """Noor is an admin, Sam and Lee are staff, Vera looks on."""
    around = Surroundings(firm=replace(firm, admins=frozenset({NOOR})))
    for who, role in ((SAM, "staff"), (VERA, "viewer")):
        await StaffMember.create(slack_id=who, name="", role=role)
    async with rigged(Desk(around.ports), identify=partial(slack_asker, ports=around.ports)) as rig:
        yield rig, around


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    async with desk_in_slack() as (built, _):
        yield built


async def reviewed(rig: Rig, *rows: Row, user: str = SAM, channel: str = "") -> Json:
    """Share a list; the message with its review."""
    mention = "@Paylink" if channel else ""
    await rig.slack.share(user, channel or user, {"may.csv": as_csv(*rows)}, mention)
    return newest(rig, user, channel)


def newest(rig: Rig, user: str = SAM, channel: str = "") -> Json:
    found: Json = (rig.slack.ephemerals(user, channel) if channel else rig.slack.messages(user))[-1]
    return found


async def press(rig: Rig, action: str, value: str = "", *, user: str = SAM, channel: str = "") -> Json:
    """Press something under the newest review; the message as it is then."""
    shown = newest(rig, user, channel)
    await rig.slack.click(user, channel or user, shown["ts"], action, value)
    return newest(rig, user, channel)


async def after(rig: Rig, said: str, user: str = SAM, seconds: float = 60) -> Json:
    """The newest message once it says something: what a form did is told when the form is closed."""

    def look() -> Json | None:
        shown = newest(rig, user)
        return shown if said in words(shown) else None

    found: Json = await eventually(look, f"the review to say {said!r}", seconds)
    return found


def rows_in(message: Json) -> list[int]:
    return [int(block["block_id"][4:]) for block in message["blocks"] if block["block_id"].startswith("row_")]


async def test_a_review_has_pages_of_ten_rows_in_one_message(rig: Rig) -> None:
    """(F31)"""
    shown = await reviewed(rig, *clients(25))
    assert rows_in(shown) == list(range(2, 12))
    assert "1 to 10 of 25  ·  page 1 of 3" in words(shown)
    await press(rig, "batch_next")
    last = await press(rig, "batch_next")
    assert rows_in(last) == [22, 23, 24, 25, 26]
    assert rows_in(await press(rig, "batch_previous")) == list(range(12, 22))
    assert last["ts"] == shown["ts"]


async def test_in_a_channel_the_review_is_for_its_sender_alone_and_edited_in_place(rig: Rig) -> None:
    shown = await reviewed(rig, *clients(12), channel=PAYMENTS)
    again = await press(rig, "batch_next", channel=PAYMENTS)
    assert (again["ts"], rows_in(again)) == (shown["ts"], [12, 13])
    assert len(rig.slack.messages(PAYMENTS)) == 1


async def test_a_row_is_deleted_and_taken_in_again_by_a_press_each(rig: Rig) -> None:
    """(F32)"""
    await reviewed(rig, JANE, OMAR)
    deleted = await press(rig, "batch_row", "B-1 0 1 2 delete")
    assert rows_in(deleted) == [3]
    assert "Left out: 1 row" in words(deleted)
    taken_in = await press(rig, "batch_include_row")
    assert rows_in(taken_in) == [2, 3]


async def test_the_page_stays_where_it_was_when_a_row_goes(rig: Rig) -> None:
    await reviewed(rig, *clients(25))
    await press(rig, "batch_next")
    await press(rig, "batch_next")
    deleted = await press(rig, "batch_row", "B-1 0 3 26 delete")
    assert rows_in(deleted) == [22, 23, 24, 25]


async def test_a_row_is_edited_in_a_form_that_holds_what_stands_there(rig: Rig) -> None:
    """(F33)"""
    await reviewed(rig, JANE, OMAR)
    await press(rig, "batch_row", "B-1 0 1 2 edit")
    view = rig.slack.view_of(SAM)
    assert view is not None
    assert view["title"]["text"] == "Row 2 of B-1"
    assert await rig.slack.submit(SAM, {"Amount": "1300.00", "Due date": "2026-12-20"}) == {}
    assert "Dec 20" in words(await after(rig, "$1,300.00"))
    kept = await BatchRow.get(row=2)
    assert (kept.cells["amount"], kept.cells["email address"]) == ("1300.00", "jane@acme.example")


async def test_a_row_that_cannot_be_so_is_refused_on_its_field_and_stays(rig: Rig) -> None:
    """(F14, F33)"""
    await reviewed(rig, JANE, OMAR)
    await press(rig, "batch_row", "B-1 0 1 2 edit")
    refused = await rig.slack.submit(SAM, {"Amount": "much", "Email": "jane"})
    assert set(refused["errors"]) == {"amount", "email"}
    assert (await BatchRow.get(row=2)).cells["amount"] == JANE[4]
    assert await rig.slack.submit(SAM, {"Amount": "2.00"}) == {}
    await after(rig, "$2.00")


async def test_an_edit_that_changes_nothing_changes_nothing(rig: Rig) -> None:
    await reviewed(rig, JANE)
    await press(rig, "batch_row", "B-1 0 1 2 edit")
    assert await rig.slack.submit(SAM, {}) == {}
    assert (await Batch.get()).revision == 0


async def test_a_row_is_added_after_the_last_and_its_page_is_shown(rig: Rig) -> None:
    """(F33)"""
    await reviewed(rig, *clients(10))
    await press(rig, "batch_add")
    assert await rig.slack.submit(SAM, {"Amount": "", "Client name": "Ana"}) == {
        "errors": {"amount": "Please complete this required field."}
    }
    assert await rig.slack.submit(SAM, {"Amount": "12.50", "Client name": "Ana", "Email": "ana@x.example"}) == {}
    assert rows_in(await after(rig, "11 rows")) == [12]


async def test_many_rows_that_are_left_out_are_taken_in_by_their_numbers(rig: Rig) -> None:
    await reviewed(rig, *clients(8))
    for row in range(2, 9):
        await press(rig, "batch_row", f"B-1 {row - 2} 1 {row} delete")
    await press(rig, "batch_include")
    assert "errors" in await rig.slack.submit(SAM, {"Rows": "all"})
    assert "errors" in await rig.slack.submit(SAM, {"Rows": "99"})
    assert await rig.slack.submit(SAM, {"Rows": "2, 4-6"}) == {}
    assert rows_in(await after(rig, "Taken in: rows 2, 4, 5 and 6")) == [2, 4, 5, 6, 9]


async def test_the_account_is_chosen_under_the_review_before_anything_is_decided() -> None:
    """(F28)"""
    async with desk_in_slack(FIRM) as (rig, _):
        shown = await reviewed(rig, JANE)
        assert "batch_send" not in str(shown["blocks"])
        chosen = await press(rig, "batch_account", "B-1 0 1 0 trust")
        assert "Paid into: Harbor & Finch Client Trust" in words(chosen).replace("&amp;", "&")
        await press(rig, "batch_send")
    assert (await PaymentLink.get()).account == "trust"


async def test_a_press_on_what_is_no_more_so_shows_what_is_so(rig: Rig) -> None:
    """A review changed elsewhere: by the sender in another message, or by an admin."""
    await reviewed(rig, JANE, OMAR)
    stale = newest(rig)
    await rig.slack.click(SAM, SAM, stale["ts"], "batch_row", "B-1 0 1 2 delete")
    rig.slack.workspace.edit(rig.slack.workspace.direct(SAM).id, stale["ts"], None, stale["blocks"])
    await rig.slack.click(SAM, SAM, stale["ts"], "batch_send")
    shown = newest(rig)
    assert "changed meanwhile" in words(shown)
    assert rows_in(shown) == [3]
    assert await PaymentLink.all().count() == 0


async def test_a_form_about_what_is_no_more_so_closes_and_shows_what_is_so(rig: Rig) -> None:
    await reviewed(rig, JANE, OMAR)
    await press(rig, "batch_row", "B-1 0 1 2 edit")
    await press(rig, "batch_row", "B-1 0 1 3 delete")
    assert await rig.slack.submit(SAM, {"Amount": "5.00"}) == {}
    await after(rig, "changed meanwhile")
    assert (await BatchRow.get(row=2)).cells["amount"] == JANE[4]


async def test_nobody_but_its_sender_or_an_admin_decides(rig: Rig) -> None:
    """A review that was copied, or a press that was made up."""
    shown = await reviewed(rig, JANE)
    for user in (NOOR, VERA):
        rig.slack.workspace.whisper(PAYMENTS, user, shown["text"], shown["blocks"])
    await press(rig, "batch_send", user=VERA, channel=PAYMENTS)
    assert await PaymentLink.all().count() == 0
    await press(rig, "batch_send", user=NOOR, channel=PAYMENTS)
    assert await PaymentLink.all().count() == 1


async def test_what_was_sent_is_shown_with_a_button_to_copy_each_link(rig: Rig) -> None:
    """(F23, F34, F36)"""
    await reviewed(rig, *clients(12))
    sent = await press(rig, "batch_send")
    assert "12 links made, 12 letters on the way" in words(sent)
    second = await press(rig, "batch_next")
    assert rows_in(second) == [12, 13]
    assert "12 links made" in words(second)
    link = await PaymentLink.get(payer_name="Client 12")
    await rig.slack.click(SAM, SAM, second["ts"], "copy_link", link.reference)
    copied = rig.slack.ephemerals(SAM)[-1]
    assert f"/p/{link.token}" in words(copied)
    assert newest(rig)["ts"] == sent["ts"]


async def test_sending_twice_sends_once(rig: Rig) -> None:
    """(M14)"""
    await reviewed(rig, JANE, OMAR)
    await press(rig, "batch_send")
    for _ in range(3):
        await rig.slack.redeliver(rig.slack.sent[-1])
    assert await PaymentLink.all().count() == 2


async def test_links_only_hands_over_both_files_and_hands_them_over_again_when_asked(rig: Rig) -> None:
    """(F35)"""
    await reviewed(rig, JANE, OMAR, channel=PAYMENTS)
    await press(rig, "batch_links", channel=PAYMENTS)
    assert files_of(rig) == ["paylinks-B-1.csv", "paylinks-B-1.xlsx"]
    await press(rig, "batch_links", channel=PAYMENTS)
    assert files_of(rig) == ["paylinks-B-1.csv", "paylinks-B-1.xlsx"] * 2
    assert await PaymentLink.all().count() == 2


async def test_turning_the_pages_of_what_was_made_sends_no_file_again(rig: Rig) -> None:
    await reviewed(rig, *clients(11), channel=PAYMENTS)
    await press(rig, "batch_links", channel=PAYMENTS)
    await press(rig, "batch_next", channel=PAYMENTS)
    assert len(files_of(rig)) == 2


def files_of(rig: Rig) -> list[str]:
    return [file["name"] for message in rig.slack.messages(SAM) for file in message.get("files", ())]


async def test_a_discarded_review_has_no_button_left(rig: Rig) -> None:
    await reviewed(rig, JANE)
    gone = await press(rig, "batch_discard")
    assert "Discarded" in words(gone)
    assert "action_id" not in str(gone["blocks"])
    assert await PaymentLink.all().count() == 0


async def test_the_template_sent_back_as_it_is_is_known_and_sends_nothing(rig: Rig) -> None:
    """(F27, B34)"""
    await rig.slack.type_command(SAM, PAYMENTS, "template")
    [blank] = [file for file in rig.slack.workspace.files.values() if file.name == "paylink-template.csv"]
    await rig.slack.share(SAM, SAM, {blank.name: blank.content})
    shown = newest(rig)
    assert "Left out as the template's example: rows 2 and 3." in words(shown)
    assert "No row is left to send" in words(shown)
    assert "batch_send" not in str(shown["blocks"])
    assert "batch_include" not in str(shown["blocks"])
    assert await PaymentLink.all().count() == 0


async def test_a_refused_file_says_its_first_faults_and_its_marked_copy_goes_to_the_person(rig: Rig) -> None:
    """(F30, B30)"""
    bad = [(f"INV-{n}", "", "", f"Client {n}", "much", "", "") for n in range(30)]
    await reviewed(rig, JANE, *bad, channel=PAYMENTS)
    shown = newest(rig, channel=PAYMENTS)
    assert "30 faults" in words(shown)
    assert "Row 3, amount" in words(shown)
    assert len(files_of(rig)) == 1
    assert await Batch.all().count() == 0


async def test_ten_thousand_rows_fit_page_by_page_into_slacks_limits(rig: Rig) -> None:
    """(F24, F31) The local Slack refuses what Slack would."""
    await reviewed(rig, *clients(10_000))
    await after(rig, "page 1 of 1,000", seconds=100)  # of a busy machine
    await press(rig, "batch_next")
    assert rows_in(await after(rig, "page 2 of 1,000")) == list(range(12, 22))


@pytest.mark.parametrize(
    ("action", "value", "asked"),
    [
        ("batch_send", "B-17 4 1 0", DecideBatch(17, Decision.SEND, 4)),
        ("batch_row", "B-17 4 2 9 delete", DeleteRows(17, (9,), 4)),
        ("batch_include_row", "B-17 4 2 9", IncludeRows(17, (9,), 4)),
        ("batch_account", "B-17 4 1 0 trust", ChooseAccount(17, "trust", 4)),
        ("batch_next", "B-17 4 3 0", ShowBatch(17, 3)),
        ("batch_send", "B-17", None),
        ("batch_send", "B-17 4 1 0; B-18 1 1 1", None),
        ("batch_send", "B-17 4 1 0 trust", None),
        ("batch_row", "B-17 4 2 9", None),
        ("batch_row", "B-17 4 2 9 drop", None),
        ("batch_account", "B-17 4 1 0", None),
        ("something_else", "B-17 4 1 0", None),
    ],
)
def test_a_press_that_is_not_ours_asks_for_nothing(action: str, value: str, asked: object) -> None:
    found = request_of(action, value)
    assert (found[0] if found else None) == asked


def test_a_spot_is_read_as_it_was_written() -> None:
    spot = Spot(17, 4, 3, 9)
    assert spot_in(f"{spot} edit") == (spot, "edit")
    assert A_PAGE == 10


@pytest.mark.parametrize("text", ["&", "x", "<!channel>", "👩‍👩‍👧‍👦"])
@pytest.mark.parametrize("account", [True, False], ids=["account chosen", "account open"])
def test_the_longest_review_still_has_its_buttons(text: str, account: bool) -> None:
    """Slack takes about 12,000 characters a message, and what is beyond them is left out from the end."""
    long, usd = text * 2000, Money(99_999_999, "USD")
    lines = tuple(BatchLine(n, long, long, usd, long, date(2026, 12, 1), long) for n in range(2, 502))
    review = BatchReview(
        number="B-999999999999",
        filename=long,
        account=long if account else "",
        accounts=tuple(f"{long[:60]}{n}" for n in range(100)),
        lines=lines,
        left_out=tuple(replace(line, row=line.row + 1000, left_out="billed") for line in lines),
        totals=(usd, Money(99_999_999, "EUR")),
        warnings=(long,) * 50,
        revision=999_999_999,
        page=20,
        changed=long,
        done=False,
        faults=tuple(RowError(n, long, long, long) for n in range(9)),
    )
    shown = str(batch_review(review, FIRM).blocks)
    wanted = ["batch_discard", "batch_next", "batch_add", *(["batch_send", "batch_links"] if account else [])]
    assert [action for action in wanted if action not in shown] == []
    assert "more than fits" not in shown


async def test_a_file_brings_no_money_into_an_account_that_its_channel_does_not_serve() -> None:
    """(B12) Neither by its choice of account nor by a column of its rows."""
    header = ("recipient name", "amount", "email address", "account")
    rows = as_csv(("Jane Doe", "10.00", "jane@x.example", "operating"), header=header)
    mapped = replace(FIRM, channel_map={PAYMENTS: frozenset({"trust"})})
    async with desk_in_slack(mapped) as (rig, _):
        await rig.slack.share(SAM, PAYMENTS, {"may.csv": rows}, "@Paylink")
        assert "No such account. The accounts are: trust." in words(newest(rig, channel=PAYMENTS))
        shown = await reviewed(rig, JANE, channel=PAYMENTS)
        assert "Paid into: Harbor &amp; Finch Client Trust" in words(shown)
        assert "batch_account" not in str(shown["blocks"])


@pytest.mark.parametrize(
    ("emails", "words_of_it"),
    [
        (("a@x.example", "b@x.example"), "Every client gets a letter."),
        (("a@x.example", ""), "1 client gets a letter; 1 row without an address only a link."),
        (("", ""), "None of them has an e-mail address: no letter is sent, you get the links."),
    ],
)
def test_the_question_before_sending_all_counts_the_rows_without_an_address(
    emails: tuple[str, ...], words_of_it: str
) -> None:
    """(F31) Nobody is told that every client gets a letter where one has no address."""
    usd = Money(100, "USD")
    lines = tuple(BatchLine(row, "Jane Doe", email, usd) for row, email in enumerate(emails, 2))
    review = BatchReview("B-1", "may.csv", "Operating", ("operating",), lines, (), (usd,))
    assert words_of_it in str(batch_review(review, FIRM).blocks[-1])


def test_the_question_before_sending_all_counts_the_rows_that_ask_a_client_twice() -> None:
    """(B29, F31)"""
    usd = Money(100, "USD")
    lines = tuple(BatchLine(row, "Jane Doe", "a@x.example", usd) for row in range(2, 6))
    review = BatchReview("B-1", "may.csv", "Operating", ("operating",), lines, (), (usd,), doubled=2, again=1)
    asked = str(batch_review(review, FIRM).blocks[-1])
    assert "2 rows are in the file twice, 1 was billed before." in asked
    assert "twice" not in str(batch_review(replace(review, doubled=0, again=0), FIRM).blocks[-1])
