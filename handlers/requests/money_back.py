"""What is asked of money that came in."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AskRefund:
    """What would go back; nothing moves yet."""

    reference: str
    amount: str = ""  # as it was typed, for its currency is the payment's; blank: all that is left


@dataclass(frozen=True, slots=True)
class SendRefund:
    """The button of a handlers.answers.RefundOffer."""

    reference: str
    payment: int
    minor: int  # in the payment's currency
    turn: int
