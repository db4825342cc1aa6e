"""Encodings, separators, quotes and line ends of lists in text."""

from __future__ import annotations

import pytest

from handlers.batches.delimited import read_delimited, split_line
from handlers.batches.grid import MOST_CHARACTERS, field_too_long, grid_of
from models.errors import SheetUnreadable
from tests.handlers.batches.samples import JANE, OMAR, as_csv, lines, read

HEADER = "recipient name,amount,email address,custom message"


def refusal(content: bytes) -> str:
    with pytest.raises(SheetUnreadable) as caught:
        read(content)
    return caught.value.for_staff()


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_the_separator_is_the_one_under_which_the_header_names_our_columns(separator: str) -> None:
    """(B23)"""
    sheet = read(as_csv(JANE, OMAR, separator=separator))
    assert sheet.errors == ()
    assert [row.payer_name for row in sheet.rows] == ["Jane Doe", "Omar Haddad"]


@pytest.mark.parametrize("line", ["sep=;\r\n", "SEP=;\n", '"sep=;"\r', "sep=^\r\n", "sep=,\n"])
def test_a_line_that_names_the_separator_is_obeyed_where_it_fits_and_is_no_row(line: str) -> None:
    """(B23)"""
    sheet = read(line.encode() + as_csv(JANE, separator=";"))
    assert sheet.rows[0].row == 2
    assert sheet.rows[0].payer_name == "Jane Doe"


def test_values_may_hold_other_separators_than_the_file_s() -> None:
    sheet = read(lines(HEADER.replace(",", ";"), "Doe, Jane | Acme;10.00;j@x.example;a,b"))
    assert sheet.rows[0].payer_name == "Doe, Jane | Acme"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_letters_survive_every_encoding_that_is_read(encoding: str) -> None:
    """(B24)"""
    sheet = read(as_csv(("1", "", "", "Renée Müller–Größe €", "10.00", "r@x.example", ""), encoding=encoding))
    assert sheet.rows[0].payer_name == "Renée Müller–Größe €"


def test_utf_16_of_either_byte_order_is_read_by_its_mark() -> None:
    """(B24)"""
    text = as_csv(JANE).decode()
    for content in (b"\xff\xfe" + text.encode("utf-16-le"), b"\xfe\xff" + text.encode("utf-16-be")):
        assert read(content).rows[0].payer_name == "Jane Doe"


def test_utf_16_without_its_mark_is_refused_with_the_remedy() -> None:
    """(B24)"""
    assert "CSV UTF-8" in refusal(as_csv(JANE, encoding="utf-16-le"))


def test_utf_16_that_is_cut_off_is_refused_with_its_row() -> None:
    """(B24)"""
    assert "at row 2" in refusal(as_csv(JANE, encoding="utf-16", line_end="\n")[:-1])


def test_broken_utf_8_is_refused_with_its_row_and_never_read_as_cp1252() -> None:
    """(B24) Read as cp1252 the client would be billed as “MÃ¼ller”."""
    good = "Müller,10.00,m@x.example,"
    content = lines(HEADER, good, '"two\r\nlines",10.00,m@x.example,') + b"\r\nM\xfcller,10.00,m@x.example,"
    assert "not UTF-8 at row 4" in refusal(content)
    marked = b"\xef\xbb\xbf" + lines(HEADER) + b"\r\nM\xfcller,10.00,m@x.example,"
    assert "not UTF-8 at row 2" in refusal(marked)


def test_bytes_that_neither_utf_8_nor_cp1252_knows_are_refused_with_their_row() -> None:
    """(B24)"""
    assert "not UTF-8 at row 3" in refusal(lines(HEADER, "J,10.00,j@x.example,") + b"\r\nM\x81ller,1,m@x.example,")


@pytest.mark.parametrize("text", ['Jane,"10.00,j@x.example,', 'Jane,"10.00,j@x.example,\r\nOmar,"9"'])
def test_an_unclosed_quote_is_told_by_the_row_in_which_it_opens(text: str) -> None:
    """(B25)"""
    content = lines(HEADER, "Ana,10.00,a@x.example,", '"two\nlines",10.00,a@x.example,', text, "Kim,10.00,k@x.example,")
    said = refusal(content)
    assert said.startswith("Row 4: a quote")


def test_text_after_a_closing_quote_is_told_by_its_row() -> None:
    """(B25)"""
    assert refusal(lines(HEADER, '"Jane"x,10.00,j@x.example,')).startswith("Row 2: a quote")


def test_nul_characters_are_told_by_their_row() -> None:
    """(B25)"""
    assert refusal(lines(HEADER, "Ana,10.00,a@x.example,", "Ja\0ne,10.00,j@x.example,")).startswith("Row 3 holds NUL")


def test_a_quote_within_a_value_is_a_character_and_a_space_before_a_quote_counts_for_nothing() -> None:
    sheet = read(lines(HEADER, 'Jane "JD" Doe, 10.00, j@x.example, "one, two ""three"""'))
    assert sheet.rows[0].payer_name == 'Jane "JD" Doe'
    assert sheet.rows[0].message == 'one, two "three"'


@pytest.mark.parametrize("end", ["\r", "\n", "\r\n"])
def test_quoted_line_breaks_stay_in_the_message_and_count_as_one_row(end: str) -> None:
    """(F26)"""
    rows = [HEADER, f'Jane,10.00,j@x.example,"Dear Jane,{end}{end}thank you"', "Omar,10.00,o@x.example,"]
    sheet = read(end.join(rows).encode())
    assert sheet.rows[0].message == "Dear Jane,\n\nthank you"
    assert [row.row for row in sheet.rows] == [2, 3]


def test_line_ends_of_old_macs_and_mixed_ones_are_read() -> None:
    """(B26)"""
    row = "Jane,10.00,j@x.example,"
    assert [r.row for r in read(f"{HEADER}\r{row}\r{row}\r".encode()).rows] == [2, 3]
    assert [r.row for r in read(f"{HEADER}\r\n{row}\n{row}\r{row}\r\n\n{row}".encode()).rows] == [2, 3, 4, 6]


def test_a_header_below_blank_rows_is_found_and_rows_keep_their_numbers() -> None:
    sheet = read(lines("", ",,,", HEADER, "Jane,10.00,j@x.example,"))
    assert sheet.rows[0].row == 4


def test_a_nul_within_quotes_is_told_by_the_row_it_is_in() -> None:
    """(B25)"""
    text = lines(HEADER, "Ana,10.00,a@x.example,", '"Jane ""J\0"" Doe",10.00,j@x.example,')
    assert refusal(text).startswith("Row 3 holds NUL")


def test_a_nul_after_a_broken_quote_is_told_by_that_row() -> None:
    """(B25) What the csv module gives up at is where the count ends."""
    text = lines(HEADER, 'Ana,10.00,"a@x.example"!,', "Ja\0ne,10.00,j@x.example,")
    assert refusal(text).startswith("Row 2 holds NUL")


def test_a_field_longer_than_any_reader_takes_is_told_by_its_row() -> None:
    """(B28) A workbook's part may hold one although no spreadsheet writes it."""
    with pytest.raises(SheetUnreadable) as caught:
        grid_of([["amount"], ["x" * (MOST_CHARACTERS + 1)]], ragged=False)
    assert caught.value.for_staff() == field_too_long(2).for_staff()


def test_a_typed_row_whose_quotes_make_no_sense_has_no_cells() -> None:
    assert split_line('Jane "Jo" Doe; 12.50', ";") == ['Jane "Jo" Doe', "12.50"]
    assert split_line('"Jane" Doe; 12.50', ";") == []
    assert split_line('"Jane; 12.50', ";") == []


def test_long_words_beside_one_of_another_encoding_are_read_at_once() -> None:
    """A pattern that tries each of their letters as a beginning would take hours (T19)."""
    words = "x" * 8000
    rows = [f"Jane,10.00,j{number}@x.example,{words}" for number in range(1000)]
    content = "\n".join([HEADER, "Müller,10.00,m@x.example,Hello", *rows]).encode("cp1252")
    assert any("“Müller”" in note for note in read_delimited(content, "cp1252").notes)
