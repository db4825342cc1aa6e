"""The file of links that a firm sends out itself: the file's own columns, then reference and url (F35)."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence

import openpyxl
from openpyxl.cell import WriteOnlyCell

from handlers.answers import FileReady
from handlers.batches.columns import column_named
from handlers.batches.template import separator_for
from handlers.firm import Firm
from models.plain_text import clean, counted
from models.tables import Batch, BatchRow, PaymentLink

_FORMULA = frozenset("=+-@\t\r\0＝＋－＠")  # at the start of a cell a spreadsheet takes these for a formula (T20)
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_MOST_IN_A_CELL = 32_767  # characters; Excel takes no more


def links_files(batch: Batch, made: Sequence[tuple[BatchRow, PaymentLink]], firm: Firm) -> tuple[FileReady, ...]:
    """paylinks-B-17.csv and .xlsx. Pure, and slow for thousands of rows: call it in a thread."""
    header = [*batch.columns, "reference", "url"]
    rows = list(_rows(batch, made, firm))
    count = f"{counted(len(rows), 'link')} of {batch.number}, for you to send yourself."
    name = f"paylinks-{batch.number}"
    return (
        FileReady(f"{name}.csv", _csv([header, *rows], separator_for(firm.numbers)), "text/csv; charset=utf-8", count),
        FileReady(f"{name}.xlsx", _workbook([header, *rows]), _XLSX, count),
    )


def quoted(cell: str) -> str:
    """A cell for CSV that no spreadsheet program takes for a formula: an apostrophe goes before it."""
    return f"'{cell}" if cell[:1] in _FORMULA else cell


def _rows(batch: Batch, made: Iterable[tuple[BatchRow, PaymentLink]], firm: Firm) -> Iterator[list[str]]:
    columns = [column_named(spelled) for spelled in batch.columns]
    for row, link in made:
        yield [*(row.cells.get(column, "") for column in columns), link.reference, firm.page_url(link.token)]


def _csv(rows: Iterable[Sequence[str]], separator: str) -> bytes:
    page = io.StringIO(newline="")
    csv.writer(page, delimiter=separator).writerows([quoted(cell) for cell in row] for row in rows)
    return page.getvalue().encode("utf-8-sig")


def _workbook(rows: Iterable[Sequence[str]]) -> bytes:
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("Links")
    for row in rows:
        cells = []
        for text in row:
            cell = WriteOnlyCell(sheet, clean(text)[0][:_MOST_IN_A_CELL])
            cell.data_type = "s"  # openpyxl would make a formula of what begins with =
            cells.append(cell)
        sheet.append(cells)
    page = io.BytesIO()
    book.save(page)
    return page.getvalue()
