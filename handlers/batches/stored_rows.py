"""Rows of a batch as the tables keep them: what stood in the file, and what was read from it and reviewed.

What was reviewed is what is billed: terms are kept, not read anew from the cells by the settings of a later day.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Any, cast

from handlers.batches.columns import EMAIL, RECIPIENT_NAME
from handlers.batches.invoice_rows import InvoiceRow, RawRow
from models.money import Money
from models.tables import Batch, BatchRow

REVIEW, SENT, LINKS, DISCARDED = "review", "sent", "links", "discarded"  # states of a batch
BILLED, EXAMPLE = "billed", "example"  # why a row is left out
_UNKEEPABLE = re.compile("[\0\ud800-\udfff]")


def stored_row(batch: Batch, row: InvoiceRow, *, billed_as: str = "") -> BatchRow:
    """A row to be saved; with `billed_as`, the reference of the link that bills it already, it is left out."""
    return BatchRow(
        batch_id=batch.id,
        row=row.row,
        cells=_kept(row),
        terms=terms_of(row) | ({"billed_as": billed_as} if billed_as else {}),
        left_out=BILLED if billed_as else "",
    )


def stored_example(batch: Batch, row: RawRow) -> BatchRow:
    """One of the template's rows, to be told in the review."""
    return BatchRow(batch_id=batch.id, row=row.row, cells=_kept(row), terms={}, left_out=EXAMPLE)


def _kept(row: InvoiceRow | RawRow) -> dict[str, str]:
    """The cells as they stood, without NUL and halves of characters: a database or a file would refuse them."""
    return {column: _UNKEEPABLE.sub("", text) for column, text in row.cells.items()}


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
