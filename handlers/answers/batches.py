"""Answers about a file of invoices."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from handlers.answers.plain import FileReady
from models.money import Money
from models.plain_text import counted

ROWS_A_PAGE = 20  # of a review that is looked at page by page


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
    left_out: str = ""  # deleted, example, billed; an example is never taken in
    cells: Mapping[str, str] = field(default_factory=dict)  # column → text, as it stands in the review


@dataclass(frozen=True, slots=True)
class BatchReview:
    """What a file would do; nothing has left yet. All its rows are in it, whatever page is looked at."""

    number: str  # B-17
    filename: str
    account: str  # its name; blank while it must be chosen
    accounts: tuple[str, ...]  # keys to choose from
    lines: tuple[BatchLine, ...]
    left_out: tuple[BatchLine, ...]  # the template's examples, rows deleted or billed before
    totals: tuple[Money, ...]
    warnings: tuple[str, ...] = ()
    revision: int = 0  # what was seen: to be said with the next request
    columns: tuple[str, ...] = ()  # our names, in the file's order
    page: int = 1
    changed: str = ""  # sentences on what the request did, or why it did nothing
    done: bool = True  # False: nothing was changed, `changed` and `faults` say why
    faults: tuple[RowError, ...] = ()  # of the row that was to be changed or added
    doubled: int = 0  # of `lines`: those that look like another of them
    again: int = 0  # of `lines`: those that a link bills already, taken in all the same

    @property
    def asked_twice(self) -> str:
        """What of it asks a client twice: '2 rows are in the file twice, 1 was billed before'; blank: nothing."""
        told = [f"{counted(self.doubled, 'row')} are in the file twice"] if self.doubled else []
        if self.again:
            rows = "" if told else " row" if self.again == 1 else " rows"
            told.append(f"{self.again}{rows} {'was' if self.again == 1 else 'were'} billed before")
        return ", ".join(told)

    @property
    def pages(self) -> int:
        return max(1, -(-len(self.lines) // ROWS_A_PAGE))

    @property
    def shown(self) -> tuple[BatchLine, ...]:
        """The rows of the page."""
        return self.lines[(self.page - 1) * ROWS_A_PAGE : self.page * ROWS_A_PAGE]


@dataclass(frozen=True, slots=True)
class BatchRefused:
    """The file has faults; nothing of it was kept and no link was made."""

    filename: str
    errors: tuple[RowError, ...]  # all of them
    good_rows: int
    files: tuple[FileReady, ...] = ()  # the file as it came, with what is wrong beside each row


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
