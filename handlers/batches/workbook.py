"""XLSX: bytes to a grid of text, bounded against archives that unpack to more than they should."""

from __future__ import annotations

import io
import re
import warnings
import zipfile
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal

import openpyxl
from openpyxl.utils.escape import unescape
from openpyxl.workbook.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from handlers.batches.grid import Grid, grid_of
from models.errors import SheetUnreadable
from models.plain_text import clean, shortened

MOST_UNPACKED = 50 * 1024 * 1024  # bytes; 10,000 rows of our columns take about 10
MOST_TRIMMINGS = 2 * 1024 * 1024  # of each part that is neither cells nor strings: openpyxl is slow on styles
MOST_COLUMNS = 64
MOST_SHEET_ROWS = 1_048_576  # of any .xlsx
_BULK = re.compile(r"xl/(worksheets/[^/]+\.xml|sharedStrings\.xml|media/.*|embeddings/.*)", re.IGNORECASE)
_REMEDY = "Save it again as .xlsx, or as CSV (UTF-8), and send that."


def read_workbook(content: bytes, decimal: str) -> Grid:
    """The grid of the first sheet that has anything on it. Numbers are spelled with the firm's decimal sign.

    openpyxl reads XML through defusedxml, which refuses entities.

    Raises SheetUnreadable: too much inside, broken, locked, or as grid_of does.
    """
    _check_size(content)
    point = decimal if decimal == "," else "."  # no other sign is read as one
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # openpyxl warns of every feature that it leaves out
        try:
            return _first_sheet(content, point)
        except SheetUnreadable:
            raise
        except Exception as error:  # openpyxl lets through whatever a broken file provokes: KeyError, ParseError, …
            raise SheetUnreadable(
                f"The workbook cannot be read: it is damaged or not quite .xlsx. {_REMEDY}"
            ) from error


def _check_size(content: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, RuntimeError, NotImplementedError) as error:
        raise SheetUnreadable(f"The workbook cannot be read: its archive is damaged. {_REMEDY}") from error
    if any(part.flag_bits & 1 for part in parts):
        raise SheetUnreadable(f"The workbook is locked with a password. {_REMEDY}")
    trimmings = [part.file_size for part in parts if not _BULK.fullmatch(part.filename)]
    # zipfile reads no more of a part than its directory entry declares, so these sums hold
    if sum(part.file_size for part in parts) > MOST_UNPACKED or max(trimmings, default=0) > MOST_TRIMMINGS:
        raise SheetUnreadable(
            "The workbook holds more than 50 MiB, or far too many styles. Send the list alone, as CSV (UTF-8)."
        )


def _first_sheet(content: bytes, decimal: str) -> Grid:
    book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
    try:
        sheets = _sheets_with_cells(book)
        if not sheets:
            return grid_of((), ragged=False)
        notes: tuple[str, ...] = ()
        if len(sheets) > 1:
            title = shortened(clean(sheets[0].title)[0])
            notes = (f"{len(sheets)} sheets of the workbook are not empty; only the first, “{title}”, was read.",)
        return grid_of(_records(sheets[0], decimal), ragged=False, notes=notes)
    finally:
        book.close()


def _sheets_with_cells(book: Workbook) -> list[Worksheet]:
    sheets: list[Worksheet] = list(book.worksheets)
    shown = [sheet for sheet in sheets if sheet.sheet_state == "visible"]
    return [sheet for sheet in shown or sheets if any(any(row) for row in _values(sheet))]


def _values(sheet: Worksheet) -> Iterator[tuple[object, ...]]:
    # What the file says of its own size is not believed: too little loses rows, too much costs hours.
    return sheet.iter_rows(min_row=1, max_row=MOST_SHEET_ROWS, min_col=1, max_col=MOST_COLUMNS, values_only=True)


def _records(sheet: Worksheet, decimal: str) -> Iterator[list[str]]:
    for row in _values(sheet):
        yield ["" if value is None else _text(value, decimal) for value in row]


def _text(value: object, decimal: str) -> str:
    """A cell as it stands there. A computed 59.49999999999999 is 59.5: spreadsheets count to 15 digits, so do we."""
    match value:
        case str():
            return unescape(value)
        case bool():
            return "yes" if value else "no"
        case int() | float():
            return format(Decimal(f"{value:.15g}" if isinstance(value, float) else value), "f").replace(".", decimal)
        case datetime() | date():
            return f"{value:%Y-%m-%d}"
        case _:
            return str(value)
