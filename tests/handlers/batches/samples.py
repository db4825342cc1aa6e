"""Small files of invoices to test with."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import openpyxl

from handlers.answers import RowError
from handlers.batches.columns import USUAL
from handlers.batches.sheet import Sheet, read_sheet
from handlers.firm import Firm
from tests.cast import FIRM, OPERATING

TODAY = date(2026, 11, 23)
EURO_ACCOUNT = replace(OPERATING, key="berlin", name="Berlin", currency="EUR")
TWO_CURRENCIES = replace(FIRM, accounts={OPERATING.key: OPERATING, EURO_ACCOUNT.key: EURO_ACCOUNT})
GERMAN = replace(FIRM, locale="de_DE", currency="EUR", accounts={EURO_ACCOUNT.key: EURO_ACCOUNT})

NARROW = "recipient name,amount,email address"
JANE = ("1042", "2026-11-01", "2026-12-15", "Jane Doe", "1250.00", "jane@acme.example", "Thank you")
OMAR = ("1043", "2026-11-02", "2026-12-16", "Omar Haddad", "99.50", "omar@acme.example", "")
KIM = ("1044", "", "2026-12-20", "Kim Novak", "10.00", "kim@acme.example", "")


def as_csv(
    *rows: Sequence[str],
    header: Sequence[str] = USUAL,
    separator: str = ",",
    line_end: str = "\r\n",
    encoding: str = "utf-8",
) -> bytes:
    """A CSV file as the csv module writes it."""
    page = io.StringIO(newline="")
    writer = csv.writer(page, delimiter=separator, lineterminator=line_end)
    writer.writerow(header)
    writer.writerows(rows)
    return page.getvalue().encode(encoding)


def lines(*written: str) -> bytes:
    """A file written line by line."""
    return "\r\n".join(written).encode()


def as_workbook(*rows: Sequence[object]) -> bytes:
    """An .xlsx with one sheet."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(list(row))
    return saved(book)


def saved(book: openpyxl.Workbook) -> bytes:
    page = io.BytesIO()
    book.save(page)
    return page.getvalue()


def with_part(workbook: bytes, name: str, content: str) -> bytes:
    """The workbook with one part of its archive replaced."""
    page = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook)) as old, zipfile.ZipFile(page, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.namelist():
            new.writestr(part, content if part == name else old.read(part))
    return page.getvalue()


def read(content: bytes, *, filename: str = "invoices.csv", firm: Firm = FIRM, account: str = "") -> Sheet:
    return read_sheet(content, filename, firm, TODAY, account)


def only_error(sheet: Sheet) -> RowError:
    """The one fault of a file; nothing of the row it is in is used."""
    [error] = sheet.errors
    return error


def narrow(*rows: str, header: str = NARROW) -> Sheet:
    """A file of the three columns that must be there, or of another header."""
    return read(lines(header, *rows))
