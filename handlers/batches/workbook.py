"""XLSX: bytes to a grid of text, bounded against archives that unpack to more than they should."""

from __future__ import annotations

import io
import re
import warnings
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Protocol

import openpyxl
from openpyxl.utils.escape import unescape
from openpyxl.workbook.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from handlers.batches.grid import Grid, grid_of
from handlers.batches.sheet_layout import check_layout, hidden_rows, number_shown, sign_shown
from models.errors import SheetUnreadable
from models.plain_text import clean, shortened

# What a workbook may hold. openpyxl takes 8 µs and 330 bytes for each cell and never asks how many there are: 54 kB of
# zip made it take 99 s and 4 GB. A list of 10,000 rows and ten columns has 100,000 cells.
MOST_UNPACKED = 50 * 1024 * 1024  # bytes
MOST_ITEMS = 300_000  # cells, rows, strings: all but what stands inside a cell
MOST_TAGS = 800_000
MOST_STYLE_TAGS = 50_000  # in parts that are neither cells nor strings
MOST_COLUMNS = 64
MOST_SHEET_ROWS = 1_048_576  # of any .xlsx
_CHUNK = 1024 * 1024
_BULK = re.compile(r"xl/(worksheets/[^/]+\.xml|sharedStrings\.xml)", re.IGNORECASE)
_XML = re.compile(rb"(?:\xef\xbb\xbf)?\s*<|\xff\xfe|\xfe\xff|\0<")  # in UTF-8 or UTF-16
_ITEM = re.compile(rb"<(?![/!?]|(?:[\w.-]{1,20}:)?(?:v|t|is|f)[\s/>])")
_REMEDY = "Save it again as .xlsx, or as CSV (UTF-8), and send that."


class _Cell(Protocol):
    """A cell of a sheet that is only read; an empty one has no format."""

    @property
    def value(self) -> object: ...

    @property
    def number_format(self) -> str | None: ...


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
            if any(part.flag_bits & 1 for part in archive.infolist()):
                raise SheetUnreadable(f"The workbook is locked with a password. {_REMEDY}")
            # zipfile reads no more of a part than its directory entry declares
            small = sum(part.file_size for part in archive.infolist()) <= MOST_UNPACKED
            if not small or not _within_limits(archive):
                raise SheetUnreadable("The workbook holds far more than a list. Send the list alone, as CSV (UTF-8).")
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, ValueError, RuntimeError, NotImplementedError) as error:
        raise SheetUnreadable(f"The workbook cannot be read: its archive is damaged. {_REMEDY}") from error


def _within_limits(archive: zipfile.ZipFile) -> bool:
    items = tags = style_tags = 0
    for part in archive.infolist():
        bulk = _BULK.fullmatch(part.filename) is not None
        with archive.open(part) as unpacked:
            chunk = unpacked.read(_CHUNK)
            if not _XML.match(chunk):  # by its beginning: openpyxl reads a sheet by whatever name the workbook gives
                continue
            while chunk:
                if b"\0" in chunk:  # UTF-16, in which nothing could be counted
                    return False
                tags += chunk.count(b"<") if bulk else 0
                style_tags += 0 if bulk else chunk.count(b"<")
                items += len(_ITEM.findall(chunk)) if bulk else 0
                if items > MOST_ITEMS or tags > MOST_TAGS or style_tags > MOST_STYLE_TAGS:
                    return False
                chunk = unpacked.read(_CHUNK)
    return True


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
        grid = grid_of(_records(sheets[0], decimal), ragged=False)
        xml = _xml_of(sheets[0])
        check_layout(xml, grid)
        hidden = hidden_rows(xml, grid)
        return replace(grid, notes=(*notes, *filter(None, [hidden])))
    finally:
        book.close()


def _sheets_with_cells(book: Workbook) -> list[Worksheet]:
    sheets: list[Worksheet] = list(book.worksheets)
    shown = [sheet for sheet in sheets if sheet.sheet_state == "visible"]
    return [sheet for sheet in shown or sheets if not all(map(_blank, _values(sheet)))]


def _values(sheet: Worksheet) -> Iterator[tuple[object, ...]]:
    # What the file says of its own size is not believed: too little loses rows, too much costs hours.
    return sheet.iter_rows(min_row=1, max_row=MOST_SHEET_ROWS, min_col=1, max_col=MOST_COLUMNS, values_only=True)


def _xml_of(sheet: Any) -> bytes:
    """The sheet as the file has it: the reader of cells tells nothing of what is around them."""
    with sheet._get_source() as source:  # noqa: SLF001  a workbook gives its parts names of their own
        return bytes(source.read())


def _records(sheet: Worksheet, decimal: str) -> Iterator[list[str]]:
    blank: tuple[_Cell, ...] = ()
    for row in sheet.iter_rows(min_row=1, max_row=MOST_SHEET_ROWS, min_col=1, max_col=MOST_COLUMNS):
        if row is blank:  # the reader gives one and the same for all that are missing, and there may be a million
            yield []
        elif all(cell.value is None for cell in row):
            blank = row
            yield []
        else:
            yield ["" if cell.value is None else _text(cell, decimal) for cell in row]


def _blank(row: tuple[object, ...]) -> bool:
    return row.count(None) == len(row)


def _text(cell: _Cell, decimal: str) -> str:
    """A cell as it stands there. A computed 59.49999999999999 is 59.5: spreadsheets count to 15 digits, so do we."""
    match cell.value:
        case str(value):
            return unescape(value)
        case bool(value):
            return "yes" if value else "no"
        case int() | float() as value:
            return _number(value, _format(cell), decimal)
        case datetime() | date() as value:
            return f"{value:%Y-%m-%d}"
        case value:
            return str(value)


def _number(value: int | float, shown_as: str, decimal: str) -> str:
    """With its leading zeros, and with the currency beside it: a cell that shows €1,250.00 asks for no dollars."""
    if isinstance(value, int) or value.is_integer():
        whole = number_shown(int(value), shown_as)
        if whole:
            return whole
    figures = format(Decimal(f"{value:.15g}" if isinstance(value, float) else value), "f")
    return f"{sign_shown(shown_as)}{figures.replace('.', decimal)}"


def _format(cell: _Cell) -> str:
    try:
        return cell.number_format or ""
    except IndexError:  # a style that the workbook has not
        return ""
