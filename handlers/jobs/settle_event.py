"""Settling a Stripe event: what it says is a hint; the session read back from Stripe is the truth."""

from __future__ import annotations

import json
from typing import Any

from tortoise.transactions import in_transaction

from handlers.jobs.steps import GiveUp, TryLater
from handlers.payments.event_kinds import FAILED_TRY, HANDLED, MONEY_BACK, SESSION
from handlers.payments.money_back import record_money_back
from handlers.payments.settle import record_failed_try
from handlers.payments.settle_session import settle_session
from handlers.payments.tries import end_session_of_many_tries
from handlers.people.messages import owe_admins
from handlers.ports import Ports, ProcessorRejected, ProcessorTrouble
from models.job_queue import Claimed
from models.statements import insert_once
from models.tables import InboundEvent, Payment


async def settle_event(job: Claimed, ports: Ports) -> None:
    """Settle one stored event; it may run any number of times."""
    event = await InboundEvent.get(id=job.payload["event"])
    account = event.source.removeprefix("stripe:")
    thing = _thing(event.body)
    if not thing and event.kind in HANDLED:
        raise GiveUp(f"Stripe's event {event.external_id} ({account}, {event.kind}) is about nothing (B61).")
    tell_payer = bool(job.payload.get("tell_payer", True))
    try:
        if event.kind in SESSION:
            outcome = await settle_session(account, str(thing.get("id", "")), ports, tell_payer=tell_payer)
        elif event.kind == FAILED_TRY:
            outcome = await record_failed_try(account, thing, event.external_id, ports)
            await end_session_of_many_tries(account, thing, ports)
        elif event.kind in MONEY_BACK:
            outcome = await _settle_money_back(account, thing, ports, tell_payer=tell_payer)
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


async def _settle_money_back(account: str, thing: dict[str, Any], ports: Ports, *, tell_payer: bool) -> str:
    """A charge, a refund or a dispute: all that went back of its payment intent is read from Stripe.

    It may come before the payment itself is recorded, whose own event may even be lost: then the payment's session is
    found through Stripe and settled first, so nothing is lost and nothing has to wait (docs/decisions/019).
    """
    intent = thing.get("payment_intent")
    intent = str(intent.get("id", "") if isinstance(intent, dict) else intent or "")
    payment = await Payment.get_or_none(payment_intent=intent, account=account)
    if payment is None and intent:
        session = await ports.cards.find_checkout(account, intent)
        if session and await settle_session(account, session, ports, tell_payer=tell_payer) == "settled":
            payment = await Payment.get_or_none(payment_intent=intent, account=account)
            if payment is None:
                raise TryLater(f"the payment {intent} is not complete yet")
    if payment is None:
        return await _unknown_payment(account, intent or str(thing.get("id", "")), ports)
    await record_money_back(payment, await ports.cards.read_money_back(account, intent), ports)
    return "settled"


async def _unknown_payment(account: str, about: str, ports: Ports) -> str:
    """Money that went back in the account, but not through Paylink: the admins hear of each payment once."""
    now = ports.clock.now()
    row = {"source": f"unknown:{account}"[:60], "external_id": about[:255], "received_at": now}
    async with in_transaction():
        if await insert_once(InboundEvent, row, unique="source, external_id"):
            words = (
                f"Stripe reports a refund or a dispute in account {account} of {about}, a payment not made by Paylink."
            )
            await owe_admins(words, now, ports, about=about)
    return "review: unknown payment"
