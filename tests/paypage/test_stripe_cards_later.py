"""Stripe after the payment: money that goes back, events that did not arrive."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from aiohttp import web

from handlers.ports import (
    ProcessorUnreachable,
    RefundRequest,
)
from models.money import Money
from paypage.stand_in import Fault
from paypage.stripe_cards import StripeCards
from paypage.stripe_line import StripeKeys
from tests.contracts.card_bench import request_for
from tests.fakes import FakeClock
from tests.paypage.stripe_counter import QUICK, SECRET, Counter, stripe_counter


@pytest.fixture
async def counter() -> AsyncIterator[Counter]:
    async with stripe_counter() as counter:
        yield counter


async def paid(counter: Counter, key: str = "k1") -> tuple[str, str]:
    """A paid session's id, and its payment intent's."""
    page = await counter.cards.open_checkout(request_for(counter.clock, key=key))
    counter.stand_in.pay(page.session_id)
    return page.session_id, (await counter.cards.read_checkout("operating", page.session_id)).payment_intent


def back(intent: str) -> RefundRequest:
    return RefundRequest("operating", "rf-1", intent, Money(5_000, "USD"), "PL-7F3K9Q")


@pytest.mark.parametrize("fault", [Fault.HANG_UP, Fault.SILENCE_AFTER_WORK, Fault.CUT_OFF, Fault.HTML, Fault.TOO_MANY])
async def test_a_refund_whose_answer_is_lost_is_sent_again_and_happens_once(counter: Counter, fault: Fault) -> None:
    """(M05, F02)"""
    _, intent = await paid(counter)
    counter.stand_in.faults.plan(fault, "/v1/refunds")
    refund = await counter.cards.refund(back(intent))
    assert refund.status == "succeeded"
    assert [line.refunded for line in counter.stand_in.ledger] == [Money(5_000, "USD")]


async def test_a_refund_names_the_link_at_stripe(counter: Counter) -> None:
    _, intent = await paid(counter)
    await counter.cards.refund(back(intent))
    [session] = counter.stand_in.till.sessions.values()
    assert session.intent is not None
    assert session.intent.refunds[0].metadata == {"reference": "PL-7F3K9Q", "paylink_key": "rf-1"}


async def test_a_stored_500_on_a_refund_says_so(counter: Counter) -> None:
    _, intent = await paid(counter)
    counter.stand_in.faults.plan(Fault.STORED_ERROR, "/v1/refunds")
    with pytest.raises(ProcessorUnreachable) as caught:
        await counter.cards.refund(back(intent))
    assert caught.value.stored
    assert counter.stand_in.ledger[0].refunded.minor == 0


async def test_missed_events_are_all_found_oldest_first(counter: Counter) -> None:
    """Nobody listens, so all are missed; more than two pages of them, and two of a kind nobody handles."""
    session, _ = await paid(counter)
    for _ in range(120):
        counter.stand_in.refund_at_stripe(session, 100)  # refund.created, refund.updated, charge.refunded
    missed = await counter.cards.missed_events("operating", counter.clock.now() - timedelta(hours=1))
    assert [event.kind for event in missed] == [
        "checkout.session.completed",
        *["refund.updated", "charge.refunded"] * 120,
    ]
    assert len({event.event_id for event in missed}) == 241
    body = json.loads(missed[-1].body)
    assert body == counter.stand_in.till.events[missed[-1].event_id].body


async def test_missed_events_are_those_of_one_account_from_a_moment_on_that_did_not_arrive(counter: Counter) -> None:
    """(M16)"""
    first, _ = await paid(counter)
    counter.clock.tick(timedelta(hours=1))
    since = counter.clock.now()
    second, _ = await paid(counter, "k2")
    third, _ = await paid(counter, "k3")
    [arrived] = [event for event in counter.stand_in.till.events.values() if third in str(event.body)]
    arrived.delivered = True
    [missed] = await counter.cards.missed_events("operating", since)
    assert second in missed.body
    assert await counter.cards.missed_events("trust", since - timedelta(days=30)) == ()
    assert len(await counter.cards.missed_events("operating", since - timedelta(hours=1))) == 2
    assert first not in missed.body


@asynccontextmanager
async def somebody_who_says(body: str) -> AsyncIterator[StripeCards]:
    """StripeCards at an address that answers everything alike."""

    async def answer(request: web.Request) -> web.Response:
        return web.Response(text=body, content_type="application/json")

    app = web.Application()
    app.router.add_get("/{tail:.*}", answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    cards = StripeCards({"operating": StripeKeys(SECRET)}, FakeClock(), f"http://127.0.0.1:{site.port}", (), QUICK)
    yield cards
    await cards.close()
    await runner.cleanup()


@pytest.mark.parametrize(
    "body",
    [
        '{"object": "list", "has_more": false}',
        '{"object": "list", "data": {}, "has_more": false}',
        '{"object": "list", "data": [], "has_more": true}',
        '{"object": "list", "data": [1], "has_more": false}',
        '{"object": "list", "data": [{"id": "re_1", "object": "refund"}], "has_more": false}',
        '{"object": "list", "data": [{"id": "re_1", "object": "refund", "amount": "1"}], "has_more": false}',
    ],
)
async def test_a_list_that_is_none_is_no_answer(body: str) -> None:
    """(F07)"""
    async with somebody_who_says(body) as cards:
        with pytest.raises(ProcessorUnreachable):
            await cards.read_money_back("operating", "pi_1")


async def test_a_list_that_goes_round_in_a_circle_is_given_up() -> None:
    """(F07)"""
    refund = {"id": "re_1", "object": "refund", "amount": 1, "currency": "usd", "status": "succeeded"}
    body = json.dumps({"object": "list", "data": [refund], "has_more": True})
    async with somebody_who_says(body) as cards:
        with pytest.raises(ProcessorUnreachable):
            await cards.read_money_back("operating", "pi_1")
