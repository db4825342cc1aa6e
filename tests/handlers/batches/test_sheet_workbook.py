"""Lists in .xlsx workbooks."""

from __future__ import annotations

import io
import time
import zipfile
from dataclasses import replace
from datetime import date, datetime

import openpyxl
import pytest
from openpyxl.workbook.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from handlers.batches.columns import USUAL
from handlers.batches.grid import Grid, GridRow
from handlers.batches.sheet_layout import check_layout, hidden_rows, sign_shown
from models.errors import SheetUnreadable
from models.money import Money
from tests.cast import FIRM
from tests.handlers.batches.samples import GERMAN, JANE, OMAR, as_workbook, read, saved, with_part

HEADER = ("recipient name", "amount", "email address", "due date", "invoice number")
SHEET = "xl/worksheets/sheet1.xml"
NAMESPACE = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'


def refusal(content: bytes) -> str:
    with pytest.raises(SheetUnreadable) as caught:
        read(content, filename="invoices.xlsx")
    return caught.value.for_staff()


def sheet_of(book: Workbook) -> Worksheet:
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    return sheet


@pytest.mark.parametrize("filename", ["invoices.xlsx", "invoices.csv", "invoices.xls", "invoices"])
def test_a_workbook_is_read_whatever_its_name(filename: str) -> None:
    """(B33, F26)"""
    sheet = read(as_workbook(USUAL, JANE, OMAR), filename=filename)
    assert sheet.errors == ()
    assert [row.amount for row in sheet.rows] == [Money(125000, "USD"), Money(9950, "USD")]


def test_number_cells_are_exact_amounts_and_date_cells_are_days() -> None:
    rows = [
        ("Jane", 120.5, "j@x.example", date(2026, 12, 15), 1042),
        ("Omar", 1250, "o@x.example", datetime(2026, 12, 16, 9, 30), "007"),  # noqa: DTZ001  a cell has no zone
        ("Kim", 0.1 + 0.2 + 0.3, "k@x.example", None, 12.0),
        ("Ana", 999999.99, "a@x.example", None, None),
    ]
    sheet = read(as_workbook(HEADER, *rows))
    assert sheet.errors == ()
    assert [row.amount.minor for row in sheet.rows] == [12050, 125000, 60, 99999999]
    assert [row.due_on for row in sheet.rows] == [date(2026, 12, 15), date(2026, 12, 16), None, None]
    assert [row.invoice_number for row in sheet.rows] == ["1042", "007", "12", ""]


def test_a_number_with_more_decimals_than_the_currency_is_refused_and_not_rounded() -> None:
    [error] = read(as_workbook(HEADER, ("Jane", 59.495, "j@x.example", None, None))).errors
    assert (error.column, error.value) == ("amount", "59.495")


def test_number_cells_mean_the_same_to_a_firm_that_writes_commas() -> None:
    kuwait = replace(GERMAN, accounts={}, currency="KWD")
    [row] = read(as_workbook(HEADER, ("Jane", 1250.12, "j@x.example", None, None)), firm=GERMAN).rows
    assert row.amount == Money(125012, "EUR")
    [error] = read(as_workbook(HEADER, ("Jane", 1250.125, "j@x.example", None, None)), firm=kuwait).errors
    assert "too precise" in error.remedy  # and not read as 1,250,125


def test_a_date_in_the_amount_and_a_bare_number_in_the_date_are_errors() -> None:
    sheet = read(as_workbook(HEADER, ("Jane", date(2026, 12, 15), "j@x.example", 46371, None)))
    assert {(error.column, error.value) for error in sheet.errors} == {("amount", "2026-12-15"), ("due date", "46371")}


def test_blank_rows_and_rows_shorter_than_the_header_are_no_errors() -> None:
    sheet = read(as_workbook(HEADER, ("Jane", 10, "j@x.example"), (), (None, " "), ("Omar", 10, "o@x.example")))
    assert sheet.errors == ()
    assert [row.row for row in sheet.rows] == [2, 5]
    assert sheet.notes == ("2 blank rows skipped.",)


def test_a_formula_counts_by_what_the_spreadsheet_last_showed() -> None:
    book = with_part(
        as_workbook(HEADER, ("Jane", 1, "j@x.example")),
        SHEET,
        f"<worksheet {NAMESPACE}><sheetData>"
        '<row r="1"><c t="inlineStr"><is><t>recipient name</t></is></c><c t="inlineStr"><is><t>amount</t></is></c>'
        '<c t="inlineStr"><is><t>email address</t></is></c></row>'
        '<row r="2"><c t="str"><f>UPPER("jane")</f><v>JANE</v></c><c><f>10*1.19</f><v>11.899999999999999</v></c>'
        '<c t="inlineStr"><is><t>j@x.example</t></is></c></row>'
        '<row r="3"><c t="inlineStr"><is><t>Omar</t></is></c><c><f>1+1</f></c>'
        '<c t="e"><f>NA()</f><v>#N/A</v></c></row></sheetData></worksheet>',
    )
    sheet = read(book)
    assert (sheet.rows[0].payer_name, sheet.rows[0].amount) == ("JANE", Money(1190, "USD"))
    assert [(error.row, error.column) for error in sheet.errors] == [(3, "email address"), (3, "amount")]


def test_of_several_sheets_the_first_visible_one_with_anything_on_it_is_read_and_said_so() -> None:
    book = openpyxl.Workbook()
    book.create_sheet("Hidden", 0).append(["secret"])
    book["Hidden"].sheet_state = "hidden"
    listed = book.create_sheet("November")
    listed.append(HEADER)
    listed.append(("Jane", 10, "j@x.example"))
    book.create_sheet("Notes").append(["call Jane"])
    sheet = read(saved(book))
    assert [row.payer_name for row in sheet.rows] == ["Jane"]
    assert "“November”" in sheet.notes[0]


def test_what_the_workbook_says_of_its_own_size_is_not_believed() -> None:
    book = openpyxl.Workbook()
    sheet_of(book).append(HEADER)
    sheet_of(book).append(("Jane", 10, "j@x.example"))
    content = saved(book)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        xml = archive.read(SHEET).decode()
    for told in ("A1:A1", "A1:XFD1048576"):
        assert len(read(with_part(content, SHEET, xml.replace("A1:E2", told))).rows) == 1


def test_an_empty_workbook_has_no_rows() -> None:
    """(B21)"""
    assert "no rows" in refusal(as_workbook())
    assert "no rows" in refusal(as_workbook(HEADER))


def test_a_broken_workbook_is_refused() -> None:
    content = as_workbook(HEADER, ("Jane", 10, "j@x.example"))
    assert "cannot be read" in refusal(with_part(content, SHEET, "<worksheet"))
    assert "cannot be read" in refusal(with_part(content, "xl/workbook.xml", "no XML"))
    assert refusal(content[:-50])


def test_entities_in_a_workbook_are_refused() -> None:
    """(T19) A billion laughs take no memory: defusedxml refuses the first."""
    bomb = f'<!DOCTYPE x [<!ENTITY a "aaaa">]><worksheet {NAMESPACE}><sheetData><row><c t="inlineStr"><is><t>&a;</t>'
    content = with_part(as_workbook(HEADER), SHEET, f"{bomb}</is></c></row></sheetData></worksheet>")
    assert "cannot be read" in refusal(content)


@pytest.mark.parametrize(
    ("part", "content"),
    [
        (SHEET, f"<worksheet {NAMESPACE}><sheetData><row>{'<c/>' * 5_000_000}</row></sheetData></worksheet>"),
        (SHEET, f"<worksheet {NAMESPACE}><sheetData>{'<row/>' * 4_000_000}</sheetData></worksheet>"),
        (SHEET, f'<x:worksheet xmlns:x="u"><x:sheetData>{"<x:row/>" * 1_000_000}</x:sheetData></x:worksheet>'),
        ("xl/styles.xml", f"<styleSheet {NAMESPACE}><cellXfs>{'<xf/>' * 300_000}</cellXfs></styleSheet>"),
        ("docProps/app.xml", "x" * (51 * 1024 * 1024)),
    ],
    ids=["cells", "rows", "prefixed rows", "styles", "bytes"],
)
def test_a_small_archive_that_unpacks_to_far_more_than_a_list_is_refused_at_once(part: str, content: str) -> None:
    """(T19)"""
    bomb = with_part(as_workbook(HEADER), part, content)
    assert len(bomb) < 200_000
    begun = time.process_time()
    assert "far more than a list" in refusal(bomb)
    assert time.process_time() - begun < 10  # 20 to 100 s and up to 4 GB where openpyxl is let loose on them


@pytest.mark.parametrize("name", ["xl/worksheets/sheet1.png", "xl/sheet"])
def test_a_sheet_by_another_name_is_counted_all_the_same(name: str) -> None:
    """(T19) openpyxl reads whatever part the workbook names, and 180 kB keep it busy for a minute."""
    cells = f"<worksheet {NAMESPACE}><sheetData><row>{'<c/>' * 5_000_000}</row></sheetData></worksheet>"
    bomb = renamed(with_part(as_workbook(HEADER), SHEET, cells), SHEET, name)
    begun = time.process_time()
    assert "far more than a list" in refusal(bomb)
    assert time.process_time() - begun < 10
    assert len(read(renamed(as_workbook(HEADER, ("Jane", 10, "j@x.example")), SHEET, name)).rows) == 1


def test_a_picture_in_a_workbook_does_no_harm() -> None:
    page = io.BytesIO(as_workbook(HEADER, ("Jane", 10, "j@x.example")))
    with zipfile.ZipFile(page, "a") as archive:
        archive.writestr("xl/media/image1.png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + b"<" * 100_000)
    assert len(read(page.getvalue()).rows) == 1


def renamed(workbook: bytes, old: str, new: str) -> bytes:
    """The workbook with a part under another name, wherever it is spoken of."""
    page = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook)) as before, zipfile.ZipFile(page, "w", zipfile.ZIP_DEFLATED) as after:
        for part in before.namelist():
            content = before.read(part)
            if part in ("[Content_Types].xml", "xl/_rels/workbook.xml.rels"):
                content = content.replace(old.encode(), new.encode())
            after.writestr(new if part == old else part, content)
    return page.getvalue()


def test_a_row_numbered_beyond_the_end_of_any_sheet_is_not_waited_for() -> None:
    far = f'<worksheet {NAMESPACE}><sheetData><row r="999999999999"><c><v>1</v></c></row></sheetData></worksheet>'
    assert "no rows" in refusal(with_part(as_workbook(HEADER), SHEET, far))


def test_a_card_number_in_a_number_cell_is_refused_and_not_repeated() -> None:
    """(T21)"""
    errors = read(as_workbook(HEADER, ("Jane", 10, "j@x.example", None, 4242424242424242)), firm=FIRM).errors
    assert [error.column for error in errors] == ["invoice number"]
    assert "4242" not in repr(errors)


# ── what the looks of a sheet say of its values ──────────────────────────────────────────────────────────────────────


def book_of(*rows: tuple[object, ...]) -> tuple[Workbook, Worksheet]:
    book = openpyxl.Workbook()
    sheet = sheet_of(book)
    for row in (HEADER, *rows):
        sheet.append(list(row))
    return book, sheet


THREE = tuple((name, 10, f"{name}@x.example".lower(), None, None) for name in ("Jane", "Omar", "Kim"))


def test_hidden_rows_are_read_and_named() -> None:
    """A filter hides rows from whoever sends the file, and would not from their clients."""
    book, sheet = book_of(*THREE)
    sheet.row_dimensions[3].hidden = True
    read_all = read(saved(book))
    assert [row.payer_name for row in read_all.rows] == ["Jane", "Omar", "Kim"]
    assert read_all.notes == ("Hidden in the workbook, but read as well: row 3.",)
    sheet.row_dimensions[4].hidden = True
    assert read(saved(book)).notes == ("Hidden in the workbook, but read as well: rows 3, 4.",)


def test_a_value_merged_over_several_rows_is_refused_and_a_merged_title_is_not() -> None:
    book, sheet = book_of(*THREE)
    sheet["D2"] = date(2026, 12, 15)
    sheet.merge_cells("D2:D4")
    said = refusal(saved(book))
    assert "cells D2:D4 are merged" in said
    assert "Unmerge them" in said
    book, sheet = book_of(*THREE)
    sheet.merge_cells("F2:G2")
    sheet.merge_cells("A5:A9")
    assert len(read(saved(book)).rows) == 3


def test_a_formula_without_a_result_is_refused_by_its_cell() -> None:
    """As programs write workbooks that no spreadsheet has opened since: the due day would be lost without a word."""
    book, sheet = book_of(*THREE)
    sheet["D3"] = "=TODAY()+30"
    said = refusal(saved(book))
    assert "formula in D3 has no result" in said
    assert "save it and send it again" in said
    with zipfile.ZipFile(io.BytesIO(saved(book))) as archive:
        xml = archive.read(SHEET).decode()
    assert "<v />" in xml
    computed = xml.replace('<c r="D3">', '<c r="D3" t="str">')  # =IF(A1="","",A1), and there is nothing in A1
    assert read(with_part(saved(book), SHEET, computed)).rows[1].due_on is None
    assert "formula in D3 has no result" in refusal(with_part(saved(book), SHEET, computed.replace("<v />", "")))


@pytest.mark.parametrize(
    ("shown_as", "taken"),
    [
        ("General", True),
        ("#,##0.00", True),
        ('"$"#,##0.00', True),
        ("[$$-409]#,##0.00", True),
        ("[$USD] #,##0.00", True),
        ("[$-409]#,##0.00", True),
        ("[$kr-41D]#,##0.00", True),
        ("0.00E+00", True),
        ("#,##0.00 [$€-407]", False),
        ('#,##0.00\\ "€"', False),
        ("[$£-809]#,##0.00", False),
        ("[$CHF] #,##0.00", False),
    ],
)
def test_an_amount_that_the_cell_shows_in_another_currency_is_not_billed_in_ours(shown_as: str, taken: bool) -> None:
    book, sheet = book_of(("Jane", 1250.5, "j@x.example", None, None))
    sheet["B2"].number_format = shown_as
    found = read(saved(book))
    assert [row.amount for row in found.rows] == ([Money(125050, "USD")] if taken else [])
    assert [error.column for error in found.errors] == ([] if taken else ["amount"])


@pytest.mark.parametrize(
    ("number", "shown_as", "read_as"),
    [
        (42, "00000", "00042"),
        (42.0, '"INV-"0000', "INV-0042"),
        (42, "0", "42"),
        (-42, "00000", "-42"),
        (4.5, "00000", "4.5"),
        (123456, "000", "123456"),
        (42, "#,##0", "42"),
    ],
)
def test_an_invoice_number_keeps_the_zeros_that_its_cell_shows(number: float, shown_as: str, read_as: str) -> None:
    book, sheet = book_of(("Jane", 10, "j@x.example", None, number))
    sheet["E2"].number_format = shown_as
    assert [row.invoice_number for row in read(saved(book)).rows] == [read_as]


def test_a_cell_of_a_style_that_the_workbook_has_not_is_read_by_its_value() -> None:
    book, _ = book_of(("Jane", 1250.5, "j@x.example", None, None))
    content = saved(book)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        xml = archive.read(SHEET).decode()
    odd = with_part(content, SHEET, xml.replace('<c r="B2"', '<c r="B2" s="77"'))
    assert [row.amount for row in read(odd).rows] == [Money(125050, "USD")]


@pytest.mark.parametrize("tag", ["<row ", "<mergeCell ", '<c r="A1"><f>', '<row hidden="1" '])
def test_a_sheet_that_is_hard_to_look_through_is_looked_through_at_once(tag: str) -> None:
    """(T19) Hidden rows and merged cells are looked for in time that grows with the file and not with its square."""
    grid = Grid(HEADER, (GridRow(2, HEADER),), 0, ragged=False)
    xml = (tag * 200_000).encode()
    check_layout(xml, grid)
    assert hidden_rows(xml, grid) == ""


def test_a_number_format_that_begins_a_thousand_times_is_read_at_once() -> None:
    """A hostile workbook's (T19): without bounds each beginning is tried with every end."""
    assert sign_shown("[$" * 5000) == "$"
    assert sign_shown("[$CHF-807] #,##0.00") == "CHF"
