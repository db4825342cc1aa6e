"""Writing a CSV file that spreadsheet programs open as it is meant, and run nothing of (T20)."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from handlers.answers import FileReady
from models.money import NumberStyle

_FORMULA = frozenset("=+-@\t\r\0＝＋－＠")  # at the start of a cell spreadsheets take these for a formula


def csv_file(filename: str, rows: Iterable[Sequence[str]], numbers: NumberStyle, words: str = "") -> FileReady:
    """The rows as a file, with `words` about it."""
    page = io.StringIO(newline="")
    # spreadsheet programs expect ';' between columns where the comma is the decimal sign
    writer = csv.writer(page, delimiter=";" if numbers.decimal == "," else ",")
    writer.writerows([_harmless(cell) for cell in row] for row in rows)
    # with the byte order mark Excel takes it for UTF-8; without, it spoils the first ü
    return FileReady(filename, page.getvalue().encode("utf-8-sig"), "text/csv; charset=utf-8", words)


def _harmless(cell: str) -> str:
    """An apostrophe before it makes text of what would be a formula."""
    return f"'{cell}" if _begins_formula(cell) else cell


def recoverable(cell: str) -> str:
    """As harmless as other files', for files that we read again: `as_before` gives back every cell as it was."""
    return f"'{cell}" if _begins_formula(cell.lstrip("'")) else cell


def as_before(cell: str) -> str:
    """The cell that `recoverable` was given."""
    return cell[1:] if cell[:1] == "'" and _begins_formula(cell.lstrip("'")) else cell


def _begins_formula(cell: str) -> bool:
    return cell[:1] in _FORMULA
