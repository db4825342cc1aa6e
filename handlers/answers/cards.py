"""A link as staff see it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from models.link_states import LinkState
from models.money import Money


@dataclass(frozen=True, slots=True)
class Delivery:
    """How the letter to one address fares."""

    address: str
    state: str  # queued, sent, failed, bounced
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class WrongAddress:
    """An address that a letter of an open link did not reach: the right one may take its place."""

    reference: str
    address: str


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
    undecided: bool = False  # an admin has yet to say whether it stays
    late: bool = False  # it came when its link could no longer be paid

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
    ended_at: datetime | None = None  # UTC: when it was cancelled or expired
    ended_by: str = ""  # who cancelled it: a person's name
    late_money: bool = False
    review: bool = False
    look: int = 0  # LinkEvent.number of the newest trouble that only has to be seen; 0: there is none
    kept: Money | None = None  # what came late, twice or wrong and stays, as an admin decided; None: nothing
    refunded: Money | None = None  # what went back of all that came by it; None: nothing
    disputes: tuple[DisputeLine, ...] = ()
    offers: tuple[RefundOffer, ...] = ()  # money that came late, or not as it was asked for
    balance_of: str = ""  # the partly paid link whose balance this one asks for
    balance_links: tuple[BalanceLinkLine, ...] = ()  # those that came after this one, the newest last
    left_open: Money | None = None  # of a link paid in part: what is owed after all that was paid since
    balance_paid_by: str = ""  # of a link paid in part: the balance link by which nothing is owed any more

    @property
    def cancellable(self) -> bool:
        return self.state is LinkState.OPEN

    @property
    def wrong_addresses(self) -> tuple[WrongAddress, ...]:
        """Those that a letter did not reach, while another may still be sent."""
        if self.state is not LinkState.OPEN:
            return ()
        missed = (letter for letter in self.deliveries if letter.state in ("failed", "bounced"))
        return tuple(WrongAddress(self.reference, letter.address) for letter in missed)

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
    wrong: str = ""  # the address that a letter did not reach, where another may be put in its place
    who: str = ""  # StaffMember.key of whoever did it; payer, stripe, paylink
