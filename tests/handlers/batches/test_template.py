"""The template and its examples."""

from __future__ import annotations

import csv

from handlers.batches.columns import USUAL
from handlers.batches.template import template
from tests.cast import FIRM
from tests.handlers.batches.samples import GERMAN, JANE, TODAY, as_csv, read


def test_the_template_sent_back_as_it_is_parses_and_its_rows_are_known_as_examples() -> None:
    """(F27, B34)"""
    for firm in (FIRM, GERMAN):
        file = template(firm, TODAY)
        sheet = read(file.content, filename=file.filename, firm=firm)
        assert sheet.columns == USUAL
        assert sheet.errors == ()
        assert sheet.rows == ()
        assert [row.row for row in sheet.examples] == [2, 3]


def test_the_template_s_rows_would_be_good_rows_if_they_were_somebody_s() -> None:
    """(F27)"""
    text = template(FIRM, TODAY).content.decode("utf-8-sig").replace("Jane Example", "Jane Doe")
    sheet = read(text.encode())
    assert sheet.errors == ()
    assert [row.row for row in sheet.rows] == [2]
    assert sheet.rows[0].due_on is not None


def test_the_template_opens_in_columns_where_the_comma_is_the_decimal_sign() -> None:
    header = template(GERMAN, TODAY).content.decode("utf-8-sig").splitlines()[0]
    assert tuple(next(csv.reader([header], delimiter=";"))) == USUAL


def test_an_example_left_in_among_real_rows_is_left_out_whatever_was_tried_in_it() -> None:
    """(B34)"""
    tried = ("9", "whenever", "4242424242424242", " jane  EXAMPLE", "lots", "Jane@Example.com", "")
    sheet = read(as_csv(tried, JANE))
    assert sheet.errors == ()
    assert [row.row for row in sheet.examples] == [2]
    assert [row.row for row in sheet.rows] == [3]
    assert "4242" not in repr(sheet)
