"""The states of a payment link and the moves between them, as one table (DESIGN section 3)."""

from __future__ import annotations

from enum import StrEnum


class LinkState(StrEnum):
    """Where a payment link stands."""

    OPEN = "open"
    PROCESSING = "processing"
    PAID = "paid"
    PART_PAID = "part_paid"
    CLOSING = "closing"
    CANCELLED = "cancelled"
    EXPIRED = "expired"

    @property
    def spoken(self) -> str:
        """The state in the words staff read."""
        return _SPOKEN[self]

    @property
    def final(self) -> bool:
        """Whether nothing leads out of it."""
        return not MOVES[self]

    @property
    def received(self) -> bool:
        """Whether money has come by it, all or a part: it is used up, and there is a receipt."""
        return self in (LinkState.PAID, LinkState.PART_PAID)

    @property
    def taken_back(self) -> bool:
        """Whether it has ended without money."""
        return self in (LinkState.CANCELLED, LinkState.EXPIRED)

    @property
    def unpaid(self) -> bool:
        """Whether it has not ended, and no bank debit is under way."""
        return self in (LinkState.OPEN, LinkState.CLOSING)


_SPOKEN = {
    LinkState.OPEN: "outstanding",
    LinkState.PROCESSING: "processing (a bank debit is under way)",
    LinkState.PAID: "paid",
    LinkState.PART_PAID: "partly paid",
    LinkState.CLOSING: "being closed (waiting for Stripe)",
    LinkState.CANCELLED: "cancelled",
    LinkState.EXPIRED: "expired",
}

_S = LinkState
MOVES: dict[LinkState, frozenset[LinkState]] = {
    _S.OPEN: frozenset({_S.PROCESSING, _S.PAID, _S.PART_PAID, _S.CLOSING}),
    _S.CLOSING: frozenset({_S.CANCELLED, _S.EXPIRED, _S.PAID, _S.PART_PAID, _S.PROCESSING}),
    _S.PROCESSING: frozenset({_S.PAID, _S.PART_PAID, _S.OPEN}),
    _S.PAID: frozenset(),
    _S.PART_PAID: frozenset(),
    _S.CANCELLED: frozenset(),
    _S.EXPIRED: frozenset(),
}


def may_become(to: LinkState) -> frozenset[LinkState]:
    """The states from which a link may become `to`: what a conditional UPDATE puts in its WHERE."""
    return frozenset(state for state, targets in MOVES.items() if to in targets)
