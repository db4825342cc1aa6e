"""Answers about the list of links."""

from __future__ import annotations

from dataclasses import dataclass, field

from handlers.answers.cards import LinkCard
from handlers.answers.links import LinkCopied, Outcome
from handlers.answers.plain import FileReady
from handlers.requests.lists import ListLinks, View
from models.link_states import LinkState
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
    within: str = ""  # which links there are for this person at all; blank: every link of the firm
    asked: ListLinks = field(default_factory=ListLinks)  # what `command` says, its page too
    file: FileReady | ExportBegun | None = None  # all pages of it, for a letter
    received: tuple[Money, ...] = ()  # what came in and stayed, in the views of links that were paid


@dataclass(frozen=True, slots=True)
class HomePage:
    """What a person begins with: the list, and whether they look after the firm's own affairs."""

    listed: LinkList
    admin: bool


@dataclass(frozen=True, slots=True)
class ExportBegun:
    """A large file is being made; it comes by itself."""

    words: str


@dataclass(frozen=True, slots=True)
class LinksChosen:
    """Several links, before they are cancelled, or before their clients are reminded."""

    cards: tuple[LinkCard, ...]
    missing: tuple[str, ...]  # references that are not found, or not for this person's eyes
    totals: tuple[Money, ...]  # of those that it can be done to
    to_remind: bool = False

    @property
    def able(self) -> tuple[LinkCard, ...]:
        """Those that it can be done to."""
        return tuple(card for card in self.cards if self._is_able(card))

    @property
    def left_out(self) -> tuple[LinkCard, ...]:
        return tuple(card for card in self.cards if not self._is_able(card))

    def _is_able(self, card: LinkCard) -> bool:
        return card.state is LinkState.OPEN if self.to_remind else card.cancellable


@dataclass(frozen=True, slots=True)
class RemindReport:
    """What became of a reminder of each link."""

    outcomes: tuple[Outcome, ...]


@dataclass(frozen=True, slots=True)
class LinksCopied:
    """The bare URLs to copy, for the asker's eyes only."""

    links: tuple[LinkCopied, ...]
    outcomes: tuple[Outcome, ...]  # of those that cannot be copied, why not
