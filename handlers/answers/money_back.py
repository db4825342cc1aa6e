"""Answers about money that goes back."""

from __future__ import annotations

from dataclasses import dataclass

from handlers.answers.cards import RefundOffer


@dataclass(frozen=True, slots=True)
class RefundProposed:
    """What can go back, each payment with a button of its own; nothing has moved."""

    reference: str
    payer_name: str
    offers: tuple[RefundOffer, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RefundAsked:
    """A refund is under way, or how the one stands that was asked for already."""

    reference: str
    sentence: str
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class Decided:
    """What waited for an admin is decided, or who had decided before."""

    reference: str
    sentence: str
    repeated: bool = False
