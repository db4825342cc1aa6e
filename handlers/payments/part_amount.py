"""How much a payer wants to pay: read from what they typed, held to the bounds, refused in a payer's words (B50)."""

from __future__ import annotations

from handlers.firm import Firm
from models.currencies import currency
from models.errors import AmountUnclear
from models.money import Money, parse_figure, spell
from models.part_payment import PartBounds


def read_part(typed: str, due: Money, bounds: PartBounds, firm: Firm) -> Money:
    """What a payer typed into the amount field.

    Raises AmountUnclear: no amount, or none that can be paid; the sentence is for the payer.
    """
    try:
        amount = parse_figure(typed, due.currency, firm.numbers)
    except AmountUnclear:
        raise AmountUnclear(please_enter(due, bounds, firm)) from None
    return checked_part(amount, due, bounds, firm)


def checked_part(amount: Money, due: Money, bounds: PartBounds, firm: Firm) -> Money:
    """The same amount, when it is all of `due` or a part within the bounds.

    Raises AmountUnclear: it is not; the sentence is for the payer.
    """
    if amount == due or (bounds.take(amount) and amount.minor % currency(due.currency).step == 0):
        return amount
    if bounds.most.minor < amount.minor < due.minor:
        left = spell(due - amount, firm.locale)
        least = spell(due - bounds.most, firm.locale)
        raise AmountUnclear(
            f"That would leave {left}, and nothing below {least} can be paid online. {please_enter(due, bounds, firm)}"
        )
    raise AmountUnclear(please_enter(due, bounds, firm))


def please_enter(due: Money, bounds: PartBounds, firm: Firm) -> str:
    """An example that would be taken, and the bounds."""
    example = in_figures(_example(due, bounds), firm)
    least, most, whole = (spell(amount, firm.locale) for amount in (bounds.least, bounds.most, due))
    return f"Please enter an amount such as {example}, from {least} to {most}, or {whole} to pay all of it."


def in_figures(amount: Money, firm: Firm) -> str:
    """The amount as a payer may type it: '40.00', '40,00' where the firm writes so."""
    return amount.plain.replace(".", firm.numbers.decimal)


def _example(due: Money, bounds: PartBounds) -> Money:
    """About half, without cents where that is within the bounds."""
    unit = 10 ** currency(due.currency).exponent
    half = Money(due.minor // 2 // unit * unit, due.currency)
    return half if bounds.take(half) else bounds.least
