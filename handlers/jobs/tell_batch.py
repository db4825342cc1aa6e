"""How the letters of a batch fare, told in Slack in one message: edited while they leave, ended with what failed (F34).

The job looks again and again until the last letter has left, so a restart goes on where it was: what it tells is
counted from the letters themselves. Slack takes about one message a second and channel, which is shared with the cards.
"""

from __future__ import annotations

from datetime import timedelta

from handlers.answers import FileReady
from handlers.batches.csv_file import csv_file
from handlers.batches.progress import BatchProgress, progress_of
from handlers.jobs.steps import GiveUp, TryLater
from handlers.people.identify import may_hear
from handlers.ports import ChannelPoster, DeliveryRefused, DeliveryTrouble, Ports, Posted
from models.by_key import by_key
from models.database import retried
from models.job_queue import Claimed
from models.money import spell
from models.plain_text import counted, plain_line, shortened
from models.tables import Batch, BatchPost

BETWEEN = 3.0  # seconds between looks at first
_SLOWEST = 300.0  # seconds between looks at a batch whose letters wait for a mail server
_IN_THE_MESSAGE = 10  # failures; more are a file


async def tell_batch(job: Claimed, ports: Ports) -> None:
    """Tell how far the letters are; come again while any is to leave.

    A crash between Slack's answer and our commit repeats the message, or the file of failures.
    """
    batch = await by_key(Batch, "id", job.payload["batch"])
    if batch is None or ports.channels is None or not (batch.channel or await may_hear(batch.owner, ports)):
        return
    progress = await progress_of(batch)
    try:
        await _tell(batch, progress, ports, ports.channels)
    except DeliveryRefused as trouble:
        raise GiveUp(f"The progress of {batch.number} could not be told: {trouble}") from trouble
    except DeliveryTrouble as trouble:
        raise TryLater(str(trouble), trouble.retry_after) from trouble
    if not progress.done:
        raise TryLater("letters are to leave yet", _pause(batch, ports))


def _pause(batch: Batch, ports: Ports) -> float:
    """Seconds to the next look: longer, the longer the letters take."""
    taken = ports.clock.now() - (batch.decided_at or batch.created_at)
    return min(max(BETWEEN, taken / timedelta(seconds=20)), _SLOWEST)


async def _tell(batch: Batch, progress: BatchProgress, ports: Ports, channels: ChannelPoster) -> None:
    settled = progress.letters - progress.waiting
    words = spoken_progress(progress)
    post = await by_key(BatchPost, "batch_id", batch.id)
    if post is None:
        post = BatchPost(batch_id=batch.id)
        await _keep(post, await _posted(batch, words, channels), settled)
    elif post.settled != settled or progress.done:
        await _keep(post, await _edited(post, batch, words, channels), settled)
    if progress.done and len(progress.failures) > _IN_THE_MESSAGE:
        await channels.send_file(Posted(post.channel, post.ts), _file(progress, ports))


async def _posted(batch: Batch, words: str, channels: ChannelPoster) -> Posted:
    """A new message where the file came from; in person, where that channel takes nothing any more (F16)."""
    try:
        return await channels.tell(batch.channel or batch.owner, words)
    except DeliveryRefused:
        if not batch.channel:
            raise
        return await channels.tell(batch.owner, words)


async def _edited(post: BatchPost, batch: Batch, words: str, channels: ChannelPoster) -> Posted:
    """The message as it stands now; a new one in person, where it was deleted or its channel is closed."""
    where = Posted(post.channel, post.ts)
    try:
        await channels.retell(where, words)
    except DeliveryRefused:
        return await channels.tell(batch.owner, words)
    return where


async def _keep(post: BatchPost, where: Posted, settled: int) -> None:
    """It stands there: if that were forgotten, it would be posted twice."""
    post.channel, post.ts, post.settled = where.channel, where.ts, settled
    await retried(post.save)


def spoken_progress(progress: BatchProgress) -> str:
    """The message: a sentence, and once all is over a line for each letter that failed."""
    words = f"{progress.number}: {progress.sent:,} of {counted(progress.letters, 'letter')} sent"
    failed = len(progress.failures)
    if failed:
        words += f", {failed:,} failed"
    if not progress.done:
        return f"{words}."
    if progress.needless:
        words += f", {progress.needless:,} not needed any more, as the link was paid or closed before"
    if not failed:
        return f"{words}."
    if failed > _IN_THE_MESSAGE:
        return f"{words}. The file below says which, and why. `show` and the reference mends one."
    lines = [
        f"Row {line.row}, {shortened(line.payer_name, 40)}, {line.email}: {shortened(plain_line(line.note), 120)} "
        f"(`show {line.reference}`)"
        for line in progress.failures
    ]
    return "\n".join([f"{words}:", *lines])


def _file(progress: BatchProgress, ports: Ports) -> FileReady:
    firm = ports.firm
    header = ("row", "recipient name", "email address", "amount", "invoice number", "reference", "why")
    rows = [
        (
            str(line.row),
            line.payer_name,
            line.email,
            spell(line.amount, firm.locale),
            line.invoice_number,
            line.reference,
            line.note,
        )
        for line in progress.failures
    ]
    return csv_file(f"{progress.number}-failures.csv", [header, *rows], firm.numbers)
