"""Every way a spreadsheet program may write one list: the right rows, or a clear error; never other data.

Separators × line ends × encodings × the two ways to write numbers: 120 files that are read, 84 that are refused, and
those whose letters, numbers or days are another firm's.
"""

from __future__ import annotations

import codecs
import itertools
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import pytest

from handlers.batches.columns import USUAL
from handlers.batches.sheet import Sheet
from handlers.firm import Firm
from models.errors import SheetUnreadable
from models.plain_text import one_line
from tests.cast import FIRM
from tests.handlers.batches.samples import GERMAN, read

SEPARATORS = {"comma": ",", "semicolon": ";", "tab": "\t", "pipe": "|"}
LINE_ENDS = {"lf": "\n", "crlf": "\r\n", "cr": "\r"}
READ = ("utf-8", "utf-8-sig", "utf-16-le", "utf-16-be", "cp1252")
MARKS = {"utf-16-le": codecs.BOM_UTF16_LE, "utf-16-be": codecs.BOM_UTF16_BE}
FIRMS = {"1,250.50": (FIRM, "1,250.50", "12/31/2026"), "1.250,50": (GERMAN, "1.250,50", "31.12.2026")}

NAMES = ("Müller & Söhne", "Łukasz Żółć", "石田 花子", "Zoë 👩‍👧‍👦 Ltd", "O’Brien “Bob”")
WESTERN = ("Müller & Söhne", "Zoë Ltd", "O’Brien “Bob”")  # what Windows-1252 has letters for

Cells = tuple[str, int, str, str, date, str]  # name, minor units, address, invoice number, due day, message


def rows(encoding: str, end: str, separator: str) -> list[Cells]:
    """The truth: each with its own amount, and with what must be quoted in the names and messages."""
    names = WESTERN if encoding == "cp1252" else NAMES
    due = date(2026, 12, 31)
    usual = [(name, 125050, f"client{n}@acme.example", f"INV-{n}", due, "") for n, name in enumerate(names)]
    return [
        *usual,
        (f'A{separator} B "the firm" {separator}', 9950, "quoted@acme.example", f"I{separator}1", due, 'Say ""no""'),
        ("Lines", 70, "lines@acme.example", "I-2", due, f"Dear Ms{separator} Ü,{end}{end}“pay”{end}thank you"),
    ]


def cell(text: str, separator: str) -> str:
    quoted = any(sign in text for sign in (separator, '"', "\r", "\n"))
    return '"{}"'.format(text.replace('"', '""')) if quoted else text


def written(cells: Sequence[Cells], firm: str, separator: str, end: str) -> str:
    """The list as a spreadsheet program of that firm writes it."""
    _, amount, day = FIRMS[firm]
    sums = {125050: amount, 9950: "99.50", 70: "0.70"}
    table = [list(USUAL)]
    for name, minor, email, invoice, _, message in cells:
        table.append([invoice, "", day, name, sums[minor], email, message])
    return end.join(separator.join(cell(text, separator) for text in line) for line in table) + end


def told(sheet: Sheet) -> list[Cells]:
    assert sheet.errors == ()
    return [
        (row.payer_name, row.amount.minor, row.email, row.invoice_number, row.due_on or date.min, row.message)
        for row in sheet.rows
    ]


def expected(cells: Sequence[Cells]) -> list[Cells]:
    """What comes of it: names and numbers on one line with single spaces, line ends of one kind."""
    return [
        (one_line(name), minor, email, one_line(invoice), due, "\n".join(message.splitlines()))
        for name, minor, email, invoice, due, message in cells
    ]


GOOD = [*itertools.product(SEPARATORS, LINE_ENDS, READ, FIRMS)]


@pytest.mark.parametrize(("separator", "end", "encoding", "firm"), GOOD)
def test_a_list_is_the_same_rows_however_it_is_written(separator: str, end: str, encoding: str, firm: str) -> None:
    """(B23, B24, B26, F26)"""
    truth = rows(encoding, LINE_ENDS[end], SEPARATORS[separator])
    text = written(truth, firm, SEPARATORS[separator], LINE_ENDS[end])
    sheet = read(MARKS.get(encoding, b"") + text.encode(encoding), firm=FIRMS[firm][0])
    assert told(sheet) == expected(truth)
    assert [row.row for row in sheet.rows] == [*range(2, len(truth) + 2)]
    assert sheet.columns == USUAL


def test_the_matrix_is_ninety_files_or_more() -> None:
    assert len(GOOD) == 120


REFUSED = {
    "utf-7": "UTF-7",
    "utf-16-le": "CSV UTF-8",  # without its mark
    "utf-16-be": "CSV UTF-8",
    "utf-32": "UTF-32",
    "cut utf-16": "not whole UTF-16",
    "cut utf-8": "not UTF-8 at row 2",
    "utf-8 and cp1252": "not UTF-8 at row 9",
}


def spoilt(how: str, text: str) -> bytes:
    match how:
        case "cut utf-16":
            return codecs.BOM_UTF16_LE + text.encode("utf-16-le") + b"\0"
        case "cut utf-8":
            return text.encode().replace("ü".encode(), b"\xc3", 1)
        case "utf-8 and cp1252":
            return text.encode() + text.splitlines()[1].encode("cp1252")
        case _:
            return text.encode(how)


@pytest.mark.parametrize(("separator", "end", "how"), [*itertools.product(SEPARATORS, LINE_ENDS, REFUSED)])
def test_what_cannot_be_read_for_certain_is_refused_and_says_what_to_do(separator: str, end: str, how: str) -> None:
    """(B24)"""
    truth = rows("utf-8", LINE_ENDS[end], SEPARATORS[separator])
    text = written(truth, "1,250.50", SEPARATORS[separator], LINE_ENDS[end])
    if how == "utf-7":
        text = text.replace("石田", "Jörg").replace("Ł", "L")
    with pytest.raises(SheetUnreadable) as caught:
        read(spoilt(how, text))
    said = caught.value.for_staff()
    assert REFUSED[how] in said
    assert "UTF-8" in said


# ── what no byte of a file can tell ───────────────────────────────────────────────────────────────────────────────────


def test_letters_taken_on_trust_are_shown_with_the_encoding_and_the_remedy() -> None:
    """(B24) Windows-1250 read as Windows-1252 makes “£ukasz” of Łukasz, and no byte says which of the two is meant."""
    text = "recipient name,amount,email address\r\nŁukasz Żak,10.00,l@x.example\r\nJane,20.00,j@x.example\r\n"
    sheet = read(text.encode("cp1250"))
    [note] = sheet.notes
    assert "read as Windows-1252" in note
    assert "“£ukasz”" in note
    assert "CSV UTF-8" in note
    polish = replace(FIRM, sheet_encoding="cp1250")
    sheet = read(text.encode("cp1250"), firm=polish)
    assert sheet.rows[0].payer_name == "Łukasz Żak"
    assert "read as Windows-1250" in sheet.notes[0]
    assert read(text.encode()).notes == ()


def test_a_card_number_beside_unusual_letters_is_not_shown_with_them() -> None:
    """(T21)"""
    text = "recipient name,amount,email address\r\né4242424242424242,10.00,l@x.example\r\n"
    assert "4242" not in repr(read(text.encode("cp1252")).notes)


def numbers(firm: Firm, *amounts: str) -> Sheet:
    """A list of these amounts."""
    lines = [
        f"Client,{amount},c@x.example" if "," not in amount else f'Client,"{amount}",c@x.example' for amount in amounts
    ]
    return read("\n".join(["recipient name,amount,email address", *lines]).encode(), firm=firm)


@pytest.mark.parametrize(
    ("firm", "meant"),
    [
        (
            FIRM,
            {"1.250,50": 125050, "99,50": 9950, "1.250": 125000, "12.345,00": 1234500, "1,5": 150, "1 250,50": 125050},
        ),
        (
            GERMAN,
            {"1,250.50": 125050, "1,250": 125000, "12,345.00": 1234500, "1'250.50": 125050, "99.50": 9950, "1.5": 150},
        ),
    ],
)
def test_an_amount_in_another_firms_style_is_an_error_or_means_the_same(firm: Firm, meant: dict[str, int]) -> None:
    """Never a hundred times as much, and never a thousandth."""
    for text, minor in meant.items():
        sheet = numbers(firm, text)
        assert [row.amount.minor for row in sheet.rows] == ([] if sheet.errors else [minor]), text
    assert numbers(firm, *meant).errors


@pytest.mark.parametrize(
    ("firm", "amounts", "hint"),
    [
        (FIRM, ("1.250,50", "99,50", "1250"), "fits 1.250,50, but the firm writes 1,250.50"),
        (GERMAN, ("1,250.50", "99.50", "1,000.00"), "fits 1,250.50, but the firm writes 1.250,50"),
    ],
)
def test_a_column_of_amounts_in_the_other_style_is_said_to_be(firm: Firm, amounts: Sequence[str], hint: str) -> None:
    errors = numbers(firm, *amounts).errors
    assert errors
    assert all(hint in error.remedy for error in errors)
    assert all("1250.50" in error.remedy for error in errors)
    mixed = numbers(firm, *amounts, "abc").errors
    assert all("Every amount" not in error.remedy for error in mixed)
    alone = numbers(firm, amounts[0], "10.00", "20.00", "30.00").errors
    assert [error.row for error in alone] == [2]
    assert "Every amount" not in alone[0].remedy  # one odd amount proves nothing of the others


def test_one_day_beyond_the_twelfth_proves_the_column_against_the_firms_order() -> None:
    """01/02 could be read either way; beside 13/02 it could not, and nothing of the file is used."""
    header = "recipient name,amount,email address,due date"
    days = ("01/02/2027", "13/02/2027")
    content = "\n".join([header, *(f"Client,10.00,c@x.example,{day}" for day in days)]).encode()
    [error] = read(content).errors
    assert (error.row, error.column, error.value) == (3, "due date", "13/02/2027")
    assert "fits day/month/year, but the firm writes month/day/year: write them all as 2026-12-15" in error.remedy
    british = replace(FIRM, locale="en_GB")
    assert [row.due_on for row in read(content, firm=british).rows] == [date(2027, 2, 1), date(2027, 2, 13)]
