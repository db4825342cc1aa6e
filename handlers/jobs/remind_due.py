"""The round of planned reminders: once a day, from the plan's hour on, every day that has come gets its fate.

The ledger tells afterwards why each was sent or not. What was missed while nothing ran is caught up once: the newest
day of a link, the others are written down as missed (LIMITS, complaint 7).
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta

from tortoise.transactions import in_transaction

from handlers.jobs.owed import owe
from handlers.jobs.steps import TryLater
from handlers.ports import Ports
from handlers.reminders.payers import claim_for
from handlers.reminders.plan import EARLIEST, LATEST, ReminderPlan, decide
from handlers.reminders.remind_link import OWED, PLANNED, SENT, SKIPPED, UNDECIDED, owe_reminder, set_aside
from models.job_queue import Claimed
from models.link_states import LinkState
from models.tables import FirmSetting, PaymentLink, Reminder

EVERY = 900.0  # seconds between looks at the clock and the plan
_KEY = "remind_due"
_MARK = "reminders.mark"
_AT_ONCE = 50  # links a transaction: payers wait for it on SQLite
_LONGEST_WAIT = timedelta(days=7)  # to the next weekday of the plan


@dataclass(frozen=True, slots=True)
class Mark:
    """How far the rounds have come."""

    plan: str  # the settings it was made with
    since: str  # ISO day: the plan counts for days after it
    done: str  # ISO day of the last whole round


async def begin_reminding(ports: Ports) -> None:
    """Owe the first look; there is one job of it for all replicas, and it never ends."""
    await owe("remind_due", {}, ports.clock.now(), dedup=_KEY)
    ports.wake()


async def remind_due(job: Claimed, ports: Ports) -> None:
    """One look. Raises TryLater, always: the next look."""
    await look(ports)
    raise TryLater("until the next look", EVERY)


async def look(ports: Ports) -> None:
    """Remind of all that is due, if the plan's hour of this day has come and the round was not done."""
    firm, now = ports.firm, ports.clock.now()
    today = firm.today(now)
    mark = await _mark(today, ports)
    if date.fromisoformat(mark.done) >= today or ports.letters is None:  # also where the clock stepped back (F35)
        return
    plan = ReminderPlan.of(firm, "")
    if plan.open_at(now, firm):
        await _round(date.fromisoformat(mark.since), today, now, ports)
        await _keep(Mark(mark.plan, mark.since, today.isoformat()))
        ports.wake()


async def _mark(today: date, ports: Ports) -> Mark:
    """Where the rounds stand. A new plan counts from its first day on: what was due before is no reason to write."""
    firm = ports.firm
    plan = f"{firm.reminders} / {firm.reminder_weekdays}"
    row = await FirmSetting.get_or_none(name=_MARK)
    yesterday = (today - timedelta(days=1)).isoformat()
    mark = Mark(**json.loads(row.value)) if row else Mark("", yesterday, yesterday)
    if mark.plan != plan:
        mark = Mark(plan, max(yesterday, mark.done), mark.done)
        await _keep(mark)
    return mark


async def _keep(mark: Mark) -> None:
    await FirmSetting.update_or_create(defaults={"value": json.dumps(asdict(mark))}, name=_MARK)


async def _round(since: date, today: date, now: datetime, ports: Ports) -> None:
    """Every open link with a due date near enough, in the order they were made, some at a time."""
    earliest, latest = today - timedelta(days=LATEST) - _LONGEST_WAIT, today - timedelta(days=EARLIEST)
    near = PaymentLink.filter(state=LinkState.OPEN, due_on__gte=earliest, due_on__lte=latest)
    after = 0
    while links := await near.filter(id__gt=after).order_by("id").limit(_AT_ONCE):
        after = links[-1].id
        ledger = await Reminder.filter(link_id__in=[link.id for link in links])
        settled: dict[int, set[date]] = {}
        for row in ledger:
            if row.fate in (OWED, SENT, SKIPPED):
                settled.setdefault(row.link_id, set()).add(row.planned_on)
        async with in_transaction():
            for link in links:
                await _remind(link, settled.get(link.id, set()), since, today, now, ports)


async def _remind(link: PaymentLink, settled: set[date], since: date, today: date, now: datetime, ports: Ports) -> None:
    firm = ports.firm
    assert link.due_on is not None  # noqa: S101  asked for by the query
    planned = ReminderPlan.of(firm, link.account).planned_days(link.due_on)
    decision = decide(planned, settled, max(since, firm.today(link.created_at)), today)
    for day in decision.missed:
        await set_aside(link, day, SKIPPED, now, "nothing was sent on that day, and a later one was due as well")
    if decision.remind_for is None:
        return
    if link.review:
        await set_aside(link, decision.remind_for, SKIPPED, now, UNDECIDED)
        return
    if link.reminders_from is not None and decision.remind_for < link.reminders_from:
        await set_aside(link, decision.remind_for, SKIPPED, now, f"paused until {link.reminders_from.isoformat()}")
        return
    reach = await claim_for(link, today)
    why_not = "; ".join(reach.why_not)
    if reach.addresses:
        await owe_reminder(link, decision.remind_for, today, reach.addresses, now)
    elif reach.waits:
        await set_aside(link, decision.remind_for, PLANNED, now, why_not)
    else:
        await set_aside(link, decision.remind_for, SKIPPED, now, why_not)
