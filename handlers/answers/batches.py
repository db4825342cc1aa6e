"""Answers about a file of invoices."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from handlers.answers.plain import FileReady
from models.money import Money


@dataclass(frozen=True, slots=True)
class RowError:
    """One fault in one cell of a file (F30): where, what stands there, what is wrong and how to mend it."""

    row: int  # the spreadsheet's; the header is row 1
    column: str
    value: str
    remedy: str


@dataclass(frozen=True, slots=True)
class BatchLine:
    """A good row under review, or a row's link after the decision."""

    row: int
    payer_name: str
    email: str
    amount: Money
    invoice_number: str = ""
    due_on: date | None = None
    note: str = ""  # a warning, or why it is left out
    reference: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class BatchReview:
    """What a file would do; nothing has left yet."""

    number: str  # B-17
    filename: str
    account: str  # its name; blank while it must be chosen
    accounts: tuple[str, ...]  # keys to choose from
    lines: tuple[BatchLine, ...]
    left_out: tuple[BatchLine, ...]  # the template's examples, rows billed before
    totals: tuple[Money, ...]
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class BatchRefused:
    """The file has faults; nothing of it was kept and no link was made."""

    filename: str
    errors: tuple[RowError, ...]  # all of them
    good_rows: int


@dataclass(frozen=True, slots=True)
class BatchDecided:
    number: str
    decision: str  # send, links, discard
    account: str
    lines: tuple[BatchLine, ...] = ()
    letters: int = 0
    totals: tuple[Money, ...] = ()
    notes: tuple[str, ...] = ()
    files: tuple[FileReady, ...] = ()
    repeated: bool = False  # it was decided before, and this is what was made then
