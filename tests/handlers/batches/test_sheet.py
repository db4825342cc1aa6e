"""What a list of invoices may look like, and what is said of the ones that cannot be read."""

from __future__ import annotations

from datetime import date

import pytest

from handlers.batches.columns import USUAL
from models.errors import SheetUnreadable
from models.money import Money
from tests.cast import FIRM
from tests.handlers.batches.samples import (
    GERMAN,
    JANE,
    NARROW,
    OMAR,
    TWO_CURRENCIES,
    as_csv,
    lines,
    narrow,
    only_error,
    read,
)


def refusal(content: bytes, filename: str = "invoices.csv") -> str:
    with pytest.raises(SheetUnreadable) as caught:
        read(content, filename=filename)
    return caught.value.for_staff()


# ── good files ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_file_with_the_seven_columns_gives_one_row_for_each_invoice() -> None:
    """(F25)"""
    sheet = read(as_csv(JANE, OMAR))
    assert sheet.errors == ()
    first, second = sheet.rows
    assert (first.row, first.payer_name, first.email) == (2, "Jane Doe", "jane@acme.example")
    assert first.amount == Money(125000, "USD")
    assert first.due_on == date(2026, 12, 15)
    assert (first.invoice_number, first.message) == ("1042", "Thank you")
    assert (second.row, second.amount, second.message) == (3, Money(9950, "USD"), "")
    assert first.warnings == second.warnings == ()


def test_columns_may_come_in_any_order_and_case_with_spaces_underscores_or_hyphens_after_a_byte_order_mark() -> None:
    """(B22)"""
    sheet = read("\ufeffE-MAIL address,AMOUNT,Recipient_Name,invoiceNumber\njane@x.example,12.50,Jane,7\n".encode())
    assert sheet.errors == ()
    assert sheet.columns == ("E-MAIL address", "AMOUNT", "Recipient_Name", "invoiceNumber")
    assert (sheet.rows[0].amount, sheet.rows[0].invoice_number) == (Money(1250, "USD"), "7")


def test_currency_account_and_partial_are_understood_where_they_stand() -> None:
    header = "recipient name,amount,email address,currency,account,partial"
    content = lines(header, "Jane,10.00,jane@x.example,eur,Berlin,yes", "Omar,20.00,omar@x.example,,,min 5.00")
    sheet = read(content, firm=TWO_CURRENCIES)
    assert sheet.errors == ()
    first, second = sheet.rows
    assert (first.amount, first.account, first.partial) == (Money(1000, "EUR"), "berlin", True)
    assert (second.amount, second.account, second.partial) == (Money(2000, "USD"), "", True)
    assert second.partial_minimum == Money(500, "USD")


def test_a_row_without_an_address_is_kept_with_a_warning() -> None:
    [row] = narrow("Jane,10.00,").rows
    assert row.email == ""
    assert "without a letter" in row.warnings[0]


def test_a_due_date_in_the_past_is_a_warning_and_no_error() -> None:
    [row] = narrow("Jane,10.00,jane@x.example,2026-11-22", header=f"{NARROW},due date").rows
    assert row.due_on == date(2026, 11, 22)
    assert "in the past" in row.warnings[0]
    [row] = narrow("Jane,10.00,jane@x.example,2026-11-23", header=f"{NARROW},due date").rows
    assert row.warnings == ()


def test_a_day_exported_with_midnight_is_a_day() -> None:
    [row] = narrow("Jane,10.00,jane@x.example,2026-12-15 00:00:00", header=f"{NARROW},due date").rows
    assert row.due_on == date(2026, 12, 15)


def test_amounts_and_days_are_read_as_the_firm_writes_them() -> None:
    content = lines("recipient name;amount;email address;due date", "Jörg;1.250,50 €;j@x.example;15.12.2026")
    [row] = read(content, firm=GERMAN).rows
    assert (row.amount, row.due_on) == (Money(125050, "EUR"), date(2026, 12, 15))
    assert "ambiguous" in only_error(read(content, firm=FIRM.__class__("X", "https://x", currency="EUR"))).remedy


def test_text_that_looks_like_a_formula_is_text() -> None:
    """(B31)"""
    header = f"{NARROW},invoice number"
    for name in ("=cmd()", "@SUM(A1)", "+1", "-1", "\t=1+1"):
        sheet = narrow(f'"{name}",10.00,jane@x.example,=1+1', header=header)
        assert sheet.errors == ()
        assert (sheet.rows[0].payer_name, sheet.rows[0].invoice_number) == (name.strip(), "=1+1")


def test_control_characters_are_taken_out_with_a_warning() -> None:
    [row] = narrow("Ja\u202ene\x07,10.00,jane@x.example").rows
    assert row.payer_name == "Jane"
    assert "U+0007" in row.warnings[0]


# ── files that are none ───────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("content", [b"", b"\xef\xbb\xbf", b"\r\n\r\n", b" \n,,,\n", b"sep=;\r\n"])
def test_an_empty_file_has_no_rows(content: bytes) -> None:
    """(B21)"""
    assert "no rows" in refusal(content)


@pytest.mark.parametrize("end", ["", "\n", "\n\n,,,,,,\n"])
def test_a_header_alone_has_no_rows(end: str) -> None:
    """(B21)"""
    assert "no rows" in refusal((",".join(USUAL) + end).encode())


def test_missing_unknown_and_doubled_columns_are_all_named_with_the_exact_names() -> None:
    """(B22)"""
    said = refusal(lines("invoice number,due date,Due_Date,recipient name,email,notes", "1,,,Jane,j@x.example,"))
    assert "column amount is missing" in said
    assert "column email address is missing" in said
    assert "column due date stands there twice" in said
    assert "unknown column “email”" in said.lower()
    assert "“notes”" in said
    for column in USUAL:
        assert column in said


def test_an_unknown_column_that_is_close_to_one_of_ours_says_which() -> None:
    """(B22)"""
    assert "is recipient name meant?" in refusal(lines("recipent name,amount,email address", "Jane,1,j@x.example"))


def test_a_card_number_in_the_header_is_not_repeated() -> None:
    said = refusal(lines(f"{NARROW},4242 4242 4242 4242", "Jane,1.00,j@x.example,"))
    assert "4242" not in said


def test_a_header_that_names_nothing_says_which_separators_are_recognised() -> None:
    """(B23)"""
    assert "separator was not recognised" in refusal(lines("recipient name^amount^email address", "Jane^1^j@x.example"))


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"%PDF-1.7\n...", "PDF"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "old Excel workbook (.xls)"),
        (b"PK\x03\x04" + bytes(30), "broken zip"),
        (b"PK\x05\x06" + bytes(18), "zip archive"),
        (b"\x89PNG\r\n\x1a\n" + bytes(20), "PNG image"),
        (b"\xff\xd8\xff\xe0" + bytes(20), "JPEG image"),
        (b"GIF89a" + bytes(20), "GIF image"),
        (b"RIFF\x10\0\0\0WEBPVP8 ", "WebP image"),
        (b"BM\x10\0\0\0\0\0\0\0" + bytes(20), "BMP image"),
        (b"\x1f\x8b\x08" + bytes(20), "gzip"),
        (b"MZ\x90\0" + bytes(200), "program"),
        (b"{\\rtf1 hello}", "RTF"),
        (b"  <!DOCTYPE html><table><tr><td>amount", "web page"),
        (b"+/v8-recipient name,amount", "UTF-7"),
        ("recipient name,amount,email address\r\nRenée,1,a@x.example".encode("utf-7"), "UTF-7"),
        ("recipient name,amount,email address\r\nRenée".encode("utf-32"), "UTF-32"),
    ],
)
def test_what_is_no_list_is_named(content: bytes, name: str) -> None:
    """(B33) Whatever it is called."""
    said = refusal(content, "invoices.csv")
    assert name in said
    assert "CSV (UTF-8)" in said


@pytest.mark.parametrize("filename", ["invoices.csv.exe", "INVOICES.CSV.SCR", "a.js ", "x.csv.lnk"])
def test_a_program_by_its_name_is_not_opened(filename: str) -> None:
    """(B33)"""
    assert "program" in refusal(as_csv(JANE), filename)


@pytest.mark.parametrize("filename", ["invoices.txt", "invoices.xlsx", "invoices", "", "invoices.pdf", "a.csv.exe.txt"])
def test_a_list_is_read_whatever_its_name(filename: str) -> None:
    """(B33)"""
    assert len(read(as_csv(JANE), filename=filename).rows) == 1


def test_plus_signs_in_ascii_are_not_taken_for_utf_7() -> None:
    content = lines(NARROW, "C++ +INV4 +AMEX,10.00,jane+AMY@x.example", "+1800-FLOWERS,10.00,jane+invoices@x.example")
    assert len(read(content).rows) == 2


def test_a_file_over_5_mib_is_refused_with_its_size() -> None:
    """(B28)"""
    assert "5.0 MiB" in refusal(b"x" * (5 * 1024 * 1024 + 1))


def test_a_field_over_131072_characters_is_refused_with_its_row() -> None:
    """(B28)"""
    assert read(lines(f"{NARROW},custom message", "Jane,1.00,j@x.example," + "x" * 131_072)).errors[0].row == 2
    said = refusal(lines(f"{NARROW},custom message", "J,1,j@x.example,", "Jane,1.00,j@x.example," + "x" * 131_073))
    assert said.startswith("Row 3")
    assert "131,072" in said


def test_ten_thousand_rows_are_read_and_one_more_is_refused() -> None:
    """(B28, F24)"""
    row = "Jane,10.00,jane@x.example"
    assert len(narrow(*[row] * 10_000).rows) == 10_000
    assert "10,000" in refusal(lines(NARROW, *[row] * 10_001))
