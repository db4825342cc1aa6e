"""Two files with the same rows under review at once: once one is decided, the other's review is looked at again.

Without an invoice number, or with another amount, a row is not known to be billed already; a client must not be asked
twice because somebody decided both.
"""

from __future__ import annotations

from tortoise.expressions import F
from tortoise.transactions import in_transaction

from handlers.batches.corrections import Correction
from handlers.batches.find_batch import REVIEW, ReviewChanged
from handlers.batches.stored_rows import leave_out_billed
from models.statements import change_each
from models.tables import Batch, BatchRow


class Overtaken(ReviewChanged):
    """Another file of the sender's, with rows of this one, was decided since the review."""

    code = "overtaken"

    def __init__(self, batch: Batch, found: Correction) -> None:
        super().__init__(
            f"B-{found.corrects} has rows of {batch.number} and was decided since this review, so nothing was done. "
            "What is billed by it already is left out now: look again, then decide."
        )
        self.found = found


async def look_again(batch: Batch, found: Correction) -> None:
    """Have the review tell of the other file; what a link of it asks for is left out, and `include` takes it in."""
    other = f"B-{found.corrects} ("
    notes = [note for note in batch.notes if not note.startswith(other)]  # that it waits for a decision
    async with in_transaction():
        same = Batch.filter(id=batch.id, state=REVIEW, revision=batch.revision)
        if not await same.update(revision=F("revision") + 1, corrects=found.corrects, notes=[*notes, *found.notes]):
            return
        stored = await BatchRow.filter(batch_id=batch.id, left_out="").order_by("row")
        late = [kept for kept in stored if leave_out_billed(kept, found.unchanged.get(kept.row, ()))]
        await change_each(BatchRow, [{"id": kept.id, "left_out": kept.left_out, "terms": kept.terms} for kept in late])
