"""Writing Excel files as a stream: typed cells, the header frozen, and never a formula (T20)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from types import TracebackType

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from models.currencies import currency
from models.money import Money
from models.plain_text import clean

EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOST_ROWS = 1_048_575  # of a sheet, below its header
_MOST_IN_A_CELL = 32_767  # characters; Excel takes no more
_NO_XML = re.compile("[\ufffe\uffff]")  # Excel calls a file damaged that holds one
_FORMULA = frozenset("=+-@\t\r＝＋－＠'")  # a text that begins so is kept a text, also when somebody edits its cell

Cell = str | int | Money | date | datetime | None  # a datetime without a zone: Excel knows none


@dataclass(frozen=True, slots=True)
class Column:
    title: str
    width: int  # characters


class ExcelFile:
    """An .xlsx under way, in a `with`. Slow for thousands of rows, so write in a thread; never in two at a time.

    Rows leave the memory for a file beside it, so each sheet is written from its top to its end.
    """

    def __init__(self, path: Path, made_at: datetime) -> None:
        """`made_at`: aware; what the file says of itself."""
        options = {
            "constant_memory": True,
            "strings_to_formulas": False,
            "strings_to_numbers": False,
            "strings_to_urls": False,
            "remove_timezone": True,
            "tmpdir": str(path.parent),
        }
        self._book = Workbook(str(path), options)
        self._book.set_properties({"created": made_at})
        self._formats: dict[str, Format] = {}

    def __enter__(self) -> ExcelFile:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()  # also when something went wrong: it holds open files

    def close(self) -> None:
        """Put the sheets together; what takes longest, where there are many rows."""
        if not self._book.fileclosed:
            self._book.close()

    def sheet(self, name: str, columns: Sequence[Column]) -> ExcelSheet:
        """A new sheet with its header."""
        return ExcelSheet(self, self._book.add_worksheet(name), columns)

    def looks(self, shape: str) -> Format:
        """How cells of a shape look: a number format, `header`, or `text` for what must stay text."""
        if shape not in self._formats:
            meant = {"header": {"bold": True, "bottom": 1}, "text": {"quote_prefix": True}}
            self._formats[shape] = self._book.add_format(meant.get(shape, {"num_format": shape}))
        return self._formats[shape]


class ExcelSheet:
    """One sheet, written row by row."""

    def __init__(self, file: ExcelFile, sheet: Worksheet, columns: Sequence[Column]) -> None:
        self._file = file
        self._sheet = sheet
        self._columns = len(columns)
        self.rows = 0  # below the header
        for place, column in enumerate(columns):
            sheet.set_column(place, place, column.width)
        sheet.freeze_panes(1, 0)
        for place, column in enumerate(columns):
            sheet.write_string(0, place, as_text(column.title), file.looks("header"))

    def add(self, rows: Iterable[Sequence[Cell]]) -> None:
        """More rows, below those there are."""
        for cells in rows:
            self.rows += 1
            for place, cell in enumerate(cells):
                self._write(place, cell)

    def filtered(self) -> None:
        """Excel's own filter on every column; once all rows are there."""
        self._sheet.autofilter(0, 0, self.rows, self._columns - 1)

    def _write(self, place: int, cell: Cell) -> None:
        row, sheet, looks = self.rows, self._sheet, self._file.looks
        match cell:
            case None | "":
                pass
            case str():
                text = as_text(cell)
                sheet.write_string(row, place, text, looks("text") if text[:1] in _FORMULA else None)
            case Money():
                sheet.write_number(row, place, float(cell.decimal), looks(number_format(cell.currency)))
            case datetime():
                sheet.write_datetime(row, place, cell, looks("yyyy-mm-dd hh:mm:ss"))
            case date():
                sheet.write_datetime(row, place, cell, looks("yyyy-mm-dd"))
            case int():
                sheet.write_number(row, place, cell)


def as_text(text: str) -> str:
    """The text as a cell can hold it."""
    if text.isprintable():  # most are; Unicode's others hold whatever would have to go
        return text[:_MOST_IN_A_CELL]
    return _NO_XML.sub("", clean(text)[0])[:_MOST_IN_A_CELL]


def number_format(code: str) -> str:
    """How Excel shows amounts of a currency: with as many decimals as it has."""
    decimals = currency(code).decimals
    return "#,##0" + (f".{'0' * decimals}" if decimals else "")
