"""The rounds of planned reminders: one a day and plan, from its hour on; every day that has come gets its fate.

The ledger tells afterwards why each was sent or not. What was missed while nothing ran is caught up once: the newest
day of a link, the others are written down as missed (LIMITS, complaint 7).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from tortoise.transactions import in_transaction

from handlers.firm import Firm
from handlers.jobs.steps import TryLater
from handlers.owed import owe
from handlers.ports import Ports
from handlers.reminders.mark import Mark, keep_mark, stored_mark
from handlers.reminders.payers import claim_for
from handlers.reminders.plan import EARLIEST, LATEST, ReminderPlan, decide
from handlers.reminders.remind_link import OWED, PLANNED, SENT, SKIPPED, UNDECIDED, owe_reminder, set_aside
from models.calendar import spell_short
from models.job_queue import Claimed
from models.link_states import LinkState
from models.tables import PaymentLink, Reminder

EVERY = 900.0  # seconds between looks at the clock and the plan
_KEY = "remind_due"
_AT_ONCE = 50  # links a transaction: payers wait for it on SQLite
_LONGEST_WAIT = timedelta(days=7)  # to the next weekday of the plan


@dataclass(slots=True)
class _Known:
    """What the ledger knows of a link's days."""

    settled: set[date] = field(default_factory=set)
    waiting: dict[date, str] = field(default_factory=dict)  # why each waits

    def learn(self, row: Reminder) -> None:
        if row.fate in (OWED, SENT, SKIPPED):
            self.settled.add(row.planned_on)
        else:
            self.waiting[row.planned_on] = row.why


async def begin_reminding(ports: Ports) -> None:
    """Owe the first look; there is one job of it for all replicas, and it never ends."""
    await owe("remind_due", {}, ports.clock.now(), dedup=_KEY)
    ports.wake()


async def remind_due(job: Claimed, ports: Ports) -> None:
    """One look. Raises TryLater, always: the next look."""
    await look(ports)
    raise TryLater("until the next look", EVERY)


async def look(ports: Ports) -> None:
    """Remind of all that is due by each plan whose hour of this day has come and whose round was not done."""
    firm, now = ports.firm, ports.clock.now()
    today = firm.today(now)
    mark = await _mark(today, ports)
    for account in ("", *ReminderPlan.own_accounts(firm)):
        if mark.done_for(account) >= today or ports.letters is None:  # also where the clock stepped back (F35)
            continue
        if ReminderPlan.of(firm, account).open_at(now, firm):
            await _round(account, date.fromisoformat(mark.since), today, now, ports)
            mark = mark.after(account, today)
            await keep_mark(mark)
            ports.wake()


async def _mark(today: date, ports: Ports) -> Mark:
    """Where the rounds stand. A new plan counts from its first day on: what was due before is no reason to write."""
    firm = ports.firm
    plan = f"{firm.reminders} / {firm.reminder_weekdays}"
    yesterday = (today - timedelta(days=1)).isoformat()
    mark = await stored_mark() or Mark("", yesterday, yesterday)
    own = {account: mark.own.get(account, mark.done) for account in ReminderPlan.own_accounts(firm)}
    if mark.plan != plan:
        mark = Mark(plan, max(yesterday, min([mark.done, *own.values()])), mark.done, own)
        await keep_mark(mark)
    return replace(mark, own=own)  # an older version kept one mark for all


async def _round(account: str, since: date, today: date, now: datetime, ports: Ports) -> None:
    """Every open link of a plan with a due date near enough, in the order they were made, some at a time."""
    earliest, latest = today - timedelta(days=LATEST) - _LONGEST_WAIT, today - timedelta(days=EARLIEST)
    near = PaymentLink.filter(state=LinkState.OPEN, due_on__gte=earliest, due_on__lte=latest)
    own = ReminderPlan.own_accounts(ports.firm)
    near = near.filter(account=account) if account else near.exclude(account__in=own) if own else near
    after = 0
    while links := await near.filter(id__gt=after).order_by("id").limit(_AT_ONCE):
        after = links[-1].id
        known = {link.id: _Known() for link in links}
        for row in await Reminder.filter(link_id__in=list(known)):
            known[row.link_id].learn(row)
        async with in_transaction():
            for link in links:
                await _remind(link, known[link.id], since, today, now, ports)


async def _remind(link: PaymentLink, known: _Known, since: date, today: date, now: datetime, ports: Ports) -> None:
    firm = ports.firm
    assert link.due_on is not None  # noqa: S101  asked for by the query
    planned = ReminderPlan.of(firm, link.account).planned_days(link.due_on)
    decision = decide(planned, known.settled, max(since, firm.today(link.created_at)), today)
    for day in decision.missed:
        why = known.waiting.get(day, "nothing was sent on that day")
        await set_aside(link, day, SKIPPED, now, f"{why}; then a later one was due as well")
    if decision.remind_for is None:
        return
    held = _held_back(link, decision.remind_for, now, firm)
    if held:
        await set_aside(link, decision.remind_for, SKIPPED, now, held)
        return
    reach = await claim_for(link, today, f"on {spell_short(today, firm.locale)}")
    why_not = "; ".join(reach.why_not)
    if reach.addresses:
        await owe_reminder(link, decision.remind_for, today, reach.addresses, now)
    elif reach.waits:
        await set_aside(link, decision.remind_for, PLANNED, now, why_not)
    else:
        await set_aside(link, decision.remind_for, SKIPPED, now, why_not)


def _held_back(link: PaymentLink, day: date, now: datetime, firm: Firm) -> str:
    """Why nobody is reminded of a link for that day, whoever they are; blank: they are."""
    if link.expires_at is not None and link.expires_at <= now:  # after an outage, before its expiry was seen to
        return "the link had expired by then"
    if link.review:
        return UNDECIDED
    if link.reminders_from is not None and day < link.reminders_from:
        return f"paused until {spell_short(link.reminders_from, firm.locale)}"
    return ""
