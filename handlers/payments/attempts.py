"""Attempts to pay: one live Stripe session a link, frozen before Stripe is asked (RELIABILITY section 2)."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

from handlers.ports import CheckoutRequest, CheckoutTruth, Ports, ProcessorRejected, ProcessorUnreachable
from models.money import Money
from models.tables import CheckoutAttempt, PaymentLink

OPENING, LIVE, COMPLETE, DEAD = "opening", "live", "complete", "dead"
# Stripe takes 30 minutes to 24 hours (docs.stripe.com/api/checkout/sessions/create, expires_at); an hour off each end
# leaves room for a clock that is not ours and for a replay.
SESSION_LIFE = timedelta(hours=23)


async def live_attempt(link: PaymentLink) -> CheckoutAttempt | None:
    """The attempt on whose page a payer may be, or whose creation Stripe has not answered."""
    return await CheckoutAttempt.get_or_none(link_id=link.id, stage__in=[OPENING, LIVE])


async def freeze(link: PaymentLink, amount: Money, now: datetime, ports: Ports) -> CheckoutAttempt:
    """Save the next attempt with the whole request; part of the caller's transaction.

    Raises IntegrityError: another attempt of the link is alive.
    """
    # Not their count: a restored backup may have forgotten some of them.
    last = await CheckoutAttempt.filter(link_id=link.id).order_by("-number").first()
    number = last.number + 1 if last else 1
    expires_at = now + SESSION_LIFE
    return await CheckoutAttempt.create(
        link_id=link.id,
        number=number,
        account=link.account,
        idempotency_key=_key(link, number),
        request=_params(link, amount, number, expires_at, ports),
        amount_minor=amount.minor,
        currency=amount.currency,
        expires_at=expires_at,
        created_at=now,
        disclaimer=ports.firm.disclaimer_version,
    )


def frozen_request(attempt: CheckoutAttempt) -> CheckoutRequest:
    """What to ask Stripe for, the same every time, in an order of its own: PostgreSQL keeps none."""
    return CheckoutRequest(
        attempt.account, attempt.idempotency_key, json.loads(json.dumps(attempt.request, sort_keys=True))
    )


async def give_up(attempt: CheckoutAttempt) -> bool:
    """Stripe will never give its session. False: it gave it to another request meanwhile, and a payer may be there."""
    return bool(await CheckoutAttempt.filter(id=attempt.id, stage=OPENING).update(stage=DEAD))


async def learn_session(attempt: CheckoutAttempt, ports: Ports) -> bool:
    """Replay an unanswered create to learn which session it made; False when it made none anyone could hold.

    Raises ProcessorTrouble: Stripe did not answer this time either.
    """
    try:
        page = await ports.cards.open_checkout(frozen_request(attempt))
    except ProcessorUnreachable as trouble:
        if not trouble.stored:
            raise
        return await _learnt_elsewhere(attempt)
    except ProcessorRejected:
        return await _learnt_elsewhere(attempt)
    attempt.session_id = page.session_id
    await CheckoutAttempt.filter(id=attempt.id, stage=OPENING).update(
        stage=LIVE, session_id=page.session_id, url=page.url
    )
    return True


async def _learnt_elsewhere(attempt: CheckoutAttempt) -> bool:
    """Give the attempt up, unless the payer's own request learnt its session meanwhile."""
    if await give_up(attempt):
        return False
    await attempt.refresh_from_db()
    return attempt.session_id is not None


async def rebuilt(link: PaymentLink, truth: CheckoutTruth, now: datetime) -> CheckoutAttempt:
    """An attempt of ours that a restored backup has forgotten, from what Stripe says of its completed session (M17).

    What was asked for then is not known any more: it is taken for right where the link could be asked for so.
    """
    part = link.partial_allowed and truth.amount.currency == link.currency and truth.amount.minor < link.amount_minor
    asked = truth.amount if part else link.amount
    attempt, _ = await CheckoutAttempt.get_or_create(
        link_id=link.id,
        number=truth.attempt,
        defaults={
            "account": link.account,
            "idempotency_key": _key(link, truth.attempt),
            "request": {"metadata": {"reference": link.reference}},
            "amount_minor": asked.minor,
            "currency": asked.currency,
            "stage": COMPLETE,
            "session_id": truth.session_id,
            "expires_at": now,
            "created_at": now,
        },
    )
    return attempt


def _key(link: PaymentLink, number: int) -> str:
    return f"cs-{link.reference}-{number}"


def _params(link: PaymentLink, amount: Money, number: int, expires_at: datetime, ports: Ports) -> dict[str, object]:
    page = ports.firm.page_url(link.token)
    invoice = {"invoice_number": link.invoice_number} if link.invoice_number else {}
    metadata = {"reference": link.reference, "attempt": str(number), **invoice}
    title = f"Invoice {link.invoice_number}" if link.invoice_number else f"Payment to {ports.firm.name}"
    return {
        "mode": "payment",
        "client_reference_id": link.reference,
        "metadata": metadata,
        "payment_intent_data": {"metadata": metadata},
        "line_items": [
            {
                "quantity": 1,
                "price_data": {
                    "currency": amount.currency.lower(),
                    "unit_amount": amount.minor,
                    "product_data": {"name": title},
                },
            }
        ],
        "success_url": f"{page}?session_id={{CHECKOUT_SESSION_ID}}",
        "cancel_url": page,
        "expires_at": int(expires_at.timestamp()),
    }
