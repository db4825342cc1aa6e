"""StripeCards when Stripe is slow, wrong, busy or gone, against the local Stripe (RELIABILITY F01-F07, T08)."""

from __future__ import annotations

import asyncio
import logging
import socket
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest

from handlers.ports import (
    ProcessorBusy,
    ProcessorDenied,
    ProcessorRejected,
    ProcessorTrouble,
    ProcessorUnreachable,
)
from paypage.stand_in import Fault
from paypage.stripe_cards import StripeCards
from paypage.stripe_line import Patience, StripeKeys
from tests.contracts.card_bench import request_for
from tests.fakes import FakeClock
from tests.paypage.stripe_counter import QUICK, SECRET, Counter, stripe_counter


@pytest.fixture
async def counter() -> AsyncIterator[Counter]:
    async with stripe_counter() as counter:
        yield counter


def nobody_listens() -> str:
    """A URL on loopback where connections are refused."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{taken.getsockname()[1]}"


async def test_nobody_at_stripes_address_is_unreachable_and_nothing_is_stored() -> None:
    """(F01)"""
    cards = StripeCards({"operating": StripeKeys(SECRET)}, FakeClock(), nobody_listens(), patience=QUICK)
    with pytest.raises(ProcessorUnreachable) as told:
        await cards.open_checkout(request_for(FakeClock()))
    await cards.close()
    assert told.value.stored is False
    assert SECRET not in str(told.value)


async def test_a_connection_that_drops_is_tried_three_times_with_the_same_key(counter: Counter) -> None:
    """(F01)"""
    counter.stand_in.faults.plan(Fault.HANG_UP, times=10)
    with pytest.raises(ProcessorUnreachable):
        await counter.cards.open_checkout(request_for(counter.clock))
    assert counter.tries == ["cs-1-1"] * 3


async def test_a_connection_that_drops_once_is_not_noticed(counter: Counter) -> None:
    """(F01)"""
    counter.stand_in.faults.plan(Fault.HANG_UP)
    page = await counter.cards.open_checkout(request_for(counter.clock))
    assert counter.cards.checkout_url_allowed(page.url)
    assert len(counter.stand_in.till.sessions) == 1


async def test_three_tries_end_within_twenty_seconds() -> None:
    """The sums behind F01 and F04: what a payer can be kept waiting for at most."""
    patience = Patience()
    assert patience.one_try <= 10
    assert patience.all_tries <= 20
    assert len(patience.unreachable) == 2
    assert patience.busy == (1, 2, 4)


async def test_a_silent_stripe_is_given_up_in_time(counter: Counter) -> None:
    counter.stand_in.faults.plan(Fault.SILENCE_AFTER_WORK, times=10)
    impatient = replace(QUICK, one_try=0.5, all_tries=0.8)
    keys = {"operating": StripeKeys(SECRET)}
    cards = StripeCards(keys, counter.clock, counter.stand_in.base_url, patience=impatient)
    began = time.monotonic()
    with pytest.raises(ProcessorUnreachable) as told:
        await cards.open_checkout(request_for(counter.clock))
    await cards.close()
    assert told.value.stored is False
    assert time.monotonic() - began < 60  # 0.8 s, and room for a slow machine


async def test_a_timeout_after_the_work_ends_in_the_same_session(counter: Counter) -> None:
    """(F02)"""
    counter.stand_in.faults.plan(Fault.SILENCE_AFTER_WORK)
    page = await counter.cards.open_checkout(request_for(counter.clock))
    assert list(counter.stand_in.till.sessions) == [page.session_id]
    assert counter.tries == ["cs-1-1", "cs-1-1"]


async def test_a_second_click_after_a_lost_answer_lands_on_the_same_session(counter: Counter) -> None:
    """(F02)"""
    counter.stand_in.faults.plan(Fault.CUT_OFF, times=3)
    with pytest.raises(ProcessorUnreachable):
        await counter.cards.open_checkout(request_for(counter.clock))
    page = await counter.cards.open_checkout(request_for(counter.clock))
    assert list(counter.stand_in.till.sessions) == [page.session_id]


async def test_a_stored_500_says_that_it_will_be_repeated(counter: Counter) -> None:
    """(F03)"""
    counter.stand_in.faults.plan(Fault.STORED_ERROR)
    with pytest.raises(ProcessorUnreachable) as told:
        await counter.cards.open_checkout(request_for(counter.clock))
    assert told.value.stored is True
    with pytest.raises(ProcessorUnreachable):  # the key is spent
        await counter.cards.open_checkout(request_for(counter.clock))
    page = await counter.cards.open_checkout(request_for(counter.clock, key="cs-1-2"))
    assert list(counter.stand_in.till.sessions) == [page.session_id]


async def test_a_passing_503_is_tried_again(counter: Counter) -> None:
    counter.stand_in.faults.plan(Fault.UNAVAILABLE, times=2)
    await counter.cards.open_checkout(request_for(counter.clock))
    assert counter.tries == ["cs-1-1"] * 3


@pytest.mark.parametrize("fault", [Fault.TOO_MANY, Fault.KEY_IN_USE])
async def test_a_busy_stripe_is_waited_for(counter: Counter, fault: Fault) -> None:
    """(F04)"""
    counter.stand_in.faults.plan(fault, times=3)
    await counter.cards.open_checkout(request_for(counter.clock))
    assert counter.tries == ["cs-1-1"] * 4


@pytest.mark.parametrize("fault", [Fault.TOO_MANY, Fault.KEY_IN_USE])
async def test_a_stripe_that_stays_busy_is_given_up(counter: Counter, fault: Fault) -> None:
    """(F04)"""
    counter.stand_in.faults.plan(fault, times=10)
    with pytest.raises(ProcessorBusy):
        await counter.cards.open_checkout(request_for(counter.clock))
    assert len(counter.tries) == 4


async def test_two_clicks_at_once_on_a_slow_stripe_meet_in_one_session(counter: Counter) -> None:
    """Stripe answers 409 to the second while the first is at work (F04, M01)."""
    counter.stand_in.api.latency = lambda: 0.05
    request = request_for(counter.clock)
    pages = await asyncio.gather(*(counter.cards.open_checkout(request) for _ in range(5)), return_exceptions=True)
    got = {page.session_id for page in pages if not isinstance(page, BaseException)}
    assert got == set(counter.stand_in.till.sessions)
    assert len(got) == 1
    assert all(isinstance(page, ProcessorBusy) for page in pages if isinstance(page, BaseException))


def test_the_waits_double_and_vary() -> None:
    """(F04)"""
    waits = [[Patience().before_next(ProcessorBusy("busy"), tries) for _ in range(50)] for tries in (1, 2, 3)]
    for expected, seen in zip((1, 2, 4), waits, strict=True):
        assert all(wait is not None and 0.8 * expected <= wait <= 1.2 * expected for wait in seen)
        assert len(set(seen)) > 1
    assert Patience().before_next(ProcessorBusy("busy"), 4) is None


def test_retry_after_is_obeyed_or_handed_on() -> None:
    assert Patience().before_next(ProcessorBusy("busy", 3.5), 1) == 3.5
    assert Patience().before_next(ProcessorBusy("busy", 30), 1) is None  # no payer waits that long; a job can


@pytest.mark.parametrize("fault", [Fault.UNAUTHORIZED, Fault.FORBIDDEN])
async def test_a_revoked_key_is_tried_once_a_minute(counter: Counter, fault: Fault) -> None:
    """(F05)"""
    counter.stand_in.faults.plan(fault, times=2)
    for _ in range(20):
        with pytest.raises(ProcessorDenied):
            await counter.cards.open_checkout(request_for(counter.clock))
    assert len(counter.stand_in.calls) == 1
    counter.clock.tick(timedelta(seconds=60))
    with pytest.raises(ProcessorDenied):
        await counter.cards.open_checkout(request_for(counter.clock))
    assert len(counter.stand_in.calls) == 2


async def test_a_key_that_works_again_is_found_after_a_minute(counter: Counter) -> None:
    """(F05, F37)"""
    counter.stand_in.faults.plan(Fault.UNAUTHORIZED)
    with pytest.raises(ProcessorDenied):
        await counter.cards.open_checkout(request_for(counter.clock))
    counter.clock.tick(60)
    await counter.cards.open_checkout(request_for(counter.clock))


async def test_one_accounts_revoked_key_does_not_stop_the_other(counter: Counter) -> None:
    """(F05, M16)"""
    counter.stand_in.faults.plan(Fault.UNAUTHORIZED)
    with pytest.raises(ProcessorDenied):
        await counter.cards.open_checkout(request_for(counter.clock))
    await counter.cards.open_checkout(replace(request_for(counter.clock), account="trust"))


async def test_a_clock_set_back_does_not_lock_an_account_out(counter: Counter) -> None:
    """(F05, F35)"""
    counter.stand_in.faults.plan(Fault.UNAUTHORIZED)
    with pytest.raises(ProcessorDenied):
        await counter.cards.open_checkout(request_for(counter.clock))
    counter.clock.tick(timedelta(hours=-1))
    await counter.cards.open_checkout(request_for(counter.clock))


async def test_a_wrong_key_is_denied_and_not_spelled_out(counter: Counter) -> None:
    keys = {"operating": StripeKeys("sk_test_wrong_and_secret_0123456789")}
    cards = StripeCards(keys, counter.clock, counter.stand_in.base_url, patience=QUICK)
    with pytest.raises(ProcessorDenied) as told:
        await cards.open_checkout(request_for(counter.clock))
    await cards.close()
    assert "secret_0123456789" not in str(told.value)
    assert "wrong" not in repr(keys)


@pytest.mark.parametrize(("minor", "currency"), [(49, "usd"), (100_000_000, "usd"), (10_005, "kwd"), (5000, "xyz")])
async def test_an_amount_stripe_does_not_take_is_rejected_and_not_tried_again(
    counter: Counter, minor: int, currency: str
) -> None:
    """(F06)"""
    with pytest.raises(ProcessorRejected):
        await counter.cards.open_checkout(request_for(counter.clock, minor, currency))
    assert len(counter.tries) == 1


@pytest.mark.parametrize("fault", [Fault.CUT_OFF, Fault.HTML, Fault.NO_URL, Fault.REDIRECT])
async def test_an_answer_that_is_none_counts_as_no_answer(counter: Counter, fault: Fault) -> None:
    """(F07)"""
    counter.stand_in.faults.plan(fault, times=10)
    with pytest.raises(ProcessorUnreachable) as told:
        await counter.cards.open_checkout(request_for(counter.clock))
    assert told.value.stored is False
    assert "It works" not in str(told.value)
    assert len(counter.tries) == 3
    assert len(counter.stand_in.calls) == 3  # the redirect was not followed


@pytest.mark.parametrize("fault", [Fault.CUT_OFF, Fault.HTML, Fault.HANG_UP, Fault.UNAVAILABLE, Fault.TOO_MANY])
async def test_reading_and_closing_survive_one_bad_answer(counter: Counter, fault: Fault) -> None:
    """(F08)"""
    session = (await counter.cards.open_checkout(request_for(counter.clock))).session_id
    counter.stand_in.faults.plan(fault)
    assert (await counter.cards.read_checkout("operating", session)).status == "open"
    counter.stand_in.faults.plan(fault)
    assert (await counter.cards.close_checkout("operating", session)).status == "expired"


async def test_closing_that_times_out_after_the_work_still_tells_the_end(counter: Counter) -> None:
    """(F08)"""
    session = (await counter.cards.open_checkout(request_for(counter.clock))).session_id
    counter.stand_in.faults.plan(Fault.SILENCE_AFTER_WORK, "/expire")
    assert (await counter.cards.close_checkout("operating", session)).status == "expired"


async def test_closing_is_not_stuck_behind_a_stored_500(counter: Counter) -> None:
    """(F08)"""
    session = (await counter.cards.open_checkout(request_for(counter.clock))).session_id
    counter.stand_in.faults.plan(Fault.STORED_ERROR, "/expire", times=3)
    with pytest.raises(ProcessorUnreachable):
        await counter.cards.close_checkout("operating", session)
    assert (await counter.cards.close_checkout("operating", session)).status == "expired"


BODIES = [
    "", "null", "[]", "5", '"x"', "{}", "{", '{"id": 1, "url": 2}', '{"id": "cs_1", "url": ""}', '{"error": 5}',
    '{"error": []}', '{"error": "invalid_grant"}', '{"object": "checkout.session", "payment_intent": []}',
    "<html>502</html>", "\udcff", "[" * 5000, "{\x00}\x00",
]  # fmt: skip
STATUSES = [200, 201, 302, 400, 401, 402, 404, 409, 418, 429, 500, 502, 503]


@pytest.mark.parametrize("body", BODIES, ids=range(len(BODIES)))
async def test_whatever_is_answered_becomes_a_trouble_with_a_name(body: str) -> None:
    """(F07) Whatever stands at Stripe's address, callers see ProcessorTrouble and nothing else."""
    raw = body.encode("utf-8", "surrogateescape")
    status = 0

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        head = f"HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {len(raw)}\r\n"
        writer.write(f"{head}Connection: close\r\n\r\n".encode() + raw)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    once = Patience(one_try=5, all_tries=10, unreachable=(), busy=())
    clock = FakeClock()
    cards = StripeCards({"operating": StripeKeys(SECRET)}, clock, url, patience=once)
    try:
        for status in STATUSES:
            clock.tick(60)
            with pytest.raises(ProcessorTrouble) as told:
                await cards.open_checkout(request_for(clock))
            assert isinstance(told.value, expected_of(status)), f"{status}: {told.value!r}"
            clock.tick(60)
            with pytest.raises(ProcessorTrouble):
                await cards.read_checkout("operating", "cs_test_1")
    finally:
        await cards.close()
        server.close()
        await server.wait_closed()


def expected_of(status: int) -> type[ProcessorTrouble]:
    """What a status means, whatever the body is."""
    if status in (401, 403):
        return ProcessorDenied
    if status in (409, 429):
        return ProcessorBusy
    return ProcessorRejected if 400 <= status < 500 else ProcessorUnreachable


async def test_the_whole_answer_is_understood_in_one_read(counter: Counter) -> None:
    session = (await counter.cards.open_checkout(request_for(counter.clock))).session_id
    counter.stand_in.pay(session)
    before = len(counter.stand_in.calls)
    await counter.cards.read_checkout("operating", session)
    assert len(counter.stand_in.calls) == before + 1


async def test_a_live_accounts_checkout_says_so(counter: Counter) -> None:
    asked = replace(request_for(counter.clock), account="trust")
    page = await counter.cards.open_checkout(asked)
    assert page.session_id.startswith("cs_live_")
    assert (await counter.cards.read_checkout("trust", page.session_id)).livemode is True
    assert StripeKeys("sk_live_x").livemode
    assert StripeKeys("rk_live_x").livemode
    assert not StripeKeys(SECRET).livemode


async def test_the_doctor_sees_the_accounts_name_and_stripes_clock(counter: Counter) -> None:
    seen = await counter.cards.see_account("operating")
    assert seen.id.startswith("acct_")
    assert seen.name == "Harbor & Finch"
    assert seen.at is not None
    assert seen.at.tzinfo is not None


async def test_nothing_of_a_payer_reaches_the_logs(counter: Counter, caplog: pytest.LogCaptureFixture) -> None:
    """What we log; stripe's own logger is kept to warnings by bot.logs."""
    caplog.set_level(logging.INFO)
    asked = request_for(counter.clock)
    asked.params["customer_email"] = "dana@client.example"
    await counter.cards.open_checkout(asked)
    assert "dana@client.example" not in caplog.text
    assert SECRET not in caplog.text
