"""Stripe's webhook: the raw event is committed with the debt to settle it; only then is it acknowledged (M02)."""

from __future__ import annotations

from tortoise.exceptions import IntegrityError
from tortoise.transactions import in_transaction

from handlers.owed import owe
from handlers.ports import Ports
from models.database import retried
from models.tables import InboundEvent


async def record_event(
    account: str, event_id: str, kind: str, body: str, ports: Ports, *, tell_payer: bool = True
) -> bool:
    """Keep an event and owe its settling. False: it was here before, and nothing was written.

    `tell_payer` False: no letter to the payer comes of it (see record_truth).
    """
    now = ports.clock.now()

    async def keep() -> None:
        async with in_transaction():
            event = await InboundEvent.create(
                source=f"stripe:{account}", external_id=event_id, kind=kind, body=body, received_at=now
            )
            held = {} if tell_payer else {"tell_payer": False}
            await owe("settle_event", {"event": event.id, **held}, now)

    try:
        await retried(keep)
    except IntegrityError:
        return False
    ports.wake()
    return True
