"""Money that went back, whoever sent it: what Stripe says of a payment's refunds and disputes, recorded as facts.

Facts, not events: the same truth may be recorded any number of times. An older truth than the one recorded changes
nothing, since a refund and a dispute only ever move on (M05, M07).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from tortoise.expressions import F
from tortoise.transactions import in_transaction

from handlers.links.history import sentence
from handlers.links.tell import owe_news
from handlers.links.trail import note
from handlers.payments.offers import CAME_TO_NOTHING, ENDED, GAVE_BACK, LOST, SUCCEEDED, WON, known_to_stripe, left_of
from handlers.people.messages import owe_admins, owe_person
from handlers.ports import DisputeTruth, MoneyBack, Ports, RefundTruth
from handlers.requests import STRIPE
from models.money import spell
from models.stripe_words import refund_failure_in_words
from models.tables import Dispute, Payment, PaymentLink, Refund

# How far a refund has come; it never goes back to an earlier one. Stripe may fail one that has succeeded.
_FAR: Final = {"asked": 0, "pending": 1, "succeeded": 2, "failed": 3, "canceled": 3}
_KINDS: Final = {"pending": "refund_pending", "succeeded": "refunded", "failed": "refund_failed"}


@dataclass(frozen=True, slots=True)
class _News:
    """One thing to tell of a link."""

    kind: str
    detail: dict[str, object]
    refund: Refund | None = None
    dispute: Dispute | None = None


async def record_money_back(payment: Payment, truth: MoneyBack, ports: Ports) -> bool:
    """Record what Stripe says, in one transaction; whether anything was new. `truth` need not be whole."""
    now = ports.clock.now()
    async with in_transaction():
        # Lock the payment's row before anything is read: everybody who writes its refunds does.
        await Payment.filter(id=payment.id).update(refunded_minor=F("refunded_minor"))
        news = [one for refund in truth.refunds if (one := await _refund(payment, refund, now))]
        for dispute in truth.disputes:
            news += await _dispute(payment, dispute, now)
        await _tell(payment, news, ports)
    return bool(news)


async def give_back(refund: Refund, why: str, ports: Ports) -> None:
    """Stripe will not send it: the sum is there to be refunded again, and people are told."""
    async with in_transaction():
        payment = await Payment.get(id=refund.payment_id)
        await Payment.filter(id=payment.id).update(refunded_minor=F("refunded_minor"))
        refused = Refund.filter(id=refund.id, state="asked")
        if await refused.update(state="failed", trouble=why[:300]):
            refund.state, refund.trouble = "failed", why[:300]
            await _tell(payment, [_refund_news(refund)], ports)


async def _tell(payment: Payment, news: list[_News], ports: Ports) -> None:
    """Add up anew, note each thing on the link, and owe everybody their news."""
    await _recount(payment)
    if not news:
        return
    now = ports.clock.now()
    link = await PaymentLink.get(id=payment.link_id)
    changes = await standing_of(link)
    for one in news:
        await note(link, one.kind, STRIPE, now, one.detail, **changes)
    for one in news:
        await _tell_people(one, link, now, ports)
    await owe_news(link, now, ports)


# ── refunds ──────────────────────────────────────────────────────────────────────────────────────────────────────────


async def _refund(payment: Payment, truth: RefundTruth, now: datetime) -> _News | None:
    """Bring one refund up to date; what is new about it."""
    state = truth.status if truth.status in _FAR else "pending"  # requires_action: the payer's bank details are awaited
    refund = await _known_refund(payment, truth)
    if refund is None:
        refund = await Refund.create(
            payment_id=payment.id,
            account=payment.account,
            idempotency_key=await _key_to_keep(truth),
            refund_id=truth.refund_id,
            amount_minor=truth.amount.minor,
            currency=truth.amount.currency,
            state=state,
            trouble=truth.failure[:300],
            at=now,
        )
        return _refund_news(refund)
    before = refund.state if refund.refund_id else "asked"  # given back here, and made at Stripe all the same
    moves_on = _FAR[state] > _FAR[before]
    refund.state = state if moves_on else before
    refund.refund_id = truth.refund_id
    refund.trouble = truth.failure[:300] or refund.trouble
    await refund.save(update_fields=["state", "refund_id", "trouble"])
    return _refund_news(refund) if moves_on else None


async def _known_refund(payment: Payment, truth: RefundTruth) -> Refund | None:
    """The row of a refund, by Stripe's id, or by our key where Stripe's answer never came."""
    refund = await Refund.get_or_none(payment_id=payment.id, refund_id=truth.refund_id)
    if refund is None and truth.key:
        ours = await Refund.filter(payment_id=payment.id, refund_id=None)
        refund = next((one for one in ours if first_key(one.idempotency_key) == first_key(truth.key)), None)
    return refund


async def _key_to_keep(truth: RefundTruth) -> str | None:
    """Ours, where the books are older than the refund: a restored backup. Stripe forgets keys, so it may be taken."""
    taken = not truth.key or await Refund.exists(idempotency_key=truth.key)
    return None if taken else truth.key


def first_key(key: str | None) -> str:
    """The key that a refund was first asked with: 'rf-pi_1.2' is the third try of 'rf-pi_1'."""
    return (key or "").partition(".")[0]


def _refund_news(refund: Refund) -> _News:
    amount = refund.amount
    detail: dict[str, object] = {"amount": amount.plain, "currency": amount.currency, "asked_by": refund.asked_name}
    if refund.idempotency_key is None:
        detail["where"] = "in Stripe's dashboard"
    if refund.state in CAME_TO_NOTHING:
        detail["why"] = refund.trouble or ("it was taken back" if refund.state == "canceled" else "")
    return _News(_KINDS.get(refund.state, "refund_failed"), detail, refund=refund)


async def _recount(payment: Payment) -> None:
    """What went back of a payment, or was asked to, from its refunds; never more than came."""
    refunds = await Refund.filter(payment_id=payment.id)
    total = sum(refund.amount_minor for refund in refunds if refund.state not in CAME_TO_NOTHING)
    payment.refunded_minor = min(total, payment.amount_minor)
    await Payment.filter(id=payment.id).update(refunded_minor=payment.refunded_minor)


# ── disputes ─────────────────────────────────────────────────────────────────────────────────────────────────────────


async def _dispute(payment: Payment, truth: DisputeTruth, now: datetime) -> list[_News]:
    """Bring one dispute up to date; what is new about it: that there is one, how it ended."""
    known = await Dispute.get_or_none(dispute_id=truth.dispute_id)
    news = []
    if known is None:
        known = await Dispute.create(
            payment_id=payment.id,
            account=payment.account,
            dispute_id=truth.dispute_id,
            amount_minor=truth.amount.minor,
            currency=truth.amount.currency,
            status="",
            reason=truth.reason[:60],
            evidence_due=truth.evidence_due,
            at=now,
        )
        news.append(_News("disputed", _dispute_detail(known), dispute=known))
    if known.status in ENDED and truth.status not in ENDED:
        return news  # an older truth
    ended = truth.status in ENDED and truth.status != known.status
    known.status, known.amount_minor, known.evidence_due = truth.status[:40], truth.amount.minor, truth.evidence_due
    await known.save(update_fields=["status", "amount_minor", "evidence_due"])
    if ended:
        kind = {WON: "dispute_won", LOST: "dispute_lost"}.get(truth.status, "dispute_ended")
        news.append(_News(kind, _dispute_detail(known), dispute=known))
    return news


def _dispute_detail(dispute: Dispute) -> dict[str, object]:
    due = dispute.evidence_due.isoformat() if dispute.evidence_due else ""
    amount = dispute.amount
    return {"amount": amount.plain, "currency": amount.currency, "reason": dispute.reason, "due": due}


# ── the link, and people ─────────────────────────────────────────────────────────────────────────────────────────────


async def standing_of(link: PaymentLink) -> dict[str, object]:
    """What the link itself says of all its payments: sums, and whether a person must look at it.

    Money that came late or not as asked for, and a refund that failed, need nobody any more once it is all gone, or
    once an admin has decided (handlers.payments.keep_money).
    """
    payments = await Payment.filter(link_id=link.id)
    ids = [payment.id for payment in payments]
    refunds = await Refund.filter(payment_id__in=ids).order_by("id")
    disputes = await Dispute.filter(payment_id__in=ids)
    gone = {
        payment.id: sum(d.amount_minor for d in disputes if d.payment_id == payment.id and d.status in GAVE_BACK)
        + sum(r.amount_minor for r in refunds if r.payment_id == payment.id and r.state in ("pending", SUCCEEDED))
        for payment in payments
    }
    here = [payment for payment in payments if gone[payment.id] < payment.amount_minor]
    newest = {refund.payment_id: refund for refund in refunds}
    failed = {ident for ident, refund in newest.items() if refund.state in CAME_TO_NOTHING and not refund.seen}
    waiting = [payment for payment in here if not payment.kept]
    stays = [payment for payment in here if payment.kept and payment.state == SUCCEEDED and _came_irregularly(payment)]
    back = [refund for refund in refunds if refund.state in ("pending", SUCCEEDED) and refund.currency == link.currency]
    return {
        "refunded_minor": sum(refund.amount_minor for refund in back),
        "disputed": any(dispute.status not in ENDED for dispute in disputes),
        "kept_minor": sum(left_of(payment).minor for payment in stays if payment.currency == link.currency),
        "late_money": any(payment.late_money for payment in waiting),
        "review": any(payment.review for payment in waiting) or any(payment.id in failed for payment in here),
    }


def _came_irregularly(payment: Payment) -> bool:
    return known_to_stripe(payment) and (payment.late_money or bool(payment.review))


async def _tell_people(one: _News, link: PaymentLink, now: datetime, ports: Ports) -> None:
    """Who asked for a refund hears that it went; all admins, who asked among them, hear at once of what needs them."""
    if one.refund is not None and one.refund.asked_by and one.refund.state not in CAME_TO_NOTHING:
        await owe_person(one.refund.asked_by, _refund_words(one.refund, link, ports), now, about=_about(one))
    if one.refund is not None and one.refund.state in CAME_TO_NOTHING:
        words = f"{_refund_words(one.refund, link, ports)} `refund {link.reference}` tries again."
        await owe_admins(words, now, ports, about=_about(one))
    if one.dispute is not None:
        told = f"{link.reference}: {sentence(one.kind, one.detail, ports.firm)}"
        await owe_admins(told, now, ports, about=_about(one))


def _about(one: _News) -> str:
    about = one.refund.id if one.refund else one.dispute.dispute_id if one.dispute else ""
    return f"{one.kind}-{about}"


def _refund_words(refund: Refund, link: PaymentLink, ports: Ports) -> str:
    amount = spell(refund.amount, ports.firm.locale)
    match refund.state:
        case "succeeded":
            return f"{link.reference}: {amount} went back to the client."
        case "pending":
            return f"{link.reference}: {amount} is on its way back to the client; the bank takes some days."
    why = refund_failure_in_words(refund.trouble) or "no reason was given"
    return f"{link.reference}: the refund of {amount} failed: {why.rstrip('.')}."
