"""Days are read as people of the firm's country write them, and never guessed."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.calendar import DateStyle, not_past, parse_day, spell_day, spell_short
from models.errors import DateUnclear, PaylinkError

TODAY = date(2026, 11, 23)  # a Monday
LOCALES = ["en_US", "en_GB", "de_DE", "fr_FR", "de_CH", "es_ES", "sv_SE", "pt_BR", "nl_NL", "it_IT"]
STYLES = {locale: DateStyle.of(locale) for locale in LOCALES}
days = st.dates(date(2000, 1, 1), date(2099, 12, 31))


def read(text: str, locale: str = "en_US", *, past: bool = False) -> date:
    return parse_day(text, TODAY, STYLES[locale], past=past)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-12-15", date(2026, 12, 15)),
        ("2026/12/15", date(2026, 12, 15)),
        ("2027-1-5", date(2027, 1, 5)),
        ("12/15/2026", date(2026, 12, 15)),
        ("12-15-2026", date(2026, 12, 15)),
        ("12/15", date(2026, 12, 15)),
        ("1/15", date(2027, 1, 15)),
        ("15.12.2026", date(2026, 12, 15)),
        ("15 Dec", date(2026, 12, 15)),
        ("15 dec 2027", date(2027, 12, 15)),
        ("Dec 15", date(2026, 12, 15)),
        ("December 15th, 2026", date(2026, 12, 15)),
        ("the 3rd of March", date(2027, 3, 3)),
        ("sept 3", date(2027, 9, 3)),
        ("15-Dec-2026", date(2026, 12, 15)),
        ("23 Nov", TODAY),
        ("22 Nov", date(2027, 11, 22)),
        ("Tuesday, December 15, 2026", date(2026, 12, 15)),
        ("Tue 15 Dec", date(2026, 12, 15)),
        ("today", TODAY),
        (" TOMORROW ", date(2026, 11, 24)),
        ("yesterday", date(2026, 11, 22)),
        ("friday", date(2026, 11, 27)),
        ("fri", date(2026, 11, 27)),
        ("on Friday", date(2026, 11, 27)),
        ("this friday", date(2026, 11, 27)),
        ("monday", date(2026, 11, 30)),
        ("next friday", date(2026, 12, 4)),
        ("next monday", date(2026, 11, 30)),
        ("last friday", date(2026, 11, 20)),
        ("in 2 weeks", date(2026, 12, 7)),
        ("in a week", date(2026, 11, 30)),
        ("in 1 month", date(2026, 12, 23)),
        ("+30d", date(2026, 12, 23)),
        ("+ 2w", date(2026, 12, 7)),
        ("+3 months", date(2027, 2, 23)),
        ("-30d", date(2026, 10, 24)),
        ("−1 week", date(2026, 11, 16)),
        ("3 days ago", date(2026, 11, 20)),
        ("29 Feb", date(2028, 2, 29)),
        ("29 February 2028", date(2028, 2, 29)),
    ],
)
def test_a_day_is_read_in_the_ways_people_write_it(text: str, day: date) -> None:
    assert read(text) == day


@pytest.mark.parametrize(
    ("locale", "text", "day"),
    [
        ("en_GB", "15/12/2026", date(2026, 12, 15)),
        ("en_GB", "01/02/2026", date(2026, 2, 1)),
        ("en_US", "01/02/2026", date(2026, 1, 2)),
        ("de_DE", "15.12.", date(2026, 12, 15)),
        ("de_DE", "15. Dezember", date(2026, 12, 15)),
        ("de_DE", "3. Marz", date(2027, 3, 3)),
        ("de_DE", "Freitag", date(2026, 11, 27)),
        ("de_DE", "15 Dec", date(2026, 12, 15)),
        ("fr_FR", "1er mars", date(2027, 3, 1)),
        ("fr_FR", "le 3 fevrier", date(2027, 2, 3)),
        ("fr_FR", "mar", date(2026, 11, 24)),
        ("es_ES", "15 de diciembre de 2026", date(2026, 12, 15)),
        ("sv_SE", "15/12/2026", date(2026, 12, 15)),
    ],
)
def test_a_day_is_read_in_the_firms_order_and_language(locale: str, text: str, day: date) -> None:
    assert read(text, locale) == day


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("15 Dec", date(2025, 12, 15)),
        ("23 Nov", TODAY),
        ("29 Feb", date(2024, 2, 29)),
        ("11/24", date(2025, 11, 24)),
        ("friday", date(2026, 11, 20)),
        ("monday", date(2026, 11, 16)),
        ("next friday", date(2026, 12, 4)),
    ],
)
def test_in_a_list_a_day_without_a_year_is_the_last_such_day(text: str, day: date) -> None:
    assert read(text, past=True) == day


@pytest.mark.parametrize(
    "text", ["31.02.", "31.02.2027", "31/31/2026", "2027-02-30", "30 Feb", "31 April 2027", "0000-01-01", "tomorow"]
)
def test_a_day_that_does_not_exist_is_no_such_date(text: str) -> None:
    """(B14)"""
    with pytest.raises(DateUnclear, match="is no such date"):
        read(text)


@pytest.mark.parametrize(
    ("locale", "text", "meant"),
    [
        ("en_US", "01/02/26", "2026-01-02 or 2026-02-01"),
        ("en_GB", "01/02/26", "2026-01-02 or 2026-02-01"),
        ("en_US", "12/15/26", "2026-12-15"),
        ("en_US", "15 Dec 26", "2026-12-15"),
        ("en_US", "1.2.2026", "2026-01-02 or 2026-02-01"),
        ("sv_SE", "1/2/2026", "2026-01-02 or 2026-02-01"),
    ],
)
def test_a_day_with_two_readings_is_refused_and_each_is_shown(locale: str, text: str, meant: str) -> None:
    """(B14)"""
    with pytest.raises(DateUnclear, match=f"is ambiguous: write {meant} if"):
        read(text, locale)


def test_figures_in_another_order_than_the_firms_are_refused_with_the_firms_order() -> None:
    said = r"figures are read as month/day/year here\. A day is written like 2026-12-07"
    with pytest.raises(DateUnclear, match=said):
        read("15/12/2026")
    with pytest.raises(DateUnclear, match="figures are read as day/month/year here"):
        read("12/15/2026", "en_GB")


def test_a_weekday_that_does_not_fit_its_date_is_refused() -> None:
    with pytest.raises(DateUnclear, match="2026-12-15 is a Tuesday"):
        read("Monday, December 15, 2026")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "soon",
        "10",
        "50",
        "may",
        "in weeks",
        "5 days",
        "+5 days ago",
        "last 3 days",
        "jui 5",
        "15 Smarch",
        "Foo 15 Dec 2026",
        "x" * 100,
        "１５ Dec",
    ],
)
def test_what_is_no_date_is_refused_with_the_right_form(text: str) -> None:
    with pytest.raises(DateUnclear, match="a day is written like 2026-12-07"):
        read(text, "fr_FR")


@pytest.mark.parametrize("text", ["9999-12-31", "0001-01-01", "2206-12-15", "+9999m", "9999 months ago"])
def test_a_day_that_nobody_lives_to_see_is_refused(text: str) -> None:
    with pytest.raises(DateUnclear, match="is too far away: a day is written like 2026-12-07"):
        read(text)


def test_the_last_day_of_a_month_stays_in_the_month_that_is_asked_for() -> None:
    """(F36)"""
    assert parse_day("in 1 month", date(2027, 1, 31), STYLES["en_US"]) == date(2027, 2, 28)
    assert parse_day("in 1 month", date(2028, 1, 31), STYLES["en_US"]) == date(2028, 2, 29)
    assert parse_day("3 months ago", date(2027, 1, 31), STYLES["en_US"]) == date(2026, 10, 31)
    assert parse_day("friday", date(2026, 12, 31), STYLES["en_US"]) == date(2027, 1, 1)


def test_the_past_is_refused_by_the_fields_name() -> None:
    """(B14)"""
    assert not_past(TODAY, TODAY, "due date") == TODAY
    with pytest.raises(DateUnclear, match="The due date 2026-11-22 is in the past"):
        not_past(TODAY - timedelta(days=1), TODAY, "due date")


@given(days, st.sampled_from(LOCALES), days)
def test_a_day_that_was_spelled_is_read_back(day: date, locale: str, today: date) -> None:
    for spelled in (day.isoformat(), spell_day(day, locale), spell_short(day, locale)):
        assert parse_day(spelled, today, STYLES[locale]) == day


_WORDS = (
    "in next last on this the of de + - ago month months day days d w week m today friday fri dec december märz mar 29 "
    "feb 31 2026 26 15. 1st 12/15/2026 1.2. 2026-02-30"
).split()


@given(
    st.text(max_size=100)
    | st.lists(st.sampled_from(_WORDS), max_size=6).map(" ".join)
    | st.text(alphabet="0123456789/.- dwm+", max_size=12),
    days,
    st.sampled_from(LOCALES),
    st.booleans(),
)
def test_any_text_is_a_day_or_a_plain_refusal(text: str, today: date, locale: str, past: bool) -> None:
    try:
        parse_day(text, today, STYLES[locale], past=past)
    except PaylinkError as error:
        shown = error.for_staff()
        assert re.search(r"\d{4}-\d\d-\d\d", shown), shown
