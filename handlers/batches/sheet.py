"""A file of invoices: CSV, TXT or XLSX bytes to rows and errors. Pure: no clock, no database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from openpyxl.utils import get_column_letter

from handlers.answers import RowError
from handlers.batches.columns import EMAIL, MARK, RECIPIENT_NAME, columns_of
from handlers.batches.csv_file import as_before
from handlers.batches.delimited import read_delimited
from handlers.batches.file_kinds import kind_of
from handlers.batches.grid import Grid, GridRow
from handlers.batches.invoice_rows import InvoiceRow, RawRow, Rules, shown
from handlers.batches.judge_rows import judge_rows
from handlers.batches.template import is_example
from handlers.batches.workbook import read_workbook
from handlers.firm import Firm
from models.errors import SheetUnreadable
from models.plain_text import counted


@dataclass(frozen=True, slots=True)
class Sheet:
    """A file read to its end. With any error nothing of it may be used."""

    columns: tuple[str, ...]  # as the file spells them, in its order
    rows: tuple[InvoiceRow, ...]
    examples: tuple[RawRow, ...]  # the template's own rows, left in the file
    errors: tuple[RowError, ...]
    notes: tuple[str, ...]  # of the file as a whole
    grid: Grid = field(repr=False)  # as it stands in the file, card numbers included


def read_sheet(content: bytes, filename: str, firm: Firm, today: date, account: str = "") -> Sheet:
    """Read a file as the firm writes numbers and days; `account` is the key of the batch's account, where it is known.

    Raises SheetUnreadable: it is no list of invoices at all, or broken in a way that makes its rows doubtful.
    """
    if kind_of(content, filename) == "workbook":
        grid = read_workbook(content, firm.numbers.decimal)
    else:
        grid = read_delimited(content, firm.sheet_encoding)
    columns = columns_of(grid.header)
    if not grid.rows:
        raise SheetUnreadable(
            "The file has no rows below its header: write one row for each invoice and send it again."
        )
    misshapen = [error for row in grid.rows for error in _shape_errors(row, columns, ragged=grid.ragged)]
    broken = {error.row for error in misshapen}
    raw = [_raw(row, columns, text=bool(grid.separator)) for row in grid.rows if row.row not in broken]
    judged = judge_rows((row for row in raw if not is_example(row.cells)), Rules.of(firm, today, account))
    return Sheet(
        columns=tuple(
            cell.strip() for cell, column in zip(grid.header, columns, strict=True) if column not in ("", MARK)
        ),
        rows=judged.rows,
        examples=tuple(_person_only(row) for row in raw if is_example(row.cells)),
        errors=tuple(sorted([*misshapen, *judged.errors], key=lambda error: error.row)),
        notes=_notes(grid),
        grid=grid,
    )


def _raw(row: GridRow, columns: Sequence[str], *, text: bool) -> RawRow:
    """The cells by their columns. In a text file that we marked, what began like a formula was made harmless."""
    cells = {column: cell for column, cell in zip(columns, row.cells, strict=False) if column}
    if MARK in cells:
        del cells[MARK]
        cells = {column: as_before(cell) if text else cell for column, cell in cells.items()}
    return RawRow(row.row, cells)


def _person_only(row: RawRow) -> RawRow:
    """An example by its person: what else was typed there is nobody's business and is not kept."""
    return RawRow(row.row, {column: row.cells[column] for column in (RECIPIENT_NAME, EMAIL)})


def _shape_errors(row: GridRow, columns: Sequence[str], *, ragged: bool) -> list[RowError]:
    """A row of another width than the header (B27), or with something where the header has no name."""
    wide = len(row.cells)
    if wide > len(columns) or (ragged and wide < len(columns)):
        hint = (
            "a value holds the separator and needs quotes around it" if wide > len(columns) else "a column was left out"
        )
        count = f"row {row.row} has {counted(wide, 'field')}, expected {len(columns)}"
        return [RowError(row.row, "", shown(" | ".join(row.cells)), f"{count}: perhaps {hint}.")]
    return [
        RowError(
            row.row,
            f"(column {get_column_letter(place)})",
            shown(cell),
            "This column has no name in the header: name it or empty it.",
        )
        for place, (cell, column) in enumerate(zip(row.cells, columns, strict=False), start=1)
        if cell.strip() and not column
    ]


def _notes(grid: Grid) -> tuple[str, ...]:
    if not grid.blank_rows:
        return grid.notes
    return (*grid.notes, f"{counted(grid.blank_rows, 'blank row')} skipped.")
