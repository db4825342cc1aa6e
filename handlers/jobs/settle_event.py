"""Settling a Stripe event: what it says is a hint; the session read back from Stripe is the truth."""

from __future__ import annotations

import json
from typing import Any

from tortoise.transactions import in_transaction

from handlers.jobs.steps import GiveUp, TryLater
from handlers.jobs.tell_admins import owe_admins
from handlers.payments.event_kinds import FAILED_TRY, HANDLED, MONEY_BACK, SESSION
from handlers.payments.money_back import record_money_back
from handlers.payments.settle import record_failed_try, record_truth
from handlers.ports import CheckoutTruth, Ports, ProcessorRejected, ProcessorTrouble
from models.job_queue import Claimed
from models.statements import insert_once
from models.tables import CheckoutAttempt, InboundEvent, Payment, PaymentLink


async def settle_event(job: Claimed, ports: Ports) -> None:
    """Settle one stored event; it may run any number of times."""
    event = await InboundEvent.get(id=job.payload["event"])
    account = event.source.removeprefix("stripe:")
    thing = _thing(event.body)
    if not thing and event.kind in HANDLED:
        raise GiveUp(f"Stripe's event {event.external_id} ({account}, {event.kind}) is about nothing (B61).")
    try:
        if event.kind in SESSION:
            tell_payer = bool(job.payload.get("tell_payer", True))
            outcome = await settle_session(account, str(thing.get("id", "")), ports, tell_payer=tell_payer)
        elif event.kind == FAILED_TRY:
            outcome = await record_failed_try(account, thing, event.external_id, ports)
        elif event.kind in MONEY_BACK:
            outcome = await _settle_money_back(account, thing, ports)
        else:
            outcome = "stored"
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
