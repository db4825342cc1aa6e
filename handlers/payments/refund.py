"""Refunds that somebody of the firm asks for: what would go back, and sending it, at most once (M05).

The proposal changes nothing. Its button carries the payment, the sum and the turn: how many refunds the payment had
when it was proposed. Whoever presses first has the turn; for all others it is over, however many press at once.
"""

from __future__ import annotations

from tortoise.exceptions import IntegrityError
from tortoise.expressions import F
from tortoise.transactions import in_transaction

from handlers.answers import RefundAsked, RefundOffer, RefundProposed
from handlers.grammar.amounts import read_money
from handlers.links.find import find_for
from handlers.links.tell import owe_news
from handlers.links.trail import note
from handlers.owed import owe
from handlers.payments.offers import SUCCEEDED, at_most, disputed, left_of, offers_of
from handlers.ports import Ports
from handlers.requests import Asker, AskRefund, SendRefund
from models.currencies import currency
from models.errors import AmountUnclear, CommandUnclear, NotFound, PaylinkError
from models.money import Money, NumberStyle, parse_figure, spell
from models.plain_text import shortened
from models.tables import Payment, PaymentLink, Refund

ASKED = "asked"
FEE = "It goes back the way it came, which takes banks some days. Stripe keeps its fee for the payment."


class RefundImpossible(PaylinkError):
    """That money cannot go back: it never came, went back already, or is in dispute."""

    code = "refund_impossible"


class _TurnOver(Exception):
    """Another refund of the payment came first."""


async def propose_refund(asked: AskRefund, by: Asker, ports: Ports) -> RefundProposed:
    """What would go back, of which payment and account. Nothing new moves; what Stripe left unanswered is asked again.

    Raises NotFound. Raises AmountUnclear, CurrencyUnknown, CommandUnclear: the amount cannot be read. Raises
    RefundImpossible: nothing came, nothing is left of it, it is in dispute, or not so much can go back.
    """
    link = await find_for(by, asked.reference, ports)
    payments = await Payment.filter(link_id=link.id).order_by("id")
    offers = await offers_of(payments, {link.id: link.reference}, ports.firm)
    if not offers:
        raise RefundImpossible(await _why_none(link, payments, ports))
    amount = _read(asked.amount, link, ports) if asked.amount else None
    if amount is not None:
        offers = _of_amount(amount, offers, payments, link, ports)
    waiting = await _asked_again(payments, ports)
    return RefundProposed(link.reference, link.payer_name, offers, (*waiting, "Nothing has moved yet.", FEE))


async def send_refund(asked: SendRefund, by: Asker, ports: Ports) -> RefundAsked:
    """Owe the refund to the client; Stripe is asked by a job. However often the button is pressed, it goes once.

    Raises NotFound. Raises RefundImpossible: as the proposal; meanwhile things changed.
    """
    link = await find_for(by, asked.reference, ports)
    payment = await Payment.get_or_none(id=asked.payment, link_id=link.id, state=SUCCEEDED)
    if payment is None:
        raise NotFound(link.reference)
    amount = Money(asked.minor, payment.currency)
    if earlier := await _earlier(payment, asked.turn):
        return _told_again(earlier, link, ports)
    await _check(payment, amount, ports)
    try:
        await _begin(link, payment, amount, asked.turn, by, ports)
    except (_TurnOver, IntegrityError):
        if earlier := await _earlier(payment, asked.turn):
            return _told_again(earlier, link, ports)
        await payment.refresh_from_db()
        raise RefundImpossible(f"Only {_spelled(left_of(payment), ports)} of that payment is left.") from None
    words = f"{_spelled(amount, ports)} goes back to the client of {link.reference}. You are told what Stripe says."
    return RefundAsked(link.reference, words)


async def set_aside(payment: Payment, amount: Money) -> bool:
    """Count a sum as gone back if so much is left: one conditional UPDATE, of which two cannot both have the last."""
    enough_left = Payment.filter(
        id=payment.id,
        state=SUCCEEDED,
        amount_minor=payment.amount_minor,
        refunded_minor__lte=payment.amount_minor - amount.minor,
    )
    return bool(await enough_left.update(refunded_minor=F("refunded_minor") + amount.minor))


def key_of(payment: Payment, turn: int) -> str:
    """What the refund is asked of Stripe with: the same however often its button is pressed."""
    return f"rf-{payment.payment_intent}-{turn}" if turn else f"rf-{payment.payment_intent}"


async def _begin(link: PaymentLink, payment: Payment, amount: Money, turn: int, by: Asker, ports: Ports) -> None:
    """Set aside, freeze and owe. Raises _TurnOver, IntegrityError: another refund came first."""
    now = ports.clock.now()
    async with in_transaction():
        # First of all: from here on the payment's row is locked, so the turn that is counted next cannot change.
        if not await set_aside(payment, amount) or await Refund.filter(payment_id=payment.id).count() != turn:
            raise _TurnOver
        refund = await Refund.create(
            payment_id=payment.id,
            account=payment.account,
            idempotency_key=key_of(payment, turn),
            amount_minor=amount.minor,
            currency=amount.currency,
            state=ASKED,
            asked_by=by.key,
            asked_name=by.name,
            at=now,
        )
        detail: dict[str, object] = {"amount": amount.plain, "currency": amount.currency, "name": by.name}
        await note(link, "refunding", by.actor, now, detail)
        await owe("refund_payment", {"refund": refund.id}, now, dedup=f"refund:{refund.id}")
        await owe_news(link, now, ports)


async def _check(payment: Payment, amount: Money, ports: Ports) -> None:
    """Raises RefundImpossible."""
    if payment.id in await disputed([payment]):
        raise RefundImpossible(_IN_DISPUTE)
    left = left_of(payment)
    if not 0 < amount.minor <= left.minor:
        raise RefundImpossible(f"Only {_spelled(left, ports)} of that payment is left.")
    if amount != left and _is_trust(payment, ports):
        raise RefundImpossible(_WHOLE)


_IN_DISPUTE = (
    "The client's bank has taken that payment up as a dispute, and Stripe refunds nothing meanwhile. Answer the "
    "dispute in Stripe's dashboard; if it is lost, the money has gone back by itself."
)
_WHOLE = (
    "That account holds clients' money in trust: a payment goes back whole, from the same account. Leave out AMOUNT."
)


def _is_trust(payment: Payment, ports: Ports) -> bool:
    account = ports.firm.accounts.get(payment.account)
    return account is not None and account.kind == "trust"


def _of_amount(
    amount: Money, offers: tuple[RefundOffer, ...], payments: list[Payment], link: PaymentLink, ports: Ports
) -> tuple[RefundOffer, ...]:
    """The same offers over the amount that was asked for. Raises RefundImpossible: none is of so much."""
    alike = [offer for offer in offers if offer.amount.currency == amount.currency]
    if not alike:
        raise RefundImpossible(f"{link.reference} was paid in {offers[0].amount.currency}, not in {amount.currency}.")
    fits = [offer for offer in alike if amount.minor <= offer.amount.minor]
    if not fits:
        most = max((offer.amount for offer in alike), key=lambda left: left.minor)
        raise RefundImpossible(f"At most {_spelled(most, ports)} can go back of {link.reference}.")
    trust = {payment.id for payment in payments if _is_trust(payment, ports)}
    whole = [offer for offer in fits if offer.payment not in trust or offer.amount == amount]
    if not whole:
        raise RefundImpossible(_WHOLE)
    return tuple(at_most(offer, amount) for offer in whole)


def _read(typed: str, link: PaymentLink, ports: Ports) -> Money:
    """The amount, in the link's currency where none is named. Raises AmountUnclear, CurrencyUnknown, CommandUnclear."""

    def unclear(word: str) -> CommandUnclear:
        return CommandUnclear(f"“{shortened(word)}” is not understood. Write `refund {link.reference} 40.00`.")

    def read(text: str, code: str, style: NumberStyle) -> Money:
        figure = parse_figure(text, code, style)
        if figure.minor <= 0:
            raise AmountUnclear("The amount must be more than 0.")
        if figure.minor % currency(figure.currency).step:
            asked = spell(figure, ports.firm.locale)
            raise AmountUnclear(f"{asked} is too precise: Stripe sends back no such part of {figure.currency}.")
        return figure

    return read_money(typed.split(), link.currency, ports.firm.numbers, unclear, read)


async def _why_none(link: PaymentLink, payments: list[Payment], ports: Ports) -> str:
    came = [payment for payment in payments if payment.state == SUCCEEDED]
    if not came:
        return f"Nothing was paid on {link.reference}, so nothing can go back: it is {link.state.spoken}."
    if await disputed(came):
        return _IN_DISPUTE
    waiting = await _asked_again(payments, ports)
    return " ".join([f"Nothing of {link.reference} is left to refund.", *waiting])


async def _asked_again(payments: list[Payment], ports: Ports) -> tuple[str, ...]:
    """Owe each refund that Stripe has not answered once more, as one may have been given up; a sentence for each."""
    found = await Refund.filter(payment_id__in=[payment.id for payment in payments], state=ASKED).order_by("id")
    for refund in found:
        await owe("refund_payment", {"refund": refund.id}, ports.clock.now(), dedup=f"refund:{refund.id}")
    if found:
        ports.wake()
    return tuple(
        f"A refund of {_spelled(refund.amount, ports)}, asked for by {refund.asked_name} on "
        f"{ports.firm.spell_moment(refund.at)}, is under way."
        for refund in found
    )


async def _earlier(payment: Payment, turn: int) -> Refund | None:
    """The refund that had this turn."""
    return await Refund.filter(payment_id=payment.id).order_by("id").offset(turn).first()


def _told_again(refund: Refund, link: PaymentLink, ports: Ports) -> RefundAsked:
    who = refund.asked_name or "somebody in Stripe's dashboard"
    words = (
        f"Nothing more was done. {link.reference}: {who} asked for a refund of {_spelled(refund.amount, ports)} on "
        f"{ports.firm.spell_moment(refund.at)}, which {_FARES[refund.state]}. "
        f"`refund {link.reference}` shows what is left."
    )
    return RefundAsked(link.reference, words, repeated=True)


_FARES = {
    ASKED: "is under way",
    "pending": "is on its way",
    "succeeded": "has gone back",
    "failed": "failed",
    "canceled": "was taken back",
}


def _spelled(amount: Money, ports: Ports) -> str:
    return spell(amount, ports.firm.locale)
