"""Answers about the list of links."""

from __future__ import annotations

from dataclasses import dataclass

from handlers.answers.cards import LinkCard
from handlers.requests.lists import View
from models.money import Money


@dataclass(frozen=True, slots=True)
class ViewCount:
    """How many links a view has; `more`: at least that many."""

    view: View
    count: int
    more: bool = False


@dataclass(frozen=True, slots=True)
class LinkList:
    view: View
    rows: tuple[LinkCard, ...]
    page: int
    pages: int
    count: int
    totals: tuple[Money, ...]  # of the whole result, one a currency; none where too many links fit to add them up
    command: str = "list"  # what was asked, as the grammar says it; ` page N` after it asks for another page
    columns: tuple[str, ...] = ()
    may_act: bool = True  # as for LinkShown
    note: str = ""  # on the person's own view, where it had a say
    counts: tuple[ViewCount, ...] = ()  # of every view, without the filters of this one


@dataclass(frozen=True, slots=True)
class ExportBegun:
    """A large file is being made; it comes by itself."""

    words: str
