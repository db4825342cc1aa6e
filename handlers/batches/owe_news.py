"""What whoever sent a file is owed once its letters leave: their progress in Slack, or the end of the story by mail."""

from __future__ import annotations

from datetime import timedelta

from handlers.owed import owe
from handlers.ports import Ports
from handlers.requests import Door
from models.tables import Batch

FIRST_LOOK = timedelta(seconds=5)


async def owe_progress(batch: Batch, ports: Ports) -> None:
    """Owe the sender of a file in Slack the news of its letters; part of the caller's transaction."""
    if batch.door == Door.SLACK.value:
        await owe("tell_batch", {"batch": batch.id}, ports.clock.now(), dedup=f"batch:{batch.id}")


async def owe_last_word(batch: Batch, ports: Ports) -> None:
    """Owe the sender of a mailed file the end of the story; part of the caller's transaction."""
    if batch.door == Door.MAIL.value and batch.owner_email:
        at = ports.clock.now() + FIRST_LOOK
        await owe("mail_batch_end", {"batch": batch.id}, at, dedup=last_word_key(batch.id))


def last_word_key(batch_id: int) -> str:
    """By which the debt is known while letters of the batch are to leave."""
    return f"batch-end:{batch_id}"
