"""Reading the receipt of a link. Looking changes nothing and asks Stripe nothing (T02)."""

from __future__ import annotations

from handlers.firm import Firm
from handlers.links.chain import chain_of, left_open, paid_since
from handlers.payments.whom_to_ask import whom_to_ask
from handlers.ports import Ports
from models.by_key import by_key
from models.payment_methods import method_in_words
from models.receipt import Receipt, WentBack
from models.tables import CheckoutAttempt, DisclaimerVersion, Payment, PaymentLink, Refund

_GONE_BACK = ("pending", "succeeded")  # Refund.state: Stripe has taken it on


async def payer_receipt(token: str, ports: Ports) -> Receipt | None:
    """The receipt at a token; None where nothing was paid that counts, or no link has it."""
    link = await by_key(PaymentLink, "token", token)
    return await receipt_of(link, ports) if link is not None else None


async def receipt_of(link: PaymentLink, ports: Ports) -> Receipt | None:
    """The receipt of the payment that made the link paid or partly paid; None where there is none."""
    payment = await paid_by(link)
    return None if payment is None else await receipt_for(payment, link, ports)


async def paid_by(link: PaymentLink) -> Payment | None:
    """The payment that made the link paid or partly paid. One that came late, or is not as it was asked for, has no
    receipt until a person has decided about it."""
    if not link.state.received:
        return None
    counted = Payment.filter(link_id=link.id, state="succeeded", late_money=False, review="")
    return await counted.order_by("id").first()


async def receipt_for(payment: Payment, link: PaymentLink, ports: Ports) -> Receipt:
    """The receipt of a payment of this link."""
    firm = ports.firm
    earlier = await Payment.filter(link_id=link.id, id__lt=payment.id).count()
    version, text = await _disclaimer(payment)
    return Receipt(
        number=f"{link.reference}-{earlier + 1}",
        reference=link.reference,
        token=link.token,
        on=firm.today(payment.at),
        paid=payment.amount,
        asked=link.amount,
        method=method_in_words(payment.method),
        payer_name=link.payer_name,
        invoice_number=link.invoice_number,
        payment=payment.payment_intent,
        went_back=await _went_back(payment, firm),
        disclaimer=text,
        disclaimer_version=version,
        contact=await whom_to_ask(link, firm),
        paid_since=await _paid_since(payment, link),
    )


async def _paid_since(payment: Payment, link: PaymentLink) -> str:
    """The balance link by which the rest was paid; blank where nothing was left, or still is."""
    if payment.amount_minor >= link.amount_minor:
        return ""
    chain = await chain_of(link)
    left = left_open(chain)
    place = next(number for number, one in enumerate(chain) if one.id == link.id)
    return paid_since(chain[place:]) if left is not None and left.minor <= 0 else ""


async def _disclaimer(payment: Payment) -> tuple[int, str]:
    """The number and text of the disclaimer its payer saw; 0 and blank where there was none."""
    attempt = await CheckoutAttempt.get_or_none(session_id=payment.session_id)
    shown = await DisclaimerVersion.get_or_none(id=attempt.disclaimer) if attempt and attempt.disclaimer else None
    return (shown.id, shown.text) if shown else (0, "")


async def _went_back(payment: Payment, firm: Firm) -> tuple[WentBack, ...]:
    refunds = await Refund.filter(payment_id=payment.id, state__in=_GONE_BACK).order_by("id")
    return tuple(WentBack(one.amount, firm.today(one.at), one.state == "succeeded") for one in refunds)
