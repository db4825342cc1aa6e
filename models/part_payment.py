"""Paying a part: how much of an amount may be paid at once, so that what is left can be paid as well."""

from __future__ import annotations

from dataclasses import dataclass

from models.currencies import currency
from models.errors import AmountUnclear
from models.money import Money, spell


@dataclass(frozen=True, slots=True)
class PartBounds:
    """What a part of an amount may be, from `least` to `most`; the whole may be paid besides."""

    least: Money
    most: Money

    def take(self, part: Money) -> bool:
        return self.least.minor <= part.minor <= self.most.minor


def part_bounds(due: Money, minimum: Money | None = None) -> PartBounds | None:
    """The bounds of a part of `due`; None where no part of it can be paid.

    A part is at least `minimum` and at least what Stripe takes. What it leaves must be enough for Stripe, too, or
    nobody could ever pay it.
    """
    cur = currency(due.currency)
    least = max(cur.minimum, minimum.minor if minimum else 0)
    least += -least % cur.step
    most = due.minor - cur.minimum
    return PartBounds(Money(least, cur.code), Money(most, cur.code)) if least <= most else None


def checked_parts(due: Money, minimum: Money | None, locale: str = "en_US") -> None:
    """Whether `due` can be paid in parts of at least `minimum`.

    Raises AmountUnclear: it cannot be paid in parts, or no part is as large as that; the bounds are said.
    """
    widest = part_bounds(due)
    if widest is None:
        smallest = Money(currency(due.currency).minimum, due.currency)
        raise AmountUnclear(
            f"{spell(due, locale)} cannot be paid in parts: a part, and what it leaves, must each be at least"
            f" {spell(smallest, locale)}."
        )
    if minimum is not None and not widest.take(minimum):
        raise AmountUnclear(
            f"The least part, {spell(minimum, locale)}, must be from {spell(widest.least, locale)} to"
            f" {spell(widest.most, locale)}, so that it can be paid and what it leaves can be paid as well."
        )
