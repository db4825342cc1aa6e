"""Answers about links."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from handlers.answers.cards import HistoryLine, LinkCard


@dataclass(frozen=True, slots=True)
class LinkMade:
    card: LinkCard
    mailed_to: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()  # a bad address, characters taken out, …
    repeated: bool = False  # the command came twice and this is what it made the first time
    balance_of: str = ""  # the partly paid link whose balance it asks for
    stood: bool = False  # that balance link was there already
    in_place_of: str = ""  # the link that was cancelled for it


@dataclass(frozen=True, slots=True)
class LetterPreview:
    """What a client would get, in the words of the letter; nothing was made or sent."""

    mailed_to: tuple[str, ...]  # none: nothing would be mailed
    sender: str  # name and address
    reply_to: str  # blank: to the sender's
    subject: str
    greeting: str
    paragraphs: tuple[str, ...]
    amount: str
    facts: tuple[tuple[str, str], ...]  # label and value
    button: str
    small_print: tuple[str, ...]
    account: str  # where the money would go
    last_day: date  # on which it could be paid
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LinkShown:
    card: LinkCard
    history: tuple[HistoryLine, ...]
    reminders: tuple[str, ...] = ()  # when the next one is planned, and why one was not sent; sentences
    may_act: bool = True  # whether the asker may do more than look: a front offers a viewer no button that refuses them


@dataclass(frozen=True, slots=True)
class LinkCopied:
    """The bare URL to copy, for the asker's eyes only."""

    reference: str
    url: str
    payer_name: str = ""  # so that of several links each goes to its own client


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one reference of several."""

    reference: str
    done: bool
    sentence: str


@dataclass(frozen=True, slots=True)
class CancelReport:
    outcomes: tuple[Outcome, ...]


@dataclass(frozen=True, slots=True)
class Resent:
    card: LinkCard
    mailed_to: tuple[str, ...]
    receipt: bool = False  # of a paid link; else the request


@dataclass(frozen=True, slots=True)
class AddressFixed:
    """The right address took the place of a wrong one, or how that stood before."""

    card: LinkCard
    sentence: str


@dataclass(frozen=True, slots=True)
class Reminded:
    """A reminder is on its way, or reminders are paused."""

    card: LinkCard
    sentence: str


@dataclass(frozen=True, slots=True)
class FormWanted:
    """Open the New payment link form; a front without forms gives help."""
