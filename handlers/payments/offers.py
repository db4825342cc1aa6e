"""What could go back of a payment: the sum that is left, and the button that sends it, made so that it works once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from tortoise.expressions import Q

from handlers.answers import RefundOffer
from handlers.firm import Firm
from handlers.ports import Ports
from models.money import Money
from models.tables import Dispute, LinkEvent, Payment, PaymentLink, Refund

SUCCEEDED: Final = "succeeded"
LATE = "It came when the link could no longer be paid."
# How a dispute ends (docs.stripe.com/api/disputes/object, status); in any other state the bank may still decide.
WON, LOST = "won", "lost"
ENDED: Final = frozenset({WON, LOST, "warning_closed", "prevented"})
# The client has the money back by it: a dispute is prevented by giving way to it before it was one (Visa's RDR).
GAVE_BACK: Final = frozenset({LOST, "prevented"})
# What a refund has come to when its money is not on its way, nor gone.
CAME_TO_NOTHING: Final = frozenset({"failed", "canceled"})


def left_of(payment: Payment) -> Money:
    """What has not gone back yet, nor was asked to."""
    return Money(payment.amount_minor - payment.refunded_minor, payment.currency)


async def disputed(payments: Iterable[Payment]) -> dict[int, Dispute]:
    """The dispute that keeps a payment from being refunded, by the payment's id: Stripe takes the money back itself."""
    ids = [payment.id for payment in payments]
    found = await Dispute.filter(payment_id__in=ids).order_by("id") if ids else []
    return {dispute.payment_id: dispute for dispute in found if dispute.status not in ENDED - GAVE_BACK}


async def offers_of(payments: Sequence[Payment], references: Mapping[int, str], firm: Firm) -> tuple[RefundOffer, ...]:
    """An offer of all that is left, for each payment that came in and can be refunded; `references` by link id."""
    came = [payment for payment in payments if payment.state == SUCCEEDED and left_of(payment).minor > 0]
    blocked = await disputed(came)
    payable = [payment for payment in came if payment.id not in blocked and known_to_stripe(payment)]
    turns = await _turns(payable)
    return tuple(_offer(payment, references[payment.link_id], turns[payment.id], firm) for payment in payable)


def undecided() -> Q:
    """Payments that came late, twice or not as they were asked for, and of which no admin has said that they stay."""
    return (Q(late_money=True) | ~Q(review="")) & Q(kept=False)


def at_most(offer: RefundOffer, amount: Money) -> RefundOffer:
    """The same offer over a part of it."""
    return replace(offer, amount=amount)


async def awaiting_refund(links: Sequence[PaymentLink], firm: Firm) -> dict[int, tuple[RefundOffer, ...]]:
    """Money that came late, or not as it was asked for, and has not gone back: offers by link id."""
    marked = {link.id: link.reference for link in links if link.late_money or link.review}
    if not marked:
        return {}
    payments = await Payment.filter(undecided(), link_id__in=list(marked), state=SUCCEEDED).order_by("id")
    offers = [replace(offer, undecided=True) for offer in await offers_of(payments, marked, firm)]
    return {ident: tuple(offer for offer in offers if offer.reference == ref) for ident, ref in marked.items()}


async def offer_of(payment_id: int, ports: Ports) -> tuple[RefundOffer, ...]:
    """The offer of one payment as things stand; none where nothing of it can go back any more."""
    payment = await Payment.get(id=payment_id)
    link = await PaymentLink.get(id=payment.link_id)
    waits = (payment.late_money or bool(payment.review)) and not payment.kept
    offers = await offers_of([payment], {link.id: link.reference}, ports.firm)
    return tuple(replace(offer, undecided=waits) for offer in offers)


async def unseen(links: Sequence[PaymentLink]) -> dict[int, int]:
    """What needs a look and no decision over money: the number of the newest event that says so, by link id.

    A refund that failed, a payment that came to nothing, money that Stripe cannot send back.
    """
    marked = [link.id for link in links if link.review]
    if not marked:
        return {}
    payments = await Payment.filter(link_id__in=marked)
    blocked = await disputed(payments)
    offered = {p.id for p in payments if p.state == SUCCEEDED and p.id not in blocked and known_to_stripe(p)}
    troubled = {p.link_id for p in payments if p.review and not p.kept and p.id not in offered}
    link_of = {p.id: p.link_id for p in payments}
    failed = await Refund.filter(payment_id__in=list(link_of), state__in=CAME_TO_NOTHING, seen=False)
    troubled |= {link_of[refund.payment_id] for refund in failed}
    events = await LinkEvent.filter(link_id__in=list(troubled), kind__in=["review", "refund_failed"]).order_by("number")
    return {event.link_id: event.number for event in events}


def known_to_stripe(payment: Payment) -> bool:
    """A session that cost nothing has no payment intent, and so nothing to send back."""
    return payment.payment_intent.startswith("pi_")


async def _turns(payments: Sequence[Payment]) -> Counter[int]:
    """How many refunds each has, failed ones included."""
    ids = [payment.id for payment in payments]
    made = await Refund.filter(payment_id__in=ids).values_list("payment_id", flat=True) if ids else []
    return Counter(made)  # type: ignore[arg-type]  # flat: one column, so plain numbers


def _offer(payment: Payment, reference: str, turn: int, firm: Firm) -> RefundOffer:
    account = firm.accounts.get(payment.account)
    return RefundOffer(
        reference=reference,
        payment=payment.id,
        amount=left_of(payment),
        turn=turn,
        received=payment.amount,
        account=account.name if account else payment.account,
        at=payment.at,
        method=payment.method,
        why=payment.review or (LATE if payment.late_money else ""),
        late=payment.late_money,
    )
