"""A list as a spreadsheet shows it: text in rows and columns, before anybody asks what it means."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from models.errors import SheetUnreadable

MOST_ROWS = 10_000
MOST_CHARACTERS = 131_072  # of one field; also the limit built into the csv module


@dataclass(frozen=True, slots=True)
class GridRow:
    row: int  # as the spreadsheet counts; a record with line breaks inside quotes is one row
    cells: tuple[str, ...]  # without the blank ones beyond the header's last column


@dataclass(frozen=True, slots=True)
class Grid:
    header: tuple[str, ...]  # without blank cells at its end
    rows: tuple[GridRow, ...]  # without blank rows
    blank_rows: int
    ragged: bool  # rows have lengths of their own, as in CSV; a workbook's are as long as the sheet is wide
    notes: tuple[str, ...] = ()
    separator: str = ""  # of a text file; blank: it is a workbook
    header_row: int = 1


def grid_of(
    records: Iterable[Sequence[str]], *, ragged: bool, notes: tuple[str, ...] = (), separator: str = ""
) -> Grid:
    """Number the records, find the header, leave blank rows out.

    Raises SheetUnreadable: nothing in it, over 10,000 rows or over 131,072 characters in a field.
    """
    header: tuple[str, ...] = ()
    rows: list[GridRow] = []
    blank = waiting = header_row = 0
    for number, record in enumerate(records, start=1):
        if not filled(record):
            waiting += 1
            continue
        if max(map(len, record)) > MOST_CHARACTERS:
            raise field_too_long(number)
        blank, waiting = blank + waiting, 0  # blank rows after the last one are no rows
        if not header:
            header, header_row = _without_blank_end(record, 0), number
            continue
        if len(rows) == MOST_ROWS:
            raise SheetUnreadable("The file has more than 10,000 rows; at most 10,000 are read. Split it into several.")
        rows.append(GridRow(number, _without_blank_end(record, len(header))))
    if not header:
        raise SheetUnreadable(
            "The file is empty: no rows. The first row names the columns; `template` sends an example."
        )
    return Grid(header, tuple(rows), blank, ragged, notes, separator, header_row)


def filled(record: Sequence[str]) -> bool:
    """Whether anything stands in any cell."""
    return any(cell and not cell.isspace() for cell in record)


def field_too_long(row: int) -> SheetUnreadable:
    return SheetUnreadable(
        f"Row {row}: a field is longer than 131,072 characters. Perhaps a quote opened there is never closed."
    )


def _without_blank_end(record: Sequence[str], least: int) -> tuple[str, ...]:
    end = len(record)
    while end > least and not record[end - 1].strip():
        end -= 1
    return tuple(record[:end])
