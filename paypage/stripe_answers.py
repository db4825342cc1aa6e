"""What Stripe's answers and errors mean, as values of ours (pure). Nothing of stripe's leaves this room."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Generic, TypeVar, cast

import stripe

from handlers.ports import (
    CheckoutPage,
    CheckoutTruth,
    DisputeTruth,
    MissedEvent,
    ProcessorBusy,
    ProcessorDenied,
    ProcessorRejected,
    ProcessorTrouble,
    ProcessorUnreachable,
    RefundTruth,
)
from models.money import Money

KEY = "paylink_key"  # in a refund's metadata: the idempotency key that it was asked for with

Answer = TypeVar("Answer")
Thing = TypeVar("Thing")
Listed = TypeVar("Listed", bound=stripe.StripeObject)


@dataclass(frozen=True, slots=True)
class AccountSeen:
    """What Stripe says of an account whose key works."""

    id: str
    name: str
    at: datetime | None  # Stripe's own clock, from its Date header


def trouble_of(error: stripe.StripeError) -> ProcessorTrouble:
    """What an error of stripe's means for the one who asked."""
    status = error.http_status or 0
    words = _words(error)
    if status in (401, 403):
        return ProcessorDenied(words)
    if status in (409, 429) or isinstance(error, stripe.RateLimitError):
        return ProcessorBusy(words, _retry_after(error))
    if 400 <= status < 500:
        return ProcessorRejected(words)
    return ProcessorUnreachable(words, stored=status >= 500)


def _words(error: stripe.StripeError) -> str:
    """Stripe's own sentence; never the body, which may be anything."""
    if error.error is not None:
        said = getattr(error.error, "message", None) or getattr(error.error, "code", None)
        return f"Stripe answered {error.http_status}: {said}"[:300]
    if error.http_status:
        return f"Stripe answered {error.http_status} in a way that cannot be read"
    return str(error.user_message)[:300]


def _retry_after(error: stripe.StripeError) -> float | None:
    said = (error.headers or {}).get("Retry-After") or ""
    return float(said) if re.fullmatch(r"[0-9]{1,6}(\.[0-9]+)?", said) else None


def understood(read: Callable[[Thing], Answer], answer: Thing) -> Answer:
    """The answer as one of our values. Raises ProcessorUnreachable: it is not of the shape Stripe documents (F07)."""
    try:
        return read(answer)
    except (AttributeError, IndexError, KeyError, OSError, OverflowError, TypeError, ValueError) as error:
        raise ProcessorUnreachable(f"Stripe's answer cannot be read ({type(error).__name__})") from error


def page_of(session: stripe.checkout.Session) -> CheckoutPage:
    if not _is_text(session.id) or not _is_text(session.url):
        raise ValueError("no page")
    return CheckoutPage(session.id, cast(str, session.url))


def truth_of(session: stripe.checkout.Session) -> CheckoutTruth:
    intent = session.payment_intent
    if isinstance(intent, str):
        raise TypeError("the payment intent was to be expanded")
    currency = session.currency
    if not _is_text(session.id) or not _is_text(session.status) or not _is_text(currency):
        raise TypeError("no session")
    return CheckoutTruth(
        session_id=session.id,
        status=cast(str, session.status),
        payment_status=session.payment_status,
        amount=_money(session.amount_total, cast(str, currency)),
        reference=session.client_reference_id or "",
        attempt=_attempt(session),
        livemode=session.livemode,
        payment_intent=intent.id if intent else "",
        intent_status=intent.status if intent else "",
        received=_money(intent.amount_received, intent.currency) if intent else None,
        method=_method(intent) if intent else "",
        failure=_failure(intent) if intent else "",
        charged_at=_charged_at(intent) if intent else None,
        payer_email=_payer_email(session),
    )


def _money(minor: object, currency: str) -> Money:
    if not isinstance(minor, int) or isinstance(minor, bool):
        raise TypeError("no amount")
    return Money(minor, currency.upper())


def _charged_at(intent: stripe.PaymentIntent) -> datetime | None:
    charge = intent.latest_charge
    return None if charge is None or isinstance(charge, str) else datetime.fromtimestamp(charge.created, UTC)


def _payer_email(session: stripe.checkout.Session) -> str:
    details = session.customer_details
    return (details.email if details else None) or ""


def _attempt(session: stripe.checkout.Session) -> int:
    said = session.metadata["attempt"] if session.metadata and "attempt" in session.metadata else ""
    return int(said) if re.fullmatch(r"[0-9]{1,9}", said) else 0


def _method(intent: stripe.PaymentIntent) -> str:
    charge = intent.latest_charge
    if charge is None or isinstance(charge, str) or charge.payment_method_details is None:
        return ""
    return charge.payment_method_details.type


def _failure(intent: stripe.PaymentIntent) -> str:
    error = intent.last_payment_error
    if error is None:
        return ""
    return str(getattr(error, "message", None) or getattr(error, "code", None) or "")


@dataclass(frozen=True, slots=True)
class ListPage(Generic[Answer]):
    """One page of one of Stripe's lists."""

    things: tuple[Answer, ...]
    has_more: bool
    last_id: str  # to ask for the next page with; blank on an empty page


def list_page(read: Callable[[Listed], Answer], listed: stripe.ListObject[Listed]) -> ListPage[Answer]:
    """Raises TypeError: a page that promises more and holds nothing."""
    if not all(isinstance(thing, stripe.StripeObject) for thing in listed.data):
        raise TypeError("no list")
    last_id = str(listed.data[-1]["id"]) if listed.data else ""
    if listed.has_more and not last_id:
        raise TypeError("an empty page, and more to come")
    return ListPage(tuple(read(thing) for thing in listed.data), listed.has_more, last_id)


def session_id_of(session: stripe.checkout.Session) -> str:
    if not _is_text(session.id):
        raise TypeError("no session")
    return session.id


def refund_of(refund: stripe.Refund) -> RefundTruth:
    if not _is_text(refund.id) or not _is_text(refund.status):
        raise TypeError("no refund")
    return RefundTruth(
        refund_id=refund.id,
        payment_intent=_id_of(refund.payment_intent),
        amount=_money(refund.amount, refund.currency),
        status=cast(str, refund.status),
        failure=str(getattr(refund, "failure_reason", None) or ""),
        key=_key_of(refund),
    )


def _key_of(refund: stripe.Refund) -> str:
    kept = refund.metadata[KEY] if refund.metadata and KEY in refund.metadata else ""
    return kept if isinstance(kept, str) else ""


def dispute_of(dispute: stripe.Dispute) -> DisputeTruth:
    if not _is_text(dispute.id) or not _is_text(dispute.status):
        raise TypeError("no dispute")
    due = dispute.evidence_details.due_by
    return DisputeTruth(
        dispute_id=dispute.id,
        payment_intent=_id_of(dispute.payment_intent),
        amount=_money(dispute.amount, dispute.currency),
        status=dispute.status,
        reason=str(dispute.reason or ""),
        evidence_due=None if due is None else datetime.fromtimestamp(due, UTC),
    )


def event_of(event: stripe.Event) -> MissedEvent:
    if not _is_text(event.id) or not _is_text(event.type):
        raise TypeError("no event")
    body: dict[str, Any] = event.to_dict(for_json=True)
    return MissedEvent(event.id, event.type, json.dumps(body))


def _id_of(thing: object) -> str:
    """Of a thing that Stripe names by its id, or puts in whole."""
    found = thing if isinstance(thing, str) else getattr(thing, "id", "")
    return found if isinstance(found, str) else ""


def account_of(account: stripe.Account) -> AccountSeen:
    profile = account.business_profile
    name = (profile.name if profile else None) or account.id
    answer = account.last_response
    headers = answer.headers if answer else {}
    return AccountSeen(account.id, name, _date(headers.get("Date", "")))


def _date(header: str) -> datetime | None:
    try:
        return parsedate_to_datetime(header)
    except ValueError:
        return None


def _is_text(value: object) -> bool:
    return isinstance(value, str) and value != ""
