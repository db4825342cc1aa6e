"""What every card processor does with money that goes back and is disputed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from handlers.ports import MoneyBack, ProcessorDenied, ProcessorRejected, RefundRequest
from models.money import Money
from tests.contracts.card_bench import PROCESSORS, Bench, card_bench, opened


@pytest.fixture(params=PROCESSORS)
async def bench(request: pytest.FixtureRequest) -> AsyncIterator[Bench]:
    async with card_bench(request.param) as bench:
        yield bench


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
