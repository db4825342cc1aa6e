"""One letter to the sender of a mailed file once all its letters have left: how many, which failed and why (F34)."""

from __future__ import annotations

import base64
from datetime import timedelta

from handlers.answers import BatchLine
from handlers.batches.csv_file import csv_file
from handlers.batches.progress import BatchProgress, progress_of
from handlers.jobs.mailing import mailed_to_staff
from handlers.jobs.steps import TryLater, letters_of
from handlers.people.identify import may_hear
from handlers.ports import Ports, StaffLetter
from models.by_key import by_key
from models.job_queue import Claimed
from models.money import spell
from models.plain_text import counted, plain_line, shortened
from models.tables import Batch

_SLOWEST = 300.0  # seconds between looks at a batch whose letters wait for a mail server
_IN_THE_LETTER = 50  # failures; a file beside it has them all


async def mail_batch_end(job: Claimed, ports: Ports) -> None:
    """Write once no letter is left to send; come again until then. A crash right after it is sent repeats it."""
    batch = await by_key(Batch, "id", job.payload["batch"])
    if batch is None or not await may_hear(batch.owner_email, ports):
        return
    progress = await progress_of(batch)
    if not progress.done:
        taken = ports.clock.now() - (batch.decided_at or batch.created_at)
        raise TryLater("letters are to leave yet", min(max(5.0, taken / timedelta(seconds=20)), _SLOWEST))
    await mailed_to_staff(_letter(job, batch, progress, ports), letters_of(ports), f"How {batch.number} ended")


def _letter(job: Claimed, batch: Batch, progress: BatchProgress, ports: Ports) -> StaffLetter:
    failed = len(progress.failures)
    end = f"{counted(failed, 'letter')} could not be sent" if failed else "all its letters are sent"
    attached = csv_file(f"{batch.number}-failures.csv", _table(progress, ports), ports.firm.numbers)
    encoded = base64.b64encode(attached.content).decode("ascii")
    domain = ports.firm.mail_domain
    return StaffLetter(
        to=batch.owner_email,
        message_id=f"batch-{batch.id}.{job.id}@{domain}",
        subject=f"{batch.number}: {end} ({shortened(batch.filename, 60)})",
        text="\n\n".join(_paragraphs(batch, progress, ports)) + "\n",
        html="",
        attachments=((attached.filename, "text/csv", encoded),) if failed else (),
    )


def _paragraphs(batch: Batch, progress: BatchProgress, ports: Ports) -> list[str]:
    filename = shortened(batch.filename, 60)
    told = [f"{progress.sent:,} of {counted(progress.letters, 'letter')} of {batch.number} ({filename}) were sent."]
    if progress.needless:
        told.append(f"{progress.needless:,} were not needed any more: the link was paid or closed before.")
    if not progress.failures:
        return told
    told.append(f"{counted(len(progress.failures), 'letter')} failed:")
    told.append("\n".join(_failure(line, ports) for line in progress.failures[:_IN_THE_LETTER]))
    if len(progress.failures) > _IN_THE_LETTER:
        told.append(f"These are the first {_IN_THE_LETTER}; the attached file has all.")
    told.append(
        "The links themselves are good. To send one to another address, write `resend` with its reference and the"
        " address in the subject of a new letter."
    )
    return told


def _failure(line: BatchLine, ports: Ports) -> str:
    amount = spell(line.amount, ports.firm.locale)
    why = shortened(plain_line(line.note), 160)
    return f"  row {line.row}  {line.reference}  {shortened(line.payer_name, 40)}, {amount}\n    {line.email}: {why}"


def _table(progress: BatchProgress, ports: Ports) -> list[tuple[str, ...]]:
    header = ("row", "recipient name", "email address", "amount", "invoice number", "reference", "why")
    return [
        header,
        *(
            (
                str(line.row),
                line.payer_name,
                line.email,
                spell(line.amount, ports.firm.locale),
                line.invoice_number,
                line.reference,
                line.note,
            )
            for line in progress.failures
        ),
    ]
