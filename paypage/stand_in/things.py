"""What the stand-in knows: sessions, intents, refunds, disputes, events, and the lines of its ledger."""

from __future__ import annotations

from dataclasses import dataclass, field

from models.money import Money


class Refused(Exception):
    """The API's answer to a request it will not do."""

    def __init__(self, message: str, *, status: int = 400, code: str = "", param: str = "", kind: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        self.code = code
        self.param = param
        self.kind = kind or "invalid_request_error"


@dataclass(slots=True)
class Refund:
    """Money on its way back. A card's has succeeded at once, a bank's some days later; either may fail."""

    id: str
    amount: int
    created: int
    status: str = "pending"  # succeeded, failed
    reason: str = ""
    failure: str = ""
    metadata: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Dispute:
    """A payer's bank that wants the money back."""

    id: str
    amount: int
    created: int
    reason: str
    due_by: int
    status: str = "needs_response"  # won, lost


@dataclass(slots=True)
class Intent:
    """A payment intent, made when the payer first tries to pay."""

    id: str
    charge: str
    amount: int
    currency: str
    created: int
    metadata: dict[str, str]
    status: str = "requires_payment_method"  # processing, succeeded
    method: str = "card"  # us_bank_account
    failure: str = ""
    refunds: list[Refund] = field(default_factory=list)  # oldest first
    disputes: list[Dispute] = field(default_factory=list)

    @property
    def received(self) -> int:
        return self.amount if self.status == "succeeded" else 0

    @property
    def refunded(self) -> int:
        """What went back, or is on its way."""
        return sum(refund.amount for refund in self.refunds if refund.status not in ("failed", "canceled"))

    @property
    def charged_back(self) -> bool:
        """A dispute keeps the money from being refunded besides."""
        return any(dispute.status != "won" for dispute in self.disputes)


@dataclass(slots=True)
class Session:
    """A Checkout Session of mode payment with one line."""

    id: str
    account: str  # the merchant account's key
    livemode: bool
    product: str
    amount: int  # minor units
    currency: str  # lower case, as Stripe writes it
    reference: str
    metadata: dict[str, str]
    intent_metadata: dict[str, str]
    email: str
    success_url: str
    cancel_url: str
    url: str
    created: int
    expires_at: int
    status: str = "open"  # complete, expired
    intent: Intent | None = None

    @property
    def money(self) -> Money:
        return Money(self.amount, self.currency.upper())

    @property
    def payment_status(self) -> str:
        return "paid" if self.intent and self.intent.status == "succeeded" else "unpaid"

    @property
    def return_url(self) -> str:
        return self.success_url.replace("{CHECKOUT_SESSION_ID}", self.id)


@dataclass(slots=True)
class Event:
    """Something that happened, told to the account's webhook endpoint until it says 2xx."""

    id: str
    account: str
    kind: str
    created: int
    body: dict[str, object]
    delivered: bool = False


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """Money as the processor has it: what every other book is compared with."""

    account: str
    session: str
    intent: str
    reference: str
    amount: Money
    state: str  # processing, succeeded, failed
    refunded: Money  # what went back of it, or is on its way
    dispute: str = ""  # the newest one's status
