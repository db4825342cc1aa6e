"""Rows of a batch as the tables keep them: what stood in the file, and what was read from it and reviewed.

What was reviewed is what is billed: terms are kept, not read anew from the cells by the settings of a later day.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, cast

from handlers.batches.columns import EMAIL, RECIPIENT_NAME
from handlers.batches.invoice_rows import InvoiceRow, RawRow
from models.money import Money
from models.tables import Batch, BatchRow

BILLED, DELETED, EXAMPLE = "billed", "deleted", "example"  # why a row is left out
KNOWN = "billed_and_included"
_UNKEEPABLE = re.compile("[\0\ud800-\udfff]")


def stored_row(batch: Batch, row: InvoiceRow, billed_as: Sequence[str] = (), differs: str = "") -> BatchRow:
    """A row to be saved; with `billed_as`, the references of the links that bill it already, it is left out.

    `differs` says what is other than when it was billed, though it asks for the same.
    """
    stored = BatchRow(batch_id=batch.id, row=row.row)
    write_row(stored, row, billed_as)
    if differs:
        stored.terms = {**stored.terms, "differs": differs}
    return stored


def write_row(stored: BatchRow, row: InvoiceRow, billed_as: Sequence[str]) -> None:
    """Make the stored row what was read; it is left out where a link bills it of which nobody has said `include`."""
    known = known_bills(stored)
    stored.cells, stored.terms = kept_cells(row.cells), terms_of(row) | ({KNOWN: known} if known else {})
    stored.left_out = ""
    leave_out_billed(stored, billed_as)


def leave_out_billed(stored: BatchRow, billed_as: Sequence[str]) -> bool:
    """Leave the row out where one of these links is news; whether one is."""
    news = [reference for reference in billed_as if reference not in known_bills(stored)]
    if news:
        stored.left_out, stored.terms = BILLED, {**stored.terms, "billed_as": news[-1]}
    return bool(news)


def known_bills(stored: BatchRow) -> list[str]:
    """The links that bill the row already and were seen when it was included all the same."""
    return list(cast("list[str]", (stored.terms or {}).get(KNOWN, [])))


def stored_example(batch: Batch, row: RawRow) -> BatchRow:
    """One of the template's rows, to be told in the review."""
    return BatchRow(batch_id=batch.id, row=row.row, cells=kept_cells(row.cells), terms={}, left_out=EXAMPLE)


def kept_cells(cells: Mapping[str, str]) -> dict[str, str]:
    """The cells as they stood, without NUL and halves of characters: a database or a file would refuse them."""
    return {column: _UNKEEPABLE.sub("", text) for column, text in cells.items()}


def terms_of(row: InvoiceRow) -> dict[str, object]:
    """What the row asks for, as JSON keeps it."""
    return {
        "name": row.payer_name,
        "email": row.email,
        "minor": row.amount.minor,
        "currency": row.amount.currency,
        "invoice": row.invoice_number,
        "due": row.due_on.isoformat() if row.due_on else "",
        "message": row.message,
        "account": row.account,
        "partial": row.partial,
        "minimum": row.partial_minimum.minor if row.partial_minimum else None,
        "warnings": list(row.warnings),
    }


def invoice_row(stored: BatchRow, currency: str) -> InvoiceRow:
    """The row as it was reviewed. An example has no terms: it asks for nothing, in `currency`."""
    if stored.left_out == EXAMPLE:
        name, email = stored.cells[RECIPIENT_NAME], stored.cells[EMAIL]
        return InvoiceRow(stored.row, stored.cells, name, email, Money(0, currency))
    terms = cast("dict[str, Any]", stored.terms)
    code = terms["currency"]
    return InvoiceRow(
        stored.row,
        stored.cells,
        terms["name"],
        terms["email"],
        Money(terms["minor"], code),
        terms["invoice"],
        date.fromisoformat(terms["due"]) if terms["due"] else None,
        terms["message"],
        terms["account"],
        terms["partial"],
        Money(terms["minimum"], code) if terms["minimum"] is not None else None,
        tuple(terms["warnings"]),
    )
