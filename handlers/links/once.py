"""Doing a command once, however often it arrives."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from tortoise.exceptions import IntegrityError
from tortoise.transactions import in_transaction

from handlers.requests import Asker
from models.errors import AlreadyDone, LooksTheSame
from models.tables import InboundEvent

ALIKE_FOR = timedelta(minutes=10)


async def remember(by: Asker, outcome: str, at: datetime) -> None:
    """Note that this delivery of a command was done; part of the caller's transaction, before anything else in it.

    Raises AlreadyDone: the very same delivery (Slack trigger, letter) was done before (M13, M14).
    """
    if not by.delivery:
        return
    source = f"command:{by.door.value}"
    try:
        async with in_transaction():  # a savepoint: on PostgreSQL the error would spoil the whole transaction
            await InboundEvent.create(source=source, external_id=by.delivery, received_at=at, outcome=outcome)
    except IntegrityError:
        known = await InboundEvent.get(source=source, external_id=by.delivery)
        raise AlreadyDone(known.outcome) from None


async def not_alike(by: Asker, wording: str, reference: str, at: datetime, *, again: bool) -> None:
    """Notice a command typed twice (B19); part of the caller's transaction.

    Raises LooksTheSame: the same person asked for the same within ten minutes and did not say `again`.
    """
    likeness = hashlib.sha256(f"{by.key}\n{wording}".encode()).hexdigest()
    rows = InboundEvent.filter(source="alike", external_id=likeness)
    stale = rows if again else rows.filter(received_at__lt=at - ALIKE_FOR)
    if await stale.update(received_at=at, outcome=reference):
        return
    try:
        async with in_transaction():
            await InboundEvent.create(source="alike", external_id=likeness, received_at=at, outcome=reference)
    except IntegrityError:
        raise LooksTheSame((await rows.get()).outcome) from None
