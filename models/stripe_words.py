"""Stripe's own words for what went wrong, in ours: people never read a code."""

from __future__ import annotations

import re

_CODE = re.compile(r"[a-z0-9]+(?:_[a-z0-9]+)*")
# docs.stripe.com/api/disputes/object, reason
_DISPUTES = {
    "bank_cannot_process": "the bank cannot process the payment",
    "check_returned": "the cheque was returned",
    "credit_not_processed": "the client says that a refund they were promised did not come",
    "customer_initiated": "the client asked their bank for the money",
    "debit_not_authorized": "the client says that they did not allow the debit",
    "duplicate": "the client says that they paid twice",
    "fraudulent": "the client says that they did not make the payment",
    "general": "the bank gives no closer reason",
    "incorrect_account_details": "the bank account is not the right one",
    "insufficient_funds": "the client's account had too little money",
    "noncompliant": "the card network's rules were not kept",
    "product_not_received": "the client says that they did not get what they paid for",
    "product_unacceptable": "the client says that it was not as described",
    "subscription_canceled": "the client says that they had cancelled before",
    "unrecognized": "the client does not recognise the payment",
}
# docs.stripe.com/api/refunds/object, failure_reason
_REFUNDS = {
    "charge_for_pending_refund_disputed": "the client's bank has taken the payment up as a dispute",
    "declined": "the client's bank did not take it",
    "expired_or_canceled_card": "the client's card has expired or was cancelled",
    "insufficient_funds": "the balance at Stripe is too small",
    "lost_or_stolen_card": "the client's card was reported lost or stolen",
    "merchant_request": "it was taken back in Stripe's dashboard",
    "unknown": "Stripe gives no reason",
}
# docs.stripe.com/error-codes and /declines/codes: where Stripe sends a code and no sentence
_PAYMENTS = {
    "authentication_required": "the bank asked for a confirmation that was not given",
    "card_declined": "the card was declined",
    "debit_not_authorized": "the debit was not allowed by the account's owner",
    "expired_card": "the card has expired",
    "generic_decline": "the card was declined",
    "incorrect_cvc": "the card's security code was wrong",
    "incorrect_number": "the card's number was wrong",
    "insufficient_funds": "there was too little money",
    "payment_intent_authentication_failure": "the bank asked for a confirmation that was not given",
    "payment_intent_payment_attempt_failed": "the bank did not make the payment",
    "processing_error": "the bank could not process it just then",
}


def dispute_in_words(reason: str) -> str:
    """Why a client's bank wants money back; blank for a blank one."""
    return _DISPUTES.get(reason) or _plain(reason)


def refund_failure_in_words(failure: str) -> str:
    """Why money could not go back, which may be a sentence already; blank for a blank one."""
    return _REFUNDS.get(failure) or _plain(failure)


def failure_in_words(failure: str) -> str:
    """Why a payment came to nothing, which may be a sentence already; blank for a blank one."""
    return _PAYMENTS.get(failure) or _plain(failure)


def _plain(words: str) -> str:
    """A code that nobody here knows, at least without its underscores."""
    return words.replace("_", " ") if _CODE.fullmatch(words) else words
