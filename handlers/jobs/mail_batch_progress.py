"""How far the letters of a mailed file are, told to its sender by letter while they take long (F34)."""

from __future__ import annotations

from handlers.batches.owe_news import LOOKS
from handlers.batches.progress import BatchProgress, in_words, progress_of
from handlers.jobs.mailing import mailed_to_staff
from handlers.jobs.steps import letters_of
from handlers.people.identify import may_hear
from handlers.ports import Ports, StaffLetter
from models.by_key import by_key
from models.job_queue import Claimed
from models.plain_text import counted, shortened
from models.tables import Batch


async def mail_batch_progress(job: Claimed, ports: Ports) -> None:
    """Write where letters are still to leave. What the next look would tell, too, is left to that one."""
    batch = await by_key(Batch, "id", job.payload["batch"])
    if batch is None or not await may_hear(batch.owner_email, ports):
        return
    taken = ports.clock.now() - (batch.decided_at or batch.created_at)
    if any(taken >= later for later in LOOKS[int(job.payload["look"]) + 1 :]):
        return
    progress = await progress_of(batch)
    if not progress.done:
        await mailed_to_staff(_letter(job, batch, progress, ports), letters_of(ports), f"How far {batch.number} is")


def _letter(job: Claimed, batch: Batch, progress: BatchProgress, ports: Ports) -> StaffLetter:
    settled = progress.letters - progress.waiting
    filename = shortened(batch.filename, 60)
    later = f"You hear once the last has left; `show {batch.number}` tells how far they are."
    return StaffLetter(
        to=batch.owner_email,
        message_id=f"batch-{batch.id}.{job.id}@{ports.firm.mail_domain}",
        subject=f"{batch.number}: {settled:,} of {counted(progress.letters, 'letter')} so far ({filename})",
        text=f"{in_words(progress)}\n\n{later}\n",
        html="",
    )
