"""Stripe's events by what they are about. Whatever is not named here is stored, and that is all."""

from __future__ import annotations

from typing import Final

SESSION: Final = frozenset(
    {
        "checkout.session.completed",
        "checkout.session.async_payment_succeeded",
        "checkout.session.async_payment_failed",
        "checkout.session.expired",
    }
)
FAILED_TRY: Final = "payment_intent.payment_failed"
# A refund that fails days after it succeeded is told by refund.updated and refund.failed only.
MONEY_BACK: Final = frozenset(
    {
        "charge.refunded",
        "refund.updated",
        "refund.failed",
        "charge.dispute.created",
        "charge.dispute.updated",
        "charge.dispute.closed",
    }
)
HANDLED: Final = SESSION | MONEY_BACK | {FAILED_TRY}
