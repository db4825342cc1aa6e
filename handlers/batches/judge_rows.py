"""All rows of a list judged together: each by itself, then what only whole columns can tell."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from handlers.answers import RowError
from handlers.batches import columns as c
from handlers.batches.invoice_rows import InvoiceRow, RawRow, Rules, read_row, shown, without_time
from models.calendar import parse_day
from models.errors import PaylinkError
from models.money import currency_meant, parse_figure


@dataclass(frozen=True, slots=True)
class Judged:
    rows: tuple[InvoiceRow, ...]
    errors: tuple[RowError, ...]


def judge_rows(raw: Iterable[RawRow], rules: Rules, beside: Sequence[InvoiceRow] = ()) -> Judged:
    """Read every cell of every row; a row with any fault gives errors and no InvoiceRow.

    `beside` are good rows of the same list that stand already: they are right where the two do not go together.
    """
    listed = list(raw)
    rows: list[InvoiceRow] = []
    errors: list[RowError] = []
    for line in listed:
        row, faults = read_row(line, rules)
        errors += faults
        if row is not None:
            rows.append(row)
    errors += _mixed_currencies(rows, beside, rules)
    hinted = _with_column_hints(errors, listed, rules)
    faulty = {error.row for error in hinted}
    return Judged(tuple(row for row in rows if row.row not in faulty), tuple(sorted(hinted, key=lambda e: e.row)))


def _mixed_currencies(rows: Iterable[InvoiceRow], beside: Iterable[InvoiceRow], rules: Rules) -> list[RowError]:
    """Rows that no single account could take together, while the account is not chosen (B32)."""
    standing = _asked_of_any_account(beside, rules)
    asked = _asked_of_any_account(rows, rules)
    codes = list(dict.fromkeys(code for _, code in [*standing, *asked]))
    return [
        RowError(
            row.row,
            c.CURRENCY if row.cells.get(c.CURRENCY) else c.AMOUNT,
            shown(row.cells.get(c.CURRENCY) or row.cells[c.AMOUNT]),
            f"One account takes one currency, and the file has {' and '.join(codes)}: name the account of each row in"
            " the column account, or make a file for each currency.",
        )
        for row, code in asked
        if code != codes[0]
    ]


def _asked_of_any_account(rows: Iterable[InvoiceRow], rules: Rules) -> list[tuple[InvoiceRow, str]]:
    """The rows without an account that name a currency, with it."""
    homeless = [row for row in rows if not row.account and not rules.account]
    return [(row, code) for row in homeless if (code := _currency_asked(row))]


def _currency_asked(row: InvoiceRow) -> str:
    """The currency that the row itself names; blank where it takes what the account takes."""
    return row.cells.get(c.CURRENCY, "").strip().upper() or currency_meant(row.cells[c.AMOUNT], "")


def _with_column_hints(errors: list[RowError], lines: list[RawRow], rules: Rules) -> list[RowError]:
    """The errors, saying so where a whole column of days or amounts is written in the other style."""
    faulty = {error.column for error in errors}
    hints = {column: hint for column, told in _HINTS.items() if column in faulty and (hint := told(lines, rules))}
    return [
        replace(error, remedy=f"{error.remedy} {hints[error.column]}") if error.column in hints else error
        for error in errors
    ]


def _order_hint(lines: list[RawRow], rules: Rules, *, column: str) -> str:
    texts = [without_time(text) for line in lines if (text := line.cells.get(column, "").strip())]
    other = replace(rules.dates, month_first=not rules.dates.month_first, year_first=False)
    styles = (rules.dates, other)
    if not _in_the_other_style([[partial(parse_day, text, rules.today, style) for style in styles] for text in texts]):
        return ""
    fits, ours = ("month/day/year", "day/month/year")[:: 1 if other.month_first else -1]
    return f"Every date of this column fits {fits}, but the firm writes {ours}: write them all as 2026-12-15."


def _decimals_hint(lines: list[RawRow], rules: Rules) -> str:
    """Commas for decimals in the list of a firm that writes points, or the other way round."""
    ours = rules.numbers
    other = replace(ours, decimal=".", group=",") if ours.decimal == "," else replace(ours, decimal=",", group=".")
    said = [(line.cells.get(c.AMOUNT, ""), line.cells.get(c.CURRENCY, "").strip()) for line in lines]
    named = [(text, code or currency_meant(text, rules.currency)) for text, code in said]
    if not _in_the_other_style([[partial(parse_figure, *one, style) for style in (ours, other)] for one in named]):
        return ""
    fits, written = ("1.250,50", "1,250.50")[:: 1 if other.decimal == "," else -1]
    return f"Every amount of this column fits {fits}, but the firm writes {written}: write them all as 1250.50."


def _in_the_other_style(readings: Sequence[Sequence[Callable[[], object]]]) -> bool:
    """Whether a column is whole in the other style and not in ours; each cell is given as its reading in both.

    One odd cell proves nothing, nor do a few among many that read the same in both.
    """
    read = [[_or_none(reading) for reading in cell] for cell in readings]
    if any(other is None for _, other in read) or all(ours is not None for ours, _ in read):
        return False
    differ = sum(ours != other for ours, other in read)
    return differ > 1 and 2 * differ >= len(read)


def _or_none(reading: Callable[[], object]) -> object:
    try:
        return reading()
    except PaylinkError:
        return None


_HINTS: Mapping[str, Callable[[list[RawRow], Rules], str]] = {
    c.INVOICE_DATE: partial(_order_hint, column=c.INVOICE_DATE),
    c.DUE_DATE: partial(_order_hint, column=c.DUE_DATE),
    c.AMOUNT: _decimals_hint,
}
