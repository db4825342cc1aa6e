"""A letter to a payer comes back to the intake: who hears of it, and what a forged report cannot do (F29, X4)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from handlers.links.create_link import create_link
from handlers.links.resend_link import resend_link
from handlers.requests import Asker, CreateLink, ResendLink
from mailroom.mailbox import Folder
from models.money import Money
from models.tables import LinkEvent, PaymentLink, Recipient
from tests.cast import NOOR, SAM
from tests.mailroom.office import Office, fates, opened
from tests.mailroom.reports import JANE, NO_BOUNCES, report

pytestmark = pytest.mark.usefixtures("database")


@dataclass(slots=True)
class Mailed:
    """The office after a link for Jane was made and mailed."""

    office: Office
    link: PaymentLink
    message_ids: dict[str, str] = field(default_factory=dict)  # by address

    async def thread(self) -> list[str]:
        return [line.words for line in self.office.around.poster.threads]

    async def states(self) -> list[str]:
        return [one.delivery for one in await Recipient.filter(link_id=self.link.id).order_by("id")]


async def mailed(*emails: str, by: Asker | None = None, office: Office | None = None) -> Mailed:
    office = office or await opened()
    asked = CreateLink(Money(125000, "USD"), "operating", emails or (JANE,), payer_name="Jane Doe")
    made = await create_link(asked, by or SAM.in_slack(), office.around.ports)
    await office.post()
    link = await PaymentLink.get(reference=made.card.reference)
    return Mailed(office, link, {letter.to: letter.message_id for letter in office.around.letters.requests})


async def test_the_delivery_is_marked_and_the_thread_says_why_and_what_to_type() -> None:
    at = await mailed()
    answers = await at.office.read(report("postfix", at.message_ids[JANE]))
    assert answers == []  # never answered
    assert await at.states() == ["bounced"]
    words = (await at.thread())[-1]
    assert words.startswith(f"The letter to {JANE} came back: there is no such mailbox")
    assert words.endswith(f"type `resend {at.link.reference} new@address`.")
    [card] = at.office.around.poster.cards.values()
    assert card.deliveries[0].state == "bounced"
    assert at.office.folder(Folder.PROCESSED)


async def test_who_made_the_link_by_mail_is_told_by_mail() -> None:
    at = await mailed(by=SAM.by_mail())
    [told] = await at.office.read(report("exim", at.message_ids[JANE]))
    assert told.to == SAM.email
    assert JANE in told.subject
    assert f"resend {at.link.reference} new@address" in told.text


async def test_what_they_are_told_to_type_works() -> None:
    at = await mailed()
    await at.office.read(report("postfix", at.message_ids[JANE]))
    ports = at.office.around.ports
    await resend_link(ResendLink(at.link.reference, ("jane.doe@client.example",)), SAM.in_slack(), ports)
    await at.office.post()
    assert await at.states() == ["bounced", "sent"]


async def test_only_the_address_that_came_back_is_marked() -> None:
    at = await mailed(JANE, "bob@client.example")
    await at.office.read(report("qmail", at.message_ids["bob@client.example"], "bob@client.example"))
    assert await at.states() == ["sent", "bounced"]


async def test_a_late_letter_is_noted_once_and_nobody_is_called() -> None:
    at = await mailed(by=SAM.by_mail())
    before = len(await at.thread())
    for kind in ("standard delay", "gmail delay", "exim delay"):
        assert await at.office.read(report(kind, at.message_ids[JANE])) == []
    assert await at.states() == ["sent"]
    assert await LinkEvent.filter(kind="delayed").count() == 1
    assert len(await at.thread()) == before


async def test_answers_of_absent_people_mark_nothing_and_are_not_answered() -> None:
    """(B47)"""
    at = await mailed(by=SAM.by_mail())
    before = await at.thread()
    assert await at.office.read(*(report(kind, at.message_ids[JANE]) for kind in NO_BOUNCES)) == []
    assert await at.states() == ["sent"]
    assert await at.thread() == before


async def test_reports_by_the_dozen_mark_and_tell_once() -> None:
    at = await mailed(by=SAM.by_mail())
    reports = [report("postfix", at.message_ids[JANE]) + f"\r\n{n}".encode() for n in range(12)]
    assert len(await at.office.read(*reports)) == 1
    assert await LinkEvent.filter(kind="bounced").count() == 1


async def test_without_our_message_id_one_open_delivery_to_the_address_is_found() -> None:
    at = await mailed()
    await at.office.read(report("postfix", "lost@mx.example"))
    assert await at.states() == ["bounced"]


async def test_without_our_message_id_two_open_deliveries_are_too_many_to_guess() -> None:
    at = await mailed()
    await mailed(office=at.office, by=NOOR.in_slack())
    await at.office.read(report("postfix", "lost@mx.example"))
    assert {one.delivery for one in await Recipient.all()} == {"sent"}
    assert at.office.folder(Folder.QUARANTINE)  # for admins to look at
    assert (await fates())[-1][0] == "aside"


async def test_a_report_weeks_after_the_letter_is_no_guess_either() -> None:
    at = await mailed()
    at.office.around.clock.tick(timedelta(days=11))
    await at.office.read(report("postfix", "lost@mx.example"))
    assert await at.states() == ["sent"]


@pytest.mark.parametrize(
    ("message_id", "to"),
    [
        ("request-pl-000000-1@harborfinch.example", JANE),  # a link that is not there
        ("{ours}", "noor@harborfinch.example"),  # an address that the link was never mailed to
        ("told-{reference}-1@harborfinch.example", SAM.email),  # a letter to staff
    ],
)
async def test_a_forged_report_that_fits_no_delivery_does_nothing(message_id: str, to: str) -> None:
    at = await mailed()
    filled = message_id.replace("{ours}", at.message_ids[JANE]).replace("{reference}", at.link.reference.lower())
    assert await at.office.read(report("postfix", filled, to)) == []
    assert await at.states() == ["sent"]


async def test_a_forged_report_that_fits_marks_a_delivery_and_changes_nothing_else() -> None:
    """(T17) Anybody who has the letter could write it."""
    at = await mailed()
    [before] = await PaymentLink.filter(id=at.link.id).values()
    await at.office.read(report("postfix", at.message_ids[JANE]))
    [after] = await PaymentLink.filter(id=at.link.id).values()
    assert {name for name in after if after[name] != before[name]} == {"event_count"}
