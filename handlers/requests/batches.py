"""What is asked of a file of invoices."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class ReviewFile:
    """A file of invoices, to be read, judged and reviewed before anything leaves."""

    filename: str
    content: bytes
    account: str = ""  # blank: the only one there is, or asked for
    again: bool = False


class Decision(StrEnum):
    """What may be decided of a batch under review."""

    SEND = "send"
    LINKS = "links"
    DISCARD = "discard"


# In each request about a batch `seen` is the BatchReview.revision that the person had before them; where the batch has
# changed since, nothing is done and they are shown how it stands. None: whatever stands now is meant.


@dataclass(frozen=True, slots=True)
class DecideBatch:
    batch: int  # 17 for B-17
    decision: Decision
    seen: int | None = None


@dataclass(frozen=True, slots=True)
class ChooseAccount:
    """The receiving account of a batch under review."""

    batch: int
    account: str
    seen: int | None = None


@dataclass(frozen=True, slots=True)
class ShowBatch:
    """The review as it stands, or what was decided."""

    batch: int
    page: int = 1


@dataclass(frozen=True, slots=True)
class DeleteRows:
    """Leave rows out; they keep their numbers and can be included again."""

    batch: int
    rows: tuple[int, ...]  # the spreadsheet's numbers
    seen: int | None = None


@dataclass(frozen=True, slots=True)
class IncludeRows:
    """Take in rows that are left out: deleted, or billed before."""

    batch: int
    rows: tuple[int, ...]
    seen: int | None = None


@dataclass(frozen=True, slots=True)
class EditRow:
    """Other texts in cells of a row, judged as the file's were."""

    batch: int
    row: int
    changes: tuple[tuple[str, str], ...]  # column, text as in a file; a blank text empties the cell
    seen: int | None = None


@dataclass(frozen=True, slots=True)
class AddRow:
    """A row after the last, judged as the file's were."""

    batch: int
    cells: tuple[tuple[str, str], ...] = ()  # column, text as in a file
    typed: str = ""  # instead: a whole row in the file's own column order, with any of the separators of files
    seen: int | None = None


Step = DeleteRows | IncludeRows | EditRow | AddRow | ChooseAccount | DecideBatch


@dataclass(frozen=True, slots=True)
class ChangeBatch:
    """Several steps in order, all or none; a decision can only be the last. Their own `seen` is not looked at."""

    batch: int
    steps: tuple[Step, ...]
    seen: int | None = None
