"""What a payer's page shows. Looking changes nothing and asks Stripe nothing (T02)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from handlers.payments.settle import record_truth
from handlers.ports import Ports, ProcessorTrouble
from models.by_key import by_key
from models.link_states import LinkState
from models.money import Money
from models.tables import CheckoutAttempt, PaymentLink


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


async def payer_page(token: str, ports: Ports, session_id: str = "") -> PayerPage | None:
    """The page of a token; None when no link has it.

    With the `session_id` of the payer's own attempt Stripe is asked how it went, so that they see the truth although
    the webhook is late; any other value changes nothing (B54).
    """
    link = await by_key(PaymentLink, "token", token)
    if link is None:
        return None
    confirming = False
    if session_id and link.state in (LinkState.OPEN, LinkState.CLOSING):
        confirming = await _still_confirming(link, session_id, ports)
        await link.refresh_from_db()
    waiting = link.state in (LinkState.OPEN, LinkState.CLOSING)
    return _page(link, confirming=waiting and (confirming or link.review))


async def _still_confirming(link: PaymentLink, session_id: str, ports: Ports) -> bool:
    """Settle the payer's own attempt; whether they paid by it or Stripe does not say."""
    attempts = await CheckoutAttempt.filter(link_id=link.id)  # compared here: a URL may hold what no column takes
    attempt = next((one for one in attempts if one.session_id == session_id), None)
    if attempt is None:
        return False
    try:
        truth = await ports.cards.read_checkout(attempt.account, session_id)
    except ProcessorTrouble:
        return True
    await record_truth(attempt, truth, ports)
    return truth.status == "complete"


def _page(link: PaymentLink, *, confirming: bool) -> PayerPage:
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
        partial_allowed=link.partial_allowed,
        partial_minimum=link.smallest_part,
        expires_at=link.expires_at,
        confirming=confirming,
    )
