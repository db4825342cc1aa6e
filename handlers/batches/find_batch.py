"""Finding a batch for the person who asks, and what can be wrong with what they ask of it."""

from __future__ import annotations

from collections.abc import Sequence

from handlers.answers import RowError
from handlers.ports import Ports
from handlers.requests import Asker, Role
from models.errors import Hidden, NotFound, PaylinkError
from models.tables import Batch

REVIEW, SENT, LINKS, DISCARDED = "review", "sent", "links", "discarded"  # states of a batch
_DONE = {SENT: "sent", LINKS: "made into links without letters", DISCARDED: "discarded"}


class BatchStays(PaylinkError):
    """Nothing of what was asked of a batch was done. The answer is how the batch stands, with this sentence."""


class ReviewChanged(BatchStays):
    """The batch is no longer what the person had before them."""

    code = "review_changed"


class RowsFaulty(BatchStays):
    """A row that was to be added or changed has faults, as a file's row may have."""

    code = "rows_faulty"

    def __init__(self, errors: Sequence[RowError]) -> None:
        super().__init__("Nothing was changed: the row needs another look.")
        self.errors = tuple(errors)


class StepRefused(BatchStays):
    """A step that does not fit the rows as they stand."""

    code = "step_refused"


class NothingToSend(PaylinkError):
    """No row of the batch is left to bill."""

    code = "nothing_to_send"


async def batch_for(number: int, by: Asker) -> Batch:
    """The batch, for its sender or an admin; for all others there is none. Raises NotFound, Hidden."""
    batch = await Batch.get_or_none(id=number) if 0 < number < 2**63 else None
    if batch is not None:
        own = batch.owner == by.key or (by.email != "" and batch.owner_email == by.email)
        if own or by.role is Role.ADMIN:
            return batch
        raise Hidden(f"B-{number}")
    raise NotFound(f"B-{number}")


def already(batch: Batch, ports: Ports) -> str:
    """What was decided, by whom and when, as a sentence."""
    when = f" on {ports.firm.spell_moment(batch.decided_at)}" if batch.decided_at else ""
    return f"{batch.number} was already {_DONE[batch.state]} by {batch.decided_by}{when}."
