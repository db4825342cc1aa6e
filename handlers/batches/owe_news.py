"""What whoever sent a file is owed once its letters leave: their progress and the end, in Slack or by mail."""

from __future__ import annotations

from datetime import timedelta

from handlers.owed import owe
from handlers.ports import Ports
from handlers.requests import Door
from models.tables import Batch

FIRST_LOOK = timedelta(seconds=5)
# After the decision: most files are through before the first, and nobody wants a letter for each hundred letters.
LOOKS = (timedelta(minutes=2), timedelta(minutes=15), timedelta(hours=1), timedelta(hours=6))


async def owe_progress(batch: Batch, ports: Ports) -> None:
    """Owe the sender of a file in Slack the news of its letters; part of the caller's transaction."""
    if batch.door == Door.SLACK.value:
        await owe("tell_batch", {"batch": batch.id}, ports.clock.now(), dedup=f"batch:{batch.id}")


async def owe_last_word(batch: Batch, ports: Ports) -> None:
    """Owe the sender of a mailed file its progress, where it takes long, and the end of the story.

    Part of the caller's transaction.
    """
    if batch.door == Door.MAIL.value and batch.owner_email:
        at = ports.clock.now() + FIRST_LOOK
        await owe("mail_batch_end", {"batch": batch.id}, at, dedup=last_word_key(batch.id))
        for number, after in enumerate(LOOKS):
            look = {"batch": batch.id, "look": number}
            await owe("mail_batch_progress", look, ports.clock.now() + after, dedup=f"batch-look:{batch.id}:{number}")


def last_word_key(batch_id: int) -> str:
    """By which the debt is known while letters of the batch are to leave."""
    return f"batch-end:{batch_id}"
