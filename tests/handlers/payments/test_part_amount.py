"""How much a payer wants to pay: what is typed, and what a payer reads who typed something else."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.payments.part_amount import please_enter, read_part
from models.errors import AmountUnclear
from models.money import Money
from models.part_payment import PartBounds, part_bounds
from tests.cast import FIRM

DUE = Money(10_000, "USD")
GERMAN = replace(FIRM, locale="de_DE")


def bounds_of(due: Money, minimum: Money | None = None) -> PartBounds:
    bounds = part_bounds(due, minimum)
    assert bounds is not None
    return bounds


@pytest.mark.parametrize(("typed", "minor"), [("40", 4_000), ("$40.00", 4_000), ("100", 10_000), ("0.50", 50)])
def test_an_amount_within_the_bounds_is_taken(typed: str, minor: int) -> None:
    """(F4)"""
    assert read_part(typed, DUE, bounds_of(DUE), FIRM) == Money(minor, "USD")


@pytest.mark.parametrize(
    "typed",
    ["", "0", "0.49", "100.01", "1e2", "40 EUR", "-40", "forty", "40,00", "1.999", "9" * 50, "40\n50", "0x28", "４０"],
)
def test_anything_else_is_answered_with_an_example_and_the_bounds(typed: str) -> None:
    """(B50, T05)"""
    sentence = "Please enter an amount such as 50.00, from $0.50 to $99.50, or $100.00 to pay all of it."
    with pytest.raises(AmountUnclear) as refused:
        read_part(typed, DUE, bounds_of(DUE), FIRM)
    assert str(refused.value) == sentence


@pytest.mark.parametrize("typed", ["99.51", "99.99"])
def test_a_part_that_would_leave_what_nobody_can_pay_says_so(typed: str) -> None:
    """(M08)"""
    with pytest.raises(AmountUnclear, match=r"That would leave \$0\.\d\d, and nothing below \$0\.50 can be paid"):
        read_part(typed, DUE, bounds_of(DUE), FIRM)


def test_the_example_is_written_as_the_firm_writes_and_would_be_taken() -> None:
    due = Money(12_345, "EUR")
    assert "wie" not in please_enter(due, bounds_of(due), GERMAN)
    assert "such as 61,00, from 0,50\xa0€ to 122,95\xa0€" in please_enter(due, bounds_of(due), GERMAN)


@given(minor=st.integers(100, 5_000_000), share=st.integers(1, 100))
def test_the_example_can_always_be_typed(minor: int, share: int) -> None:
    """Property over (due, min)."""
    due = Money(minor, "USD")
    bounds = part_bounds(due, Money(max(1, minor * share // 100), "USD"))
    if bounds is not None:
        example = please_enter(due, bounds, FIRM).split("such as ")[1].split(", from")[0]
        assert bounds.take(read_part(example, due, bounds, FIRM))
