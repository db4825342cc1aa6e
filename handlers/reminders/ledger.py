"""A link's reminders in words: what became of each day, and when the next one is planned."""

from __future__ import annotations

from datetime import date, timedelta

from handlers.firm import Firm
from handlers.ports import Ports
from handlers.reminders.plan import ReminderPlan
from handlers.reminders.remind_link import OWED, PLANNED, SENT, SKIPPED
from models.calendar import spell_short
from models.link_states import LinkState
from models.tables import PaymentLink, Reminder

_MOST_DAYS = 10  # the newest
_FATES = {SENT: "sent", OWED: "on its way", PLANNED: "not sent yet: {}", SKIPPED: "not sent: {}"}


async def reminder_lines(link: PaymentLink, ports: Ports) -> tuple[str, ...]:
    """Sentences, oldest first; none where there is neither a plan nor a past."""
    firm = ports.firm
    rows = await Reminder.filter(link_id=link.id).order_by("planned_on")
    lines = [f"Reminder of {_day(row.planned_on, firm)}: {_fate(row)}." for row in rows[-_MOST_DAYS:]]
    plan = ReminderPlan.of(firm, link.account)
    if link.state is LinkState.OPEN and (plan.days or rows):
        settled = {row.planned_on for row in rows if row.fate != PLANNED}
        lines.append(_next(link, plan, settled, firm.today(ports.clock.now()), firm))
    return tuple(lines)


def _fate(row: Reminder) -> str:
    asked = f", as {row.asked_by} asked" if row.asked_by else ""
    return _FATES[row.fate].format(row.why.rstrip(".")) + asked


def _next(link: PaymentLink, plan: ReminderPlan, settled: set[date], today: date, firm: Firm) -> str:
    if not plan.days:
        return "No reminder is planned: the firm's plan is off."
    if link.due_on is None:
        return "No reminder is planned: the link has no due date."
    begin = max(today, firm.today(link.created_at) + timedelta(days=1), link.reminders_from or today)
    coming = [day for day in plan.planned_days(link.due_on) if day >= begin and day not in settled]
    if not coming:
        return "No further reminder is planned."
    paused = f"; they are paused until {_day(link.reminders_from, firm)}" if _paused(link, today) else ""
    return f"The next reminder is planned for {_day(coming[0], firm)}, {plan.hour}:00{paused}."


def _paused(link: PaymentLink, today: date) -> bool:
    return link.reminders_from is not None and link.reminders_from > today


def _day(day: date | None, firm: Firm) -> str:
    return spell_short(day, firm.locale) if day else ""
