"""The card processor: Stripe Checkout, and the money that goes back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from models.money import Money


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
    """Stripe, as far as the operations need it; paypage.stripe_cards is it. No call is made within a transaction."""

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
