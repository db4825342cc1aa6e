"""A link's reminders in words: what became of each planned day and why, and when the next one is planned."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from handlers.firm import Firm
from handlers.ports import Ports
from handlers.reminders.mark import stored_mark
from handlers.reminders.payers import trouble_of
from handlers.reminders.plan import ReminderPlan
from handlers.reminders.remind_link import OWED, PLANNED, SENT, SKIPPED
from models.calendar import spell_short
from models.link_states import LinkState
from models.plain_text import listed
from models.tables import LinkEvent, PaymentLink, Recipient, Reminder

_MOST_DAYS = 10  # the newest
_MOST_MOVES = 50  # events since it came to its state, among which is the one that brought it there
_FATES = {SENT: "sent{on}", OWED: "on its way", PLANNED: "not sent yet: {why}", SKIPPED: "not sent: {why}"}


@dataclass(frozen=True, slots=True)
class _Book:
    """All that is known of a link's days."""

    link: PaymentLink
    firm: Firm
    plan: ReminderPlan
    rows: Mapping[date, Reminder]
    today: date
    made: date  # the day the link was made
    since: date | None  # the plan in use counts for days after it
    closed: date | None  # the day since which it asks for no money; None: it does

    @property
    def planned(self) -> tuple[date, ...]:
        """The plan's days, from the one on which the link was made."""
        due_on = self.link.due_on
        return tuple(day for day in self.plan.planned_days(due_on) if day >= self.made) if due_on else ()

    def day(self, day: date) -> str:
        return spell_short(day, self.firm.locale)


async def reminder_lines(link: PaymentLink, ports: Ports) -> tuple[str, ...]:
    """Sentences, oldest first; none where there is neither a plan nor a past."""
    book = await _book(link, ports)
    if not book.rows and not book.plan.days:
        return ()
    told = {day: f"Reminder of {book.day(day)}: {_fate(row, book)}." for day, row in book.rows.items()}
    told |= {day: f"No reminder of {book.day(day)}: {why}." for day, why in _without_fate(book)}
    lines = [told[day] for day in sorted(told)][-_MOST_DAYS:]
    if book.closed is not None:
        return (*lines, *_after_the_end(book, book.closed))
    return (*lines, await _next(book))


async def _book(link: PaymentLink, ports: Ports) -> _Book:
    firm = ports.firm
    mark, closed = await stored_mark(), None
    if link.state is not LinkState.OPEN:
        moves = await LinkEvent.filter(link_id=link.id, after=link.state.value).order_by("-number").limit(_MOST_MOVES)
        moved = next((event for event in moves if event.before != event.after), None)
        closed = firm.today(moved.at) if moved else None
    return _Book(
        link=link,
        firm=firm,
        plan=ReminderPlan.of(firm, link.account),
        rows={row.planned_on: row for row in await Reminder.filter(link_id=link.id)},
        today=firm.today(ports.clock.now()),
        made=firm.today(link.created_at),
        since=date.fromisoformat(mark.since) if mark else None,
        closed=closed,
    )


def _fate(row: Reminder, book: _Book) -> str:
    at = book.firm.today(row.at)
    why, fate = row.why.rstrip("."), row.fate
    if fate == PLANNED and book.closed is not None:
        fate, why = SKIPPED, f"{why}; then the link was {book.link.state.spoken}"
    asked = f", as {row.asked_by} asked" if row.asked_by else ""
    return _FATES[fate].format(on=f" on {book.day(at)}" if at != row.planned_on else "", why=why) + asked


def _without_fate(book: _Book) -> Iterator[tuple[date, str]]:
    """The planned days that have come of which the rounds wrote nothing down, and why."""
    for day in book.planned:
        if day in book.rows or day > book.today or (book.closed is not None and day >= book.closed):
            continue
        if day == book.made:
            yield day, "the link was made on that day"
        elif book.since is not None and day <= book.since:
            yield day, "the plan was set later"
        elif day < book.today:
            yield day, "nothing was sent on that day" + ("" if book.closed else "; the newest such day is caught up")


def _after_the_end(book: _Book, closed: date) -> Iterator[str]:
    days = [book.day(day) for day in book.planned if day >= closed and day not in book.rows]
    if days:
        yield f"No reminder of {listed(days)}: the link was {book.link.state.spoken} on {book.day(closed)}."


async def _next(book: _Book) -> str:
    """When the next one is to come, or why none is."""
    if not book.plan.days:
        return "No reminder is planned: the firm's plan is off."
    if book.link.due_on is None:
        return "No reminder is planned: the link has no due date."
    paused = book.link.reminders_from
    settled = {day for day, row in book.rows.items() if row.fate != PLANNED}
    begin = max(book.today, book.made + timedelta(days=1), paused or book.today)
    coming = [day for day in book.planned if day >= begin and day not in settled]
    if not coming:
        return "No further reminder is planned."
    nobody = await _nobody(book.link)
    if nobody:
        return f"No further reminder can leave: {nobody}."
    said = f"; they are paused until {book.day(paused)}" if paused is not None and paused > book.today else ""
    return f"The next reminder is planned for {book.day(coming[0])}, {book.plan.hour}:00{said}."


async def _nobody(link: PaymentLink) -> str:
    """Why no address of a link may be reminded; blank: one may."""
    recipients = await Recipient.filter(link_id=link.id).order_by("id")
    troubles = [await trouble_of(recipient) for recipient in recipients]
    return "it was never mailed to anybody" if not troubles else "; ".join(troubles) if all(troubles) else ""
