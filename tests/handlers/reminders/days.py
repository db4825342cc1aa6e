"""Days of a firm that reminds its clients, for the tests beside this file."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from handlers.jobs.kinds import STEPS
from handlers.jobs.remind_due import look
from handlers.jobs.worker import Worker
from handlers.links.create_link import create_link
from handlers.links.show_link import show_link
from handlers.ports import PaymentRequest
from handlers.requests import CreateLink, ShowLink
from models.money import Money
from models.tables import PaymentLink, Reminder
from tests.cast import FIRM, NOOR, SAM, Surroundings

JANE, BOB = "jane@client.example", "bob@client.example"
ZONE = ZoneInfo(FIRM.timezone)
TODAY = date(2026, 11, 23)  # a Monday, as the clock begins


async def a_link(around: Surroundings, due_on: date | None, *emails: str, number: int = 0) -> PaymentLink:
    asked = CreateLink(Money(10000 + number, "USD"), "operating", emails or (JANE,), due_on=due_on)
    made = await create_link(asked, (SAM if number % 2 else NOOR).in_slack(), around.ports)
    return await PaymentLink.get(reference=made.card.reference)


async def work(around: Surroundings) -> None:
    working = Worker(STEPS, around.ports)
    while await working.run_due():
        pass


def at(day: date, hour: int = 10) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=ZONE)


async def live(around: Surroundings, first: date, last: date, hours: Sequence[int] = (8, 10)) -> None:
    """Every day from the first to the last: a look at each of these hours, and the letters leave."""
    day = first
    while day <= last:
        for hour in hours:
            around.clock.set(at(day, hour))
            await look(around.ports)
            await work(around)
        day += timedelta(days=1)


def reminders(around: Surroundings) -> list[PaymentRequest]:
    return [letter for letter in around.letters.requests if letter.reminding is not None]


async def ledger(link: PaymentLink) -> list[tuple[str, str]]:
    return [
        (row.planned_on.isoformat(), row.fate) for row in await Reminder.filter(link_id=link.id).order_by("planned_on")
    ]


async def told(link: PaymentLink, around: Surroundings) -> tuple[str, ...]:
    """What `show` says of its reminders."""
    return (await show_link(ShowLink(link.reference), NOOR.in_slack(), around.ports)).reminders
