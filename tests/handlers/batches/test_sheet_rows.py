"""What is wrong in a row of a list, told by row, column, value and remedy."""

from __future__ import annotations

from dataclasses import replace

import pytest

from handlers.batches.columns import USUAL
from tests.cast import ONE_ACCOUNT_FIRM
from tests.handlers.batches.samples import (
    JANE,
    NARROW,
    TWO_CURRENCIES,
    as_csv,
    lines,
    narrow,
    only_error,
    read,
)


@pytest.mark.parametrize("row", ["Jane,10.00", "Jane,10.00,jane@x.example,extra", "Jane,1,250.00,jane@x.example"])
def test_a_row_of_another_length_than_the_header_is_an_error_with_both_numbers(row: str) -> None:
    """(B27)"""
    error = only_error(narrow("Omar,10.00,omar@x.example", row))
    assert error.row == 3
    assert f"row 3 has {row.count(',') + 1} fields, expected 3" in error.remedy


def test_two_addresses_in_a_cell_are_told_from_one_that_is_mistyped() -> None:
    assert "more than one address" in only_error(narrow("Jane,10.00,j@x.example k@x.example")).remedy
    assert "is not an e-mail address" in only_error(narrow("Jane,10.00,jane@@x.example")).remedy


def test_commas_at_the_end_of_rows_are_no_fields() -> None:
    """(B26)"""
    sheet = narrow("Jane,10.00,jane@x.example,,", "Omar,10.00,omar@x.example,,,", header=f"{NARROW},,")
    assert sheet.errors == ()
    assert len(sheet.rows) == 2


def test_a_value_under_no_column_name_is_an_error() -> None:
    error = only_error(narrow("Jane,10.00,lost,jane@x.example", header="recipient name,amount,,email address"))
    assert (error.row, error.column, error.value) == (2, "(column C)", "lost")


def test_blank_rows_are_skipped_and_counted_and_rows_keep_the_spreadsheet_s_numbers() -> None:
    """(B26)"""
    sheet = narrow("", "Jane,10.00,jane@x.example", ",,", "  ,,", "Omar,10.00,omar@x.example", "", "")
    assert [row.row for row in sheet.rows] == [3, 6]
    assert sheet.notes == ("3 blank rows skipped.",)


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        ("", "missing"),
        ("abc", "not a number"),
        ("-5", "more than 0"),
        ("0", "more than 0"),
        ("1.999", "2 decimals"),
        ("1e5", "not a number"),
        ("NaN", "not a number"),
        ("1_000", "not a number"),
        ("１２", "digits 0-9"),
        ('"1,00"', "ambiguous"),
        ("0.10", "minimum is $0.50"),
        ("1000000.00", "limit"),
        ("€10.00", "not EUR"),
    ],
)
def test_an_amount_that_cannot_be_charged_is_an_error_that_says_why(amount: str, words: str) -> None:
    error = only_error(narrow(f"Jane,{amount},jane@x.example"))
    assert (error.row, error.column) == (2, "amount")
    assert words in error.remedy


@pytest.mark.parametrize("address", ["jane", "jane@", "jane x@y.example", "a@x.example; b@x.example", "<j@x.example>"])
def test_a_bad_address_is_an_error(address: str) -> None:
    error = only_error(narrow(f"Jane,10.00,{address}"))
    assert (error.column, error.value) == ("email address", address)
    assert "address" in error.remedy


def test_a_missing_name_is_an_error() -> None:
    assert only_error(narrow(" ,10.00,jane@x.example")).column == "recipient name"


def test_texts_that_are_too_long_are_errors_and_are_shown_shortened() -> None:
    error = only_error(narrow(f"{'x' * 201},10.00,jane@x.example"))
    assert "200" in error.remedy
    assert len(error.value) == 60
    header = f"{NARROW},custom message,invoice number"
    sheet = narrow(f"J,10.00,j@x.example,{'m' * 501},{'7' * 61}", header=header)
    assert {error.column for error in sheet.errors} == {"custom message", "invoice number"}


def test_every_fault_of_every_row_is_told_and_good_rows_are_counted() -> None:
    """(F30, B30)"""
    bad = [f"Jane {n},abc,nobody" for n in range(300)]
    good = [f"Omar {n},10.00,omar@x.example" for n in range(200)]
    sheet = narrow(*bad, *good)
    assert len(sheet.errors) == 600
    assert sheet.errors[0].row == 2
    assert sheet.errors[-1].row == 301
    assert len(sheet.rows) == 200


def test_errors_show_no_control_characters() -> None:
    error = only_error(narrow("Jane,ab\x00c\u202e,jane@x.example".replace("\x00", "\x01")))
    assert error.value == "abc"


def test_due_before_the_invoice_date_is_an_error() -> None:
    """(B32)"""
    error = only_error(read(as_csv((*JANE[:1], "2026-12-16", "2026-12-15", *JANE[3:]))))
    assert (error.row, error.column) == (2, "due date")
    assert "before the invoice date Dec 16, 2026" in error.remedy


def test_a_day_without_a_year_in_the_invoice_date_lies_in_the_past() -> None:
    assert read(as_csv((JANE[0], "Dec 20", "Jan 20", *JANE[3:]))).errors == ()


@pytest.mark.parametrize("day", ["31.02.2026", "tomorow", "01/02/26", "2026-13-01"])
def test_a_day_that_is_none_is_an_error(day: str) -> None:
    error = only_error(narrow(f"Jane,10.00,jane@x.example,{day}", header=f"{NARROW},due date"))
    assert (error.column, error.value) == ("due date", day)


def test_a_column_in_the_other_order_of_day_and_month_is_said_to_be() -> None:
    header = f"{NARROW},due date"
    rows = [
        "Jane,10.00,j@x.example,15/12/2026",
        "Omar,10.00,o@x.example,03/12/2026",
        "Ana,10.00,a@x.example,28/12/2026",
    ]
    errors = narrow(*rows, header=header).errors
    assert [error.row for error in errors] == [2, 4]
    assert all("Every date of this column fits day/month/year" in error.remedy for error in errors)
    assert "firm writes month/day/year" in errors[0].remedy
    mixed = narrow(*rows, "Kim,10.00,k@x.example,12/30/2026", header=header).errors
    assert all("Every date" not in error.remedy for error in mixed)


def test_a_currency_that_the_row_s_account_does_not_take_is_an_error() -> None:
    """(B32)"""
    header = f"{NARROW},currency,account"
    content = lines(header, "Jane,10.00,j@x.example,USD,berlin", "Omar,10.00,o@x.example,EUR,", "A,10.00,a@x.example,,")
    errors = read(content, firm=TWO_CURRENCIES, account="operating").errors
    assert [(error.row, error.column, error.value) for error in errors] == [
        (2, "currency", "USD"),
        (3, "currency", "EUR"),
    ]
    assert "operating takes USD, not EUR: correct it, or name an account that takes EUR" in errors[1].remedy
    [nowhere] = read(lines(header, "Jane,10.00,j@x.example,CHF,"), firm=TWO_CURRENCIES, account="operating").errors
    assert nowhere.remedy == "The account operating takes USD, not CHF: correct it."


def test_two_currencies_that_no_one_account_takes_are_an_error_before_the_account_is_chosen() -> None:
    """(B32)"""
    header = f"{NARROW},currency"
    rows = ["Jane,10.00,j@x.example,USD", "Omar,10.00,o@x.example,EUR", "Kim,10.00,k@x.example,"]
    error = only_error(read(lines(header, *rows), firm=TWO_CURRENCIES))
    assert (error.row, error.value) == (3, "EUR")
    assert "USD and EUR" in error.remedy
    assert read(lines(header, *rows[1:]), firm=TWO_CURRENCIES).errors == ()


def test_unknown_currencies_accounts_and_partial_words_are_errors() -> None:
    header = f"{NARROW},currency,account,partial"
    sheet = read(lines(header, "Jane,10.00,j@x.example,XYZ,nowhere,perhaps"), firm=TWO_CURRENCIES)
    assert {error.column for error in sheet.errors} == {"currency", "account", "partial"}
    assert "operating, berlin" in next(error.remedy for error in sheet.errors if error.column == "account")


@pytest.mark.parametrize(
    ("row", "remedy"),
    [
        ("J,10.00,j@x.example,min 10.00", "must be from $0.50 to $9.50"),
        ("J,10.00,j@x.example,min 9.51", "must be from $0.50 to $9.50"),
        ("J,0.99,j@x.example,yes", "cannot be paid in parts"),
        ("J,10.00,j@x.example,min 0.10", "The minimum is $0.50"),
        ("J,10.00,j@x.example,perhaps", "Write yes, no, or min and the smallest part"),
    ],
)
def test_parts_that_could_not_be_paid_are_errors_with_the_bounds(row: str, remedy: str) -> None:
    """(F30)"""
    error = only_error(narrow(row, header=f"{NARROW},partial"))
    assert error.column == "partial"
    assert remedy in error.remedy


def test_a_letter_that_another_program_lost_is_asked_for() -> None:
    """No client is written to as “M�ller”."""
    error = only_error(narrow("M�ller,10.00,j@x.example"))
    assert (error.column, error.value) == ("recipient name", "M�ller")
    assert "type it again" in error.remedy


@pytest.mark.parametrize("error", ["#N/A", "#REF!", "#DIV/0!"])
def test_a_cell_in_which_the_spreadsheet_shows_an_error_is_one(error: str) -> None:
    assert "shows an error" in only_error(narrow(f"{error},10.00,j@x.example")).remedy


@pytest.mark.parametrize("column", range(7))
def test_a_card_number_in_any_cell_is_refused_and_not_repeated(column: int) -> None:
    """(B20, T21)"""
    row = list(JANE)
    row[column] = "4242 4242 4242 4242"
    error = next(error for error in read(as_csv(row)).errors if error.column == USUAL[column])
    assert "card number" in error.remedy
    assert "4242" not in repr(read(as_csv(row)).errors)


def test_a_card_number_in_a_row_of_the_wrong_length_is_not_repeated() -> None:
    """(T21)"""
    assert "4242" not in repr(narrow("Jane,4242424242424242").errors)


def test_nothing_but_the_only_account_decides_the_currency_where_none_is_named() -> None:
    firm = replace(ONE_ACCOUNT_FIRM, currency="EUR")
    [row] = read(lines(NARROW, "Jane,10.00,j@x.example"), firm=firm, account="operating").rows
    assert row.amount.currency == "USD"


@pytest.mark.parametrize(
    ("row", "remedy"),
    [
        ("J,10.00,j@x.example,2026-02-30", "This is no such date: a day is written like 2026-"),
        ("J,20.555,j@x.example,", "This is too precise: USD has 2 decimals, so write it with 2, such as 20.55."),
    ],
)
def test_a_fault_says_the_cells_value_once_and_gives_a_right_form(row: str, remedy: str) -> None:
    """(F30)"""
    error = only_error(narrow(row, header=f"{NARROW},due date"))
    assert error.value
    assert error.remedy.startswith(remedy)
    assert f"{error.value} " not in error.remedy
