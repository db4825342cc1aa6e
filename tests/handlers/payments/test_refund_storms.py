"""Refunds pressed by many at once, and in any order with everything else (M04, M16)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handlers.answers import RefundProposed
from handlers.payments import refund as refunding
from models.money import Money
from models.tables import Payment, PaymentLink, Refund
from tests.handlers.payments.conftest import Till
from tests.handlers.payments.refunds import asked, pressed, proposed, sent


async def storm(till: Till, presses: int = 20) -> list[int]:
    """Twenty presses at once on one proposal over forty of a hundred; what Stripe sent back."""
    link, _ = await till.paid()
    [offer] = (await proposed(till, f"refund {link.reference} 40")).offers
    await asyncio.gather(*(pressed(till, offer) for _ in range(presses)))
    await till.work()
    return sent(till)


async def test_twenty_presses_at_once_are_one_refund(till: Till) -> None:
    """(M05)"""
    assert await storm(till) == [4000]
    assert await Refund.all().count() == 1
    assert (await Payment.get()).refunded_minor == 4000


async def _only_looked(payment: Payment, amount: Money) -> bool:
    """What set_aside would be without its conditional UPDATE: a look, which locks nothing."""
    now = await Payment.get(id=payment.id)
    return bool(now.refunded_minor + amount.minor <= now.amount_minor)


def _key_of_its_own() -> Callable[[Payment, int], str]:
    """What key_of would be without the turn in it: a key a press."""
    count = iter(range(1000))
    return lambda payment, turn: f"rf-{payment.payment_intent}-{next(count)}x"


@pytest.mark.only_postgres
async def test_without_the_guard_twenty_presses_refund_twice(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control of the test above: with set_aside a mere look, and a key a press, the money goes twice.

    Either guard alone still holds. SQLite has one writer at a time, so the look cannot be overtaken there.
    """
    monkeypatch.setattr(refunding, "set_aside", _only_looked)
    monkeypatch.setattr(refunding, "key_of", _key_of_its_own())
    assert len(await storm(till)) > 1


@pytest.mark.only_postgres
@pytest.mark.parametrize("off", ["set_aside", "key_of"])
async def test_either_guard_alone_still_holds(till: Till, monkeypatch: pytest.MonkeyPatch, off: str) -> None:
    monkeypatch.setattr(refunding, off, {"set_aside": _only_looked, "key_of": _key_of_its_own()}[off])
    assert await storm(till) == [4000]


async def test_sums_never_go_above_what_was_paid(till: Till) -> None:
    """(M05) Property: whatever is asked for, here and at Stripe, in whatever order."""
    steps = st.lists(
        st.tuples(st.sampled_from(["desk", "stripe", "fail", "hear"]), st.integers(1, 9000)), min_size=1, max_size=8
    )
    drawn: list[list[tuple[str, int]]] = []

    @settings(max_examples=25, database=None)
    @given(steps)
    def draw(one: list[tuple[str, int]]) -> None:
        drawn.append(one)

    draw()
    for one in drawn[:25]:
        await _check_sums_through(till, one)


async def _check_sums_through(till: Till, steps: list[tuple[str, int]]) -> None:
    link, session = await till.paid()
    for kind, minor in steps:
        await _step(till, link, session, kind, minor)
        payment = await Payment.get(link_id=link.id)
        rows = await Refund.filter(payment_id=payment.id).exclude(state__in=["failed", "canceled"])
        assert sum(row.amount_minor for row in rows) == payment.refunded_minor <= payment.amount_minor
    await till.hears_of_money_back("charge.refunded", session)
    truth = [refund for refund in till.cards._sessions[session].refunds.values() if refund.status == "succeeded"]
    gone = sum(refund.amount.minor for refund in truth)
    assert gone <= 10000
    link = await PaymentLink.get(id=link.id)
    assert (link.refunded_minor, (await Payment.get(link_id=link.id)).refunded_minor) == (gone, gone)


async def _step(till: Till, link: PaymentLink, session: str, kind: str, minor: int) -> None:
    match kind:
        case "desk":
            answer = await asked(till, f"refund {link.reference} {minor / 100:.2f}")
            if isinstance(answer, RefundProposed):
                await pressed(till, answer.offers[0])
                await till.work()
        case "stripe" if minor <= till.cards._sessions[session].refundable:
            till.cards.refund_at_stripe(session, minor)
            await till.hears_of_money_back("charge.refunded", session)
        case "fail" if till.cards._sessions[session].refunds:
            till.cards.end_refund(session, arrived=False)
            await till.hears_of_money_back("refund.failed", session)
        case _:
            await till.hears_of_money_back("refund.updated", session)
