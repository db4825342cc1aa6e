"""What is asked of money that came in, and of what else must be looked at."""

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


@dataclass(frozen=True, slots=True)
class KeepMoney:
    """Money that came late, twice or not as it was asked for stays."""

    reference: str
    payment: int  # Payment.id


@dataclass(frozen=True, slots=True)
class MarkSeen:
    """A refund that failed, or a payment that came to nothing, needs no look any more."""

    reference: str
    newest: int  # LinkCard.look as it was shown: what came up since is not seen by this
