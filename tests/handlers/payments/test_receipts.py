"""What a payer is written when money moves: a receipt once, and that the bank refused."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from handlers.answers import Refusal, Resent
from handlers.desk import Desk
from handlers.jobs import steps
from handlers.jobs.kinds import STEPS
from handlers.jobs.worker import Worker
from handlers.links.verify_trail import verify_trails
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
    StaffMember,
)
from tests.cast import FIRM, SAM
from tests.handlers.payments.conftest import Till

JANE, JOE = "jane@acme.example", "joe@acme.example"


async def paid(till: Till, *emails: str, minor: int | None = None, **asked: Any) -> PaymentLink:
    """A link that was paid by card, and all that follows from it done."""
    link = await till.link(emails=emails, **asked)
    session = await till.press_pay(link, minor)
    till.cards.pay(session)
    await till.hears("completed", session)
    return await PaymentLink.get(id=link.id)


async def debit(till: Till, *emails: str) -> tuple[PaymentLink, str]:
    """A link on which a bank debit is under way."""
    link = await till.link(emails=emails)
    session = await till.press_pay(link)
    till.cards.debit(session)
    await till.hears("completed", session)
    return await PaymentLink.get(id=link.id), session


def receipts(till: Till) -> list[str]:
    return [letter.to for letter in till.around.letters.receipts]


# ── the receipt ───────────────────────────────────────────────────────────────────────────────────────────────────────


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


# ── the receipt again ─────────────────────────────────────────────────────────────────────────────────────────────────


async def test_resend_on_a_paid_link_sends_the_receipt_again_to_payers_only(till: Till) -> None:
    till.around.firm = replace(FIRM, receipt_copy="books@harborfinch.example")
    link = await paid(till, JANE)
    requests = len(till.around.letters.requests)
    answer = await Desk(till.around.ports).hear(SAM.in_slack(), f"resend {link.reference}")
    assert isinstance(answer, Resent)
    assert (answer.receipt, answer.mailed_to) == (True, (JANE,))
    await till.work()
    assert receipts(till) == [JANE, "books@harborfinch.example", JANE]
    assert len(till.around.letters.requests) == requests
    assert f"Sam Okafor sent the receipt again to {JANE}." in till.said()


async def test_resend_sends_a_receipt_to_another_address_when_one_is_named(till: Till) -> None:
    link = await paid(till)
    answer = await Desk(till.around.ports).hear(SAM.in_slack(), f"resend {link.reference}")
    assert isinstance(answer, Refusal)
    assert f"resend {link.reference} EMAIL" in answer.sentence
    await Desk(till.around.ports).hear(SAM.in_slack(), f"resend {link.reference} {JOE}")
    await till.work()
    assert receipts(till) == [JOE]
    recipient = await Recipient.get()
    assert (recipient.address, recipient.delivery) == (JOE, "sent")


async def test_resend_sends_a_receipt_to_an_address_whose_letter_came_back(till: Till) -> None:
    """Somebody has mended the mailbox: asking again is asking."""
    link = await paid(till, JANE)
    await Recipient.all().update(delivery="bounced", trouble="no such mailbox")
    answer = await Desk(till.around.ports).hear(SAM.in_slack(), f"resend {link.reference}")
    assert isinstance(answer, Resent)
    await till.work()
    assert receipts(till) == [JANE, JANE]
    recipient = await Recipient.get()
    assert (recipient.delivery, recipient.trouble) == ("sent", "")


@pytest.mark.own_rows
async def test_resend_on_an_open_link_sends_the_request_as_ever_and_on_a_closed_one_nothing(till: Till) -> None:
    link = await till.link(emails=(JANE,))
    answer = await Desk(till.around.ports).hear(SAM.in_slack(), f"resend {link.reference}")
    assert isinstance(answer, Resent)
    assert not answer.receipt
    await till.work()
    assert [letter.to for letter in till.around.letters.requests] == [JANE, JANE]
    await PaymentLink.all().update(state=LinkState.EXPIRED)
    assert isinstance(await Desk(till.around.ports).hear(SAM.in_slack(), f"resend {link.reference}"), Refusal)
    assert receipts(till) == []


# ── the bank debit ────────────────────────────────────────────────────────────────────────────────────────────────────


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


# ── whom to ask ───────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_payers_are_told_whom_to_ask_the_firms_contact_first_then_its_address_then_the_maker(till: Till) -> None:
    link = await till.link()

    async def contact() -> str:
        page = await payer_page(link.token, till.around.ports)
        assert page is not None
        return page.contact

    assert await contact() == ""
    await StaffMember.create(slack_id=SAM.slack_id, name=SAM.name, email=SAM.email, role="staff")
    assert await contact() == SAM.email
    till.around.firm = replace(FIRM, reply_to="office@harborfinch.example")
    assert await contact() == "office@harborfinch.example"
    till.around.firm = replace(till.around.firm, contact="+1 617 555 0100")
    assert await contact() == "+1 617 555 0100"


async def test_the_trail_is_whole_after_letters_of_every_kind(till: Till) -> None:
    """(M10)"""
    await paid(till, JANE, JOE)
    _, session = await debit(till, JANE)
    till.cards.settle_debit(session, cleared=False)
    await till.hears("async_payment_failed", session)
    _, faults = await verify_trails()
    assert faults == ()
