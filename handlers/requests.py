"""What can be asked: frozen values, made by the grammar or by a front's buttons, understood by the desk."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from models.money import Money


class Door(StrEnum):
    """The way something came in."""

    SLACK = "slack"
    MAIL = "mail"
    PAGE = "page"
    WEBHOOK = "webhook"
    WORK = "work"  # our own jobs


class Role(StrEnum):
    """What a person may do; the desk has the table."""

    ADMIN = "admin"
    STAFF = "staff"
    VIEWER = "viewer"
    NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who did something and through which door, as the audit trail keeps it."""

    who: str  # StaffMember.key, or one of those below
    door: Door


PAYER = Actor("payer", Door.PAGE)
STRIPE = Actor("stripe", Door.WEBHOOK)
PAYLINK = Actor("paylink", Door.WORK)


@dataclass(frozen=True, slots=True)
class Asker:
    """A person at a front, already identified there; the desk decides what they may do."""

    key: str  # Slack user id, or mail address (lower case)
    name: str
    role: Role
    door: Door
    channel: str = ""  # Slack channel id it was typed in
    email: str = ""
    delivery: str = ""  # unique to this very delivery (trigger id, Message-ID), so that a repeat is noticed

    @property
    def actor(self) -> Actor:
        return Actor(self.key, self.door)


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
    sort: str = "created"  # one of handlers.grammar.COLUMNS
    descending: bool = True
    columns: tuple[str, ...] = ()
    default: bool = False  # as a list usually is; the person's own view is forgotten
    # The parts that a person put into words: their own view has the others. None: it is asked for just as it stands.
    said: frozenset[ListPart] | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class ExportLinks:
    """A list as an Excel file: every page of it."""

    links: ListLinks


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


@dataclass(frozen=True, slots=True)
class ShowSettings:
    name: str = ""  # of one setting; blank: all


@dataclass(frozen=True, slots=True)
class ChangeSetting:
    name: str  # one of handlers.administration.catalogue.SETTINGS
    value: str | None  # as it was typed; None: what the operator has set, or the usual


@dataclass(frozen=True, slots=True)
class ShowAccounts:
    pass


@dataclass(frozen=True, slots=True)
class DefaultAccount:
    """The account of the channel it is asked in, where a command names none."""

    account: str  # KEY, lower case; blank: none


@dataclass(frozen=True, slots=True)
class PartialRule:
    """Whether links of an account may be paid in parts, where their maker says nothing."""

    account: str  # KEY, lower case
    allowed: bool
    minimum: Money | None = None


@dataclass(frozen=True, slots=True)
class ShowUsers:
    pass


@dataclass(frozen=True, slots=True)
class AddUser:
    person: str  # Slack user id, or mail address (lower case)
    role: Role


@dataclass(frozen=True, slots=True)
class RemoveUser:
    person: str  # Slack user id, or mail address (lower case)


@dataclass(frozen=True, slots=True)
class ShowNotifications:
    pass


@dataclass(frozen=True, slots=True)
class RouteNews:
    """The channel that hears of every link."""

    channel: str  # Slack channel id; blank: none


@dataclass(frozen=True, slots=True)
class BalanceLink:
    """One more link for what a part payment left open."""

    reference: str


@dataclass(frozen=True, slots=True)
class AskRefund:
    """What would go back; nothing moves yet."""

    reference: str
    amount: str = ""  # as it was typed, for its currency is the payment's; blank: all that is left


@dataclass(frozen=True, slots=True)
class SendRefund:
    """The button of a handlers.answers.RefundOffer."""

    reference: str
    payment: int
    minor: int  # in the payment's currency
    turn: int


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


Request = (
    OpenForm
    | CreateLink
    | ListLinks
    | ExportLinks
    | ShowLink
    | CopyLink
    | ResendLink
    | RemindLink
    | PauseReminders
    | CancelLinks
    | AskRefund
    | SendRefund
    | BalanceLink
    | AskTemplate
    | AskHelp
    | NotYet
    | ReviewFile
    | DecideBatch
    | ChooseAccount
    | ShowSettings
    | ChangeSetting
    | ShowAccounts
    | DefaultAccount
    | PartialRule
    | ShowUsers
    | AddUser
    | RemoveUser
    | ShowNotifications
    | RouteNews
)
