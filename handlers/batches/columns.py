"""The columns of a list of invoices and how their names are recognised (SPEC section 5)."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence

from models.card_numbers import holds_card_number
from models.errors import SheetUnreadable
from models.plain_text import clean, shortened

INVOICE_NUMBER = "invoice number"
INVOICE_DATE = "invoice date"
DUE_DATE = "due date"
RECIPIENT_NAME = "recipient name"
AMOUNT = "amount"
EMAIL = "email address"
MESSAGE = "custom message"
CURRENCY = "currency"
ACCOUNT = "account"
PARTIAL = "partial"
MARK = "error"  # beside the rows of a marked copy: what was wrong with them; never read

USUAL = (INVOICE_NUMBER, INVOICE_DATE, DUE_DATE, RECIPIENT_NAME, AMOUNT, EMAIL, MESSAGE)
EXTRA = (CURRENCY, ACCOUNT, PARTIAL)
REQUIRED = (AMOUNT, EMAIL, RECIPIENT_NAME)

_IGNORED = re.compile(r"[\s_\-\u200b\ufeff]+")
_KNOWN = {_IGNORED.sub("", name): name for name in (*USUAL, *EXTRA, MARK)}
_ALL = (
    f"The columns are: {', '.join(USUAL)}; also {', '.join(EXTRA)}."
    " Any order will do; `template` sends a file to fill in."
)


def columns_told() -> str:
    """Every column there is, as a sentence."""
    return f"The columns are: {', '.join((*USUAL, *EXTRA))}."


def column_named(header: str) -> str:
    """The column that a header cell names, in any case, with spaces, underscores or hyphens; blank for none."""
    return _KNOWN.get(_IGNORED.sub("", header).casefold(), "")


def columns_of(header: Sequence[str]) -> tuple[str, ...]:
    """Our columns in the file's order; blank where a header cell is blank.

    Raises SheetUnreadable: a column is unknown, doubled or missing; all such faults at once.
    """
    found = tuple(column_named(cell) for cell in header)
    unknown = [cell for cell, column in zip(header, found, strict=True) if cell.strip() and not column]
    doubled = [column for column in dict.fromkeys(found) if column and found.count(column) > 1]
    missing = [column for column in REQUIRED if column not in found]
    if not any(found):
        raise SheetUnreadable(
            "The first row names none of our columns, or the separator was not recognised (comma, semicolon, tab and |"
            f" are). {_ALL}"
        )
    faults = [f"unknown column {_quoted(cell)}" for cell in unknown[:10]]
    faults += [f"{len(unknown) - 10} more unknown columns"] if len(unknown) > 10 else []
    faults += [f"column {column} stands there twice" for column in doubled]
    faults += [f"column {column} is missing" for column in missing]
    if not faults:
        return found
    hint = " For links without letters leave the cells of email address empty." if EMAIL in missing else ""
    sentence = "; ".join(faults)
    raise SheetUnreadable(f"{sentence[0].upper()}{sentence[1:]}.{hint} {_ALL}")


def _quoted(cell: str) -> str:
    if holds_card_number(cell):
        return "(not shown: it looks like a payment card number)"
    close = difflib.get_close_matches(_IGNORED.sub("", cell).casefold(), _KNOWN, n=1, cutoff=0.5)
    hint = f" (is {_KNOWN[close[0]]} meant?)" if close else ""
    return f"“{shortened(clean(cell)[0], 40)}”{hint}"
