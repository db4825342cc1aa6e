"""Doing a command once, however often it arrives."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from handlers.requests import Asker
from models.errors import AlreadyDone, LooksTheSame
from models.statements import insert_once
from models.tables import InboundEvent

ALIKE_FOR = timedelta(minutes=10)


async def remember(by: Asker, outcome: str, at: datetime) -> None:
    """Note that this delivery of a command was done; part of the caller's transaction, before anything else in it.

    Raises AlreadyDone: the very same delivery (Slack trigger, letter) was done before (M13, M14).
    """
    if not by.delivery:
        return
    source = f"command:{by.door.value}"
    if not await _noted(source, by.delivery, outcome, at):
        known = await InboundEvent.get(source=source, external_id=by.delivery)
        raise AlreadyDone(known.outcome)


async def not_alike(by: Asker, wording: str, reference: str, at: datetime, *, again: bool) -> None:
    """Notice a command typed twice (B19); part of the caller's transaction.

    Raises LooksTheSame: the same person asked for the same within ten minutes and did not say `again`.
    """
    likeness = hashlib.sha256(f"{by.key}\n{wording}".encode()).hexdigest()
    if await _noted("alike", likeness, reference, at):
        return
    rows = InboundEvent.filter(source="alike", external_id=likeness)
    stale = rows if again else rows.filter(received_at__lt=at - ALIKE_FOR)
    if not await stale.update(received_at=at, outcome=reference):
        raise LooksTheSame((await rows.get()).outcome)


async def _noted(source: str, external_id: str, outcome: str, at: datetime) -> bool:
    """Write it down. False: it stood there before; another's transaction that is at it is waited for."""
    event = {"source": source, "external_id": external_id, "received_at": at, "outcome": outcome}
    return await insert_once(InboundEvent, event, unique="source, external_id")
