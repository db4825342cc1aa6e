"""What is asked of the list of links."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from models.money import Money


class View(StrEnum):
    """The views of the list, by the words people type."""

    ALL = "all"
    OUTSTANDING = "outstanding"
    RECEIVED = "received"
    PROCESSING = "processing"
    PART_PAID = "part-paid"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    ATTENTION = "attention"


class ListPart(StrEnum):
    """What a person's own view of the list is made of."""

    FILTERS = "filters"  # with the view
    SORT = "sort"
    COLUMNS = "columns"


@dataclass(frozen=True, slots=True)
class ListLinks:
    view: View = View.ALL
    page: int = 1
    name: str = ""
    invoice: str = ""
    account: str = ""
    made_from: date | None = None
    made_to: date | None = None
    over: Money | None = None
    under: Money | None = None
    email: str = ""
    reference: str = ""  # a part of one, upper case
    made_by: str = ""
    due_from: date | None = None
    due_to: date | None = None
    sort: str = "created"  # one of handlers.grammar.COLUMNS
    descending: bool = True
    columns: tuple[str, ...] = ()
    default: bool = False  # as a list usually is; the person's own view is forgotten
    # The parts that a person put into words: their own view has the others. None: it is asked for just as it stands.
    said: frozenset[ListPart] | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class OpenHome:
    """The list with all that its reader may do, for a screen of their own."""

    links: ListLinks


@dataclass(frozen=True, slots=True)
class ExportLinks:
    """A list as an Excel file: every page of it, or of its links those that were chosen."""

    links: ListLinks
    references: tuple[str, ...] = ()  # none: all that the list finds; else these, whatever its filters are


MOST_CHOSEN = 100  # links that something is done to at once


@dataclass(frozen=True, slots=True)
class ChooseLinks:
    """Several links of a list, looked at before they are cancelled, or before their clients are reminded."""

    references: tuple[str, ...]
    to_remind: bool = False


@dataclass(frozen=True, slots=True)
class RemindLinks:
    """A reminder at once of each."""

    references: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CopyLinks:
    """The bare URL of each."""

    references: tuple[str, ...]
