"""A receipt: what was paid on a link, for which invoice, how and when, and what went back since."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from models.money import Money


@dataclass(frozen=True, slots=True)
class WentBack:
    """Money that was sent back to the payer."""

    amount: Money
    on: date  # the firm's day
    arrived: bool  # else it is under way


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the payer's books need of one payment."""

    number: str  # the link's reference and which of its payments this is: PL-7F3K9Q-1
    reference: str
    token: str
    on: date  # the firm's day on which the money was confirmed
    paid: Money
    asked: Money
    method: str  # in words; blank where Stripe does not say
    payer_name: str
    invoice_number: str
    payment: str  # Stripe's own id of it
    went_back: tuple[WentBack, ...] = ()
    disclaimer: str = ""  # as its payer saw it
    disclaimer_version: int = 0
    contact: str = ""
    paid_since: str = ""  # of a part payment: the reference of the link by which the rest was paid; blank: it is owed

    @property
    def part(self) -> bool:
        """Whether less was paid than the link asked for."""
        return self.paid.minor < self.asked.minor

    @property
    def kept(self) -> Money:
        """What remains with the firm."""
        return Money(self.paid.minor - sum(one.amount.minor for one in self.went_back), self.paid.currency)
