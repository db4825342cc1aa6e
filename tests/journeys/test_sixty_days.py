"""Sixty days of reminders on a clock that stands still unless it is set: each on its day and hour, and the ledger
explains every day of every link (F56, F29, F35, F36).

Days are counted from the Monday on which the firm sets its plan. In Berlin summer time ends on day 20, in New York it
begins on day 13; what happens is the same, and at the same hours of the wall clock.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from handlers.answers import Refusal
from handlers.desk import Desk
from handlers.jobs.kinds import STEPS
from handlers.jobs.remind_due import begin_reminding
from handlers.jobs.worker import Worker
from handlers.links.create_link import create_link
from handlers.links.show_link import show_link
from handlers.links.trail import become
from handlers.ports import DeliveryTrouble
from handlers.reminders.unsubscribe import stop_reminders
from handlers.requests import STRIPE, CreateLink, ShowLink
from models.calendar import spell_short
from models.link_states import LinkState
from models.money import Money
from models.tables import PayerAddress, PaymentLink
from tests.cast import FIRM, SAM, Surroundings
from tests.mailroom.office import Office
from tests.mailroom.reports import report

PLAN = "-3, 0, 7, 14; trust: 0, 10 on tue thu at 14"  # the firm's own hour is 9, its weekdays Monday to Friday
HOURS = ((8, 30), (9, 0), (14, 0))  # when the firm's program wakes up on a day
ALL_DAYS = range(60)
OUTAGE = range(20, 23)  # Sunday to Tuesday: nothing of it runs
NO_MAIL = range(57, 58)  # the mail server takes nothing

# Each payer's links: the account, the due day.
LINKS = {
    "Ann": ("operating", 10),
    "Ann again": ("operating", 7),
    "Bob": ("operating", 12),
    "Carol": ("operating", 20),
    "Dan": ("operating", 23),
    "Erin": ("trust", 8),
    "Frank": ("operating", 30),
    "Grace": ("operating", None),
    "Heidi": ("operating", 0),
    "Ivan": ("operating", 50),
}

SENT = """
day 4 at 9:00 Ann again
day 7 at 9:00 Ann
day 7 at 9:00 Heidi
day 8 at 9:00 Ann again
day 8 at 14:00 Erin
day 9 at 9:00 Bob
day 10 at 9:00 Ann
day 14 at 9:00 Ann again
day 14 at 9:00 Bob
day 14 at 9:00 Heidi
day 17 at 9:00 Ann
day 17 at 9:00 Carol
day 23 at 9:00 Ann again
day 23 at 9:00 Bob
day 23 at 9:00 Carol
day 23 at 9:00 Dan
day 24 at 14:00 Erin
day 28 at 9:00 Carol
day 37 at 9:00 Frank
day 49 at 9:00 Ivan
day 50 at 9:00 Ivan
day 58 at 9:00 Ivan
"""

LEDGER = {
    "Ann": """
        Reminder of <7>: sent.
        Reminder of <10>: sent.
        Reminder of <17>: sent.
        No reminder of <24>: the link was expired on <23>.
        """,
    "Ann again": """
        Reminder of <4>: sent.
        Reminder of <7>: sent on <8>.
        Reminder of <14>: sent.
        Reminder of <21>: sent on <23>.
        No further reminder is planned.
        """,
    "Bob": """
        Reminder of <9>: sent.
        Reminder of <14>: sent.
        Reminder of <21>: sent on <23>.
        No reminder of <28>: the link was paid on <25>.
        """,
    "Carol": """
        Reminder of <17>: sent.
        Reminder of <21>: sent on <23>.
        Reminder of <28>: sent.
        No reminder of <35>: the link was cancelled on <29>.
        """,
    "Dan": """
        Reminder of <21>: not sent: nothing was sent on that day; then a later one was due as well.
        Reminder of <23>: sent.
        Reminder of <30>: not sent: dan@client.example asked for no more reminders.
        Reminder of <37>: not sent: dan@client.example asked for no more reminders.
        No further reminder is planned.
        """,
    "Erin": """
        Reminder of <8>: sent.
        Reminder of <22>: sent on <24>.
        No further reminder is planned.
        """,
    "Frank": """
        Reminder of <28>: not sent: paused until <36>.
        Reminder of <30>: not sent: paused until <36>.
        Reminder of <37>: sent.
        Reminder of <44>: not sent: the letter to frank@client.example came back.
        No further reminder is planned.
        """,
    "Grace": """
        No reminder is planned: the link has no due date.
        """,
    "Heidi": """
        No reminder of <0>: the link was made on that day.
        Reminder of <7>: sent.
        Reminder of <14>: sent.
        No further reminder is planned.
        """,
    "Ivan": """
        Reminder of <49>: sent.
        Reminder of <50>: sent.
        Reminder of <57>: sent on <58>.
        The next reminder is planned for <64>, 9:00.
        """,
}


@dataclass(slots=True)
class Life:
    """The firm, its clock and its mail, day by day."""

    start: date
    around: Surroundings
    links: dict[str, PaymentLink] = field(default_factory=dict)
    left: list[str] = field(default_factory=list)  # the reminders, with the day and hour of each

    @property
    def zone(self) -> ZoneInfo:
        return self.around.firm.zone

    def set(self, day: int, hour: int, minute: int = 0) -> None:
        local = datetime.combine(self.start + timedelta(days=day), datetime.min.time(), self.zone)
        self.around.clock.set(local.replace(hour=hour, minute=minute))

    async def work(self) -> None:
        """Everything that is due now is done; the reminders among it are written down."""
        before = len(self.around.letters.requests)
        working = Worker(STEPS, self.around.ports)
        while await working.run_due():
            pass
        local, names = (
            self.around.clock.now().astimezone(self.zone),
            {one.reference: n for n, one in self.links.items()},
        )
        day = (local.date() - self.start).days
        new = [letter for letter in self.around.letters.requests[before:] if letter.reminding is not None]
        for name in sorted(names[letter.reference] for letter in new):  # they leave side by side
            self.left.append(f"day {day} at {local.hour}:{local.minute:02} {name}")

    async def bill(self, name: str, account: str, due: int | None, expires: int | None = None) -> None:
        address = f"{name.split()[0].lower()}@client.example"
        asked = CreateLink(
            Money(10_000 + len(self.links), "USD"),
            account,
            (address,),
            due_on=None if due is None else self.start + timedelta(days=due),
            expires_on=None if expires is None else self.start + timedelta(days=expires),
        )
        made = await create_link(asked, SAM.in_slack(), self.around.ports)
        self.links[name] = await PaymentLink.get(reference=made.card.reference)

    async def say(self, words: str) -> None:
        """Staff type it in Slack."""
        answer = await Desk(self.around.ports).hear(SAM.in_slack(), words)
        assert not isinstance(answer, Refusal), answer.sentence

    async def ledger(self, name: str) -> str:
        """What `show` says of a link's reminders, the days counted from the first."""
        shown = await show_link(ShowLink(self.links[name].reference), SAM.in_slack(), self.around.ports)
        return "\n".join(shown.reminders)

    def spelled(self, words: str) -> str:
        """<7> is the day seven days after the first, as the firm writes it."""

        def day(found: re.Match[str]) -> str:
            return spell_short(self.start + timedelta(days=int(found[1])), self.around.firm.locale)

        return "\n".join(re.sub(r"<(\d+)>", day, line.strip()) for line in words.strip().splitlines())


async def happens(life: Life, day: int) -> None:
    """What people do on some evenings, and their banks and mail servers."""
    links, around = life.links, life.around
    if day == 25:  # half way: the money for Bob's link comes; Frank asks for some time
        paid: dict[str, object] = {"amount": "100.02", "currency": "USD"}
        await become(links["Bob"], LinkState.PAID, STRIPE, around.clock.now(), detail=paid)
        until = (life.start + timedelta(days=36)).isoformat()
        await life.say(f"remind {links['Frank'].reference} pause until {until}")
    elif day == 26:  # Dan presses Stop in his mail program
        await stop_reminders((await PayerAddress.get(address="dan@client.example")).token, around.ports)
    elif day == 29:
        await life.say(f"cancel {links['Carol'].reference}")
    elif day == 40:  # the reminder of day 37 comes back
        [letter] = [one for one in around.letters.requests if one.to == "frank@client.example" and one.reminding]
        office = Office(around)
        office.mailbox.deliver(report("postfix", letter.message_id, letter.to), on=life.start + timedelta(days=day))
        await office.intake().round()
    elif day in NO_MAIL:
        around.letters.troubles.always.clear()


@pytest.mark.only_sqlite  # for time: what it asks of a database the tests of reminders ask of both engines
@pytest.mark.parametrize(
    ("zone", "start"), [("Europe/Berlin", date(2026, 10, 5)), ("America/New_York", date(2027, 3, 1))]
)
async def test_sixty_days_of_reminders_and_the_ledger_explains_every_one(database: str, zone: str, start: date) -> None:
    firm = replace(FIRM, timezone=zone, reminders=PLAN, reminder_weekdays="mon tue wed thu fri", reminder_hour=9)
    life = Life(start, Surroundings(firm=firm))
    life.set(0, 8)
    for name, (account, due) in LINKS.items():
        await life.bill(name, account, due, expires=22 if name == "Ann" else None)
    await begin_reminding(life.around.ports)
    for day in ALL_DAYS:
        if day in OUTAGE:
            continue
        if day in NO_MAIL:
            life.around.letters.troubles.always["ivan@client.example"] = DeliveryTrouble("away", retry_after=3600)
        for hour, minute in HOURS:
            life.set(day, hour, minute)
            await life.work()
        await happens(life, day)
    assert life.left == SENT.split("\n")[1:-1]
    for name, told in LEDGER.items():
        assert (name, await life.ledger(name)) == (name, life.spelled(told))
