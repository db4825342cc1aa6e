"""How far the letters of a batch are: counted from the letters themselves, so that a restart changes nothing (F34)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from tortoise.expressions import Subquery
from tortoise.functions import Count
from tortoise.queryset import QuerySet

from handlers.answers import BatchLine
from models.link_states import LinkState
from models.parts import in_parts
from models.plain_text import counted
from models.tables import Batch, BatchRow, PaymentLink, Recipient

_FAILED = ("failed", "bounced")


@dataclass(frozen=True, slots=True)
class BatchProgress:
    """The letters of a batch, each counted once."""

    number: str  # B-17
    letters: int
    sent: int
    waiting: int  # still to be sent
    needless: int  # never sent, as the link was paid or closed before
    failures: tuple[BatchLine, ...]  # refused, came back or given up; the note says why

    @property
    def done(self) -> bool:
        return self.waiting <= 0


def in_words(progress: BatchProgress) -> str:
    """One sentence: 312 of 500 letters of B-17 have left, 186 are to leave, 2 failed."""
    told = [f"{progress.sent:,} of {counted(progress.letters, 'letter')} of {progress.number} have left"]
    for count, what in ((progress.waiting, "to leave"), (progress.needless, "not needed any more")):
        if count > 0:
            told.append(f"{count:,} {'is' if count == 1 else 'are'} {what}")
    if progress.failures:
        told.append(f"{len(progress.failures):,} failed")
    return f"{', '.join(told)}."


async def progress_of(batch: Batch) -> BatchProgress:
    """The letters of a batch by what became of them, and each that failed with the reason."""
    found_as = await _letters(batch).annotate(found=Count("id")).group_by("delivery").values_list("delivery", "found")
    found = Counter({str(delivery): int(count) for delivery, count in found_as})
    failed = await _letters(batch).filter(delivery__in=_FAILED).order_by("link_id")
    still = 0 if not found["queued"] else await _letters(batch, open_only=True).filter(delivery="queued").count()
    return BatchProgress(
        number=batch.number,
        letters=found.total(),
        sent=found["sent"],
        waiting=still,
        needless=found["queued"] - still,
        failures=await _lines(failed),
    )


def _letters(batch: Batch, *, open_only: bool = False) -> QuerySet[Recipient]:
    links = PaymentLink.filter(batch_id=batch.id)
    if open_only:
        links = links.filter(state=LinkState.OPEN)
    return Recipient.filter(link_id__in=Subquery(links.values("id")))


async def _lines(letters: Sequence[Recipient]) -> tuple[BatchLine, ...]:
    """The letters as rows of the file; the note says why each failed."""
    links: dict[int, PaymentLink] = {}
    rows: dict[int, int] = {}
    for part in in_parts([letter.link_id for letter in letters]):
        links |= {link.id: link for link in await PaymentLink.filter(id__in=part)}
        kept = await BatchRow.filter(link_id__in=part).values_list("link_id", "row")
        rows |= {int(link_id): int(row) for link_id, row in kept}
    lines = [
        _line(letter, links[letter.link_id], rows.get(letter.link_id, 0))
        for letter in letters
        if letter.link_id in links
    ]
    return tuple(sorted(lines, key=lambda line: (line.row, line.email)))


def _line(letter: Recipient, link: PaymentLink, row: int) -> BatchLine:
    came_back = "It came back: " if letter.delivery == "bounced" else ""
    return BatchLine(
        row=row,
        payer_name=link.payer_name,
        email=letter.address,
        amount=link.amount,
        invoice_number=link.invoice_number,
        due_on=link.due_on,
        note=f"{came_back}{letter.trouble}",
        reference=link.reference,
    )
