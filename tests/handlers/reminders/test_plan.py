"""The plan of reminders: how it is typed, and which day brings one."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.reminders.plan import ReminderPlan, decide, reads_as_hour, reads_as_plan, reads_as_weekdays
from models.errors import CommandUnclear
from tests.cast import FIRM

ALL_WEEK = frozenset(range(7))


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("-3, 0, 7, 14", "-3, 0, 7, 14"),
        ("14 7 0 −3 7", "-3, 0, 7, 14"),
        ("+7", "7"),
        ("off", "off"),
        ("OFF", "off"),
        ("0, 7; trust: off", "0, 7; trust: off"),
        ("off; trust 0, 14", "off; trust: 0, 14"),
        ("0; Trust: 0, 10 on tue, thu at 2 pm", "0; trust: 0, 10 on tue thu at 14"),
        ("0; trust: 7 at 14:00; other: -3 on mon-fri", "0; trust: 7 at 14; other: -3 on mon tue wed thu fri"),
    ],
)
def test_a_plan_is_days_from_the_due_date_and_an_account_may_have_its_own(typed: str, kept: str) -> None:
    assert reads_as_plan(typed) == kept
    assert reads_as_plan(kept) == kept


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "soon",
        "1.5",
        "3 days",
        "-61",
        "366",
        ", ".join(map(str, range(13))),
        "0; ; 7",
        "0 on tue",
        "0; trust: 1 on no",
        "0; trust: 1 at noon",
    ],
)
def test_what_is_no_plan_is_refused(typed: str) -> None:
    with pytest.raises(CommandUnclear):
        reads_as_plan(typed)


@pytest.mark.parametrize(
    ("typed", "hour"), [("9", 9), ("09:00", 9), ("9 am", 9), ("2pm", 14), ("12 am", 0), ("23", 23)]
)
def test_an_hour_is_read_as_people_write_it(typed: str, hour: int) -> None:
    assert reads_as_hour(typed) == hour


@pytest.mark.parametrize("typed", ["24", "9:30", "13 pm", "noon", ""])
def test_what_is_no_full_hour_is_refused(typed: str) -> None:
    with pytest.raises(CommandUnclear):
        reads_as_hour(typed)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("mon-fri", "mon tue wed thu fri"),
        ("Monday - Wednesday", "mon tue wed"),
        ("sat-mon", "mon sat sun"),
        ("mon, wed and fri", "mon wed fri"),
        ("all", "mon tue wed thu fri sat sun"),
        ("thu", "thu"),
    ],
)
def test_weekdays_are_read_as_people_write_them(typed: str, kept: str) -> None:
    assert reads_as_weekdays(typed) == kept
    assert reads_as_weekdays(kept) == kept


@pytest.mark.parametrize("typed", ["", "t", "weekday", "1-5"])
def test_what_is_no_weekday_is_refused(typed: str) -> None:
    with pytest.raises(CommandUnclear):
        reads_as_weekdays(typed)


def plan(*days: int, weekdays: frozenset[int] = ALL_WEEK, hour: int = 9) -> ReminderPlan:
    return ReminderPlan(days, hour, weekdays)


def test_a_day_on_another_weekday_is_put_off_and_two_that_meet_are_one() -> None:
    saturday = date(2026, 12, 5)
    assert plan(0, 1, 2, weekdays=frozenset(range(5))).planned_days(saturday) == (date(2026, 12, 7),)


def test_an_account_has_its_own_days_where_the_plan_says_so() -> None:
    firm = replace(FIRM, reminders="-3, 0; trust: 7; other: off")
    assert ReminderPlan.of(firm, "operating").days == (-3, 0)
    assert ReminderPlan.of(firm, "trust").days == (7,)
    assert ReminderPlan.of(firm, "other").days == ()


def test_an_account_has_its_own_weekdays_and_hour_where_the_plan_says_so() -> None:
    firm = replace(FIRM, reminders="0; trust: 0 on tue at 14; other: 0 at 7", reminder_weekdays="mon", reminder_hour=9)
    saturday = date(2026, 12, 5)
    for account, day, hour in (("operating", 7, 9), ("trust", 8, 14), ("other", 7, 7)):
        own = ReminderPlan.of(firm, account)
        assert (own.planned_days(saturday), own.hour) == ((date(2026, 12, day),), hour)
    assert ReminderPlan.own_accounts(firm) == ("trust", "other")


@pytest.mark.parametrize("due", [date(2028, 2, 29), date(2027, 2, 28), date(2026, 12, 31)])
def test_leap_days_and_the_turn_of_the_year_are_days_like_others(due: date) -> None:
    """(F36)"""
    assert plan(-1, 0, 1).planned_days(due) == tuple(due + timedelta(days=step) for step in (-1, 0, 1))


@pytest.mark.parametrize("day", [date(2026, 11, 1), date(2027, 3, 14), date(2026, 7, 1)])  # autumn, spring, neither
def test_the_hour_is_that_of_the_firms_clock_through_the_changes_of_time(day: date) -> None:
    """(F36)"""
    firm = replace(FIRM, timezone="America/New_York")
    nine = datetime(day.year, day.month, day.day, 9, tzinfo=ZoneInfo("America/New_York")).astimezone(UTC)
    assert not plan(0).open_at(nine - timedelta(seconds=1), firm)
    assert plan(0).open_at(nine, firm)
    assert not plan(0).open_at(nine + timedelta(hours=12), firm)  # nobody is woken by what is caught up


def test_nothing_that_came_before_the_link_or_the_plan_counts() -> None:
    planned = [date(2026, 11, day) for day in (1, 8, 15)]
    decision = decide(planned, (), since=date(2026, 11, 8), today=date(2026, 11, 20))
    assert (decision.remind_for, decision.missed) == (date(2026, 11, 15), ())


days = st.integers(-60, 90).map(lambda step: date(2026, 11, 23) + timedelta(days=step))


@given(
    planned=st.sets(days, max_size=8),
    made=days,
    ups=st.lists(st.booleans(), min_size=120, max_size=120),
    paid_after=st.integers(0, 120),
)
def test_however_it_is_interrupted_each_day_comes_once_never_early_and_the_newest_is_caught_up(
    planned: set[date], made: date, ups: list[bool], paid_after: int
) -> None:
    settled: dict[date, str] = {}
    sent_on: list[date] = []
    for step, up in enumerate(ups):
        today = made + timedelta(days=step)
        if not up or step >= paid_after:
            continue
        decision = decide(sorted(planned), settled.keys(), made, today)
        for day in decision.missed:
            assert day not in settled
            settled[day] = "skipped"
        if decision.remind_for is not None:
            assert made < decision.remind_for <= today
            assert decision.remind_for not in settled
            assert all(
                day in settled or day <= made
                for day in planned
                if day <= decision.remind_for and day != decision.remind_for
            )
            settled[decision.remind_for] = "sent"
            sent_on.append(today)
        assert all(day in settled for day in planned if made < day <= today)  # the ledger explains every day
    assert len(sent_on) == len(set(sent_on))
    assert all(day < made + timedelta(days=paid_after) for day in sent_on)
