"""The forms of a review: a row to edit or add, rows to take in. The cells are texts, as a file has them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from slack_sdk.models.blocks import (
    Block,
    DatePickerElement,
    InputBlock,
    Option,
    PlainTextInputElement,
    PlainTextObject,
    StaticSelectElement,
)
from slack_sdk.models.blocks.block_elements import InputInteractiveElement
from slack_sdk.models.views import View

from bot.slack.blocks.wording import said, section, small
from handlers.answers import BatchLine, BatchReview
from handlers.batches import columns as c
from models.plain_text import shortened

ROW_FORM, INCLUDE_FORM = "batch_row_form", "batch_include_form"
VALUE = "value"  # the action id of every field; its block id is the field's name
ROWS = "rows"
_LONGEST = 3000  # characters of a text field
_MOST_ACCOUNTS = 100


@dataclass(frozen=True, slots=True)
class Field:
    """One cell of a row, as a form asks for it."""

    name: str  # the block's id
    label: str  # SPEC section 8
    column: str
    example: str = ""
    required: bool = False


FIELDS = (
    Field("amount", "Amount", c.AMOUNT, "1250.00", required=True),
    Field("currency", "Currency", c.CURRENCY, "USD"),
    Field("client", "Client name", c.RECIPIENT_NAME, "Jane Doe", required=True),
    Field("email", "Email", c.EMAIL, "jane@example.com"),
    Field("invoice", "Invoice number", c.INVOICE_NUMBER, "1042"),
    Field("invoiced", "Invoice date", c.INVOICE_DATE),
    Field("due", "Due date", c.DUE_DATE),
    Field("account", "Account", c.ACCOUNT),
    Field("partial", "Part payment", c.PARTIAL, "yes, no or the least part"),
    Field("message", "Message", c.MESSAGE),
)
BY_COLUMN = {field.column: field for field in FIELDS}
_ONLY_WHERE_THE_FILE_HAS_THEM = frozenset({c.INVOICE_DATE, c.PARTIAL})


def loading(title: str, metadata: str) -> dict[str, Any]:
    """What opens while the row is being read."""
    return _view(title, [section("⏳ One moment…")], metadata, ROW_FORM)


def not_there(title: str, sentence: str, metadata: str) -> dict[str, Any]:
    """In the form's place: why there is nothing to fill in."""
    return _view(title, [section(f"⚠️ {said(sentence)}")], metadata, ROW_FORM)


def row_form(review: BatchReview, line: BatchLine | None, metadata: str) -> dict[str, Any]:
    """A row with its cells as they stand; without `line` a new one."""
    wanted = [field for field in FIELDS if _asked_for(field, review)]
    cells = dict(line.cells) if line else {}
    days = {c.DUE_DATE: line.due_on} if line else {}
    blocks: list[Block] = [_input(field, _element(field, cells, days, review)) for field in wanted]
    if line is not None and line.note:
        blocks.insert(0, small(said(line.note, 600)))
    title = f"Row {line.row} of {review.number}" if line else f"Add to {review.number}"
    return _view(title, blocks, metadata, ROW_FORM, submit="Save" if line else "Add")


def include_form(review: BatchReview, metadata: str) -> dict[str, Any]:
    """Which of the rows that are left out to take in."""
    numbers = [str(line.row) for line in review.left_out if line.left_out != "example"]
    hint = f"Left out: {', '.join(numbers[:40])}{', …' if len(numbers) > 40 else ''}"
    field = InputBlock(
        block_id=ROWS,
        label=PlainTextObject(text="Rows"),
        element=PlainTextInputElement(action_id=VALUE, placeholder=PlainTextObject(text="4, 9, 12-20")),
        hint=PlainTextObject(text=hint),
    )
    return _view(f"Rows of {review.number}", [field], metadata, INCLUDE_FORM, submit="Include")


def _asked_for(field: Field, review: BatchReview) -> bool:
    if field.column == c.ACCOUNT:
        return len(review.accounts) > 1 or c.ACCOUNT in review.columns
    return field.column in review.columns or field.column not in _ONLY_WHERE_THE_FILE_HAS_THEM


def _element(
    field: Field, cells: Mapping[str, str], days: Mapping[str, date | None], review: BatchReview
) -> InputInteractiveElement:
    text = cells.get(field.column, "")
    if field.column == c.DUE_DATE:
        day = days.get(field.column)
        return DatePickerElement(action_id=VALUE, initial_date=day.isoformat() if day else None)
    if field.column == c.ACCOUNT:
        return _accounts(review.accounts, text.strip().lower())
    return PlainTextInputElement(
        action_id=VALUE,
        placeholder=PlainTextObject(text=field.example) if field.example else None,
        max_length=_LONGEST,
        multiline=field.column == c.MESSAGE,
        initial_value=text[:_LONGEST] or None,
    )


def _accounts(keys: Sequence[str], chosen: str) -> StaticSelectElement:
    options = {
        key: Option(text=PlainTextObject(text=shortened(key, 75)), value=key[:150]) for key in keys[:_MOST_ACCOUNTS]
    }
    return StaticSelectElement(
        action_id=VALUE,
        placeholder=PlainTextObject(text="The file's account"),
        options=list(options.values()),
        initial_option=options.get(chosen),
    )


def _input(field: Field, element: InputInteractiveElement) -> InputBlock:
    label = PlainTextObject(text=field.label)
    return InputBlock(block_id=field.name, label=label, element=element, optional=not field.required)


def _view(title: str, blocks: Sequence[Block], metadata: str, callback: str, submit: str = "") -> dict[str, Any]:
    view = View(
        type="modal",
        callback_id=callback,
        title=PlainTextObject(text=shortened(title, 24)),
        submit=PlainTextObject(text=submit) if submit else None,
        close=PlainTextObject(text="Back"),
        private_metadata=metadata,
        blocks=blocks,
    )
    return dict(view.to_dict())


def cells_in(view: Mapping[str, Any], *, changed_only: bool) -> tuple[tuple[str, str], ...]:
    """Column and text of the fields of a submitted form; `changed_only`: of those that are not as it opened.

    What the form opened with comes back with it, so a row that somebody else changed meanwhile is not put back.
    """
    opened = {block["block_id"]: _opened_with(block.get("element") or {}) for block in view["blocks"]}
    texts = {name: _text(block.get(VALUE) or {}) for name, block in view["state"]["values"].items()}
    return tuple(
        (field.column, texts[field.name])
        for field in FIELDS
        if field.name in texts and (texts[field.name] != opened[field.name] if changed_only else texts[field.name])
    )


def _opened_with(element: Mapping[str, Any]) -> str:
    option = element.get("initial_option") or {}
    return str(element.get("initial_value") or element.get("initial_date") or option.get("value") or "")


def _text(held: Mapping[str, Any]) -> str:
    option = held.get("selected_option") or {}
    return str(held.get("value") or held.get("selected_date") or option.get("value") or "")
