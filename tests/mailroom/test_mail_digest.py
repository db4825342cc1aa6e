"""The daily message to admins of what was commanded by mail: who, what, when, and what came of it (T16)."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from handlers.jobs.tell_aside import look
from handlers.mail.troubles import MOST_TROUBLES
from models.tables import PaymentLink
from tests.cast import NOOR, SAM, STRANGER
from tests.mailroom.office import Office, opened
from tests.mailroom.writing import AUTHSERV, staff_letter

pytestmark = pytest.mark.usefixtures("database")

CREATE = "create 120 jane@client.example for Jane Doe account operating"
FILE = (
    "november.csv",
    "text/csv",
    b"recipient name,amount,email address\nJane,120,jane@client.example\nBob,80,b@c.example\n",
)


@pytest.fixture
async def office(database: str) -> Office:
    return await opened()


async def digest(office: Office) -> str:
    """What Noor is told the next morning; blank: nothing."""
    office.around.clock.tick(timedelta(days=1))
    before = len(office.around.poster.told)
    await look(office.around.ports)
    await office.post()
    told = [words for to, words in office.around.poster.told[before:] if to == NOOR.slack_id]
    assert len(told) <= 1
    return told[0] if told else ""


async def test_admins_read_the_next_morning_who_commanded_what_by_mail_and_what_came_of_it(office: Office) -> None:
    await office.read(staff_letter(CREATE), staff_letter("craete 10"), staff_letter("help"))
    await office.read(staff_letter("Bills account operating", files=[FILE]))
    await office.read(staff_letter("Re: B-1", "send"))
    await office.read(staff_letter("settings message Pay here: https://evil.example/x", sender=NOOR.email))
    verdict = f"{AUTHSERV}; dmarc=pass header.from=elsewhere.example"
    await office.read(staff_letter(CREATE, sender=STRANGER.email, verdict=verdict))
    [reference] = await PaymentLink.filter(batch_id=None).values_list("reference", flat=True)

    words = await digest(office)
    assert "6 letters with commands were heard since the last such message." in words
    assert f"• {SAM.email}: 5 letters, 3 done, 1 answered with help and 1 refused; 3 links made" in words
    assert f"• {NOOR.email}: 1 letter, 1 refused" in words
    assert f"• Nov 23, 2026, 10:00, {SAM.email}: “{CREATE}” → {reference} is on its way to jane@client.example" in words
    assert f"{SAM.email}: “the file november.csv” → " in words
    assert f"{SAM.email}: “B-1: send” → " in words
    assert "“settings message Pay here: (a link)” → That is done in Slack only" in words
    assert "evil.example" not in words
    assert "Nothing limits what a letter may ask for: `settings mail links 200`" in words
    assert "1 letter was set aside since the last such message" in words  # the stranger's, in the same message
    assert await digest(office) == ""


async def test_nothing_that_a_stranger_wrote_can_be_followed_from_the_digest(office: Office) -> None:
    """Not in the reason either, which tells of a header of theirs."""
    headers = {"Auto-Submitted": "https://evil.example/log-in"}
    await office.read(staff_letter("Look at www.evil.example", sender=STRANGER.email, headers=headers))
    words = await digest(office)
    assert "1 letter was set aside" in words
    assert "evil.example" not in words.replace(STRANGER.email, "")


async def test_a_card_number_is_in_no_digest(office: Office) -> None:
    await office.read(staff_letter("create 120 account operating message 4242 4242 4242 4242"))
    words = await digest(office)
    assert "(a card number, not kept)" in words
    assert "4242" not in words


# ── ten help and error answers a sender and day ───────────────────────────────────────────────────────────────────────


async def test_two_replicas_that_read_at_once_and_a_restart_give_no_eleventh_help(office: Office) -> None:
    """(T17, SPEC 8)"""
    for _ in range(MOST_TROUBLES - 1):
        await office.read(staff_letter("craete 10"))
    for _ in range(6):
        office.mailbox.deliver(staff_letter("craete 10"))
    await asyncio.gather(*(office.intake().round() for _ in range(3)))
    assert len(await office.post()) == 1
    restarted = Office(around=office.around, mailbox=office.mailbox)
    assert await restarted.read(staff_letter("help")) == []
    assert "16 letters, 10 refused and 6 no longer answered" in await digest(office)


async def test_letters_that_cannot_be_read_count_among_the_ten(office: Office) -> None:
    """(T17)"""
    unreadable = [
        staff_letter("November", files=[(f"{number}.txt", "message/rfc822", b"x") for number in range(60)])
        for _ in range(MOST_TROUBLES + 3)
    ]
    for letter in unreadable:
        office.mailbox.deliver(letter)
    await asyncio.gather(*(office.intake().round() for _ in range(3)))
    assert len([answer for answer in await office.post() if answer.to == SAM.email]) == MOST_TROUBLES
    assert await office.read(staff_letter("craete 10")) == []
