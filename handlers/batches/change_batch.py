"""Changing a batch under review, and deciding it: any number of steps in one transaction, all or none."""

from __future__ import annotations

from dataclasses import replace

from tortoise.expressions import F
from tortoise.transactions import in_transaction

from handlers.answers import BatchDecided, BatchReview
from handlers.batches.batch_review import review_of
from handlers.batches.bill_batch import STATE, Made, decided, decided_before, make_batch
from handlers.batches.find_batch import REVIEW, SENT, BatchStays, ReviewChanged, RowsFaulty, already, batch_for
from handlers.batches.overtaken import Overtaken, look_again
from handlers.batches.owe_news import owe_last_word, owe_progress
from handlers.batches.progress import in_words, progress_of
from handlers.batches.worksheet import Worksheet
from handlers.once import remember
from handlers.ports import Ports
from handlers.requests import Asker, ChangeBatch, DecideBatch, Decision, ShowBatch, Step
from models.errors import AlreadyDone, CommandUnclear, NeedsSecond
from models.tables import Batch, BatchRow


async def change_batch(asked: ChangeBatch | Step, by: Asker, ports: Ports) -> BatchReview | BatchDecided:
    """Take the steps in order; the answer is the new review, or what was decided where the last step decides.

    A second decision changes nothing and is told of the first.

    Raises NotFound: no such batch for this person. Raises BatchStays, AccountUnclear, NothingToSend: nothing was done.
    """
    whole = asked if isinstance(asked, ChangeBatch) else ChangeBatch(asked.batch, (asked,), asked.seen)
    decision = _decision_of(whole)
    batch = await batch_for(whole.batch, by)
    try:
        async with in_transaction():
            await remember(by, batch.number, ports.clock.now())
            await _take_it(batch, whole.seen, decision, by, ports)
            sheet = await _changed(batch, whole, ports)
            made, notes = await _carried_out(batch, decision, by, ports)
            if decision is Decision.SEND and any(each.row.email for each in made):
                await owe_progress(batch, ports)
                await owe_last_word(batch, ports)
    except NeedsSecond as needs:
        needs.request = replace(asked, seen=batch.revision)  # a second person confirms these rows and no others
        raise
    except AlreadyDone as done:
        if done.outcome != batch.number:
            raise
        return await show_batch(ShowBatch(batch.id), by, ports, "The same came twice; it was done the first time.")
    except Overtaken as overtaken:
        await look_again(batch, overtaken.found)
        raise
    except ReviewChanged:
        await batch.refresh_from_db()
        if decision is None or batch.state == REVIEW:
            raise
        return await decided_before(batch, ports)
    await batch.refresh_from_db()
    if decision is None:
        return await review_of(batch, sheet.rows.values(), ports.firm, changed=" ".join(sheet.told))
    ports.wake()
    return await decided(batch, made, notes, ports)


async def show_batch(asked: ShowBatch, by: Asker, ports: Ports, changed: str = "") -> BatchReview | BatchDecided:
    """The review as it stands, or what was decided. Raises NotFound: no such batch for this person."""
    batch = await batch_for(asked.batch, by)
    if batch.state != REVIEW:
        before = await decided_before(batch, ports, with_files=False)  # a look at them hands nothing over again
        far = (in_words(await progress_of(batch)),) if batch.state == SENT else ()
        return replace(before, notes=(*before.notes, *far))
    stored = await BatchRow.filter(batch_id=batch.id).order_by("row")
    return await review_of(batch, stored, ports.firm, page=asked.page, changed=changed)


async def ask_of_batch(asked: ChangeBatch | Step, by: Asker, ports: Ports) -> BatchReview | BatchDecided:
    """As change_batch; where the batch stays as it is, the answer is how it stands, and why nothing was done.

    Raises NotFound, AccountUnclear, NothingToSend.
    """
    try:
        return await change_batch(asked, by, ports)
    except BatchStays as why:
        shown = await show_batch(ShowBatch(asked.batch), by, ports, why.for_staff())
        if isinstance(shown, BatchDecided):
            return shown
        return replace(shown, done=False, faults=why.errors if isinstance(why, RowsFaulty) else ())


async def _take_it(batch: Batch, seen: int | None, decision: Decision | None, by: Asker, ports: Ports) -> None:
    """The guard: of two people at once one goes on. Raises ReviewChanged: it is the other."""
    if batch.state != REVIEW:
        raise ReviewChanged(f"{already(batch, ports)} Nothing was changed now.")
    mine = Batch.filter(id=batch.id, state=REVIEW, revision=batch.revision if seen is None else seen)
    if decision is None:
        moved = await mine.update(revision=F("revision") + 1)
    else:
        moved = await mine.update(
            revision=F("revision") + 1,
            state=STATE[decision],
            decided_at=ports.clock.now(),
            decided_by=by.name,
        )
    if not moved:
        raise ReviewChanged(f"{batch.number} was changed meanwhile, so nothing was done. This is how it stands now.")


async def _changed(batch: Batch, asked: ChangeBatch, ports: Ports) -> Worksheet:
    """The rows after all steps but the decision; they are not even read where there is no other."""
    steps = [step for step in asked.steps if not isinstance(step, DecideBatch)]
    if not steps:
        return Worksheet(batch, ports, {})
    sheet = await Worksheet.opened(batch, ports)
    for step in steps:
        await sheet.take(step)
    await sheet.save()
    return sheet


async def _carried_out(
    batch: Batch, decision: Decision | None, by: Asker, ports: Ports
) -> tuple[list[Made], tuple[str, ...]]:
    if decision is Decision.DISCARD:
        await BatchRow.filter(batch_id=batch.id).delete()
    elif decision is not None:
        return await make_batch(batch, decision, by, ports)
    return [], ()


def _decision_of(asked: ChangeBatch) -> Decision | None:
    """The decision that the steps end with. Raises CommandUnclear: one stands before other steps."""
    if not asked.steps:
        raise CommandUnclear("No step was named, so nothing was done.")
    *before, last = asked.steps
    early = [step.decision.value for step in before if isinstance(step, DecideBatch)]
    if early:
        raise CommandUnclear(f"`{early[0]}` decides, so it must come last; nothing was done.")
    return last.decision if isinstance(last, DecideBatch) else None
