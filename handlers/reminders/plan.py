"""The firm's plan of reminders: on which days a link's payer is reminded. Pure; days are the firm's calendar days."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple

from handlers.firm import Firm
from models.errors import CommandUnclear
from models.plain_text import shortened

OFF = "off"
MOST_DAYS = 12
EARLIEST, LATEST = -60, 365  # days from the due date
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_EVENING = 21  # o'clock; what is caught up after an outage does not wake anybody
_DAY = re.compile(r"[+-]?[0-9]{1,3}")
_OVERRIDE = re.compile(
    r"(?P<account>[a-z0-9_]{1,40})[ :]+(?P<days>.+?)(?: on (?P<weekdays>.+?))?(?: at (?P<hour>.+))?", re.DOTALL
)


@dataclass(frozen=True, slots=True)
class ReminderPlan:
    """When the payers of one account's links are reminded."""

    days: tuple[int, ...]  # from the due date, negative before it; none: reminders are off
    hour: int
    weekdays: frozenset[int]  # 0 is Monday

    @classmethod
    def of(cls, firm: Firm, account: str) -> ReminderPlan:
        """The plan of an account's links; blank: of those whose accounts have none of their own."""
        by_account = _by_account(firm.reminders)
        own = by_account.get(account, by_account[""])
        hour = firm.reminder_hour if own.hour is None else own.hour
        return cls(own.days, hour, _weekdays(own.weekdays or firm.reminder_weekdays))

    @staticmethod
    def own_accounts(firm: Firm) -> tuple[str, ...]:
        """The accounts that have a plan of their own."""
        return tuple(account for account in _by_account(firm.reminders) if account)

    def planned_days(self, due_on: date) -> tuple[date, ...]:
        """The days of a link that is due then, in order. One that falls on another weekday is put off, never sooner."""
        return tuple(sorted({self._put_off(due_on + timedelta(days=days)) for days in self.days}))

    def open_at(self, now: datetime, firm: Firm) -> bool:
        """Whether letters may leave at this moment: on a day of the plan, from its hour on, before the night."""
        local = now.astimezone(firm.zone)
        return local.weekday() in self.weekdays and self.hour <= local.hour < max(_EVENING, self.hour + 1)

    def _put_off(self, day: date) -> date:
        while day.weekday() not in self.weekdays:
            day += timedelta(days=1)
        return day


@dataclass(frozen=True, slots=True)
class Decision:
    """What a day brings for a link: one reminder at most, for the newest of the days that have come."""

    remind_for: date | None = None
    missed: tuple[date, ...] = ()  # days before it that nothing was sent for


def decide(planned: Iterable[date], settled: Collection[date], since: date, today: date) -> Decision:
    """Which of the planned days is reminded of today.

    `settled` are those whose fate is known. Those not after `since` do not count: the link was made, or the plan was
    changed, later. After an outage the newest day is caught up, and only that one.
    """
    come = [day for day in planned if since < day <= today]
    newest = max((day for day in [*come, *settled] if day <= today), default=None)
    missed = tuple(day for day in come if day not in settled and day != newest)
    return Decision(newest if newest in come and newest not in settled else None, missed)


def reads_as_plan(typed: str) -> str:
    """A plan as it is kept: '-3, 0, 7, 14', 'off', or with an account's own, '0, 7; trust: 7, 14 on tue thu at 14'.

    Raises CommandUnclear.
    """
    default, *others = typed.lower().split(";")
    return "; ".join([_days_kept(default), *map(_own_kept, others)])


def _own_kept(typed: str) -> str:
    found = _OVERRIDE.fullmatch(typed.strip())
    if not found:
        raise CommandUnclear(
            f"“{shortened(typed)}” is no account with its days: write `; trust: 0, 7`, `; trust: off` or "
            "`; trust: 0, 7 on tue thu at 14`."
        )
    weekdays = f" on {reads_as_weekdays(found['weekdays'])}" if found["weekdays"] else ""
    hour = f" at {reads_as_hour(found['hour'])}" if found["hour"] else ""
    return f"{found['account']}: {_days_kept(found['days'])}{weekdays}{hour}"


def _days_kept(typed: str) -> str:
    return ", ".join(map(str, _read_days(typed))) or OFF


def reads_as_hour(typed: str) -> int:
    """An hour of the day, 0 to 23: '9', '09:00', '9 am'. Raises CommandUnclear."""
    found = re.fullmatch(r"(\d{1,2})(?::00)? ?(am|pm)?", typed.strip().lower(), re.ASCII)
    hour = int(found[1]) if found else 24
    if found and found[2] and 1 <= hour <= 12:
        hour = hour % 12 + (12 if found[2] == "pm" else 0)
    elif found and found[2]:
        hour = 24
    if hour > 23:
        raise CommandUnclear(f"“{shortened(typed)}” is no full hour: write one from 0 to 23, such as 9 or 14.")
    return hour


def reads_as_weekdays(typed: str) -> str:
    """Days of the week as they are kept: 'mon tue wed'; 'mon-fri' and 'all' are understood. Raises CommandUnclear."""
    said = typed.strip().lower().replace("–", "-")
    if said in ("all", "every day"):
        return " ".join(WEEKDAYS)
    found: set[int] = set()
    for word in re.split(r"[\s,;]+(?:and )?", re.sub(r"\s*-\s*", "-", said)):
        first, _, last = word.partition("-")
        ends = [_weekday(first), _weekday(last or first)]
        if None in ends:
            raise CommandUnclear(f"“{shortened(word)}” is no day of the week: write such as mon-fri, or mon, wed, fri.")
        at, end = ends
        assert at is not None and end is not None  # noqa: PT018, S101  looked at above
        found |= {(at + step) % 7 for step in range((end - at) % 7 + 1)}
    return " ".join(WEEKDAYS[day] for day in sorted(found))


def _weekday(word: str) -> int | None:
    names = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
    fitting = [number for number, name in enumerate(names) if len(word) >= 2 and name.startswith(word)]
    return fitting[0] if len(fitting) == 1 else None


def _read_days(typed: str) -> tuple[int, ...]:
    said = typed.strip().replace("−", "-")
    if said in (OFF, "none", "no"):
        return ()
    words = [word for word in re.split(r"[\s,]+", said) if word]
    if not words or not all(_DAY.fullmatch(word) for word in words):
        raise CommandUnclear(
            f"“{shortened(typed)}” is no plan: write the days from the due date, such as -3, 0, 7, 14, or off."
        )
    days = sorted({int(word) for word in words})
    if len(days) > MOST_DAYS or days[0] < EARLIEST or days[-1] > LATEST:
        raise CommandUnclear(
            f"A plan has at most {MOST_DAYS} days, from {EARLIEST} to {LATEST} days from the due date."
        )
    return tuple(days)


class _Own(NamedTuple):
    """What a plan says for one account; what it leaves open is the firm's."""

    days: tuple[int, ...]
    weekdays: str
    hour: int | None


@lru_cache(maxsize=64)
def _by_account(plan: str) -> dict[str, _Own]:
    default, *others = plan.split(";")
    read = {"": _Own(_read_days(default), "", None)}
    for other in others:
        found = _OVERRIDE.fullmatch(other.strip())
        if found:
            hour = int(found["hour"]) if found["hour"] else None
            read[found["account"]] = _Own(_read_days(found["days"]), found["weekdays"] or "", hour)
    return read


@lru_cache(maxsize=64)
def _weekdays(kept: str) -> frozenset[int]:
    return frozenset(WEEKDAYS.index(word) for word in kept.split())
