"""Paying a part: both the part and what it leaves can be paid, in every currency."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.currencies import CURRENCIES, currency
from models.errors import AmountUnclear
from models.money import Money, within_limits
from models.part_payment import checked_parts, part_bounds


@st.composite
def dues(draw: st.DrawFn) -> Money:
    """Any amount that a link may ask for."""
    cur = draw(st.sampled_from(sorted(CURRENCIES.values(), key=lambda one: one.code)))
    smallest, largest = -(-cur.minimum // cur.step), cur.maximum // cur.step
    steps = draw(st.integers(smallest, min(largest, smallest * 4)) | st.integers(smallest, largest))
    return Money(steps * cur.step, cur.code)


@given(due=dues(), data=st.data())
def test_any_part_within_the_bounds_can_be_paid_and_so_can_what_it_leaves(due: Money, data: st.DataObject) -> None:
    """(M08)"""
    cur = currency(due.currency)
    minimum = data.draw(st.none() | st.integers(1, due.minor).map(lambda minor: Money(minor, cur.code)))
    bounds = part_bounds(due, minimum)
    if bounds is None:
        assert max(cur.minimum, minimum.minor if minimum else 0) > due.minor - cur.minimum - cur.step
        return
    steps = data.draw(st.integers(bounds.least.minor // cur.step, bounds.most.minor // cur.step))
    part = Money(steps * cur.step, cur.code)
    assert bounds.take(part)
    within_limits(part)
    within_limits(due - part)
    assert minimum is None or part.minor >= minimum.minor


@pytest.mark.parametrize(
    ("due", "minimum", "least", "most"),
    [
        (Money(10_000, "USD"), None, 50, 9_950),
        (Money(10_000, "USD"), Money(1_000, "USD"), 1_000, 9_950),
        (Money(100, "USD"), None, 50, 50),
        (Money(100_000, "ISK"), None, 100, 99_900),
        (Money(100_000, "ISK"), Money(150, "ISK"), 200, 99_900),
        (Money(10_000, "KWD"), Money(1_005, "KWD"), 1_010, 9_990),
        (Money(500, "JPY"), None, 50, 450),
        (Money(50_000, "HUF"), None, 17_500, 32_500),
    ],
)
def test_the_bounds_follow_the_currency(due: Money, minimum: Money | None, least: int, most: int) -> None:
    """(F4, M08)"""
    bounds = part_bounds(due, minimum)
    assert bounds is not None
    assert (bounds.least.minor, bounds.most.minor) == (least, most)


@pytest.mark.parametrize(
    ("due", "minimum", "why"),
    [
        (Money(99, "USD"), None, "$0.99 cannot be paid in parts: a part, and what it leaves, must each be at least"),
        (Money(99, "JPY"), None, "at least ¥50"),
        (Money(10_000, "USD"), Money(9_951, "USD"), "must be from $0.50 to $99.50"),
        (Money(10_000, "USD"), Money(10_000, "USD"), "must be from $0.50 to $99.50"),
        (Money(10_000, "USD"), Money(49, "USD"), "must be from $0.50 to $99.50"),
    ],
)
def test_what_could_not_be_paid_in_parts_is_refused_with_the_bounds(
    due: Money, minimum: Money | None, why: str
) -> None:
    """(F4)"""
    with pytest.raises(AmountUnclear, match=re.escape(why)):
        checked_parts(due, minimum)
