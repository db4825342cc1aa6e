"""What the operations need from outside, as protocols. The fronts and vendors' rooms fill them; tests pass fakes in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from handlers.answers import FileReady, LinkCard, Question, RefundOffer, Refusal, WrongAddress
from handlers.firm import Firm, FirmBook
from handlers.payments.receipt import Receipt
from models.money import Money


class Clock(Protocol):
    def now(self) -> datetime:
        """The moment, aware, in UTC."""
        ...


# ── cards: Stripe Checkout ────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class CheckoutRequest:
    """All that Stripe is asked for, frozen with the attempt: a retry sends the same key and the same bytes."""

    account: str
    idempotency_key: str
    params: dict[str, object]  # Stripe's session-create parameters


@dataclass(frozen=True, slots=True)
class CheckoutPage:
    session_id: str
    url: str


@dataclass(frozen=True, slots=True)
class CheckoutTruth:
    """A Checkout Session as Stripe says it is now, with its payment intent's outcome."""

    session_id: str
    status: str  # open, complete, expired
    payment_status: str  # paid, unpaid, no_payment_required
    amount: Money  # what was asked for
    reference: str  # client_reference_id: the link's reference
    attempt: int  # metadata; 0 where it is missing
    livemode: bool
    payment_intent: str = ""
    intent_status: str = ""  # succeeded, processing, requires_payment_method, …
    received: Money | None = None  # what the intent received
    method: str = ""  # "card", "us_bank_account", …
    failure: str = ""  # Stripe's words for the last failed try
    charged_at: datetime | None = None  # when the latest try was charged; aware, UTC
    payer_email: str = ""  # that the payer typed on Stripe's page; may be anything


@dataclass(frozen=True, slots=True)
class RefundRequest:
    """Money to go back the way it came. The key is frozen with it, so that a retry cannot refund twice (M05)."""

    account: str
    idempotency_key: str
    payment_intent: str
    amount: Money
    reference: str  # the link's, for Stripe's metadata


@dataclass(frozen=True, slots=True)
class RefundTruth:
    """A refund as Stripe says it is now (docs.stripe.com/api/refunds/object)."""

    refund_id: str
    payment_intent: str
    amount: Money
    status: str  # pending, requires_action, succeeded, failed, canceled
    failure: str = ""  # why it failed, in Stripe's words
    key: str = ""  # the idempotency key that it was asked for with; blank: not asked for by us


@dataclass(frozen=True, slots=True)
class DisputeTruth:
    """A dispute as Stripe says it is now (docs.stripe.com/api/disputes/object)."""

    dispute_id: str
    payment_intent: str
    amount: Money
    status: str  # needs_response, under_review, won, lost, warning_…, prevented
    reason: str
    evidence_due: datetime | None  # aware, UTC; None where no answer is possible


@dataclass(frozen=True, slots=True)
class MoneyBack:
    """Everything that went back, or may go back, of one payment intent."""

    refunds: tuple[RefundTruth, ...] = ()
    disputes: tuple[DisputeTruth, ...] = ()


@dataclass(frozen=True, slots=True)
class MissedEvent:
    """An event that Stripe could not deliver to us."""

    event_id: str
    kind: str
    body: str  # JSON, as the webhook would have brought it


@dataclass(frozen=True, slots=True)
class LastWord:
    """How the last question to Stripe about an account ended: what admins see of its key."""

    at: datetime  # UTC
    trouble: str = ""  # why there was no answer, or none of use; blank: Stripe answered


class ProcessorTrouble(Exception):
    """Stripe did not do what it was asked; what to do about it is the subclass."""

    retry_after: float | None = None  # seconds Stripe asked us to wait


class ProcessorUnreachable(ProcessorTrouble):
    """No usable answer: refused, timed out, cut off, garbage, 5xx. The same request may be sent again."""

    stored = False

    def __init__(self, words: str, *, stored: bool = False) -> None:
        super().__init__(words)
        self.stored = stored  # Stripe answered 5xx: it replays that for a day under the same key


class ProcessorBusy(ProcessorTrouble):
    """429, or 409 while the same key is in use: wait and send the same request again."""

    def __init__(self, words: str, retry_after: float | None = None) -> None:
        super().__init__(words)
        self.retry_after = retry_after


class ProcessorDenied(ProcessorTrouble):
    """401 or 403: the account's key is wrong or revoked."""


class ProcessorRejected(ProcessorTrouble):
    """400, 402, 404: the request itself is wrong and stays wrong."""


class CardProcessor(Protocol):
    async def open_checkout(self, asked: CheckoutRequest) -> CheckoutPage:
        """Create the session. Raises ProcessorTrouble."""
        ...

    async def read_checkout(self, account: str, session_id: str) -> CheckoutTruth:
        """Read the session back with its payment intent. Raises ProcessorTrouble."""
        ...

    async def close_checkout(self, account: str, session_id: str) -> CheckoutTruth:
        """Expire the session if it is still open; what it is afterwards. Raises ProcessorTrouble."""
        ...

    async def refund(self, asked: RefundRequest) -> RefundTruth:
        """Send money back; the same key never does it twice. Raises ProcessorTrouble."""
        ...

    async def find_checkout(self, account: str, payment_intent: str) -> str:
        """The id of the session that a payment intent belongs to; blank: to none. Raises ProcessorTrouble."""
        ...

    async def read_money_back(self, account: str, payment_intent: str) -> MoneyBack:
        """All refunds and disputes of a payment intent, whoever made them. Raises ProcessorTrouble."""
        ...

    async def missed_events(self, account: str, since: datetime, *, delivered: bool = False) -> tuple[MissedEvent, ...]:
        """Events made at or after `since` whose delivery failed, oldest first. Raises ProcessorTrouble.

        `delivered`: those that arrived instead; a restored backup has forgotten some of them.
        """
        ...

    def last_word(self, account: str) -> LastWord | None:
        """How the last question about an account ended, since this process started; None: there was none."""
        ...

    def livemode(self, account: str) -> bool:
        """Whether the account's key moves real money."""
        ...

    def checkout_url_allowed(self, url: str) -> bool:
        """Whether a payer may be sent there (T08)."""
        ...


# ── channels: Slack ───────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Posted:
    """Where a message stands."""

    channel: str
    ts: str


class DeliveryTrouble(Exception):
    """A notice or letter could not be delivered now."""

    def __init__(self, words: str, *, retry_after: float | None = None) -> None:
        super().__init__(words)
        self.retry_after = retry_after  # seconds the other side asked us to wait


class DeliveryRefused(DeliveryTrouble):
    """It will never be delivered there: a message that somebody deleted, an address that does not exist."""


class ChannelClosed(DeliveryRefused):
    """That channel or person takes nothing, whatever it is, until somebody opens it again: archived, without us."""


class FrontClosed(DeliveryRefused):
    """Slack takes nothing from us anywhere, until an admin mends it: our token is revoked."""


@dataclass(frozen=True, slots=True)
class Profile:
    """What Slack says of a person."""

    name: str
    email: str  # as they have confirmed it; blank: none
    bar: str = ""  # why nobody can let them in; blank: they are a full member


class ChannelPoster(Protocol):
    async def profile(self, person: str) -> Profile:
        """Of a Slack user id. Raises DeliveryTrouble: Slack does not say."""
        ...

    async def post_card(self, channel: str, card: LinkCard, thread: Posted | None = None) -> Posted:
        """A link's card as a new message, or as a reply in the thread under another one. Raises DeliveryTrouble."""
        ...

    async def edit_card(self, where: Posted, card: LinkCard) -> None:
        """Our own earlier card, brought up to date. Raises DeliveryTrouble."""
        ...

    async def tell_in_thread(
        self, where: Posted, words: str, wrong: WrongAddress | None = None, whom: str = ""
    ) -> None:
        """A line under the card. `wrong`: with a button that puts the right address in its place; `whom`: the Slack id
        of a person who is to notice it. Raises DeliveryTrouble."""
        ...

    async def tell(
        self, channel: str, words: str, offers: Sequence[RefundOffer] = (), named: Sequence[str] = ()
    ) -> Posted:
        """A message of its own, to a channel or a person; a button to each offer. `named`: Slack ids in the words that
        we hold, of people and channels, which are shown by name. Raises DeliveryTrouble."""
        ...

    async def ask(self, channel: str, question: Question) -> Posted:
        """A message with a button to each choice, to a channel or a person. Raises DeliveryTrouble."""
        ...

    async def close_home(self, person: str, refusal: Refusal) -> None:
        """The refusal in the place of what a person's App Home shows. Raises DeliveryTrouble."""
        ...

    async def retell(self, where: Posted, words: str) -> None:
        """Our own earlier message, in other words. Raises DeliveryTrouble."""
        ...

    async def send_file(self, where: Posted, file: FileReady) -> None:
        """A file, in the channel where a message of ours stands. Raises DeliveryTrouble."""
        ...


# ── letters: mail out ─────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Reminding:
    """What makes a request a reminder."""

    stop_url: str  # where the payer stops reminders, with one click (RFC 8058)
    overdue: bool = False


@dataclass(frozen=True, slots=True)
class PaymentRequest:
    """What the letter to a payer says."""

    to: str
    message_id: str  # without angle brackets; the same on every try
    reference: str
    url: str
    amount: Money
    payer_name: str
    message: str
    invoice_number: str = ""
    due_on: date | None = None
    partial_allowed: bool = False
    partial_minimum: Money | None = None  # the least part that may be paid; None where nobody has set one
    reply_to: str = ""
    refused: Money | None = None  # a bank debit of so much has failed; the letter says so and asks again
    refused_why: str = ""  # the bank's words; may be anything
    reminding: Reminding | None = None  # it was asked for before
    whole: Money | None = None  # of a balance link: what was asked for at first; the rest of it is paid
    replaces: str = ""  # the reference of the earlier request to the same address that this one takes the place of


@dataclass(frozen=True, slots=True)
class CancelledLetter:
    """What the letter says that takes a request back."""

    to: str
    message_id: str  # without angle brackets; the same on every try
    reference: str
    amount: Money
    payer_name: str = ""
    invoice_number: str = ""
    contact: str = ""  # whom the payer can ask
    reply_to: str = ""


@dataclass(frozen=True, slots=True)
class ReceiptLetter:
    """What the letter with a receipt says, to a payer or as the firm's copy."""

    to: str
    message_id: str  # without angle brackets; the same on every try
    url: str  # of the receipt's page
    receipt: Receipt
    reply_to: str = ""
    copy: bool = False  # for the firm's own files


@dataclass(frozen=True, slots=True)
class StaffLetter:
    """An answer to a staff member, already printed; in the thread of the letter it answers."""

    to: str
    message_id: str
    subject: str
    text: str
    html: str
    in_reply_to: str = ""
    references: str = ""
    attachments: tuple[tuple[str, str, str], ...] = ()  # (filename, content type, base64)
    reply_to: str = ""  # where its answer goes; blank: to us, to be heard as a command


class LetterSender(Protocol):
    async def send_request(self, letter: PaymentRequest) -> None:
        """Raises DeliveryTrouble."""
        ...

    async def send_receipt(self, letter: ReceiptLetter) -> None:
        """Raises DeliveryTrouble."""
        ...

    async def send_cancelled(self, letter: CancelledLetter) -> None:
        """Raises DeliveryTrouble."""
        ...

    async def send_answer(self, letter: StaffLetter) -> None:
        """Raises DeliveryTrouble."""
        ...


@dataclass(frozen=True, slots=True)
class Ports:
    """Everything an operation may reach, handed to each."""

    clock: Clock
    book: FirmBook
    cards: CardProcessor
    channels: ChannelPoster | None  # None: the Slack front is off
    letters: LetterSender | None  # None: the mail front is off
    wake: Callable[[], None] = lambda: None  # tells the worker in this process that something is owed

    @property
    def firm(self) -> Firm:
        """The firm as it stands at this moment: admins change it while the product runs."""
        return self.book.firm
