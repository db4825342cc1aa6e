"""A file with faults comes back marked, and the copy can be mended and sent again as it is."""

from __future__ import annotations

import csv
import io

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handlers.answers import FileReady
from handlers.batches.columns import USUAL
from handlers.batches.marked_copy import marked_copy
from handlers.batches.sheet import Sheet
from tests.fakes import FakeClock
from tests.handlers.batches.samples import GERMAN, JANE, OMAR, as_csv, as_workbook, lines, read

NOW = FakeClock().now()
BAD = ("", "", "", "Kim", "12,5", "kim@", "")


def marked(content: bytes, filename: str = "invoices.csv") -> tuple[Sheet, FileReady]:
    sheet = read(content, filename=filename, account="operating")
    return sheet, marked_copy(sheet.grid, sheet.errors, filename, NOW)


def rows_of(copy: FileReady, separator: str = ",") -> list[list[str]]:
    if copy.filename.endswith(".xlsx"):
        sheet = openpyxl.load_workbook(io.BytesIO(copy.content)).worksheets[0]
        assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row)
        return [[str(value or "") for value in row] for row in sheet.iter_rows(values_only=True)]
    return list(csv.reader(io.StringIO(copy.content.decode("utf-8-sig"), newline=""), delimiter=separator))


def test_b30_a_copy_says_beside_each_row_what_is_wrong_with_it() -> None:
    """(B30, F30)"""
    sheet, copy = marked(as_csv(JANE, BAD, OMAR))
    assert copy.filename == "invoices-marked.csv"
    header, jane, kim, omar = rows_of(copy)
    assert header == ["error", *USUAL]
    assert (jane, omar) == (["", *JANE], ["", *OMAR])
    assert kim[1:] == list(BAD)
    assert "amount “12,5”: This is ambiguous: write 12.50" in kim[0]
    assert "email address “kim@”" in kim[0]
    assert len(sheet.errors) == 2


def test_a_copy_of_a_workbook_is_a_workbook() -> None:
    _, copy = marked(as_workbook(USUAL, JANE, (*BAD[:4], 12.505, *BAD[5:])), "Nov.XLSX")
    assert copy.filename == "Nov-marked.xlsx"
    header, jane, kim = rows_of(copy)
    assert header == ["error", *USUAL]
    assert jane[1:] == list(JANE)
    assert kim[5] == "12.505"
    assert "too precise" in kim[0]


def test_a_workbook_that_is_called_csv_gets_a_copy_that_opens() -> None:
    """(B33)"""
    _, copy = marked(as_workbook(USUAL, BAD), "list.csv")
    assert copy.filename == "list-marked.xlsx"


def test_the_copy_mended_is_a_good_file_with_the_same_row_numbers() -> None:
    """(X3) Blank rows keep their place, and the marks are not taken for a column."""
    content = as_csv(JANE, [""] * 7, BAD, OMAR, separator=";", encoding="utf-16")
    sheet, copy = marked(content)
    assert copy.content.startswith(b"\xef\xbb\xbf")
    mended = copy.content.replace(b"12,5", b"12.50").replace(b"kim@;", b"kim@x.example;")
    again = read(mended, filename=copy.filename, account="operating")
    assert again.errors == ()
    assert [row.row for row in again.rows] == [2, 4, 5]
    assert again.columns == sheet.columns == USUAL
    assert again.rows[0].cells == dict(zip(USUAL, JANE, strict=True))


def test_a_copy_that_is_still_wrong_is_marked_anew_and_not_twice() -> None:
    _, first = marked(as_csv(JANE, BAD))
    half = first.content.replace(b"kim@,", b"kim@x.example,")
    _, second = marked(half, first.filename)
    assert second.filename == "invoices-marked.csv"
    header, _, kim = rows_of(second)
    assert header == ["error", *USUAL]
    assert "amount" in kim[0]
    assert "email" not in kim[0]


def test_rows_of_another_width_keep_all_their_cells() -> None:
    """(B27)"""
    content = lines(",".join(USUAL), "a,b,c", "1,2,3,4,5,6,7,8")
    _, copy = marked(content, "list.txt")
    assert copy.filename == "list-marked.txt"
    _, short, long = rows_of(copy)
    assert short[1:] == ["a", "b", "c"]
    assert long[1:] == list("12345678")
    assert "3 fields, expected 7" in short[0]
    assert "8 fields, expected 7" in long[0]


def test_a_header_below_blank_rows_stays_where_it_is() -> None:
    for content, name in (
        (b"\r\n\r\n" + as_csv(BAD), "a.csv"),
        (as_workbook((), (), USUAL, BAD), "a.xlsx"),
    ):
        sheet, copy = marked(content, name)
        rows = rows_of(copy)
        assert rows[2][0] == "error"
        assert rows[sheet.errors[0].row - 1][0]


def test_t21_a_card_number_is_not_mailed_back() -> None:
    """(T21)"""
    number = "4242 4242 4242 4242"
    _, copy = marked(as_csv((*JANE[:6], number), BAD))
    text = copy.content.decode("utf-8-sig")
    assert "4242" not in text
    assert "payment card number" in text


@pytest.mark.parametrize("name", ["=cmd|' /C calc'!A0", "+1", "@SUM(1)", "\t=1+1", "＝1", "'=x"])
def test_t20_no_cell_of_a_copy_is_a_formula_and_all_are_read_back_as_they_were(name: str) -> None:
    """(T20) Only a copy of ours is read so: elsewhere an apostrophe is an apostrophe."""
    jane = ("1", "", "", name, "10.00", "", "")
    sheet, copy = marked(as_csv(jane, BAD))
    assert rows_of(copy)[1][4] == f"'{name}"
    again = read(copy.content.replace(b'"12,5"', b"12.50").replace(b"kim@,", b","), account="operating")
    assert again.rows[0].payer_name == sheet.rows[0].payer_name


_CELL = st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\0\r\n\x85\u2028\u2029"), max_size=12)


@settings(max_examples=60)
@given(st.lists(st.lists(_CELL, min_size=7, max_size=7), min_size=1, max_size=5), st.sampled_from(",;\t|"))
def test_any_file_with_faults_comes_back_cell_for_cell(cells: list[list[str]], separator: str) -> None:
    sheet, copy = marked(as_csv(*cells, BAD, separator=separator))
    again = read(copy.content, filename=copy.filename, account="operating")
    assert [(row.row, row.payer_name, row.amount) for row in again.rows] == [
        (row.row, row.payer_name, row.amount) for row in sheet.rows
    ]
    assert [(e.row, e.column) for e in again.errors] == [(e.row, e.column) for e in sheet.errors]


def test_the_separator_is_the_files_own() -> None:
    sheet = read(as_csv(JANE, BAD, separator=";"), firm=GERMAN)
    copy = marked_copy(sheet.grid, sheet.errors, "liste.csv", NOW)
    assert rows_of(copy, ";")[0][0] == "error"
