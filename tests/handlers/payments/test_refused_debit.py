"""A bank debit that the bank refuses or lets through days later, as its payer hears of it."""

from __future__ import annotations

from datetime import timedelta

from handlers.payments.payer_page import payer_page
from handlers.ports import DeliveryRefused, DeliveryTrouble
from models.link_states import LinkState
from models.money import Money
from tests.cast import FIRM
from tests.handlers.payments.conftest import Till
from tests.handlers.payments.receipts import JANE, debit, receipts


async def test_a_debit_that_the_bank_refuses_is_told_to_the_payer_with_the_link_to_pay_again(till: Till) -> None:
    """(M09)"""
    link, session = await debit(till, JANE)
    shown = await payer_page(link.token, till.around.ports)
    assert shown is not None
    assert (shown.under_way, shown.refused) == (Money(10000, "USD"), None)
    till.around.clock.tick(timedelta(days=3))
    till.cards.settle_debit(session, cleared=False)
    for number in range(3):
        await till.hears("async_payment_failed", session, event_id=f"evt_failed_{number}")
    told = till.around.letters.requests[1:]
    assert [(one.to, one.refused, one.refused_why, one.url) for one in told] == [
        (JANE, Money(10000, "USD"), "The bank refused.", FIRM.page_url(link.token))
    ]
    assert f"{JANE} was told by letter that the bank debit failed, with the link to pay again." in till.said()
    shown = await payer_page(link.token, till.around.ports)
    assert shown is not None
    assert (shown.state, shown.under_way, shown.refused) == (LinkState.OPEN, None, Money(10000, "USD"))
    assert receipts(till) == []


async def test_a_payer_who_kept_the_page_they_came_back_to_can_pay_again_once_the_bank_has_refused(till: Till) -> None:
    """(M09, B54)"""
    link, session = await debit(till, JANE)
    till.cards.settle_debit(session, cleared=False)
    await till.hears("async_payment_failed", session)
    shown = await payer_page(link.token, till.around.ports, session)
    assert shown is not None
    assert (shown.state, shown.confirming, shown.refused) == (LinkState.OPEN, False, Money(10000, "USD"))


async def test_after_a_failed_debit_a_payment_ends_the_note_and_brings_the_receipt(till: Till) -> None:
    """(M09)"""
    link, session = await debit(till, JANE)
    till.cards.settle_debit(session, cleared=False)
    await till.hears("async_payment_failed", session)
    again = await till.press_pay(link)
    till.cards.pay(again)
    await till.hears("completed", again)
    shown = await payer_page(link.token, till.around.ports)
    assert shown is not None
    assert (shown.state, shown.refused) == (LinkState.PAID, None)
    [letter] = till.around.letters.receipts
    assert letter.receipt.number == f"{link.reference}-2"


async def test_a_debit_that_clears_brings_the_receipt_then_and_not_before(till: Till) -> None:
    """(M09)"""
    _, session = await debit(till, JANE)
    assert receipts(till) == []
    till.around.clock.tick(timedelta(days=3))
    till.cards.settle_debit(session, cleared=True)
    await till.hears("async_payment_succeeded", session)
    [letter] = till.around.letters.receipts
    assert (letter.receipt.method, letter.receipt.on.isoformat()) == ("bank debit", "2026-11-26")


async def test_a_link_paid_before_the_letter_about_the_refusal_left_asks_for_nothing_again(till: Till) -> None:
    link, session = await debit(till, JANE)
    till.cards.settle_debit(session, cleared=False)
    till.around.letters.troubles.waiting = [DeliveryTrouble("421 later")]
    await till.hears("async_payment_failed", session)
    again = await till.press_pay(link)
    till.cards.pay(again)
    await till.hears("completed", again)
    till.around.clock.tick(timedelta(minutes=5))
    await till.work()
    assert len(till.around.letters.requests) == 1  # the first request only
    assert receipts(till) == [JANE]


async def test_a_letter_about_a_refusal_that_is_refused_itself_is_told(till: Till) -> None:
    link, session = await debit(till, JANE)
    till.cards.settle_debit(session, cleared=False)
    till.around.letters.troubles.waiting = [DeliveryRefused("")]
    await till.hears("async_payment_failed", session)
    assert till.said()[-1] == (
        f"The letter to {JANE} could not be delivered: refused. "
        f"To send it to another address type `resend {link.reference} new@address`."
    )
