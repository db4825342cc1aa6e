"""Sessions, intents and errors as the JSON that Stripe sends (pure). Shapes: API version 2026-10-28.endive."""

from __future__ import annotations

from collections.abc import Collection

from paypage.stand_in.things import Dispute, Intent, Refund, Refused, Session

Json = dict[str, object]


def session_json(session: Session, expand: Collection[str] = ()) -> Json:
    """A Checkout Session; `expand` names what is put in whole: 'payment_intent', 'payment_intent.latest_charge'."""
    intent = session.intent
    shown: object = intent.id if intent else None
    if intent and any(path.split(".")[0] == "payment_intent" for path in expand):
        inner = [path.partition(".")[2] for path in expand]
        shown = intent_json(intent, session, inner)
    return {
        "id": session.id,
        "object": "checkout.session",
        "amount_subtotal": session.amount,
        "amount_total": session.amount,
        "cancel_url": session.cancel_url or None,
        "client_reference_id": session.reference or None,
        "created": session.created,
        "currency": session.currency,
        "customer": None,
        "customer_details": {"email": session.email or None, "name": None} if session.status == "complete" else None,
        "customer_email": session.email or None,
        "expires_at": session.expires_at,
        "livemode": session.livemode,
        "metadata": session.metadata,
        "mode": "payment",
        "payment_intent": shown,
        "payment_method_types": ["card", "us_bank_account"],
        "payment_status": session.payment_status,
        "status": session.status,
        "success_url": session.success_url,
        "total_details": {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0},
        "ui_mode": "hosted_page",
        "url": session.url if session.status == "open" else None,
    }


def intent_json(intent: Intent, session: Session, expand: Collection[str] = ()) -> Json:
    """A payment intent."""
    tried = intent.failure or intent.status != "requires_payment_method"
    charge: object = intent.charge if tried else None
    if tried and "latest_charge" in expand:
        charge = charge_json(intent, session)
    error = {"type": "card_error", "code": "card_declined", "message": intent.failure} if intent.failure else None
    return {
        "id": intent.id,
        "object": "payment_intent",
        "amount": intent.amount,
        "amount_received": intent.received,
        "created": intent.created,
        "currency": intent.currency,
        "last_payment_error": error,
        "latest_charge": charge,
        "livemode": session.livemode,
        "metadata": intent.metadata,
        "payment_method_types": ["card", "us_bank_account"],
        "status": intent.status,
    }


def charge_json(intent: Intent, session: Session) -> Json:
    """The charge of an intent's latest try."""
    status = {"succeeded": "succeeded", "processing": "pending"}.get(intent.status, "failed")
    return {
        "id": intent.charge,
        "object": "charge",
        "amount": intent.amount,
        "amount_captured": intent.received,
        "amount_refunded": intent.refunded,
        "created": intent.created,
        "currency": intent.currency,
        "disputed": bool(intent.disputes),
        "failure_message": intent.failure or None,
        "livemode": session.livemode,
        "metadata": intent.metadata,
        "paid": status != "failed",
        "payment_intent": intent.id,
        "payment_method_details": {"type": intent.method, intent.method: {}},
        "refunded": 0 < intent.received == intent.refunded,
        "status": status,
    }


def refund_json(refund: Refund, intent: Intent) -> Json:
    """A refund."""
    shown: Json = {
        "id": refund.id,
        "object": "refund",
        "amount": refund.amount,
        "charge": intent.charge,
        "created": refund.created,
        "currency": intent.currency,
        "metadata": refund.metadata,
        "payment_intent": intent.id,
        "reason": refund.reason or None,
        "status": refund.status,
    }
    return {**shown, "failure_reason": refund.failure} if refund.failure else shown


def dispute_json(dispute: Dispute, intent: Intent, session: Session) -> Json:
    """A dispute."""
    return {
        "id": dispute.id,
        "object": "dispute",
        "amount": dispute.amount,
        "charge": intent.charge,
        "created": dispute.created,
        "currency": intent.currency,
        "evidence_details": {
            "due_by": dispute.due_by,
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
        },
        "is_charge_refundable": False,
        "livemode": session.livemode,
        "metadata": {},
        "payment_intent": intent.id,
        "reason": dispute.reason,
        "status": dispute.status,
    }


def event_object(session: Session, kind: str, about: Refund | Dispute | None = None) -> Json:
    """What an event of that kind carries."""
    intent = session.intent
    if intent is None or kind.startswith("checkout."):
        return session_json(session)
    if isinstance(about, Dispute):
        return dispute_json(about, intent, session)
    if isinstance(about, Refund) and kind.startswith("refund."):
        return refund_json(about, intent)
    if kind.startswith("charge."):
        return charge_json(intent, session)
    return intent_json(intent, session)


def list_json(url: str, data: list[Json], *, has_more: bool) -> Json:
    return {"object": "list", "url": url, "has_more": has_more, "data": data}


def error_json(refused: Refused) -> Json:
    inner = {"type": refused.kind, "message": refused.message, "code": refused.code, "param": refused.param}
    return {"error": {name: value for name, value in inner.items() if value}}
