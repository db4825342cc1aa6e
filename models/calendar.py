"""Days as people write them: reading and spelling due and expiry dates. Time itself comes through the clock port."""

from __future__ import annotations

import re
import unicodedata
from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Literal

from babel import Locale
from babel.dates import format_date, format_skeleton

from models.errors import DateUnclear
from models.plain_text import one_line, shortened

_WORD = r"[^\s\d.,]+"
_DAY = r"(?P<day>[0-9]{1,2})(?:st|nd|rd|th|er|\.)?"
_YEAR = r"(?P<year>[0-9]{4}|[0-9]{2})"
_DAY_MONTH = re.compile(
    rf"(?:(?:the|le|el|den) )?(?:(?P<weekday>{_WORD})\.?,? )?"
    rf"{_DAY} (?:(?:of|de) )?(?P<month>{_WORD})\.?(?:,? (?:de )?{_YEAR})?"
)
_MONTH_DAY = re.compile(rf"(?:(?P<weekday>{_WORD})\.?,? )?(?P<month>{_WORD})\.? {_DAY}(?:,? {_YEAR})?")
_ISO = re.compile(r"(?P<year>[0-9]{4})([-/.])(?P<month>[0-9]{1,2})\2(?P<day>[0-9]{1,2})")
_FIGURES = re.compile(
    r"(?P<first>[0-9]{1,2})(?P<sign>[-/.])(?P<second>[0-9]{1,2})(?:(?P=sign)(?P<year>[0-9]{4}|[0-9]{2}))?\.?"
)
_AWAY = re.compile(
    r"(?P<sign>[+-] ?|in )?(?P<count>[0-9]{1,4}|an?|one) ?(?P<unit>d|days?|w|weeks?|m|months?)(?P<ago> ago)?"
)
_CLOSE = {"yesterday": -1, "today": 0, "tomorrow": 1}
_LONGEST = 80  # characters of a date
_FARTHEST = 100  # years from today; beyond it somebody mistyped, and times of day run out of range


@dataclass(frozen=True, slots=True)
class DateStyle:
    """How the firm writes days."""

    month_first: bool  # 12/15/2026 in en_US, 15/12/2026 in en_GB and most others
    year_first: bool = False  # 2026-12-15 in sv_SE: days and months in figures have no order of their own there
    locale: str = "en_US"  # its names of months and weekdays are understood beside the English ones

    @classmethod
    def of(cls, locale: str) -> DateStyle:
        """The style of a locale such as 'en_US'."""
        pattern = Locale.parse(locale).date_formats["short"].pattern.lower()
        month, day, year = (pattern.index(field) for field in "mdy")
        return cls(month < day, year < min(month, day), locale)


def parse_day(text: str, today: date, style: DateStyle, *, past: bool = False) -> date:
    """Read a day: ISO, '15 Dec [2026]', 'Dec 15', 'today', 'friday', 'in 2 weeks', '+30d', '12/15/2026' in the style.

    A day without a year is the next one not before `today`; with `past` the last one not after it. A weekday is the
    next one after `today` (the last one before it); 'next friday' is that of the next week, which starts on Monday. The
    caller decides whether the past is allowed.

    Raises DateUnclear: no such day, ambiguous, not a date, or more than a hundred years away.
    """
    said = _folded(one_line(text)).replace("−", "-")
    day = None
    if len(said) <= _LONGEST:
        day = (
            _iso(said)
            or _figures(said, today, style, past=past)
            or _close_by(said, today)
            or _weekday(said, today, style, past=past)
            or _named(said, today, style, past=past)
        )
    example = today + timedelta(days=-14 if past else 14)
    if day and abs(day.year - today.year) > _FARTHEST:
        raise DateUnclear(f"“{shortened(text)}” is too far away: a day is written like {example:%Y-%m-%d}.")
    if day is None:
        raise DateUnclear(f"“{shortened(text)}” is no such date: a day is written like {example:%Y-%m-%d}.")
    return day


def not_past(day: date, today: date, what: str) -> date:
    """The same day, when it is today or later.

    Raises DateUnclear: it lies before `today`; `what` names the field.
    """
    if day < today:
        raise DateUnclear(f"The {what} {day:%Y-%m-%d} is in the past. Write today or a later day.")
    return day


def spell_day(day: date, locale: str = "en_US") -> str:
    """The day with its weekday, spelled out so that nobody can mistake it: 'Tuesday, December 15, 2026'."""
    return _spelled(day, locale, whole=True)


def spell_short(day: date, locale: str = "en_US") -> str:
    """The day with the month as a word: 'Dec 15, 2026'."""
    return _spelled(day, locale, whole=False)


@lru_cache(maxsize=1024)  # most links of a month are due on the same few days, and Babel takes its time
def _spelled(day: date, locale: str, *, whole: bool) -> str:
    return format_date(day, format="full", locale=locale) if whole else format_skeleton("yMMMd", day, locale=locale)


# ── figures ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def _iso(said: str) -> date | None:
    found = _ISO.fullmatch(said)
    return _date(int(found["year"]), int(found["month"]), int(found["day"])) if found else None


def _figures(said: str, today: date, style: DateStyle, *, past: bool) -> date | None:
    """12/15/2026 or 15.12.2026: in the firm's order, and refused where that leaves two readings."""
    found = _FIGURES.fullmatch(said)
    if not found:
        return None
    first, second, year = int(found["first"]), int(found["second"]), found["year"]
    orders = {(first, second) if style.month_first else (second, first)}
    if style.year_first or (style.month_first and found["sign"] == ".") or _short(year):  # 1.2.2026 is European
        orders = {(first, second), (second, first)}
    days = sorted(day for month, number in orders if (day := _of_year(year, month, number, today, past)))
    if len(days) > 1 or (days and _short(year)):
        raise _ambiguous(said, *days)
    if days:
        return days[0]
    order = "month/day/year" if style.month_first else "day/month/year"
    hint = f": figures are read as {order} here" if len(orders) == 1 else ""
    raise DateUnclear(f"{said} is no such date{hint}. A day is written like {today + timedelta(days=14):%Y-%m-%d}.")


def _ambiguous(said: str, *days: date) -> DateUnclear:
    readings = " or ".join(f"{day:%Y-%m-%d}" for day in days)
    return DateUnclear(f"{said} is ambiguous: write {readings} if that is what you mean.")


def _short(year: str | None) -> bool:
    return year is not None and len(year) == 2


def _of_year(year: str | None, month: int, day: int, today: date, past: bool) -> date | None:
    """The day of the year that was written, '26' meaning 2026, or of the nearest that fits."""
    if year is None:
        return _near(today, month, day, past)
    return _date(int(f"20{year}" if _short(year) else year), month, day)


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _near(today: date, month: int, day: int, past: bool) -> date | None:
    """The next such day from `today` on, or the last one up to it. 29 February comes back within eight years."""
    for away in range(9):
        found = _date(today.year + (-away if past else away), month, day)
        if found and (found <= today if past else found >= today):
            return found
    return None


# ── words ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _close_by(said: str, today: date) -> date | None:
    """'today', 'in 2 weeks', '+30d', '3 days ago'."""
    if said in _CLOSE:
        return today + timedelta(days=_CLOSE[said])
    found = _AWAY.fullmatch(said)
    if not found or bool(found["sign"]) == bool(found["ago"]):
        return None
    count = int(found["count"]) if found["count"].isdigit() else 1
    if found["ago"] or found["sign"].startswith("-"):
        count = -count
    if found["unit"].startswith("m"):
        return _months_away(today, count)
    return today + timedelta(days=count * (7 if found["unit"].startswith("w") else 1))


def _months_away(today: date, count: int) -> date:
    """The same day of another month, or that month's last day."""
    years, month = divmod(today.month - 1 + count, 12)
    year = today.year + years
    return date(year, month + 1, min(today.day, monthrange(year, month + 1)[1]))


def _weekday(said: str, today: date, style: DateStyle, *, past: bool) -> date | None:
    *which, name = said.split(" ") or [""]
    number = _number(name, style.locale, "days")
    if number is None or which not in ([], ["on"], ["this"], ["next"], ["last"]):
        return None
    if which == ["next"]:
        return today + timedelta(days=7 - today.weekday() + number)
    if which == ["last"] or (past and not which):
        return today - timedelta(days=(today.weekday() - number) % 7 or 7)
    return today + timedelta(days=(number - today.weekday()) % 7 or 7)


def _named(said: str, today: date, style: DateStyle, *, past: bool) -> date | None:
    """'15 Dec 2026', 'December 15th', '15. Dezember', 'Tuesday, December 15, 2026'."""
    spaced = re.sub(r"(?<=\d)[-/](?=\D)|(?<=[^\W\d_])[-/](?=\d)", " ", said)  # 15-Dec-2026
    found = _DAY_MONTH.fullmatch(spaced) or _MONTH_DAY.fullmatch(spaced)
    month = _number(found["month"], style.locale, "months") if found else None
    if not found or month is None:
        return None
    day = _of_year(found["year"], month, int(found["day"]), today, past)
    if day and _short(found["year"]):
        raise _ambiguous(said, day)
    weekday = _number(found["weekday"], style.locale, "days") if found["weekday"] else None
    if found["weekday"] and weekday is None:
        return None
    if day and weekday not in (None, day.weekday()):
        raise DateUnclear(f"“{said}” does not fit together: {day:%Y-%m-%d} is a {_WEEKDAYS[day.weekday()]}.")
    return day


_WEEKDAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()


def _number(name: str, locale: str, kind: Literal["months", "days"]) -> int | None:
    """1 for January, 0 for Monday; by the whole name, its usual short form, or a beginning that fits one name only."""
    names = _names(locale, kind)
    if name in names:
        return names[name]
    fitting = {number for full, number in names.items() if len(name) >= 3 and full.startswith(name)}
    return fitting.pop() if len(fitting) == 1 else None


@lru_cache(maxsize=64)
def _names(locale: str, kind: Literal["months", "days"]) -> Mapping[str, int]:
    """The locale's names and the English ones, folded; where both have a name, the locale's meaning stands."""
    return {
        _folded(name).rstrip("."): number
        for language in ("en", locale)
        for use in ("format", "stand-alone")
        for width in ("abbreviated", "wide")
        for number, name in getattr(Locale.parse(language), kind)[use][width].items()
        if not re.search("[0-9]", name)
    }


def _folded(text: str) -> str:
    """Lower case without accents: people write 'fevrier' and 'Marz'."""
    return "".join(ch for ch in unicodedata.normalize("NFD", text.casefold()) if unicodedata.category(ch) != "Mn")
