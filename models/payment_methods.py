"""Stripe's names of payment methods in words."""

from __future__ import annotations

# Those that are no English (docs.stripe.com/api/payment_methods/object, type).
_METHODS = {"link": "Link", "ideal": "iDEAL", "paypal": "PayPal"} | dict.fromkeys(
    ("us_bank_account", "acss_debit", "au_becs_debit", "bacs_debit", "nz_bank_account", "sepa_debit"), "bank debit"
)


def method_in_words(method: str) -> str:
    """'card', 'bank debit', 'cash app'; blank for a blank one."""
    return _METHODS.get(method, method.replace("_", " "))
