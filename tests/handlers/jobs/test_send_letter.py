"""A letter to a payer leaves whatever stands in its maker's profile, and whatever the mail server answers."""

from __future__ import annotations

import pytest

from handlers.jobs.kinds import STEPS
from handlers.jobs.worker import Worker
from handlers.links.create_link import create_link
from handlers.ports import DeliveryRefused
from handlers.requests import CreateLink
from models.money import Money
from models.tables import Recipient, StaffMember
from tests.cast import SAM, Surroundings

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def around() -> Surroundings:
    return Surroundings()


async def mailed(around: Surroundings) -> None:
    """One link is made for Jane, and all that is owed is done."""
    asked = CreateLink(Money(125000, "USD"), "operating", ("jane@acme.example",))
    await create_link(asked, SAM.in_slack(), around.ports)
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


async def test_an_address_of_the_makers_that_no_letter_can_name_keeps_no_request_back(around: Surroundings) -> None:
    """It is whatever stands in their Slack profile."""
    await StaffMember.create(slack_id=SAM.slack_id, name=SAM.name, email="jos\u00e9@harborfinch.example", role="staff")
    await mailed(around)
    [letter] = around.letters.requests
    assert letter.reply_to == ""
