"""A batch as its review shows it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from handlers.answers import BatchLine, BatchReview
from handlers.batches.billed_before import ASKING
from handlers.batches.columns import column_named
from handlers.batches.invoice_rows import InvoiceRow
from handlers.batches.review_warnings import alike, asked_again, warnings_of
from handlers.batches.stored_rows import BILLED, EXAMPLE, invoice_row, known_bills
from handlers.firm import Firm
from models.link_states import LinkState
from models.money import Money, spell
from models.parts import in_parts
from models.plain_text import listed
from models.tables import Batch, BatchRow, PaymentLink


async def review_of(
    batch: Batch, stored: Iterable[BatchRow], firm: Firm, *, page: int = 1, changed: str = ""
) -> BatchReview:
    """The review of a batch and its rows in order; `changed` says what was done to it just now."""
    rows = [(kept, invoice_row(kept, firm.currency)) for kept in stored]
    billed = [row for kept, row in rows if not kept.left_out]
    known = {kept.row: known_bills(kept) for kept, _ in rows if not kept.left_out}
    asking = await _asking(sorted({reference for bills in known.values() for reference in bills}), firm)
    again = {row: still for row, bills in known.items() if (still := [bill for bill in bills if bill in asking])}
    warnings = warnings_of([kept for kept, _ in rows], billed, firm)
    review = BatchReview(
        number=batch.number,
        filename=batch.filename,
        account=account_names(batch, billed, firm),
        accounts=tuple(firm.served_in(batch.channel)),
        lines=tuple(line_of(row, note=_why_taken_in(kept, row)) for kept, row in rows if not kept.left_out),
        left_out=tuple(_line_left_out(kept, row) for kept, row in rows if kept.left_out),
        totals=totals_of(billed),
        warnings=(*asked_again(again, asking), *batch.notes, *warnings),
        doubled=sum(len(same) for same in alike(billed)),
        again=len(again),
        revision=batch.revision,
        columns=tuple(filter(None, map(column_named, batch.columns))),
        changed=changed,
    )
    return replace(review, page=min(max(page, 1), review.pages))


def account_names(batch: Batch, rows: Iterable[InvoiceRow], firm: Firm) -> str:
    """Where the money lands; blank while an account must be chosen, and where there is no row to pay."""
    keys = dict.fromkeys(row.account or batch.account for row in rows)
    if "" in keys:
        return ""
    return ", ".join(firm.accounts[key].name if key in firm.accounts else key for key in keys)


def line_of(row: InvoiceRow, *, note: str = "", reference: str = "", url: str = "") -> BatchLine:
    return BatchLine(
        row=row.row,
        payer_name=row.payer_name,
        email=row.email,
        amount=row.amount,
        invoice_number=row.invoice_number,
        due_on=row.due_on,
        note=note or "; ".join(row.warnings),
        cells=row.cells,
        reference=reference,
        url=url,
    )


def totals_of(rows: Iterable[InvoiceRow]) -> tuple[Money, ...]:
    """One sum a currency, in the order they come up."""
    sums: dict[str, Money] = {}
    for row in rows:
        code = row.amount.currency
        sums[code] = sums[code] + row.amount if code in sums else row.amount
    return tuple(sums.values())


async def _asking(references: Sequence[str], firm: Firm) -> dict[str, str]:
    """How each of these links that asks for money, or got it, stands now: 'partly paid $600.00 of $1,250.00'."""
    told = {}
    for part in in_parts(references):
        for link in await PaymentLink.filter(reference__in=part, state__in=ASKING):
            sums = f" {spell(link.paid, firm.locale)} of {spell(link.amount, firm.locale)}"
            told[link.reference] = link.state.spoken + sums * (link.state is LinkState.PART_PAID)
    return told


def _line_left_out(stored: BatchRow, row: InvoiceRow) -> BatchLine:
    return replace(line_of(row, note=_why_left_out(stored)), left_out=stored.left_out)


def _why_taken_in(stored: BatchRow, row: InvoiceRow) -> str:
    """The warnings of a row to be billed, and that a link bills it already where somebody included it all the same."""
    known = known_bills(stored)
    bills = "bills" if len(known) == 1 else "bill"
    taken_in = [f"included, though {listed(known)} {bills} it already"] if known else []
    return "; ".join([*row.warnings, *taken_in])


def _why_left_out(stored: BatchRow) -> str:
    if stored.left_out == EXAMPLE:
        return "the template's example"
    if stored.left_out == BILLED:
        differs = f", but {stored.terms['differs']}" if stored.terms.get("differs") else ""
        return f"already billed by {stored.terms['billed_as']}{differs}"
    return stored.left_out
