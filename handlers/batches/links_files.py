"""The file of links that a firm sends out itself: the file's own columns, then reference and url (F35)."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path

from handlers.answers import FileReady
from handlers.batches.columns import column_named
from handlers.batches.csv_file import csv_file
from handlers.excel_file import EXCEL, Column, ExcelFile
from handlers.firm import Firm
from models.plain_text import counted
from models.tables import Batch, BatchRow, PaymentLink

_WIDTHS = {"url": 60, "email address": 30, "recipient name": 28}  # characters, of the usual columns


def links_files(batch: Batch, made: Sequence[tuple[BatchRow, PaymentLink]], firm: Firm) -> tuple[FileReady, ...]:
    """paylinks-B-17.csv and .xlsx. Pure, and slow for thousands of rows: call it in a thread."""
    header = [*batch.columns, "reference", "url"]
    rows = list(_rows(batch, made, firm))
    words = f"{counted(len(rows), 'link')} of {batch.number}, for you to send yourself."
    name = f"paylinks-{batch.number}"
    return (
        csv_file(f"{name}.csv", [header, *rows], firm.numbers, words),
        FileReady(f"{name}.xlsx", _workbook(header, rows, batch.decided_at or batch.created_at), EXCEL, words),
    )


def _rows(batch: Batch, made: Iterable[tuple[BatchRow, PaymentLink]], firm: Firm) -> Iterator[list[str]]:
    columns = [column_named(spelled) for spelled in batch.columns]
    for row, link in made:
        yield [*(row.cells.get(column, "") for column in columns), link.reference, firm.page_url(link.token)]


def _workbook(header: Sequence[str], rows: Iterable[Sequence[str]], made_at: datetime) -> bytes:
    """All cells are text, as the file they came from had them."""
    columns = [Column(title, _WIDTHS.get(column_named(title) or title, 16)) for title in header]
    with tempfile.TemporaryDirectory(prefix="paylink-") as folder:
        path = Path(folder) / "links.xlsx"
        with ExcelFile(path, made_at) as file:
            file.sheet("Links", columns).add(rows)
        return path.read_bytes()
