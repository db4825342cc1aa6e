"""Excel files: what goes in comes out, typed, and nothing in them is ever a formula."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl.utils.escape import unescape

from handlers.excel_file import Cell, Column, ExcelFile, as_text
from models.currencies import CURRENCIES
from models.money import Money

NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
_AMOUNTS = st.builds(
    lambda cur, steps: Money(steps * cur.step, cur.code),
    st.sampled_from(sorted(CURRENCIES.values(), key=lambda cur: cur.code)),
    st.integers(0, 999_999),
)
# Excel knows no day before 1900, and takes 1900 for a leap year
_DAYS = st.dates(date(1900, 3, 1), date(9999, 12, 31))
_MOMENTS = _DAYS.flatmap(lambda day: st.times().map(lambda at: datetime.combine(day, at.replace(microsecond=0))))
_TEXTS = st.text() | st.text("=+-@\t\r\n\0＝＋－＠'\"_x0041\u202e\ufffe ", min_size=1)
CELLS = st.none() | _TEXTS | st.integers(0, 10**9) | _AMOUNTS | _DAYS | _MOMENTS


def written(folder: Path, rows: Sequence[Sequence[Cell]], columns: int = 3) -> openpyxl.Workbook:
    path = folder / "file.xlsx"
    with ExcelFile(path, NOW) as file:
        sheet = file.sheet("Sheet", [Column(f"Column {n}", 12) for n in range(columns)])
        sheet.add(rows)
        sheet.filtered()
    return openpyxl.load_workbook(path)


@given(rows=st.lists(st.lists(CELLS, min_size=3, max_size=3), max_size=4))
def test_t20_every_cell_is_read_back_as_it_was_and_none_is_a_formula(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[Cell]]
) -> None:
    """(T20) A real reader of such files sees text as text, whatever it begins with."""
    sheet = written(tmp_path_factory.mktemp("excel"), rows)["Sheet"]
    found = [[sheet.cell(row + 2, column + 1) for column in range(3)] for row in range(len(rows))]
    assert not [cell for line in found for cell in line if cell.data_type == "f"]
    for line, cells in zip(found, rows, strict=True):
        for got, cell in zip(line, cells, strict=True):
            assert same(got.value, cell), (got.value, cell)


def same(got: object, cell: Cell) -> bool:
    match cell:
        case None:
            return got is None
        case str():
            return (unescape(got) if isinstance(got, str) else "") == as_text(cell)
        case Money():
            return Decimal(str(got)) == cell.decimal
        case datetime():
            return got == cell
        case date():
            return got == datetime.combine(cell, datetime.min.time())
        case _:
            return got == cell


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "＝1+1", "'=1"])
def test_t20_what_begins_like_a_formula_stays_text_when_its_cell_is_edited(tmp_path: Path, text: str) -> None:
    """(T20) Excel keeps the mark `text` with the cell; the value itself gets no apostrophe."""
    cell = written(tmp_path, [[text]], 1)["Sheet"]["A2"]
    assert (cell.value, cell.data_type, cell.quotePrefix) == (text, "s", True)


@pytest.mark.parametrize("text", ["<r>&</r>", "<r><t>bold</t></r>", "_x0041_", " kept ", "a\nb", "]]>&amp;", "a\rb"])
def test_t20_text_that_means_something_to_the_file_itself_is_text(tmp_path: Path, text: str) -> None:
    """(T20) XlsxWriter alone takes <r>…</r> for its own and writes it as it is: the file could not be opened."""
    cell = written(tmp_path, [[text]], 1)["Sheet"]["A2"]
    assert unescape(str(cell.value)) == as_text(text)


def test_amounts_have_the_decimals_of_their_currency(tmp_path: Path) -> None:
    row: list[Cell] = [Money(125_050, "USD"), Money(500, "JPY"), Money(1_250, "KWD")]
    sheet = written(tmp_path, [row])["Sheet"]
    shown = [(cell.value, cell.data_type, cell.number_format) for cell in sheet[2]]
    assert shown == [(1250.5, "n", "#,##0.00"), (500, "n", "#,##0"), (1.25, "n", "#,##0.00")]


def test_the_header_is_bold_frozen_and_filtered_and_columns_have_their_widths(tmp_path: Path) -> None:
    """(F58)"""
    sheet = written(tmp_path, [["a", "b", "c"], ["d", "e", "f"]])["Sheet"]
    assert [(cell.value, cell.font.bold) for cell in sheet[1]] == [(f"Column {n}", True) for n in range(3)]
    assert (sheet.freeze_panes, sheet.auto_filter.ref) == ("A2", "A1:C3")
    assert 12 < sheet.column_dimensions["A"].width < 13  # Excel counts the edges too


def test_a_text_longer_than_a_cell_is_cut_and_loses_what_a_file_cannot_hold(tmp_path: Path) -> None:
    sheet = written(tmp_path, [["x" * 40_000, "a\0b\u202ec\ufffed", "line\r\nline"]])["Sheet"]
    long, harmful, lines = (cell.value for cell in sheet[2])
    assert (len(str(long)), harmful, lines) == (32_767, "abcd", "line\nline")
