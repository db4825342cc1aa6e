"""The file of links that a firm sends out itself: the file's own columns, then reference and url (F35)."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Sequence

import openpyxl
from openpyxl.cell import WriteOnlyCell

from handlers.answers import FileReady
from handlers.batches.columns import column_named
from handlers.batches.csv_file import csv_file
from handlers.firm import Firm
from models.plain_text import clean, counted
from models.tables import Batch, BatchRow, PaymentLink

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_MOST_IN_A_CELL = 32_767  # characters; Excel takes no more


def links_files(batch: Batch, made: Sequence[tuple[BatchRow, PaymentLink]], firm: Firm) -> tuple[FileReady, ...]:
    """paylinks-B-17.csv and .xlsx. Pure, and slow for thousands of rows: call it in a thread."""
    header = [*batch.columns, "reference", "url"]
    rows = list(_rows(batch, made, firm))
    words = f"{counted(len(rows), 'link')} of {batch.number}, for you to send yourself."
    name = f"paylinks-{batch.number}"
    return (
        csv_file(f"{name}.csv", [header, *rows], firm.numbers, words),
        FileReady(f"{name}.xlsx", _workbook([header, *rows]), _XLSX, words),
    )


def _rows(batch: Batch, made: Iterable[tuple[BatchRow, PaymentLink]], firm: Firm) -> Iterator[list[str]]:
    columns = [column_named(spelled) for spelled in batch.columns]
    for row, link in made:
        yield [*(row.cells.get(column, "") for column in columns), link.reference, firm.page_url(link.token)]


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
