"""What is asked of a link."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from models.money import Money


@dataclass(frozen=True, slots=True)
class OpenForm:
    """Nothing was typed: the form in Slack, help by mail."""


@dataclass(frozen=True, slots=True)
class CreateLink:
    amount: Money
    account: str  # KEY, lower case
    emails: tuple[str, ...] = ()
    bad_emails: tuple[str, ...] = ()  # named in the answer; the good ones go (F20)
    payer_name: str = ""
    invoice_number: str = ""
    due_on: date | None = None
    message: str = ""
    partial: bool | None = None  # None: as the account's links usually are
    partial_minimum: Money | None = None
    expires_on: date | None = None  # the link's last day, in the firm's time zone
    link_only: bool = False
    again: bool = False
    removed: str = ""  # control characters that were taken out, told in the answer (B15)


@dataclass(frozen=True, slots=True)
class PreviewLink:
    """What the client would get; nothing is made or sent."""

    link: CreateLink


@dataclass(frozen=True, slots=True)
class ReplaceLink:
    """An unpaid link cancelled and another made in its place.

    What is None stays as it was, and so do a blank amount and least part; a blank text is taken out.
    """

    reference: str
    amount: str = ""  # as it was typed, for its currency is the link's
    account: str | None = None  # KEY, lower case
    emails: tuple[str, ...] = ()
    bad_emails: tuple[str, ...] = ()
    payer_name: str | None = None
    invoice_number: str | None = None
    due_on: date | None = None
    no_due: bool = False  # there is to be no due date any more
    message: str | None = None
    partial: bool | None = None
    partial_minimum: str = ""  # as it was typed
    expires_on: date | None = None
    link_only: bool = False
    removed: str = ""


@dataclass(frozen=True, slots=True)
class ShowLink:
    reference: str


@dataclass(frozen=True, slots=True)
class CopyLink:
    """The bare URL, from a button (F23, F55)."""

    reference: str


@dataclass(frozen=True, slots=True)
class ResendLink:
    reference: str
    emails: tuple[str, ...] = ()  # none: everyone it went to before


@dataclass(frozen=True, slots=True)
class FixAddress:
    """The right address in the place of one that a letter did not reach, or that was mistyped."""

    reference: str
    wrong: str
    right: str


@dataclass(frozen=True, slots=True)
class RemindLink:
    """A reminder at once."""

    reference: str


@dataclass(frozen=True, slots=True)
class PauseReminders:
    """No planned reminder of a link before a day."""

    reference: str
    until: date | None  # None: from now on again


@dataclass(frozen=True, slots=True)
class CancelLinks:
    references: tuple[str, ...]
    quietly: bool = False  # without a letter to the client


@dataclass(frozen=True, slots=True)
class BalanceLink:
    """One more link for what a part payment left open."""

    reference: str


@dataclass(frozen=True, slots=True)
class AskTemplate:
    pass


@dataclass(frozen=True, slots=True)
class AskHelp:
    topic: str = ""


@dataclass(frozen=True, slots=True)
class NotYet:
    """A word of the grammar whose work is not built yet; answered honestly."""

    word: str
