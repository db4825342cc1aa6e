"""A letter to a payer leaves whatever stands in its maker's profile, and whatever the mail server answers."""

from __future__ import annotations

from datetime import timedelta

import pytest

from handlers.desk import Desk
from handlers.jobs import steps
from handlers.jobs.kinds import STEPS
from handlers.jobs.worker import WAITS, Worker
from handlers.links.create_link import create_link
from handlers.ports import DeliveryRefused, DeliveryTrouble, PaymentRequest
from handlers.requests import CreateLink
from models.engines.endings import EngineTrouble
from models.job_queue import Claimed
from models.money import Money
from models.tables import LinkEvent, PaymentLink, Recipient, StaffMember
from tests.cast import SAM, Surroundings
from tests.fakes import FakeLetters

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def around() -> Surroundings:
    return Surroundings()


async def mailed(around: Surroundings) -> None:
    """One link is made for Jane, and all that is owed is done."""
    asked = CreateLink(Money(125000, "USD"), "operating", ("jane@acme.example",))
    await create_link(asked, SAM.in_slack(), around.ports)
    await work(around)


async def work(around: Surroundings) -> None:
    working = Worker(STEPS, around.ports)
    while await working.run_due():
        pass


async def test_a_refusal_in_words_that_no_database_keeps_is_told_all_the_same(around: Surroundings) -> None:
    """(F27) Mail servers answer in any encoding; aiosmtplib hands the bytes on as halves of characters."""
    around.letters.troubles.waiting = [DeliveryRefused("550 Bo\udceete \x00inconnue")]
    await mailed(around)
    recipient = await Recipient.get()
    assert (recipient.delivery, recipient.trouble) == ("failed", "550 Bote inconnue")
    assert any("550 Bote inconnue" in line.words for line in around.poster.threads)


async def test_a_letter_that_waits_for_another_try_says_why_until_it_is_taken(around: Surroundings) -> None:
    """(F26)"""
    around.letters.troubles.waiting = [DeliveryTrouble("451 4.7.1 greylisted")]
    await mailed(around)
    recipient = await Recipient.get()
    assert recipient.delivery == "queued"
    assert recipient.trouble == "not taken yet, it is tried again (their server says: 451 4.7.1 greylisted)"
    around.clock.tick(60)
    await Worker(STEPS, around.ports).run_due()
    assert [(one.delivery, one.trouble) for one in await Recipient.all()] == [("sent", "")]


class Boomerang(FakeLetters):
    """A mail server whose report is back before we have written down that the letter left."""

    async def send_request(self, letter: PaymentRequest) -> None:
        await super().send_request(letter)
        await Recipient.filter(address=letter.to).update(delivery="bounced", trouble="there is no such mailbox")


async def test_a_letter_that_comes_back_at_once_stays_marked_as_come_back(around: Surroundings) -> None:
    """(F29)"""
    around.letters = Boomerang()
    await mailed(around)
    assert [(one.delivery, one.trouble) for one in await Recipient.all()] == [("bounced", "there is no such mailbox")]


async def a_day_passes(around: Surroundings) -> None:
    """No mail server takes anything the whole day."""
    for _ in WAITS:
        around.letters.troubles.waiting = [DeliveryTrouble("451 4.3.2 try later")]
        around.clock.tick(timedelta(hours=7))
        await work(around)
    around.letters.troubles.waiting = []


async def test_a_letter_that_no_mail_server_took_for_a_day_is_told_in_its_thread_and_by_its_delivery(
    around: Surroundings,
) -> None:
    """(F26) The admins hear of it, too."""
    around.letters.troubles.waiting = [DeliveryTrouble("451 4.3.2 try later")]
    await mailed(around)
    await a_day_passes(around)
    tried = "it was tried 12 times and is not tried again: 451 4.3.2 try later"
    assert [(one.delivery, one.trouble) for one in await Recipient.all()] == [("failed", tried)]
    [line] = [line for line in around.poster.threads if "not tried again" in line.words]
    assert line.words.startswith(f"The letter to jane@acme.example could not be delivered: {tried}.")
    assert line.wrong is not None  # beside the button that puts the address right
    assert any("gave up on something it owed (send letter)" in words for _, words in around.poster.told)
    assert around.letters.requests == []
    link = await PaymentLink.get()
    await Desk(around.ports).hear(SAM.in_slack(), f"resend {link.reference}")
    await work(around)
    assert [letter.to for letter in around.letters.requests] == ["jane@acme.example"]


async def test_of_a_link_made_by_mail_its_maker_hears_by_mail_that_the_letter_never_left(around: Surroundings) -> None:
    """(F26)"""
    await StaffMember.create(email=SAM.email, name=SAM.name, role="staff")
    await Desk(around.ports).hear(SAM.by_mail(), "create 120 jane@acme.example account operating")
    around.letters.troubles.waiting = [DeliveryTrouble("451 4.3.2 try later")]
    await work(around)
    await a_day_passes(around)
    await work(around)
    around.clock.tick(timedelta(hours=7))
    await work(around)
    [told] = [letter for letter in around.letters.answers if letter.to == SAM.email]
    assert "could not be delivered: it was tried 12 times and is not tried again" in told.text


async def test_a_database_that_hiccups_after_the_letter_left_sends_no_second_one(
    around: Surroundings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """(F34) The whole transaction is run again, not the whole job."""
    hiccups = [EngineTrouble(again=True, cause="connection lost")]

    async def paid_off(job: Claimed) -> None:
        if hiccups:
            raise hiccups.pop()
        await steps.paid_off(job)

    monkeypatch.setattr("handlers.jobs.send_letter.paid_off", paid_off)
    await mailed(around)
    around.clock.tick(60)
    await Worker(STEPS, around.ports).run_due()
    assert len(around.letters.requests) == 1
    assert await LinkEvent.filter(kind="mailed").count() == 1


async def test_an_address_of_the_makers_that_no_letter_can_name_keeps_no_request_back(around: Surroundings) -> None:
    """It is whatever stands in their Slack profile."""
    await StaffMember.create(slack_id=SAM.slack_id, name=SAM.name, email="jos\u00e9@harborfinch.example", role="staff")
    await mailed(around)
    [letter] = around.letters.requests
    assert letter.reply_to == ""
