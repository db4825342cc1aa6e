"""What a payer's page shows. Looking changes nothing and asks Stripe nothing (T02)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime

from handlers.links.chain import asked_at_first, chain_of, left_open, standing
from handlers.payments.settle import record_truth
from handlers.payments.whom_to_ask import whom_to_ask
from handlers.ports import Ports, ProcessorTrouble
from models.by_key import by_key
from models.link_states import LinkState
from models.money import Money
from models.part_payment import part_bounds
from models.tables import CheckoutAttempt, Payment, PaymentLink

_EVENTS_BEFORE_A_DEBIT = 3  # made, gone to the checkout page, and what the bank did


@dataclass(frozen=True, slots=True)
class PayerPage:
    """A link as its payer may see it."""

    reference: str
    token: str
    state: LinkState
    amount: Money
    paid: Money
    payer_name: str
    invoice_number: str
    due_on: date | None
    message: str
    partial_allowed: bool
    partial_minimum: Money | None
    expires_at: datetime | None
    confirming: bool = False  # back from the checkout page, but Stripe's word is not here yet
    left_open: Money | None = None  # of a link paid in part: what is still owed after all that was paid since
    balance_asked: bool = False  # another link asks for that
    whole: Money | None = None  # of a balance link: what was asked for at first; the rest of it is paid
    contact: str = ""  # whom to ask, besides the firm's name
    under_way: Money | None = None  # a bank debit that the bank has yet to confirm
    refused: Money | None = None  # the last bank debit has failed, and nobody has paid since
    refunded: Money | None = None  # what went back, or is on its way back
    disputed: bool = False  # the payer's bank has taken the payment up
    late: bool = False  # money came when the link could not be paid any more, and a person decides about it


async def payer_page(token: str, ports: Ports, session_id: str = "") -> PayerPage | None:
    """The page of a token; None when no link has it.

    With the `session_id` of the payer's own attempt Stripe is asked how it went, so that they see the truth although
    the webhook is late; any other value changes nothing (B54).
    """
    link = await by_key(PaymentLink, "token", token)
    if link is None:
        return None
    confirming = False
    if session_id and link.state.unpaid:
        confirming = await _still_confirming(link, session_id, ports)
        await link.refresh_from_db()
    confirming = link.state.unpaid and (confirming or link.review)
    page = _page(link, confirming=confirming, contact=await whom_to_ask(link, ports.firm))
    if link.parent_id is not None:
        page = replace(page, whole=await asked_at_first(link))
    if link.state is LinkState.PART_PAID:
        page = await _with_balance(page, link)
    return replace(page, under_way=await _debit(link, "processing"), refused=await _debit(link, "failed"))


async def _with_balance(page: PayerPage, link: PaymentLink) -> PayerPage:
    chain = await chain_of(link)
    return replace(page, left_open=left_open(chain), balance_asked=standing(chain) is not None)


async def _still_confirming(link: PaymentLink, session_id: str, ports: Ports) -> bool:
    """Settle the payer's own attempt; whether they paid by it or Stripe does not say.

    Stripe calls a session complete for good, also once the bank has refused its debit: that one waits for nothing.
    """
    attempts = await CheckoutAttempt.filter(link_id=link.id)  # compared here: a URL may hold what no column takes
    attempt = next((one for one in attempts if one.session_id == session_id), None)
    if attempt is None:
        return False
    try:
        truth = await ports.cards.read_checkout(attempt.account, session_id)
    except ProcessorTrouble:
        return True
    await record_truth(attempt, truth, ports)
    if truth.status != "complete":
        return False
    return not await Payment.exists(link_id=attempt.link_id, session_id=session_id, state="failed")


async def _debit(link: PaymentLink, state: str) -> Money | None:
    """A bank debit of an unpaid link that is under way or has failed. Most links are looked at before anybody paid on
    them: their trail is too short for one, and the database is not asked."""
    shown_in = LinkState.PROCESSING if state == "processing" else LinkState.OPEN
    if link.state is not shown_in or link.event_count < _EVENTS_BEFORE_A_DEBIT:
        return None
    payment = await Payment.filter(link_id=link.id, state=state).order_by("-id").first()
    return payment.amount if payment else None


def _page(link: PaymentLink, *, confirming: bool, contact: str) -> PayerPage:
    return PayerPage(
        reference=link.reference,
        token=link.token,
        state=link.state,
        amount=link.amount,
        paid=link.paid,
        payer_name=link.payer_name,
        invoice_number=link.invoice_number,
        due_on=link.due_on,
        message=link.message,
        partial_allowed=link.partial_allowed and part_bounds(link.amount, link.smallest_part) is not None,
        partial_minimum=link.smallest_part,
        expires_at=link.expires_at,
        confirming=confirming,
        contact=contact,
        refunded=Money(link.refunded_minor, link.currency) if link.refunded_minor else None,
        disputed=link.disputed,
        late=link.late_money,
    )
