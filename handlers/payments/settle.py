"""Settling: what Stripe says of a session, read back from it, becomes payments and the link's state.

Facts, not events: the same truth may be settled any number of times and in any order and changes things once (M07).
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from tortoise.exceptions import IntegrityError
from tortoise.transactions import in_transaction

from handlers.links.history import sentence
from handlers.links.tell import owe_news
from handlers.links.trail import LinkNotOpen, become, note
from handlers.owed import owe
from handlers.payments.attempts import COMPLETE, DEAD, LIVE, OPENING
from handlers.payments.offers import SUCCEEDED
from handlers.payments.payer_letters import owe_payer_letters
from handlers.people.messages import owe_admins
from handlers.ports import CheckoutTruth, Ports
from handlers.requests import STRIPE
from models.addresses import address_or_blank
from models.link_states import LinkState
from models.money import Money, spell
from models.tables import CheckoutAttempt, LinkEvent, Payment, PaymentLink

MOST_FAILURES = 20  # of one link that are told
PROCESSING, FAILED = "processing", "failed"
# What an intent of a completed session is when no money will come by it (docs.stripe.com/payments/paymentintents/
# lifecycle). In any other state it may: a voucher requires_action until the payer has been to the shop.
_COMES_TO_NOTHING = frozenset({"requires_payment_method", "canceled"})


async def record_truth(
    attempt: CheckoutAttempt, truth: CheckoutTruth, ports: Ports, *, tell_payer: bool = True
) -> None:
    """Record what Stripe says of an attempt's session, in one transaction.

    `tell_payer` False: no letter to the payer comes of it, since they may have had it before a backup was restored.
    """
    if truth.status == "open":
        return
    async with in_transaction():
        # Money that came by an attempt which these books call dead is recorded all the same.
        over, before = (DEAD, [OPENING, LIVE]) if truth.status == "expired" else (COMPLETE, [OPENING, LIVE, DEAD])
        await CheckoutAttempt.filter(id=attempt.id, stage__in=before).update(stage=over, session_id=truth.session_id)
        if truth.status == "expired":
            return
        link = await PaymentLink.get(id=attempt.link_id)
        state = _payment_state(truth)
        if await _first_to_record(attempt, truth, state, ports):
            became = await _apply(link, attempt, truth, state, ports)
            if became is not None:
                await owe_payer_letters(link, became, intent_of(truth), ports, tell_payer=tell_payer)
            await _alarm(link, truth, state, became, ports)
            await owe_news(link, ports.clock.now(), ports)


async def _alarm(link: PaymentLink, truth: CheckoutTruth, state: str, became: LinkState | None, ports: Ports) -> None:
    """Money that no link became paid by is marked, and the admins hear of it with a button that sends it back (M04)."""
    payment = await Payment.get(payment_intent=intent_of(truth))
    late = state == SUCCEEDED and became is None and not payment.review
    if late:
        await Payment.filter(id=payment.id).update(late_money=True)
    if late or payment.review:
        amount = payment.amount
        detail = {"amount": amount.plain, "currency": amount.currency, "method": payment.method, "why": payment.review}
        told = sentence("late_money" if late else "review", detail, ports.firm)
        words = f"{link.reference}: {told} `show {link.reference}` says more, `refund {link.reference}` sends it back."
        await owe_admins(words, ports.clock.now(), ports, about=f"money-{payment.id}-{state}", payment=payment.id)


def intent_of(truth: CheckoutTruth) -> str:
    """What a payment is known by: Stripe's payment intent, or the session where it names none."""
    return truth.payment_intent or truth.session_id


def _payment_state(truth: CheckoutTruth) -> str:
    if truth.payment_status in ("paid", "no_payment_required") or truth.intent_status == "succeeded":
        return SUCCEEDED
    return FAILED if truth.intent_status in _COMES_TO_NOTHING else PROCESSING


async def _first_to_record(attempt: CheckoutAttempt, truth: CheckoutTruth, state: str, ports: Ports) -> bool:
    """Save the payment in its state; False when that was done before, here or elsewhere."""
    now = ports.clock.now()
    intent = intent_of(truth)
    received = truth.received if state == SUCCEEDED and truth.received else truth.amount
    try:
        async with in_transaction():
            await Payment.create(
                link_id=attempt.link_id,
                account=attempt.account,
                payment_intent=intent,
                session_id=truth.session_id,
                amount_minor=received.minor,
                currency=received.currency,
                method=truth.method,
                state=state,
                review=_mismatch(attempt, truth, ports),
                payer_email=address_or_blank(truth.payer_email),
                at=min(truth.charged_at or now, now),  # it may be found days later
            )
        return True
    except IntegrityError:
        if state == PROCESSING:
            return False
        earlier = [PROCESSING, FAILED] if state == SUCCEEDED else [PROCESSING]  # money that came is never passed over
        moved = await Payment.filter(payment_intent=intent, state__in=earlier).update(
            state=state,
            amount_minor=received.minor,
            currency=received.currency,
            method=truth.method,
            review=_mismatch(attempt, truth, ports),
            kept=False,  # what was decided of it was decided before the money came
            at=now,
        )
        return bool(moved)


def _mismatch(attempt: CheckoutAttempt, truth: CheckoutTruth, ports: Ports) -> str:
    """Why a person must look at this payment before it counts; blank when all is as it was frozen (B62)."""
    metadata = attempt.request.get("metadata")
    asked = metadata.get("reference") if isinstance(metadata, dict) else None
    if truth.reference != asked:
        return f"Stripe's session names {truth.reference or 'no reference'}, not {asked}."
    frozen = spell(attempt.amount, ports.firm.locale)
    if truth.amount != attempt.amount:
        return f"Stripe's session is over {spell(truth.amount, ports.firm.locale)}, not {frozen}."
    if truth.livemode is not ports.cards.livemode(attempt.account):
        return f"Stripe's session is of {'live' if truth.livemode else 'test'} mode, and our key is not."
    if _payment_state(truth) == SUCCEEDED and truth.received != attempt.amount:
        received = spell(truth.received, ports.firm.locale) if truth.received else "nothing"
        return f"Stripe received {received}, not {frozen}."
    return ""


async def _apply(
    link: PaymentLink, attempt: CheckoutAttempt, truth: CheckoutTruth, state: str, ports: Ports
) -> LinkState | None:
    """Move the link, or note what cannot move it; what it became by this, None where it stays."""
    now = ports.clock.now()
    paid = truth.received if state == SUCCEEDED and truth.received else attempt.amount
    detail: dict[str, object] = {"amount": paid.plain, "currency": paid.currency, "method": truth.method}
    if why := _mismatch(attempt, truth, ports):
        await note(link, "review", STRIPE, now, {**detail, "why": why}, review=True)
    elif state == SUCCEEDED:
        return await _paid(link, paid, detail, now)
    elif state == PROCESSING:
        return await _move_or_note(link, LinkState.PROCESSING, "processing", detail, now)
    elif link.state is LinkState.PROCESSING and not await _another_under_way(link, truth):
        await become(link, LinkState.OPEN, STRIPE, now, kind="reopened", detail={"why": truth.failure})
        await owe("expire_link", {"link": link.id}, link.expires_at or now)  # its time may have passed meanwhile
        return LinkState.OPEN
    else:
        await note(link, "failed", STRIPE, now, {**detail, "why": truth.failure})
    return None


async def _another_under_way(link: PaymentLink, truth: CheckoutTruth) -> bool:
    """Whether the bank has yet to confirm another payment: nobody is asked to pay once more meanwhile."""
    others = Payment.filter(link_id=link.id, state=PROCESSING).exclude(payment_intent=intent_of(truth))
    return await others.exists()


async def _paid(link: PaymentLink, paid: Money, detail: dict[str, object], now: datetime) -> LinkState | None:
    to = LinkState.PART_PAID if paid.minor < link.amount_minor else LinkState.PAID
    try:
        if to is LinkState.PART_PAID:
            owed: dict[str, object] = {**detail, "balance": (link.amount - paid).plain}
            await become(link, to, STRIPE, now, detail=owed, paid_minor=paid.minor)
        else:
            await become(link, to, STRIPE, now, detail=detail, paid_minor=paid.minor)
    except LinkNotOpen:
        # Too late or twice: never dropped, never shown as plain paid (M04).
        await note(link, "late_money", STRIPE, now, detail, late_money=True)
        return None
    return to


async def _move_or_note(
    link: PaymentLink, to: LinkState, kind: str, detail: dict[str, object], now: datetime
) -> LinkState | None:
    try:
        await become(link, to, STRIPE, now, kind=kind, detail=detail)
    except LinkNotOpen:
        await note(link, kind, STRIPE, now, detail)
        return None
    return to


async def record_failed_try(account: str, intent: dict[str, Any], event_id: str, ports: Ports) -> str:
    """A card was declined on the checkout page; told once an event. The session stays open for another card.

    Somebody who tries out stolen cards on a link must not bury its channel. Raises ProcessorTrouble.
    """
    metadata = intent.get("metadata") or {}
    link = await PaymentLink.get_or_none(reference=str(metadata.get("reference", "")), account=account)
    if link is None:
        return "ignored: not a payment of ours"
    if await _settled_instead(link, str(metadata.get("attempt", "")), ports):
        return "settled"
    error = intent.get("last_payment_error") or {}
    why = str(error.get("message") or error.get("code") or "")[:200]
    known = await LinkEvent.filter(link_id=link.id, kind="failed")
    if any(event.detail.get("event") == event_id for event in known):
        return "known"
    if len(known) >= MOST_FAILURES:
        return "not told: too many"
    now = ports.clock.now()
    async with in_transaction():
        await note(link, "failed", STRIPE, now, {"why": why, "event": event_id})
        await owe_news(link, now, ports)
    return "told"


async def _settled_instead(link: PaymentLink, number: str, ports: Ports) -> bool:
    """Settle an attempt whose session is over: what failed then was a bank debit, and its end is told once (M09)."""
    if not re.fullmatch(r"[0-9]{1,6}", number):
        return False
    attempt = await CheckoutAttempt.get_or_none(link_id=link.id, number=int(number))
    if attempt is None or attempt.session_id is None:
        return False
    truth = await ports.cards.read_checkout(attempt.account, attempt.session_id)
    await record_truth(attempt, truth, ports)
    return truth.status == "complete"
