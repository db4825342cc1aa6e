"""Generated files: whatever comes, the reader answers, and what a spreadsheet program writes comes back whole."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.batches.columns import USUAL
from handlers.batches.delimited import read_delimited
from models.errors import SheetUnreadable
from tests.handlers.batches.samples import GERMAN, JANE, as_csv, as_workbook, read

HEADER = ",".join(USUAL).encode()
CELL = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30)
WORKBOOK = as_workbook(USUAL, JANE)
ENCODINGS = ["utf-8", "utf-8-sig", "utf-16"]


def _says_something(refused: SheetUnreadable) -> None:
    assert 0 < len(refused.for_staff()) < 2000


def check_survives(content: bytes, filename: str = "x.csv") -> None:
    for firm in (GERMAN, None):
        try:
            sheet = read(content, filename=filename) if firm is None else read(content, filename=filename, firm=firm)
        except SheetUnreadable as refused:
            _says_something(refused)
        else:
            assert {error.row for error in sheet.errors}.isdisjoint(row.row for row in sheet.rows)
            assert all(len(error.value) <= 60 for error in sheet.errors)


@given(st.binary(max_size=400), st.text(max_size=20))
def test_arbitrary_bytes_are_read_or_refused(content: bytes, filename: str) -> None:
    check_survives(content, filename)


@given(st.binary(max_size=200))
def test_arbitrary_bytes_below_a_good_header_are_read_or_refused(content: bytes) -> None:
    check_survives(HEADER + b"\r\n" + content)


@given(st.lists(st.lists(CELL, min_size=7, max_size=7), min_size=1, max_size=4), st.sampled_from([",", ";", "\t", "|"]))
def test_arbitrary_cells_are_read_or_refused(rows: list[list[str]], separator: str) -> None:
    check_survives(as_csv(*rows, separator=separator))


@given(st.data())
def test_a_workbook_with_any_byte_changed_is_read_or_refused(data: st.DataObject) -> None:
    content = bytearray(WORKBOOK)
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    check_survives(bytes(content), "x.xlsx")


@given(
    rows=st.lists(st.lists(CELL, min_size=7, max_size=7), max_size=5),
    separator=st.sampled_from([",", ";", "\t", "|"]),
    line_end=st.sampled_from(["\r\n", "\n", "\r"]),
    encoding=st.sampled_from(ENCODINGS),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC]),
)
def test_what_the_csv_module_writes_comes_back_the_same(
    rows: list[list[str]], separator: str, line_end: str, encoding: str, quoting: int
) -> None:
    if any({"\r", "\n"} & set(cell) for row in rows for cell in row):
        quoting = csv.QUOTE_ALL  # QUOTE_MINIMAL quotes only the characters of its own line end
    page = io.StringIO(newline="")
    writer = csv.writer(page, delimiter=separator, lineterminator=line_end, quoting=quoting)  # type: ignore[arg-type]  # one of csv's own
    writer.writerow(USUAL)
    writer.writerows(rows)
    grid = read_delimited(page.getvalue().encode(encoding), "cp1252")
    assert grid.header == USUAL
    expected = {n: row for n, row in enumerate(rows, start=2) if any(map(str.strip, row))}
    assert [row.row for row in grid.rows] == list(expected)
    # spaces around a value mean nothing, in the file as in the product
    assert [[cell.strip() for cell in row.cells] for row in grid.rows] == [
        [cell.strip() for cell in row] for row in expected.values()
    ]


def _is_utf8(content: bytes) -> bool:
    try:
        content.decode()
    except UnicodeDecodeError:
        return False
    return True


@given(st.text(st.characters(codec="cp1252", exclude_characters="\0"), max_size=30))
def test_cp1252_comes_back_the_same_where_it_cannot_be_anything_else(cell: str) -> None:
    content = as_csv(("", "", "", "Zoë", "1", "", cell), encoding="cp1252")
    if _is_utf8(content):
        return
    if not content.decode("utf-8", "ignore").isascii():
        with pytest.raises(SheetUnreadable, match="not UTF-8 at row"):
            read_delimited(content, "cp1252")
        return
    assert read_delimited(content, "cp1252").rows[0].cells[6].strip() == cell.strip()
