"""A file with faults as it came, with what is wrong beside each row: to be mended there and sent again (B30)."""

from __future__ import annotations

import csv
import io
import re
import tempfile
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path

from handlers.answers import FileReady, RowError
from handlers.batches.columns import MARK, column_named
from handlers.batches.csv_file import recoverable
from handlers.batches.grid import Grid
from handlers.excel_file import EXCEL, Column, ExcelFile
from models.card_numbers import holds_card_number

_WORDS = "The file as it came, with what is wrong in its first column, “error”. Mend it there and send it again."
_KIND = re.compile(r"\.(csv|tsv|txt|xlsx)$", re.IGNORECASE)


def marked_copy(grid: Grid, errors: Iterable[RowError], filename: str, made_at: datetime) -> FileReady:
    """The copy, of the same kind as the file, each row where it stood. Slow for thousands of rows: use a thread."""
    faults: dict[int, list[str]] = {}
    for error in errors:
        faults.setdefault(error.row, []).append(_fault(error))
    rows = list(_rows(grid, faults))
    workbook = not grid.separator
    name = f"{_stem(filename)}-marked{_ending(filename, workbook)}"
    if workbook:
        return FileReady(name, _workbook(rows, made_at), EXCEL, _WORDS)
    return FileReady(name, _text(rows, grid.separator), "text/csv; charset=utf-8", _WORDS)


def _rows(grid: Grid, faults: dict[int, list[str]]) -> Iterable[list[str]]:
    """Every row of the file, blank ones too, the marks before its cells instead of those it may have had."""
    old = [place for place, cell in enumerate(grid.header) if column_named(cell) == MARK]
    by_number = {row.row: row.cells for row in grid.rows}
    for number in range(1, max(by_number, default=grid.header_row) + 1):
        cells = grid.header if number == grid.header_row else by_number.get(number, ())
        mark = MARK if number == grid.header_row else "; ".join(faults.get(number, ()))
        yield [mark, *(_kept(cell) for place, cell in enumerate(cells) if place not in old)]


def _fault(error: RowError) -> str:
    value = f" “{error.value}”" if error.value else ""
    return f"{error.column}{value}: {error.remedy}" if error.column else error.remedy


def _kept(cell: str) -> str:
    """A payment card's number is not mailed back either (T21)."""
    return re.sub(r"\d", "•", cell) if holds_card_number(cell) else cell


def _stem(filename: str) -> str:
    return re.sub(r"(?:-marked)+$", "", _KIND.sub("", filename.strip())) or "invoices"


def _ending(filename: str, workbook: bool) -> str:
    said = _KIND.search(filename.strip())
    if workbook:
        return ".xlsx"
    return said[0].lower() if said and said[1].lower() != "xlsx" else ".csv"


def _text(rows: Iterable[Sequence[str]], separator: str) -> bytes:
    page = io.StringIO(newline="")
    csv.writer(page, delimiter=separator).writerows([recoverable(cell) for cell in row] for row in rows)
    return page.getvalue().encode("utf-8-sig")  # with the byte order mark Excel takes it for UTF-8


def _workbook(rows: Sequence[Sequence[str]], made_at: datetime) -> bytes:
    """All cells are text, as they were read. Rows above the header, if there are any, are blank."""
    widths = [40, *(20 for _ in range(max(map(len, rows)) - 1))]
    first = list(rows[0]) if rows[0][0] else [""] * len(widths)
    titles = [*first, *[""] * (len(widths) - len(first))]
    columns = [Column(title, width) for title, width in zip(titles, widths, strict=True)]
    with tempfile.TemporaryDirectory(prefix="paylink-") as folder:
        path = Path(folder) / "marked.xlsx"
        with ExcelFile(path, made_at) as file:
            file.sheet("Invoices", columns).add(rows[1:])
        return path.read_bytes()
