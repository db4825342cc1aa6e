"""What a review warns of: all of it is accepted by `send`, and recomputed with every change of the rows (F31, B29)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from statistics import median

from handlers.batches.invoice_rows import PAST, InvoiceRow
from handlers.batches.stored_rows import BILLED, DELETED, EXAMPLE
from handlers.firm import Firm
from models.money import Money, spell
from models.plain_text import counted, listed
from models.tables import BatchRow

_MOST_TOLD = 10
_ODD = 100  # times the usual amount of the file, or the hundredth part of it
_FEWEST = 5  # rows of a currency that make an amount usual


def warnings_of(stored: list[BatchRow], billed: list[InvoiceRow], firm: Firm) -> list[str]:
    told = []
    examples = [kept.row for kept in stored if kept.left_out == EXAMPLE]
    if examples:
        told.append(f"Left out as the template's example: {rows_named(examples)}.")
    before = [kept.row for kept in stored if kept.left_out == BILLED]
    if before:
        told.append(f"Left out, as billed before with the same invoice number, amount and payer: {rows_named(before)}.")
    deleted = [kept.row for kept in stored if kept.left_out == DELETED]
    if deleted:
        told.append(f"Deleted: {rows_named(deleted)}.")
    told += _doubles(billed, firm)
    told += _odd_amounts(billed, firm)
    late = [row.row for row in billed if any(warning.endswith(PAST) for warning in row.warnings)]
    if late:
        told.append(f"Due in the past: {rows_named(late)}.")
    silent = [row.row for row in billed if not row.email]
    if silent:
        told.append(f"Without an e-mail address, so a link without a letter: {rows_named(silent)}.")
    if not billed:
        told.append("No row is left to send. Send a file with new rows.")
    return told


def asked_again(rows: Mapping[int, Sequence[str]], asking: Mapping[str, str]) -> list[str]:
    """The rows that somebody took in though these links bill them; `asking`: how each of the links stands."""
    told = []
    for row, references in [*rows.items()][:_MOST_TOLD]:
        links = listed(f"{name} already asks for ({asking[name]})" for name in references)
        told.append(f"Row {row} asks again for what {links}.")
    if len(rows) > _MOST_TOLD:
        told.append(f"{counted(len(rows) - _MOST_TOLD, 'more row')} taken in though billed before.")
    return [" ".join(told)] if told else []


def alike(rows: Iterable[InvoiceRow]) -> list[list[InvoiceRow]]:
    """Rows that look like the same demand twice or more often (B29)."""
    found: dict[tuple[str, ...], list[InvoiceRow]] = defaultdict(list)
    for row in rows:
        payer = (row.email or row.payer_name).casefold()
        found[(row.invoice_number.casefold(),) if row.invoice_number else ("", payer, f"{row.amount}")].append(row)
    return [same for same in found.values() if len(same) > 1]


def _doubles(rows: Iterable[InvoiceRow], firm: Firm) -> list[str]:
    """The same demands, as warnings; `send` accepts them."""
    doubles = alike(rows)
    told = [_double(same, firm) for same in doubles[:_MOST_TOLD]]
    if len(doubles) > _MOST_TOLD:
        told.append(f"{len(doubles) - _MOST_TOLD} more invoice numbers or demands stand in the file more than once.")
    return told


def _double(same: list[InvoiceRow], firm: Firm) -> str:
    rows = rows_named([row.row for row in same])
    first = same[0]
    if first.invoice_number:
        return f"The same invoice number {first.invoice_number}: {rows}."
    return f"The same demand twice, {spell(first.amount, firm.locale)} from {first.payer_name}: {rows}."


def _odd_amounts(rows: Iterable[InvoiceRow], firm: Firm) -> list[str]:
    """Amounts far from the others of their currency: a decimal sign may have slipped."""
    told = []
    by_currency: dict[str, list[InvoiceRow]] = defaultdict(list)
    for row in rows:
        by_currency[row.amount.currency].append(row)
    for code, same in by_currency.items():
        usual = Money(round(median(row.amount.minor for row in same)), code)
        odd = [row for row in same if not usual.minor < row.amount.minor * _ODD < usual.minor * _ODD * _ODD]
        if len(same) < _FEWEST or not odd:
            continue
        shown = listed(f"row {row.row} ({spell(row.amount, firm.locale)})" for row in odd[:_MOST_TOLD])
        more = f" and {counted(len(odd) - _MOST_TOLD, 'more row')}" if len(odd) > _MOST_TOLD else ""
        usually = f"half of the file's rows ask for {spell(usual, firm.locale)} or less"
        told.append(f"Far from the other amounts: {shown}{more}; {usually}. Are the decimals where they belong?")
    return told


def rows_named(numbers: Sequence[int]) -> str:
    """'row 3', 'rows 3 and 7', 'rows 3, 7, 9, … (40 in all)'."""
    if len(numbers) == 1:
        return f"row {numbers[0]}"
    shown = [str(number) for number in numbers[:_MOST_TOLD]]
    if len(numbers) > _MOST_TOLD:
        return f"rows {', '.join(shown)}, … ({len(numbers)} in all)"
    return f"rows {listed(shown)}"
