"""Settling a Stripe event: what it says is a hint; the session read back from Stripe is the truth."""

from __future__ import annotations

import json
from typing import Any

from handlers.jobs.steps import GiveUp, TryLater
from handlers.jobs.tell_admins import owe_admins
from handlers.payments.settle import record_failed_try, record_truth
from handlers.ports import CheckoutTruth, Ports, ProcessorRejected, ProcessorTrouble
from models.job_queue import Claimed
from models.tables import CheckoutAttempt, InboundEvent, PaymentLink

_SESSION_EVENTS = {
    "checkout.session.completed",
    "checkout.session.async_payment_succeeded",
    "checkout.session.async_payment_failed",
    "checkout.session.expired",
}
_HANDLED = _SESSION_EVENTS | {
    "payment_intent.payment_failed",
    "charge.refunded",
    "charge.dispute.created",
    "charge.dispute.closed",
}


async def settle_event(job: Claimed, ports: Ports) -> None:
    """Settle one stored event; it may run any number of times."""
    event = await InboundEvent.get(id=job.payload["event"])
    account = event.source.removeprefix("stripe:")
    thing = _thing(event.body)
    if not thing and event.kind in _HANDLED:
        raise GiveUp(f"Stripe's event {event.external_id} ({account}, {event.kind}) is about nothing (B61).")
    try:
        if event.kind in _SESSION_EVENTS:
            outcome = await _settle_session(account, str(thing.get("id", "")), ports)
        elif event.kind == "payment_intent.payment_failed":
            outcome = await record_failed_try(account, thing, event.external_id, ports)
        else:
            outcome = "stored"  # refunds and disputes wait here for the code that reads them
    except ProcessorRejected as trouble:
        raise GiveUp(f"Stripe does not know the object of event {event.external_id} ({account}).") from trouble
    except ProcessorTrouble as trouble:
        raise TryLater(str(trouble), trouble.retry_after) from trouble
    await InboundEvent.filter(id=event.id).update(handled_at=ports.clock.now(), outcome=outcome)


def _thing(body: str) -> dict[str, Any]:
    """The object an event is about; empty where Stripe sent none."""
    data = json.loads(body).get("data")
    thing = data.get("object") if isinstance(data, dict) else None
    return thing if isinstance(thing, dict) else {}


async def _settle_session(account: str, session_id: str, ports: Ports) -> str:
    attempt = await CheckoutAttempt.get_or_none(session_id=session_id, account=account)
    truth: CheckoutTruth | None = None
    if attempt is None:  # the webhook came before we stored the session's id (F12)
        truth = await ports.cards.read_checkout(account, session_id)
        attempt = await _attempt_named_by(truth, account)
    if attempt is None:
        words = f"Stripe reports a payment session {session_id} of account {account} that Paylink did not make."
        await owe_admins(words, ports.clock.now(), ports, about=session_id)
        return "review: unknown session"
    await record_truth(attempt, truth or await ports.cards.read_checkout(account, session_id), ports)
    return "settled"


async def _attempt_named_by(truth: CheckoutTruth, account: str) -> CheckoutAttempt | None:
    link = await PaymentLink.get_or_none(reference=truth.reference, account=account)
    if link is None:
        return None
    return await CheckoutAttempt.get_or_none(link_id=link.id, number=truth.attempt, session_id=None)
