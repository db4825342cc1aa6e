"""Writing Excel files as a stream: typed cells, the header frozen, and never a formula (T20)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache
from html import escape
from pathlib import Path
from types import TracebackType

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import Worksheet

from models.currencies import currency
from models.money import Money
from models.plain_text import clean

EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOST_ROWS = 1_048_575  # of a sheet, below its header
_MOST_IN_A_CELL = 32_767  # characters; Excel takes no more
_NO_XML = re.compile("[\ufffe\uffff]")  # Excel calls a file damaged that holds one
_LIKE_A_CODE = re.compile("_(?=x[0-9A-Fa-f]{4}_)")
_BEGINNING, _DAY, _AFTER_THE_LEAP = datetime(1899, 12, 30), timedelta(days=1), 61  # noqa: DTZ001  Excel knows no zones
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
        self._styles: dict[str, str] = {}

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
        return ExcelSheet(self, self._book.add_worksheet(name, _Rows), columns)

    def style(self, shape: str) -> str:
        """How cells of a shape look, as an attribute of theirs."""
        if shape not in self._styles:
            self._styles[shape] = f' s="{self.looks(shape)._get_xf_index()}"'  # noqa: SLF001  see _Rows
        return self._styles[shape]

    def looks(self, shape: str) -> Format:
        """How cells of a shape look: a number format, `header`, or `text` for what must stay text."""
        if shape not in self._formats:
            meant = {"header": {"bold": True, "bottom": 1}, "text": {"quote_prefix": True}}
            self._formats[shape] = self._book.add_format(meant.get(shape, {"num_format": shape}))
        return self._formats[shape]


class _Rows(Worksheet):  # type: ignore[misc]  # XlsxWriter has no types
    """A sheet that takes whole rows, written out by us.

    XlsxWriter's way through each cell takes four times as long, and writes a text that begins with <r> and ends with
    </r> unescaped. The rest of the file is its own. Where it changes inside, the tests that read files back fail.
    """

    def put(self, rows: Sequence[str], last: int) -> None:
        """Rows of XML below those there are, the last of them the sheet's row `last` (0 is the header)."""
        self._write_single_row(last)  # what the library still holds: the header
        self.fh.write("".join(rows))
        self.dim_rowmax = last


class ExcelSheet:
    """One sheet, written row by row."""

    def __init__(self, file: ExcelFile, sheet: _Rows, columns: Sequence[Column]) -> None:
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
        written = []
        for cells in rows:
            self.rows += 1
            number = self.rows + 1
            inside = [self._cell(f'<c r="{_column(place)}{number}"', cell) for place, cell in enumerate(cells)]
            written.append(f'<row r="{number}">{"".join(inside)}</row>')
        self._sheet.put(written, self.rows)

    def filtered(self) -> None:
        """Excel's own filter on every column; once all rows are there."""
        self._sheet.autofilter(0, 0, self.rows, self._columns - 1)

    def _cell(self, begun: str, cell: Cell) -> str:
        """A cell as XML; `begun` is its tag as far as its place."""
        match cell:
            case None | "":
                return ""
            case str():
                text = as_text(cell)
                looks = self._file.style("text") if text[:1] in _FORMULA else ""
                space = ' xml:space="preserve"' if text != text.strip() or "\n" in text else ""
                return f'{begun}{looks} t="inlineStr"><is><t{space}>{_as_xml(text)}</t></is></c>' if text else ""
            case Money(minor, code):
                looks = self._file.style(number_format(code))
                return f"{begun}{looks}><v>{minor / 10 ** currency(code).exponent:.16G}</v></c>"
            case datetime():
                return f"{begun}{self._file.style('yyyy-mm-dd hh:mm:ss')}><v>{_serial(cell):.16G}</v></c>"
            case date():
                return (
                    f"{begun}{self._file.style('yyyy-mm-dd')}><v>{_serial(datetime.combine(cell, time())):.16G}</v></c>"
                )
            case int():
                return f"{begun}><v>{cell}</v></c>"


@cache
def _column(place: int) -> str:
    """'A', 'B' … 'AA'."""
    return str(xl_col_to_name(place))


def _as_xml(text: str) -> str:
    """The text between two tags. A reader takes _x0041_ for a character's code, so the first sign of that is one."""
    return escape(_LIKE_A_CODE.sub("_x005F_", text), quote=False).replace("\r", "&#13;")


def _serial(at: datetime) -> float:
    """Days since Excel's beginning of time; it takes 1900 for a leap year."""
    days = (at - _BEGINNING) / _DAY
    return days if days >= _AFTER_THE_LEAP else days - 1


def as_text(text: str) -> str:
    """The text as a cell can hold it."""
    if text.isprintable():  # most are; Unicode's others hold whatever would have to go
        return text[:_MOST_IN_A_CELL]
    return _NO_XML.sub("", clean(text)[0])[:_MOST_IN_A_CELL]


def number_format(code: str) -> str:
    """How Excel shows amounts of a currency: with as many decimals as it has."""
    decimals = currency(code).decimals
    return "#,##0" + (f".{'0' * decimals}" if decimals else "")
