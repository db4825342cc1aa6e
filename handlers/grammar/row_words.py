"""The words of `delete`, `edit`, `add` and `include`: row numbers, and cells as texts that are judged like a file's."""

from __future__ import annotations

import re

from handlers.batches import columns as c
from handlers.batches.delimited import SEPARATORS, split_line
from handlers.grammar import create
from handlers.grammar.said import Said, sorted_out
from handlers.grammar.words import Vocabulary, words_of
from models.currencies import CURRENCIES
from models.errors import CommandUnclear
from models.plain_text import shortened

_MOST_NAMED = 10_000  # rows of one line; no batch has more
_CELLS = Vocabulary(
    (
        *("amount", "currency", "email", "email address", "name", "recipient name", "invoice", "invoice number"),
        *("invoice date", "due", "due date", "message", "custom message", "account", "partial"),
    ),
    {"e-mail": "email", "e-mail address": "email", "to": "email", "client": "name", "client name": "name"},
)
_SHORT = {
    "email": c.EMAIL,
    "name": c.RECIPIENT_NAME,
    "invoice": c.INVOICE_NUMBER,
    "due": c.DUE_DATE,
    "message": c.MESSAGE,
}
_EMPTY = frozenset({"-", "–", "—"})
_OF_CREATE = {"for": c.RECIPIENT_NAME, "invoice": c.INVOICE_NUMBER, "due": c.DUE_DATE, "account": c.ACCOUNT}
_NOT_IN_A_ROW = ("expires", "link-only", "again")


def read_numbers(text: str, verb: str) -> tuple[int, ...]:
    """'3, 7', '3-5', 'rows 3 and 7' as row numbers, each once.

    Raises CommandUnclear: something else, none, or more than any batch has.
    """
    plain = re.sub(r"\brows?\b|\band\b|[#&,;.]", " ", text.lower())
    plain = re.sub(r"\s*(?:[-–—]|\bto\b)\s*", "-", plain.strip())
    numbers: dict[int, None] = {}
    for part in plain.split():
        found = re.fullmatch(r"([0-9]{1,6})(?:-([0-9]{1,6}))?", part)
        first, last = (int(found[1]), int(found[2] or found[1])) if found else (1, 0)
        if not first <= last < first + _MOST_NAMED:
            raise CommandUnclear(
                f"“{shortened(part)}” is no row. Write `{verb}` and their numbers, such as `{verb} 3, 7` or"
                f" `{verb} 3-7`; nothing was done."
            )
        numbers |= dict.fromkeys(range(first, last + 1))
        if len(numbers) > _MOST_NAMED:
            raise CommandUnclear(f"No file has more than {_MOST_NAMED:,} rows; nothing was done.")
    if not numbers:
        raise CommandUnclear(f"Which rows? Write `{verb}` and their numbers, such as `{verb} 3, 7`; nothing was done.")
    return tuple(numbers)


def read_changes(text: str) -> tuple[tuple[str, str], ...]:
    """'amount 120 email x@y' as column and text; `-` or empty quotes empty a cell.

    Raises CommandUnclear: no column is named, one is named twice or without a text.
    """
    said = sorted_out(words_of(text, _CELLS), _CELLS)
    if said.words("") or len(said.values) == 1:
        raise CommandUnclear(
            f"“{shortened(text)}” names no column first. Write `edit 4 amount 120.00`, or `edit 4 email x@acme.com"
            f" due 2026-12-15`. {c.columns_told()}"
        )
    changes = [(_SHORT.get(key, key), _changed(said, key)) for key in said.values if key]
    if len({column for column, _ in changes}) < len(changes):
        raise CommandUnclear(f"A column is given twice in “{shortened(text)}”; nothing was done.")
    return tuple(changes)


def _changed(said: Said, key: str) -> str:
    words = said.words(key)
    if len(words) == 1 and (words[0].raw in _EMPTY or (words[0].quoted and not words[0].text.strip())):
        return ""
    if not words:
        raise CommandUnclear(f"`{key}` has no value. Write the new one after it, or `{key} -` to empty the cell.")
    return said.text(key)


def is_whole_row(text: str) -> bool:
    """Whether a text is the cells of a row rather than the words of `create`: every file has three columns or more."""
    if re.match(r"create\b", text, re.IGNORECASE):
        return False
    return any(len(split_line(text, separator)) > 2 for separator in SEPARATORS)


def read_new_row(text: str) -> tuple[tuple[str, str], ...]:
    """The words of `create` as column and text.

    Raises AddressUnclear, CommandUnclear: something is said that no row of a file can hold.
    """
    said, emails, bad = create.take_addresses(sorted_out(words_of(text, create.VOCABULARY), create.VOCABULARY))
    strange = [key for key in _NOT_IN_A_ROW if said.has(key)]
    if strange:
        raise CommandUnclear(f"`{strange[0]}` cannot be said of one row of a file; nothing was done.")
    typed = [word.text.rstrip(",;") for key in ("", "amount", "currency") for word in said.words(key)]
    codes = [word for word in typed if word.upper() in CURRENCIES]
    cells = {
        c.AMOUNT: " ".join(word for word in typed if word not in codes and word.lower() != "to"),
        c.CURRENCY: " ".join(codes),
        c.EMAIL: ", ".join((*emails, *bad)),
        c.MESSAGE: said.text("message", "Thank you."),
        c.PARTIAL: _partial(said),
    }
    cells |= {column: said.text(key, "…") for key, column in _OF_CREATE.items()}
    return tuple((column, text) for column, text in cells.items() if text)


def _partial(said: Said) -> str:
    least = said.text("partial min", "100.00")
    if least:
        return f"min {least}"
    return ("yes" if said.flag("partial") else "no") if said.has("partial") else ""
