"""The daily message to admins about letters that were set aside (SPEC 8)."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from handlers.jobs.kinds import STEPS
from handlers.jobs.tell_aside import begin_telling, look
from handlers.jobs.worker import Worker
from models.statements import insert_all
from models.tables import InboundLetter, Job
from tests.cast import FIRM, Surroundings

pytestmark = pytest.mark.usefixtures("database")

MORNING = datetime(2026, 11, 24, 13, 0, tzinfo=UTC)  # eight o'clock in New York


def office(at: datetime = MORNING) -> Surroundings:
    around = Surroundings(firm=replace(FIRM, timezone="America/New_York"))
    around.clock.set(at)
    return around


async def aside(*subjects: str, fate: str = "aside", reason: str = "DMARC fail", sender: str = "max@x.example") -> None:
    after = await InboundLetter.all().count()
    for number, subject in enumerate(subjects, after + 1):
        facts = {"mailbox": "pay", "uidvalidity": 1, "uid": number, "message_id": f"{number}@x", "digest": f"{number}"}
        more = {"sender": sender, "subject": subject, "received_at": MORNING, "fate": fate, "reason": reason}
        await insert_all(InboundLetter, [facts | more])


async def told(around: Surroundings) -> list[str]:
    """What admins got, one message for all of them."""
    before = len(around.poster.told)
    working = Worker(STEPS, around.ports)
    while await working.run_due():
        pass
    return sorted({words for _, words in around.poster.told[before:]})


async def test_admins_are_told_in_the_morning_how_many_letters_were_set_aside_and_why() -> None:
    """(B37)"""
    around = office()
    await aside(*(f"number {n}" for n in range(7)))
    await aside("hello", reason="not a known user", fate="quarantined")
    await aside("a command", fate="done")
    await aside("a bounce", fate="silent")
    await look(around.ports)
    [words] = await told(around)
    assert "8 letters were set aside" in words
    assert "7: DMARC fail" in words
    assert "1: not a known user" in words
    assert "max@x.example, “hello”: not a known user" in words
    assert "number 6" in words
    assert "number 2" not in words  # the newest few only
    assert "a command" not in words
    assert "a bounce" not in words


async def test_a_letter_that_waits_over_the_morning_is_told_of_the_next_one() -> None:
    """Nothing behind it is told before it; one that waits for a mailbox of before holds up none."""
    around = office()
    await aside("moved away", fate="waiting")
    await InboundLetter.all().update(received_at=MORNING - timedelta(days=2))
    await aside("slow", fate="waiting")
    await aside("quick")
    await look(around.ports)
    assert await told(around) == []
    await InboundLetter.filter(subject="slow").update(fate="aside")
    around.clock.tick(timedelta(days=1))
    await look(around.ports)
    [words] = await told(around)
    assert "2 letters were set aside" in words
    assert "“slow”" in words


async def test_nothing_is_said_where_nothing_was_set_aside() -> None:
    around = office()
    await aside("a command", fate="done")
    await look(around.ports)
    assert await told(around) == []


async def test_it_is_said_once_a_day_and_from_the_firms_morning_on() -> None:
    around = office(MORNING - timedelta(minutes=1))
    await aside("one")
    await look(around.ports)
    assert await told(around) == []
    around.clock.set(MORNING)
    for _ in range(3):
        await look(around.ports)
    [words] = await told(around)
    assert "1 letter was" in words
    await aside("two")
    around.clock.tick(timedelta(hours=10))
    await look(around.ports)
    around.clock.tick(timedelta(hours=6))  # the next day, before its morning
    await look(around.ports)
    assert await told(around) == []
    around.clock.tick(timedelta(hours=9))
    await look(around.ports)
    [words] = await told(around)
    assert "1 letter was" in words
    assert "“two”" in words
    around.clock.tick(timedelta(days=1))
    await look(around.ports)
    assert await told(around) == []


async def test_replicas_and_a_restart_do_not_say_it_again() -> None:
    around = office()
    await aside("one")
    await asyncio.gather(*(look(around.ports) for _ in range(4)))
    assert len(await told(around)) == 1
    again = office(MORNING + timedelta(hours=1))
    await begin_telling(again.ports)
    await begin_telling(again.ports)
    assert await Job.filter(kind="tell_aside").count() == 1
    assert await told(again) == []
    again.clock.set(MORNING - timedelta(days=1, hours=-2))  # and where the clock stepped back
    await look(again.ports)
    assert await told(again) == []


async def test_the_job_tells_by_itself_and_stays() -> None:
    around = office()
    await aside("one")
    await begin_telling(around.ports)
    [words] = await told(around)
    assert "“one”" in words
    assert await Job.filter(kind="tell_aside", state="due").count() == 1


async def test_what_strangers_wrote_is_shortened_and_nothing_in_it_is_a_link_or_a_mark() -> None:
    around = office()
    subject = f"`x` https://evil.example/a www.evil.example\nline\u202e {'y' * 200}"
    await aside(subject, sender=f"<@U0ADMIN>{'z' * 200}")
    await aside("", sender="", reason="From is not exactly one plain address")
    await look(around.ports)
    [words] = await told(around)
    assert "evil.example" not in words
    assert "`x`" not in words
    assert "'x' (a link) (a link) line y" in words
    assert "nobody named, no subject: From is" in words
    assert max(len(line) for line in words.split("\n")) < 260


async def test_a_flood_is_counted() -> None:
    around = office()
    facts = {"mailbox": "pay", "uidvalidity": 1, "received_at": MORNING, "fate": "aside", "sender": "m@x.example"}
    own = ({"uid": n, "message_id": f"{n}", "digest": f"{n}", "reason": f"reason {n % 9}"} for n in range(2000))
    await insert_all(InboundLetter, [facts | one for one in own])
    await look(around.ports)
    [words] = await told(around)
    assert "2,000 letters were" in words
    assert len(words) < 2000
