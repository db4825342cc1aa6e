"""The forms of a review: a row to edit or add, rows to take in. The cells are texts, as a file has them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from slack_sdk.models.blocks import Block
from slack_sdk.models.blocks.block_elements import InputInteractiveElement

from bot.slack.blocks.fields import MOST_OPTIONS, account_field, day, field, held_in, menu, text
from bot.slack.blocks.modal import modal
from bot.slack.blocks.wording import said, small
from handlers.answers import BatchLine, BatchReview
from handlers.batches import columns as c

ROW_FORM, INCLUDE_FORM, ACCOUNT_FORM = "batch_row_form", "batch_include_form", "batch_account_form"
ROWS, ACCOUNT = "rows", "account"
_LONGEST = 3000  # characters of a text field


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a row, as a form asks for it."""

    name: str  # the block's id
    label: str  # SPEC section 8
    column: str
    example: str = ""
    required: bool = False


CELLS = (
    Cell("amount", "Amount", c.AMOUNT, "1250.00", required=True),
    Cell("currency", "Currency", c.CURRENCY, "USD"),
    Cell("client", "Client name", c.RECIPIENT_NAME, "Jane Doe", required=True),
    Cell("email", "Email", c.EMAIL, "jane@example.com"),
    Cell("invoice", "Invoice number", c.INVOICE_NUMBER, "1042"),
    Cell("invoiced", "Invoice date", c.INVOICE_DATE),
    Cell("due", "Due date", c.DUE_DATE),
    Cell("account", "Account", c.ACCOUNT),
    Cell("partial", "Part payment", c.PARTIAL, "yes, no or the least part"),
    Cell("message", "Message", c.MESSAGE),
)
BY_COLUMN = {cell.column: cell for cell in CELLS}
_ONLY_WHERE_THE_FILE_HAS_THEM = frozenset({c.INVOICE_DATE, c.PARTIAL})


def row_form(review: BatchReview, line: BatchLine | None, metadata: str) -> dict[str, Any]:
    """A row with its cells as they stand; without `line` a new one."""
    texts, due = (dict(line.cells), line.due_on) if line else ({}, None)
    wanted = [(cell, texts.get(cell.column, "")) for cell in CELLS if _asked_for(cell, review)]
    blocks: list[Block] = [
        field(cell.name, cell.label, _element(cell, now, due, review), optional=not cell.required)
        for cell, now in wanted
    ]
    if line is not None and line.note:
        blocks.insert(0, small(said(line.note, 600)))
    title = f"Row {line.row} of {review.number}" if line else f"Add to {review.number}"
    return modal(title, blocks, callback=ROW_FORM, submit="Save" if line else "Add", metadata=metadata)


def include_form(review: BatchReview, metadata: str) -> dict[str, Any]:
    """Which of the rows that are left out to take in."""
    numbers = [str(line.row) for line in review.left_out if line.left_out != "example"]
    hint = f"Left out: {', '.join(numbers[:40])}{', …' if len(numbers) > 40 else ''}"
    rows = field(ROWS, "Rows", text("", _LONGEST, example="4, 9, 12-20"), hint=hint, optional=False)
    return modal(f"Rows of {review.number}", [rows], callback=INCLUDE_FORM, submit="Include", metadata=metadata)


def account_form(review: BatchReview, metadata: str) -> dict[str, Any]:
    """The account of a file, where they are more than its review can list."""
    which = account_field(ACCOUNT, {key: key for key in review.accounts}, optional=False)
    return modal(f"Account of {review.number}", [which], callback=ACCOUNT_FORM, submit="Choose", metadata=metadata)


def _asked_for(cell: Cell, review: BatchReview) -> bool:
    if cell.column == c.ACCOUNT:
        return len(review.accounts) > 1 or c.ACCOUNT in review.columns
    return cell.column in review.columns or cell.column not in _ONLY_WHERE_THE_FILE_HAS_THEM


def _element(cell: Cell, now: str, due: date | None, review: BatchReview) -> InputInteractiveElement:
    if cell.column == c.DUE_DATE:
        return day(due)
    if cell.column == c.ACCOUNT:
        if len(review.accounts) > MOST_OPTIONS:
            return text(now, _LONGEST, example="The file's account")
        return menu({key: key for key in review.accounts}, now.strip().lower(), placeholder="The file's account")
    return text(now, _LONGEST, example=cell.example, multiline=cell.column == c.MESSAGE)


def cells_in(view: Mapping[str, Any], *, changed_only: bool) -> tuple[tuple[str, str], ...]:
    """Column and text of the fields of a submitted form; `changed_only`: of those that are not as it opened.

    What the form opened with comes back with it, so a row that somebody else changed meanwhile is not put back.
    """
    opened = {block["block_id"]: _opened_with(block.get("element") or {}) for block in view["blocks"]}
    texts = held_in(view)
    return tuple(
        (cell.column, texts[cell.name])
        for cell in CELLS
        if cell.name in texts and (texts[cell.name] != opened[cell.name] if changed_only else texts[cell.name])
    )


def _opened_with(element: Mapping[str, Any]) -> str:
    option = element.get("initial_option") or {}
    return str(element.get("initial_value") or element.get("initial_date") or option.get("value") or "")
