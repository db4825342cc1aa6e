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


@dataclass(frozen=True, slots=True)
class DecideBatch:
    batch: int  # 17 for B-17
    decision: Decision


@dataclass(frozen=True, slots=True)
class ChooseAccount:
    """The receiving account of a batch under review."""

    batch: int
    account: str
