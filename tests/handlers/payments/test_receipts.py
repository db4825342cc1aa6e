"""What a payer is written when money moves: a receipt once, and that the bank refused."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from handlers.jobs import steps
from handlers.jobs.kinds import STEPS
from handlers.jobs.worker import Worker
from handlers.payments.payer_page import payer_page
from handlers.payments.read_receipt import payer_receipt
from handlers.payments.settle import record_truth
from handlers.ports import DeliveryRefused, DeliveryTrouble
from models.engines.endings import EngineTrouble
from models.job_queue import Claimed
from models.link_states import LinkState
from models.money import Money
from models.tables import (
    CheckoutAttempt,
    DisclaimerVersion,
    Job,
    LinkEvent,
    Payment,
    PaymentLink,
    Recipient,
    Refund,
)
from tests.cast import FIRM
from tests.handlers.payments.conftest import Till
from tests.handlers.payments.receipts import JANE, JOE, debit, paid, receipts


async def test_each_address_the_link_was_mailed_to_gets_the_receipt_and_the_thread_says_so(till: Till) -> None:
    link = await paid(till, JANE, JOE, payer_name="Jane Doe", invoice_number="1042")
    assert sorted(receipts(till)) == [JANE, JOE]  # eight letters leave at once, in any order
    letter = till.around.letters.receipts[0]
    assert letter.url == f"{FIRM.page_url(link.token)}/receipt"
    assert letter.message_id.startswith(f"receipt-{link.reference.lower()}-")
    assert letter.message_id != till.around.letters.receipts[1].message_id
    receipt = letter.receipt
    assert (receipt.number, receipt.paid, receipt.method) == (f"{link.reference}-1", Money(10000, "USD"), "card")
    assert (receipt.payer_name, receipt.invoice_number) == ("Jane Doe", "1042")
    assert receipt.payment == (await Payment.get()).payment_intent
    assert sorted(words for words in till.said() if "receipt" in words) == [
        f"The receipt was sent to {JANE}.",
        f"The receipt was sent to {JOE}.",
    ]
    assert await payer_receipt(link.token, till.around.ports) == receipt


async def test_a_link_that_was_never_mailed_is_receipted_to_the_address_typed_on_stripes_page(till: Till) -> None:
    till.cards.payer_email = "Payer@Home.Example"
    await paid(till)
    assert receipts(till) == ["Payer@home.example"]
    assert (await Recipient.get()).delivery == "sent"  # so that its bounce finds the link


async def test_an_address_that_no_letter_reached_is_replaced_by_the_one_typed_at_stripe(till: Till) -> None:
    till.cards.payer_email = JOE
    till.around.letters.troubles.waiting = [DeliveryRefused("550 no such mailbox")]
    link = await till.link(emails=(JANE,))
    session = await till.press_pay(link)
    await till.work()
    assert (await Recipient.get()).delivery == "failed"
    till.cards.pay(session)
    await till.hears("completed", session)
    assert receipts(till) == [JOE]


@pytest.mark.parametrize(
    "typed", ["", "no address", "a@b\r\nBcc: x@y.example", "x" * 300 + "@y.example", "jö@y.example"]
)
async def test_what_was_typed_at_stripe_and_is_no_address_is_not_written_to(till: Till, typed: str) -> None:
    """(T18)"""
    till.cards.payer_email = typed
    link = await paid(till)
    assert link.state is LinkState.PAID
    assert receipts(till) == []
    assert (await Payment.get()).payer_email == ""


async def test_the_firm_gets_its_copy_where_it_wants_one(till: Till) -> None:
    till.around.firm = replace(FIRM, receipt_copy="books@harborfinch.example", reply_to="office@harborfinch.example")
    await paid(till, JANE)
    letters = [(letter.to, letter.copy, letter.reply_to) for letter in till.around.letters.receipts]
    assert letters == [
        (JANE, False, "office@harborfinch.example"),
        ("books@harborfinch.example", True, "office@harborfinch.example"),
    ]
    assert "The firm's copy of the receipt was sent to books@harborfinch.example." in till.said()


async def test_without_a_mail_front_nothing_is_owed_and_the_page_has_the_receipt_all_the_same(till: Till) -> None:
    link = await till.link()
    session = await till.press_pay(link)
    till.cards.pay(session)
    till.cards.payer_email = JANE
    attempt = await CheckoutAttempt.get()
    truth = await till.cards.read_checkout("operating", session)
    await record_truth(attempt, truth, replace(till.around.ports, letters=None))
    assert await Job.filter(lane="mail").count() == 0
    assert await payer_receipt(link.token, till.around.ports) is not None


async def test_a_receipt_owed_before_the_mail_front_was_turned_off_is_told_to_the_admins(till: Till) -> None:
    link = await till.link(emails=(JANE,))
    session = await till.press_pay(link)
    till.cards.pay(session)
    truth = await till.cards.read_checkout("operating", session)
    await record_truth(await CheckoutAttempt.get(), truth, till.around.ports)
    without_mail = Worker(STEPS, replace(till.around.ports, letters=None))
    while await without_mail.run_due():
        pass
    assert any("mail front is off" in words for _, words in till.around.poster.told)
    assert (await Job.get(kind="send_receipt")).state == "dead"


async def test_a_receipt_is_owed_once_however_often_stripe_is_asked_again(till: Till) -> None:
    """(M07, F10)"""
    link = await till.link(emails=(JANE,))
    session = await till.press_pay(link)
    till.cards.pay(session)
    for number in range(5):
        await till.webhook("completed", session, event_id=f"evt_{number % 2}")
    for _ in range(3):
        await payer_page(link.token, till.around.ports, session)
    await till.work()
    await till.hears("completed", session)
    assert receipts(till) == [JANE]
    assert await LinkEvent.filter(kind="receipt_sent").count() == 1


async def test_two_who_settle_at_once_owe_one_receipt(till: Till) -> None:
    """(M07) The webhook's job and the payer's return page."""
    link = await till.link(emails=(JANE,))
    await till.work()
    session = await till.press_pay(link)
    till.cards.pay(session)
    attempt = await CheckoutAttempt.get()
    truth = await till.cards.read_checkout("operating", session)
    await asyncio.gather(*(record_truth(attempt, truth, till.around.ports) for _ in range(8)))
    assert await Job.filter(kind="send_receipt").count() == 1
    await till.work()
    assert receipts(till) == [JANE]


async def test_a_payment_found_again_after_a_restore_is_recorded_and_no_letter_goes_out(till: Till) -> None:
    """(M17)"""
    link = await till.link(emails=(JANE,))
    session = await till.press_pay(link)
    till.cards.pay(session)
    truth = await till.cards.read_checkout("operating", session)
    await record_truth(await CheckoutAttempt.get(), truth, till.around.ports, tell_payer=False)
    await till.work()
    assert (await PaymentLink.get(id=link.id)).state is LinkState.PAID
    assert receipts(till) == []
    assert "no letter about it went to the client by itself" in till.said()[-1]


async def test_a_refused_receipt_is_told_in_the_thread_and_a_mail_server_that_is_away_is_tried_again(
    till: Till,
) -> None:
    link = await till.link(emails=(JANE,))
    session = await till.press_pay(link)
    await till.work()
    till.cards.pay(session)
    till.around.letters.troubles.waiting = [DeliveryTrouble("421 later"), DeliveryRefused("550 mailbox \x00full")]
    await till.hears("completed", session)
    assert receipts(till) == []
    till.around.clock.tick(timedelta(minutes=5))
    await till.work()
    assert till.said()[-1] == f"The receipt for {JANE} could not be delivered: 550 mailbox full."
    assert (await Recipient.get()).delivery == "failed"
    assert await Job.filter(kind="send_receipt").count() == 0


async def test_a_database_that_hiccups_after_the_receipt_left_sends_no_second_one(
    till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    """(F34)"""
    hiccups = [EngineTrouble(again=True, cause="connection lost")]

    async def paid_off(job: Claimed) -> None:
        if hiccups:
            raise hiccups.pop()
        await steps.paid_off(job)

    monkeypatch.setattr("handlers.jobs.send_receipt.paid_off", paid_off)
    await paid(till, JANE)
    till.around.clock.tick(60)
    await till.work()
    assert receipts(till) == [JANE]
    assert not hiccups
    assert await LinkEvent.filter(kind="receipt_sent").count() == 1


async def test_a_part_paid_link_has_a_receipt_of_the_part(till: Till) -> None:
    """(F4)"""
    link = await paid(till, JANE, minor=4000, partial=True)
    [letter] = till.around.letters.receipts
    assert link.state is LinkState.PART_PAID
    assert letter.receipt.part
    assert (letter.receipt.paid, letter.receipt.asked) == (Money(4000, "USD"), Money(10000, "USD"))


async def test_a_receipt_shows_what_went_back_and_the_terms_its_payer_saw(till: Till) -> None:
    link = await paid(till, JANE)
    payment = await Payment.get()
    seen = await DisclaimerVersion.create(text="The terms of then.", since=till.around.clock.now())
    await DisclaimerVersion.create(text="The terms of today.", since=till.around.clock.now())
    await CheckoutAttempt.all().update(disclaimer=seen.id)
    till.around.clock.tick(timedelta(days=2))
    for number, (minor, state) in enumerate([(1000, "succeeded"), (500, "pending"), (700, "asked"), (900, "failed")]):
        await Refund.create(
            payment_id=payment.id,
            account="operating",
            refund_id=f"re_{number}",
            amount_minor=minor,
            currency="USD",
            state=state,
            at=till.around.clock.now(),
        )
    receipt = await payer_receipt(link.token, till.around.ports)
    assert receipt is not None
    assert [(one.amount.minor, one.arrived) for one in receipt.went_back] == [(1000, True), (500, False)]
    assert receipt.kept == Money(8500, "USD")
    assert (receipt.disclaimer, receipt.disclaimer_version) == ("The terms of then.", seen.id)
    assert receipt.on.isoformat() == "2026-11-23"  # of the payment, not of the refund


async def test_the_day_of_a_receipt_is_the_firms(till: Till) -> None:
    till.around.clock.tick(timedelta(hours=13))  # four in the morning of the 24th in UTC, still the 23rd in New York
    link = await paid(till, JANE)
    receipt = await payer_receipt(link.token, till.around.ports)
    assert receipt is not None
    assert receipt.on.isoformat() == "2026-11-23"


async def test_the_day_of_a_payment_that_is_found_late_is_the_day_it_was_made(till: Till) -> None:
    """(M17)"""
    link = await till.link(emails=(JANE,))
    session = await till.press_pay(link)
    till.cards.pay(session)
    till.around.clock.tick(timedelta(days=2))
    await till.hears("completed", session)
    [letter] = till.around.letters.receipts
    assert letter.receipt.on.isoformat() == "2026-11-23"


async def test_a_stripe_clock_that_is_ahead_dates_no_receipt_tomorrow(till: Till) -> None:
    """(F35)"""
    link = await till.link(emails=(JANE,))
    session = await till.press_pay(link)
    till.cards.pay(session)
    kept = till.cards._sessions[session]
    kept.truth = replace(kept.truth, charged_at=till.around.clock.now() + timedelta(days=1))
    await till.hears("completed", session)
    assert (await Payment.get()).at == till.around.clock.now()


async def test_before_money_counts_there_is_no_receipt(till: Till) -> None:
    """(M04, B62) Late money and money that is not as it was asked for wait for a person."""
    unpaid = await till.link(emails=(JANE,))
    under_way, _ = await debit(till, JANE)
    late = await till.link(emails=(JANE,))
    session = await till.press_pay(late)
    till.cards.pay(session)
    await PaymentLink.filter(id=late.id).update(state=LinkState.CANCELLED)
    await till.hears("completed", session)
    odd = await till.link(emails=(JANE,))
    session = await till.press_pay(odd)
    till.cards.pay(session)
    kept = till.cards._sessions[session]
    kept.truth = replace(kept.truth, received=Money(9999, "USD"))
    await till.hears("completed", session)
    page = await payer_page(late.token, till.around.ports)
    assert page is not None
    assert page.late
    for link in (unpaid, under_way, late, odd):
        assert await payer_receipt(link.token, till.around.ports) is None
    assert await payer_receipt("unknown-0123456789abcdefghijklmn", till.around.ports) is None
    assert receipts(till) == []


async def test_a_second_payment_that_came_late_changes_nothing_on_the_receipt_of_the_first(till: Till) -> None:
    """(M04)"""
    link = await paid(till, JANE)
    first = await payer_receipt(link.token, till.around.ports)
    await Payment.create(
        link_id=link.id,
        account="operating",
        payment_intent="pi_twice",
        session_id="cs_twice",
        amount_minor=10000,
        currency="USD",
        state="succeeded",
        late_money=True,
        at=till.around.clock.now(),
    )
    assert await payer_receipt(link.token, till.around.ports) == first
    page = await payer_page(link.token, till.around.ports)
    assert page is not None


async def test_looking_at_a_receipt_changes_nothing_and_asks_stripe_nothing(till: Till) -> None:
    """(T02)"""
    link = await paid(till, JANE)
    asked, events = list(till.cards.calls), await LinkEvent.all().count()
    for _ in range(20):
        await payer_receipt(link.token, till.around.ports)
    assert till.cards.calls == asked
    assert await LinkEvent.all().count() == events
    assert await Job.exclude(kind="expire_link").count() == 0
