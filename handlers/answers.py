"""What the desk answers: frozen values that any front can print. Sentences are plain text, without markup."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from handlers.requests import View
from models.link_states import LinkState
from models.money import Money


@dataclass(frozen=True, slots=True)
class Delivery:
    """How the letter to one address fares."""

    address: str
    state: str  # queued, sent, failed, bounced
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class BalanceLinkLine:
    """A balance link as the cards of the links before it name it."""

    reference: str
    state: LinkState
    amount: Money


@dataclass(frozen=True, slots=True)
class RefundOffer:
    """Money that can go back, for one button: whoever presses it, and however often, it goes once."""

    reference: str
    payment: int  # Payment.id
    amount: Money  # what goes back
    turn: int  # how many refunds of the payment there were when this was offered
    received: Money  # what the payment brought
    account: str  # the merchant account's name
    at: datetime  # UTC: when the payment came
    method: str = ""  # Stripe's word for it
    why: str = ""  # why it may have to go back: late, not as it was asked for

    @property
    def whole(self) -> bool:
        return self.amount == self.received


@dataclass(frozen=True, slots=True)
class DisputeLine:
    """A dispute that is open: the payer's bank wants the money back."""

    amount: Money
    reason: str  # Stripe's word for it
    answer_by: datetime | None  # UTC; None where no answer is possible


@dataclass(frozen=True, slots=True)
class LinkCard:
    """A link as staff see it, the same in Slack, mail and lists."""

    reference: str
    url: str  # the payer's secret; never posted to a channel
    state: LinkState
    amount: Money
    paid: Money
    account: str  # its name
    created_at: datetime  # UTC
    created_by: str  # a person's name
    payer_name: str = ""
    invoice_number: str = ""
    due_on: date | None = None
    expires_at: datetime | None = None  # UTC
    message: str = ""
    partial_minimum: Money | None = None
    partial_allowed: bool = False
    deliveries: tuple[Delivery, ...] = ()
    late_money: bool = False
    review: bool = False
    refunded: Money | None = None  # what went back of all that came by it; None: nothing
    disputes: tuple[DisputeLine, ...] = ()
    offers: tuple[RefundOffer, ...] = ()  # money that came late, or not as it was asked for
    balance_of: str = ""  # the partly paid link whose balance this one asks for
    balance_links: tuple[BalanceLinkLine, ...] = ()  # those that came after this one, the newest last
    left_open: Money | None = None  # of a link paid in part: what is owed after all that was paid since

    @property
    def cancellable(self) -> bool:
        return self.state is LinkState.OPEN

    @property
    def wants_balance(self) -> bool:
        """Whether a balance link is to be made: something is left open, and no link asks for it."""
        newest = self.balance_links[-1].state if self.balance_links else self.state
        return self.left_open is not None and newest.final


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """One event of a link in words, for its thread and for `show`."""

    number: int
    at: datetime  # UTC
    kind: str
    words: str


@dataclass(frozen=True, slots=True)
class LinkMade:
    card: LinkCard
    mailed_to: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()  # a bad address, characters taken out, …
    repeated: bool = False  # the command came twice and this is what it made the first time
    balance_of: str = ""  # the partly paid link whose balance it asks for
    stood: bool = False  # that balance link was there already


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
class RefundProposed:
    """What can go back, each payment with a button of its own; nothing has moved."""

    reference: str
    payer_name: str
    offers: tuple[RefundOffer, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RefundAsked:
    """A refund is under way, or how the one stands that was asked for already."""

    reference: str
    sentence: str
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class Reminded:
    """A reminder is on its way, or reminders are paused."""

    card: LinkCard
    sentence: str


@dataclass(frozen=True, slots=True)
class FileReady:
    """A small file with a word about it."""

    filename: str
    content: bytes
    content_type: str
    words: str


@dataclass(frozen=True, slots=True)
class ExportBegun:
    """A large file is being made; it comes by itself."""

    words: str


@dataclass(frozen=True, slots=True)
class HelpText:
    title: str
    lines: tuple[tuple[str, str], ...]  # (what to type, what it does)
    note: str = ""


@dataclass(frozen=True, slots=True)
class OverviewLine:
    """One thing that admins look after, and how it stands. A front may show ids in its own way."""

    name: str
    value: str
    about: str = ""
    person: str = ""  # Slack user id, or mail address, of whom `name` names
    channel: str = ""  # Slack channel id that `value` is


@dataclass(frozen=True, slots=True)
class Overview:
    """Settings, accounts, people or notifications, all of them or the one that was changed."""

    title: str
    lines: tuple[OverviewLine, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FormWanted:
    """Open the New payment link form; a front without forms gives help."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Nothing was done; the sentence says what, where and how to mend it."""

    code: str
    sentence: str


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


Answer = (
    LinkMade
    | LinkShown
    | LinkCopied
    | LinkList
    | CancelReport
    | Resent
    | Reminded
    | RefundProposed
    | RefundAsked
    | FileReady
    | ExportBegun
    | HelpText
    | FormWanted
    | Overview
    | Refusal
    | BatchReview
    | BatchRefused
    | BatchDecided
)
