"""What every CardProcessor does alike: the fake of the tests, and StripeCards against the local Stripe.

The rest of the suite leans on the fake, so the fake must not be kinder than Stripe.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest

from handlers.ports import ProcessorDenied, ProcessorRejected
from models.money import Money
from tests.contracts.card_bench import PROCESSORS, Bench, card_bench, opened, request_for


@pytest.fixture(params=PROCESSORS)
async def bench(request: pytest.FixtureRequest) -> AsyncIterator[Bench]:
    async with card_bench(request.param) as bench:
        yield bench


async def test_an_opened_checkout_has_a_page_a_payer_may_be_sent_to(bench: Bench) -> None:
    page = await bench.cards.open_checkout(request_for(bench.clock))
    assert page.session_id.startswith("cs_test_")
    assert page.session_id in page.url
    assert bench.cards.checkout_url_allowed(page.url)


async def test_a_new_checkout_reads_back_as_it_was_asked_for(bench: Bench) -> None:
    session = await opened(bench)
    truth = await bench.cards.read_checkout("operating", session)
    assert (truth.session_id, truth.status, truth.payment_status) == (session, "open", "unpaid")
    assert (truth.reference, truth.attempt, truth.livemode) == ("PL-7F3K9Q", 3, False)
    assert truth.amount == Money(125_050, "USD")
    assert (truth.payment_intent, truth.intent_status, truth.received, truth.method) == ("", "", None, "")


@pytest.mark.parametrize(("minor", "currency"), [(500, "jpy"), (1_250_500, "kwd"), (99_999_999, "eur")])
async def test_amounts_are_exact_in_currencies_without_and_with_three_decimals(
    bench: Bench, minor: int, currency: str
) -> None:
    """(M06)"""
    page = await bench.cards.open_checkout(request_for(bench.clock, minor, currency))
    bench.hands.pay(page.session_id)
    truth = await bench.cards.read_checkout("operating", page.session_id)
    assert truth.amount == truth.received == Money(minor, currency.upper())


async def test_the_same_key_and_parameters_give_the_same_session(bench: Bench) -> None:
    """(F02, M01)"""
    request = request_for(bench.clock)
    first = await bench.cards.open_checkout(request)
    bench.clock.tick(timedelta(hours=1))
    assert await bench.cards.open_checkout(request) == first


async def test_the_same_key_with_other_parameters_is_refused(bench: Bench) -> None:
    await opened(bench)
    other = replace(request_for(bench.clock), params=request_for(bench.clock, minor=999).params)
    with pytest.raises(ProcessorRejected):
        await bench.cards.open_checkout(other)


async def test_another_key_gives_another_session(bench: Bench) -> None:
    first = await opened(bench)
    assert (await bench.cards.open_checkout(request_for(bench.clock, key="cs-1-2"))).session_id != first


async def test_keys_of_two_accounts_do_not_mix(bench: Bench) -> None:
    """(M16)"""
    first = await opened(bench)
    trust = await bench.cards.open_checkout(replace(request_for(bench.clock), account="trust"))
    assert trust.session_id != first


async def test_a_card_payment_completes_the_checkout(bench: Bench) -> None:
    session = await opened(bench)
    bench.hands.pay(session)
    truth = await bench.cards.read_checkout("operating", session)
    assert (truth.status, truth.payment_status, truth.intent_status) == ("complete", "paid", "succeeded")
    assert truth.payment_intent.startswith("pi_")
    assert (truth.received, truth.method, truth.failure) == (Money(125_050, "USD"), "card", "")


async def test_a_bank_debit_is_complete_but_not_paid(bench: Bench) -> None:
    """(M09)"""
    session = await opened(bench)
    bench.hands.debit(session)
    truth = await bench.cards.read_checkout("operating", session)
    assert (truth.status, truth.payment_status, truth.intent_status) == ("complete", "unpaid", "processing")
    assert (truth.received, truth.method) == (Money(0, "USD"), "us_bank_account")


async def test_a_bank_debit_that_clears_is_paid(bench: Bench) -> None:
    """(M09)"""
    session = await opened(bench)
    bench.hands.debit(session)
    before = await bench.cards.read_checkout("operating", session)
    bench.hands.settle_debit(session, cleared=True)
    truth = await bench.cards.read_checkout("operating", session)
    assert (truth.payment_status, truth.intent_status, truth.received) == ("paid", "succeeded", Money(125_050, "USD"))
    assert truth.payment_intent == before.payment_intent


async def test_a_bank_debit_that_fails_says_why(bench: Bench) -> None:
    """(M09)"""
    session = await opened(bench)
    bench.hands.debit(session)
    bench.hands.settle_debit(session, cleared=False)
    truth = await bench.cards.read_checkout("operating", session)
    assert (truth.status, truth.payment_status) == ("complete", "unpaid")
    assert truth.intent_status == "requires_payment_method"
    assert truth.failure


async def test_a_declined_card_leaves_the_checkout_open_for_another(bench: Bench) -> None:
    session = await opened(bench)
    bench.hands.decline(session)
    declined = await bench.cards.read_checkout("operating", session)
    assert (declined.status, declined.intent_status) == ("open", "requires_payment_method")
    assert declined.failure == "Your card was declined."
    bench.hands.pay(session)
    paid = await bench.cards.read_checkout("operating", session)
    assert (paid.payment_status, paid.failure) == ("paid", "")
    assert paid.payment_intent == declined.payment_intent


async def test_closing_an_open_checkout_expires_it(bench: Bench) -> None:
    session = await opened(bench)
    assert (await bench.cards.close_checkout("operating", session)).status == "expired"
    assert (await bench.cards.read_checkout("operating", session)).status == "expired"


async def test_closing_twice_is_harmless(bench: Bench) -> None:
    session = await opened(bench)
    await bench.cards.close_checkout("operating", session)
    assert (await bench.cards.close_checkout("operating", session)).status == "expired"


async def test_closing_after_the_payer_paid_tells_that_it_is_paid(bench: Bench) -> None:
    """(M03)"""
    session = await opened(bench)
    bench.hands.pay(session)
    truth = await bench.cards.close_checkout("operating", session)
    assert (truth.status, truth.payment_status, truth.received) == ("complete", "paid", Money(125_050, "USD"))


async def test_closing_while_a_debit_is_under_way_tells_so(bench: Bench) -> None:
    """(M03, M09)"""
    session = await opened(bench)
    bench.hands.debit(session)
    truth = await bench.cards.close_checkout("operating", session)
    assert (truth.status, truth.intent_status) == ("complete", "processing")


async def test_a_checkout_ends_by_itself_at_its_time(bench: Bench) -> None:
    session = await opened(bench)
    bench.clock.tick(timedelta(hours=23) - timedelta(seconds=1))
    assert (await bench.cards.read_checkout("operating", session)).status == "open"
    bench.clock.tick(1)
    assert (await bench.cards.read_checkout("operating", session)).status == "expired"


async def test_an_account_without_a_key_is_denied(bench: Bench) -> None:
    with pytest.raises(ProcessorDenied):
        await bench.cards.open_checkout(replace(request_for(bench.clock), account="escrow"))
    with pytest.raises(ProcessorDenied):
        await bench.cards.read_checkout("escrow", "cs_test_1")
    with pytest.raises(ProcessorDenied):
        await bench.cards.close_checkout("escrow", "cs_test_1")


async def test_another_accounts_checkout_is_not_found(bench: Bench) -> None:
    """(M16)"""
    session = await opened(bench)
    with pytest.raises(ProcessorRejected):
        await bench.cards.read_checkout("trust", session)
    with pytest.raises(ProcessorRejected):
        await bench.cards.close_checkout("trust", session)
    assert (await bench.cards.read_checkout("operating", session)).status == "open"


@pytest.mark.parametrize(
    "session_id", ["cs_test_unknown", "", "../../v1/account", "cs_test_1/../x", "cs_1?x=1", "pi_1"]
)
async def test_an_unknown_checkout_is_refused(bench: Bench, session_id: str) -> None:
    """A payer's URL may carry any text as the session's id (B54)."""
    with pytest.raises(ProcessorRejected):
        await bench.cards.read_checkout("operating", session_id)
    with pytest.raises(ProcessorRejected):
        await bench.cards.close_checkout("operating", session_id)


async def test_an_amount_of_nothing_is_refused(bench: Bench) -> None:
    """(F06)"""
    with pytest.raises(ProcessorRejected):
        await bench.cards.open_checkout(request_for(bench.clock, minor=0))
