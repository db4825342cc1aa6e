"""What every CardProcessor does alike: the fake of the tests, and StripeCards against the local Stripe.

The rest of the suite leans on the fake, so the fake must not be kinder than Stripe.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Protocol

import pytest

from handlers.ports import CardProcessor, CheckoutRequest, MoneyBack, ProcessorDenied, ProcessorRejected, RefundRequest
from models.money import Money
from paypage.stand_in import StandInAccount, StripeStandIn
from paypage.stripe_cards import StripeCards
from paypage.stripe_line import StripeKeys
from tests.fakes import FakeCards, FakeClock


class Hands(Protocol):
    """The payer and the bank."""

    def pay(self, session_id: str) -> None: ...
    def debit(self, session_id: str) -> None: ...
    def settle_debit(self, session_id: str, *, cleared: bool) -> None: ...
    def decline(self, session_id: str) -> None: ...
    def refund_at_stripe(self, session_id: str, minor: int | None = None) -> str: ...
    def end_refund(self, session_id: str, *, arrived: bool) -> None: ...
    def dispute(self, session_id: str, reason: str = "fraudulent", minor: int | None = None) -> str: ...
    def close_dispute(self, session_id: str, *, won: bool) -> None: ...


@dataclass(frozen=True, slots=True)
class Bench:
    cards: CardProcessor
    hands: Hands
    clock: FakeClock


@pytest.fixture(params=["fake", "stripe over the stand-in"])
async def bench(request: pytest.FixtureRequest) -> AsyncIterator[Bench]:
    clock = FakeClock()
    if request.param == "fake":
        fake = FakeCards(clock)
        yield Bench(fake, fake, clock)
        return
    keys = {"operating": "sk_test_operating", "trust": "sk_test_trust"}
    stand_in = StripeStandIn({account: StandInAccount(key) for account, key in keys.items()}, clock)
    url = await stand_in.serve()
    cards = StripeCards({account: StripeKeys(key) for account, key in keys.items()}, clock, url, [url])
    yield Bench(cards, stand_in, clock)
    await cards.close()
    await stand_in.close()


def request_for(clock: FakeClock, minor: int = 125_050, currency: str = "usd", key: str = "cs-1-1") -> CheckoutRequest:
    return CheckoutRequest(
        account="operating",
        idempotency_key=key,
        params={
            "mode": "payment",
            "client_reference_id": "PL-7F3K9Q",
            "metadata": {"reference": "PL-7F3K9Q", "attempt": "3"},
            "payment_intent_data": {"metadata": {"reference": "PL-7F3K9Q", "attempt": "3"}},
            "line_items": [
                {
                    "quantity": 1,
                    "price_data": {
                        "currency": currency,
                        "unit_amount": minor,
                        "product_data": {"name": "Invoice 1042 & costs"},
                    },
                }
            ],
            "success_url": "https://pay.firm.example/p/t0k3n?session_id={CHECKOUT_SESSION_ID}",
            "cancel_url": "https://pay.firm.example/p/t0k3n",
            "expires_at": int((clock.now() + timedelta(hours=23)).timestamp()),
        },
    )


async def opened(bench: Bench) -> str:
    return (await bench.cards.open_checkout(request_for(bench.clock))).session_id


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


async def paid(bench: Bench, *, by_debit: bool = False) -> tuple[str, str]:
    """A paid session's id, and its payment intent's."""
    session = await opened(bench)
    if by_debit:
        bench.hands.debit(session)
        bench.hands.settle_debit(session, cleared=True)
    else:
        bench.hands.pay(session)
    return session, (await bench.cards.read_checkout("operating", session)).payment_intent


def back(intent: str, minor: int, key: str = "rf-1", account: str = "operating") -> RefundRequest:
    return RefundRequest(account, key, intent, Money(minor, "USD"), "PL-7F3K9Q")


async def test_a_card_refund_has_succeeded_at_once_and_reads_back(bench: Bench) -> None:
    _, intent = await paid(bench)
    refund = await bench.cards.refund(back(intent, 5_000))
    assert (refund.payment_intent, refund.amount) == (intent, Money(5_000, "USD"))
    assert (refund.status, refund.failure, refund.key) == ("succeeded", "", "rf-1")
    assert await bench.cards.read_money_back("operating", intent) == MoneyBack((refund,))


async def test_a_refund_of_a_bank_debit_waits_for_the_bank(bench: Bench) -> None:
    session, intent = await paid(bench, by_debit=True)
    assert (await bench.cards.refund(back(intent, 5_000))).status == "pending"
    bench.hands.end_refund(session, arrived=True)
    [refund] = (await bench.cards.read_money_back("operating", intent)).refunds
    assert refund.status == "succeeded"


async def test_a_refund_may_fail_days_later_and_the_money_is_there_again(bench: Bench) -> None:
    session, intent = await paid(bench)
    await bench.cards.refund(back(intent, 125_050))
    bench.hands.end_refund(session, arrived=False)
    [refund] = (await bench.cards.read_money_back("operating", intent)).refunds
    assert (refund.status, refund.failure) == ("failed", "declined")
    assert (await bench.cards.refund(back(intent, 125_050, "rf-2"))).status == "succeeded"


async def test_the_same_key_refunds_once_however_often_it_is_sent(bench: Bench) -> None:
    """(M05)"""
    _, intent = await paid(bench)
    first = await bench.cards.refund(back(intent, 5_000))
    assert await bench.cards.refund(back(intent, 5_000)) == first
    assert len((await bench.cards.read_money_back("operating", intent)).refunds) == 1
    with pytest.raises(ProcessorRejected):
        await bench.cards.refund(back(intent, 6_000))


async def test_no_more_goes_back_than_came(bench: Bench) -> None:
    """(M05)"""
    _, intent = await paid(bench)
    await bench.cards.refund(back(intent, 125_000))
    with pytest.raises(ProcessorRejected):
        await bench.cards.refund(back(intent, 51, "rf-2"))
    await bench.cards.refund(back(intent, 50, "rf-3"))
    with pytest.raises(ProcessorRejected):
        await bench.cards.refund(back(intent, 1, "rf-4"))


async def test_what_was_not_paid_cannot_be_refunded(bench: Bench) -> None:
    session = await opened(bench)
    bench.hands.debit(session)
    intent = (await bench.cards.read_checkout("operating", session)).payment_intent
    with pytest.raises(ProcessorRejected):
        await bench.cards.refund(back(intent, 125_050))


async def test_a_refund_made_at_stripe_is_read_back_like_ours(bench: Bench) -> None:
    session, intent = await paid(bench)
    theirs = bench.hands.refund_at_stripe(session, 4_000)
    ours = await bench.cards.refund(back(intent, 1_000))
    refunds = (await bench.cards.read_money_back("operating", intent)).refunds
    assert {refund.refund_id for refund in refunds} == {theirs, ours.refund_id}
    assert sum(refund.amount.minor for refund in refunds) == 5_000
    assert {refund.key for refund in refunds} == {"", "rf-1"}


async def test_a_dispute_says_how_much_why_and_until_when_it_can_be_answered(bench: Bench) -> None:
    session, intent = await paid(bench)
    bench.hands.dispute(session, "product_not_received")
    [dispute] = (await bench.cards.read_money_back("operating", intent)).disputes
    assert (dispute.payment_intent, dispute.amount) == (intent, Money(125_050, "USD"))
    assert (dispute.status, dispute.reason) == ("needs_response", "product_not_received")
    assert dispute.evidence_due == bench.clock.now() + timedelta(days=7)


@pytest.mark.parametrize("won", [True, False])
async def test_a_dispute_is_won_or_lost(bench: Bench, won: bool) -> None:
    session, intent = await paid(bench)
    bench.hands.dispute(session)
    bench.hands.close_dispute(session, won=won)
    [dispute] = (await bench.cards.read_money_back("operating", intent)).disputes
    assert dispute.status == ("won" if won else "lost")


async def test_disputed_money_cannot_be_refunded_until_the_dispute_is_won(bench: Bench) -> None:
    session, intent = await paid(bench)
    bench.hands.dispute(session)
    with pytest.raises(ProcessorRejected):
        await bench.cards.refund(back(intent, 100))
    bench.hands.close_dispute(session, won=True)
    assert (await bench.cards.refund(back(intent, 100, "rf-2"))).status == "succeeded"


async def test_more_refunds_than_fit_on_a_page_are_all_read(bench: Bench) -> None:
    session, intent = await paid(bench)
    for _ in range(205):
        bench.hands.refund_at_stripe(session, 100)
    refunds = (await bench.cards.read_money_back("operating", intent)).refunds
    assert len({refund.refund_id for refund in refunds}) == 205


async def test_another_accounts_money_is_neither_refunded_nor_read(bench: Bench) -> None:
    """(M16)"""
    _, intent = await paid(bench)
    with pytest.raises(ProcessorRejected):
        await bench.cards.refund(back(intent, 100, account="trust"))
    with pytest.raises(ProcessorRejected):
        await bench.cards.read_money_back("trust", intent)
    with pytest.raises(ProcessorDenied):
        await bench.cards.refund(back(intent, 100, account="escrow"))
    assert await bench.cards.read_money_back("operating", intent) == MoneyBack()


@pytest.mark.parametrize("intent", ["pi_unknown", "", "../charges", "cs_test_1"])
async def test_an_unknown_payment_intent_is_refused(bench: Bench, intent: str) -> None:
    with pytest.raises(ProcessorRejected):
        await bench.cards.read_money_back("operating", intent)


async def test_the_session_of_a_payment_intent_is_found_in_its_own_account_only(bench: Bench) -> None:
    """(M16)"""
    session, intent = await paid(bench)
    assert await bench.cards.find_checkout("operating", intent) == session
    assert await bench.cards.find_checkout("trust", intent) == ""
    assert await bench.cards.find_checkout("operating", "pi_unknown") == ""
