"""Days as people write them: reading and spelling due and expiry dates. Time itself comes through the clock port."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

import dateparser
from babel import Locale
from babel.dates import format_date, format_skeleton

from models.errors import DateUnclear

_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()
_UNITS = {"day": 1, "d": 1, "week": 7, "w": 7}
_WEEKDAYS = "monday tuesday wednesday thursday friday saturday sunday".split()


@dataclass(frozen=True, slots=True)
class DateStyle:
    """How the firm writes days in figures."""

    month_first: bool  # 12/15/2026 in en_US, 15/12/2026 in en_GB and most others

    @classmethod
    def of(cls, locale: str) -> DateStyle:
        """The style of a locale such as 'en_US'."""
        pattern = Locale.parse(locale).date_formats["short"].pattern
        return cls(month_first=pattern.lower().index("m") < pattern.index("d"))


def parse_day(text: str, today: date, style: DateStyle) -> date:
    """Read a day: ISO, '15 Dec [2026]', 'Dec 15', 'today', 'friday', 'in 2 weeks', '+30d', '12/15/2026' in the style.

    A day without a year is the next one not before `today`. The caller decides whether the past is allowed.

    Raises DateUnclear: no such day, ambiguous, or not a date.
    """
    said = " ".join(text.strip().split())
    low = said.lower()
    for reader in (_iso, _figures, _relative, _weekday, _month_name):
        day = reader(low, today, style)
        if day is not None:
            return day
    raise DateUnclear(f"“{said}” is no such date: write it as {today + timedelta(days=14):%Y-%m-%d}.")


def not_past(day: date, today: date, what: str) -> date:
    """The same day, when it is today or later.

    Raises DateUnclear: it lies before `today`; `what` names the field.
    """
    if day < today:
        raise DateUnclear(f"The {what} {day:%Y-%m-%d} is in the past. Write today or a later day.")
    return day


def spell_day(day: date, locale: str = "en_US") -> str:
    """The day with its weekday, spelled out so that nobody can mistake it: 'Tuesday, December 15, 2026'."""
    return format_date(day, format="full", locale=locale)


def spell_short(day: date, locale: str = "en_US") -> str:
    """The day with the month as a word: 'Dec 15, 2026'."""
    return format_skeleton("yMMMd", day, locale=locale)


def _day(year: int, month: int, day: int, said: str) -> date:
    try:
        return date(year, month, day)
    except ValueError:
        raise DateUnclear(f"{said}: there is no such date. Write it as 2026-12-15.") from None


def _iso(said: str, today: date, style: DateStyle) -> date | None:
    found = re.fullmatch(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})", said)
    return _day(int(found[1]), int(found[2]), int(found[3]), said) if found else None


def _figures(said: str, today: date, style: DateStyle) -> date | None:
    found = re.fullmatch(r"([0-9]{1,2})([/.\-])([0-9]{1,2})\2([0-9]{4}|[0-9]{2})", said)
    if not found:
        return None
    first, second, year = int(found[1]), int(found[3]), int(found[4])
    if len(found[4]) == 2:
        month, day = (first, second) if style.month_first and found[2] == "/" else (second, first)
        raise DateUnclear(f"{said} is ambiguous: write 20{year:02}-{month:02}-{day:02} if that is what you mean.")
    if found[2] == "/" and style.month_first:
        first, second = second, first
    if second > 12:
        order = "month/day/year" if style.month_first and found[2] == "/" else "day/month/year"
        raise DateUnclear(f"{said} is no such date: figures are read as {order} here. Write it as 2026-12-15.")
    return _day(year, second, first, said)


def _relative(said: str, today: date, style: DateStyle) -> date | None:
    if said in ("today", "tomorrow"):
        return today + timedelta(days=said == "tomorrow")
    found = re.fullmatch(r"(?:\+ ?|in )([0-9]{1,4}) ?(d|days?|w|weeks?|m|months?)", said)
    if not found:
        return None
    count, unit = int(found[1]), found[2]
    if unit.startswith("m"):
        return _months_later(today, count, said)
    try:
        return today + timedelta(days=count * _UNITS[unit.rstrip("s") if len(unit) > 1 else unit])
    except OverflowError:
        raise DateUnclear(f"{said} is too far away.") from None


def _months_later(today: date, count: int, said: str) -> date:
    year, month = divmod(today.month - 1 + count, 12)
    if today.year + year > 9999:
        raise DateUnclear(f"{said} is too far away.")
    for day in range(today.day, 27, -1):
        try:
            return date(today.year + year, month + 1, day)
        except ValueError:
            continue
    return date(today.year + year, month + 1, today.day)


def _weekday(said: str, today: date, style: DateStyle) -> date | None:
    name = said.removeprefix("next ").removeprefix("on ")
    matches = [n for n, full in enumerate(_WEEKDAYS) if name == full or (name == full[:3])]
    if not matches:
        return None
    ahead = (matches[0] - today.weekday()) % 7 or 7
    return today + timedelta(days=ahead)


def _month_name(said: str, today: date, style: DateStyle) -> date | None:
    """Month names go to dateparser, but only in a shape that cannot be anything else: it guesses when it may."""
    if not re.fullmatch(r"[0-9]{1,2}(?:st|nd|rd|th)?\.? [^\W\d_]{3,12}\.?,?(?: [0-9]{4})?|[^\W\d_]{3,12}\.? [0-9]{1,2}(?:st|nd|rd|th)?,?(?: [0-9]{4})?", said):
        return None
    found = re.search(r"[^\W\d_]{3,12}", re.sub(r"(?<=[0-9])(?:st|nd|rd|th)\b", "", said))
    number = re.search(r"[0-9]{1,2}(?![0-9])", said)
    year = re.search(r"[0-9]{4}", said)
    month = _month_number(found[0]) if found else None
    if month is None or number is None:
        return None
    if year:
        return _day(int(year[0]), month, int(number[0]), said)
    return _next_such_day(today, month, int(number[0]), said)


def _month_number(name: str) -> int | None:
    if name[:3] in _MONTHS and dateparser.parse(f"1 {name} 2024", languages=["en"]) is not None:
        return _MONTHS.index(name[:3]) + 1
    return None


def _next_such_day(today: date, month: int, day: int, said: str) -> date:
    for year in range(today.year, today.year + 9):  # the next 29 February is at most eight years away
        try:
            found = date(year, month, day)
        except ValueError:
            continue
        if found >= today:
            return found
    raise DateUnclear(f"{said}: there is no such date. Write it as 2026-12-15.")
