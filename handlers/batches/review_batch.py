"""A file comes in: it is read, judged and laid out for review. Nothing leaves."""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import replace
from datetime import datetime, timedelta

from tortoise.transactions import in_transaction

from handlers.answers import BatchRefused, BatchReview
from handlers.batches.batch_review import review_of
from handlers.batches.billed_before import billed_before
from handlers.batches.corrections import correction_of
from handlers.batches.find_batch import DISCARDED, REVIEW
from handlers.batches.marked_copy import marked_copy
from handlers.batches.sheet import Sheet, read_sheet
from handlers.batches.stored_rows import stored_example, stored_row
from handlers.firm import Firm
from handlers.once import remember
from handlers.ports import Ports
from handlers.requests import Asker, ReviewFile
from models.card_numbers import holds_card_number
from models.errors import AlreadyDone, CardNumberSeen, PaylinkError
from models.plain_text import clean, shortened
from models.tables import Batch, BatchRow

SAME_FILE_FOR = timedelta(days=30)


class AlreadyImported(PaylinkError):
    """The very same file came before, within 30 days, from the same sender."""

    code = "already_imported"

    def __init__(self, before: Batch) -> None:
        waiting = f" and waits for your answer to its review, which `show {before.number}` brings again"
        super().__init__(
            f"This file was already imported as {before.number}{waiting if before.state == REVIEW else ''}. "
            "To import it once more, send it with the word `again`: in a letter's subject, or beside the file in Slack."
        )
        self.number = before.number


async def review_file(asked: ReviewFile, by: Asker, ports: Ports) -> BatchReview | BatchRefused:
    """Read a file and keep it for a decision; with any bad row nothing is kept.

    Raises SheetUnreadable: it is no list of invoices. Raises AlreadyImported, AccountUnclear. Raises CardNumberSeen: in
    the file's name. Raises AlreadyDone: the very same delivery came before and was decided since.
    """
    firm, now = ports.firm, ports.clock.now()
    if holds_card_number(asked.filename):
        raise CardNumberSeen
    here = replace(firm, accounts=firm.served_in(by.spoken_in or by.channel))  # its rows name no other account either
    account = _account(asked.account, here, by.channel)
    sheet = await asyncio.to_thread(read_sheet, asked.content, asked.filename, here, firm.today(now), account)
    filename = shortened(clean(asked.filename)[0], 200) or "the file"
    if sheet.errors:
        copy = await asyncio.to_thread(marked_copy, sheet.grid, sheet.errors, filename, now)
        return BatchRefused(filename, sheet.errors, len(sheet.rows), (copy,))
    batch = _batch(asked, by, account, filename, sheet, now)
    try:
        async with in_transaction():
            await batch.save()
            await remember(by, batch.number, now)
            if not asked.again:
                await _not_imported_before(batch)
            rows = await _store_rows(batch, sheet, firm)
    except AlreadyDone as done:
        return await _as_answered(done, firm)
    return await review_of(batch, rows, firm)


def _account(said: str, firm: Firm, channel: str) -> str:
    """The KEY of the batch's account: the one named, or the one meant where it was asked; blank: it is to be chosen."""
    return firm.account(said).key if said else firm.meant_in(channel)


def _batch(asked: ReviewFile, by: Asker, account: str, filename: str, sheet: Sheet, now: datetime) -> Batch:
    return Batch(
        owner=by.key,
        owner_name=by.name,
        owner_email=by.email,
        door=by.door.value,
        channel=by.channel,
        account=account,
        filename=filename,
        digest=hashlib.sha256(asked.content).hexdigest(),
        columns=list(sheet.columns),
        notes=list(sheet.notes),
        created_at=now,
    )


async def _not_imported_before(batch: Batch) -> None:
    since = batch.created_at - SAME_FILE_FOR
    same = Batch.filter(digest=batch.digest, owner=batch.owner, created_at__gt=since, id__not=batch.id)
    before = await same.exclude(state=DISCARDED).order_by("-id").first()
    if before is not None:
        raise AlreadyImported(before)


async def _store_rows(batch: Batch, sheet: Sheet, firm: Firm) -> list[BatchRow]:
    billed = await billed_before(sheet.rows)
    found = await correction_of(batch, sheet.rows, billed, firm)
    batch.corrects, batch.notes = found.corrects, [*batch.notes, *found.notes]
    await batch.save(update_fields=["corrects", "notes"])
    billed = {**billed, **found.unchanged}
    rows = [stored_row(batch, row, billed.get(row.row, ()), found.differs.get(row.row, "")) for row in sheet.rows]
    rows += [stored_example(batch, row) for row in sheet.examples]
    rows.sort(key=lambda row: row.row)
    await BatchRow.bulk_create(rows, batch_size=500)
    return rows


async def _as_answered(done: AlreadyDone, firm: Firm) -> BatchReview:
    """The same delivery twice: the review it got the first time, while that still stands."""
    number = done.outcome.removeprefix("B-")
    batch = await Batch.get_or_none(id=int(number), state=REVIEW) if number.isdecimal() else None
    if batch is None:
        raise done
    return await review_of(batch, await BatchRow.filter(batch_id=batch.id).order_by("row"), firm)
