"""Settling: Stripe's truth becomes payments and states, once, in whatever order it is told."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import timedelta

import pytest

from handlers.links.cancel_link import cancel_links
from handlers.links.create_link import create_link
from handlers.links.verify_trail import verify_trails
from handlers.payments.payer_page import payer_page
from handlers.payments.settle import record_failed_try
from handlers.payments.start_checkout import start_checkout
from handlers.ports import ProcessorUnreachable
from handlers.requests import CancelLinks, CreateLink
from models.link_states import LinkState
from models.money import Money
from models.tables import CheckoutAttempt, InboundEvent, Job, LinkEvent, Payment, PaymentLink
from tests.cast import SAM
from tests.handlers.payments.conftest import Till


async def test_a_paid_session_makes_the_link_paid_and_the_channel_is_told(till: Till) -> None:
    link = await till.link()
    session = await till.press_pay(link)
    till.cards.pay(session)
    await till.hears("completed", session)
    link = await PaymentLink.get()
    assert (link.state, link.paid) == (LinkState.PAID, Money(10000, "USD"))
    payment = await Payment.get()
    assert (payment.amount, payment.state, payment.method) == (Money(10000, "USD"), "succeeded", "card")
    assert till.said()[-1] == "Paid: $100.00 by card."
    [card] = till.around.poster.cards.values()
    assert card.state is LinkState.PAID


async def test_what_the_event_claims_is_not_believed(till: Till) -> None:
    link = await till.link()
    session = await till.press_pay(link)
    await till.hears("completed", session, payment_status="paid", status="complete")
    assert (await PaymentLink.get()).state is LinkState.OPEN
    assert await Payment.all().count() == 0


async def test_an_event_ten_times_over_counts_once(till: Till) -> None:
    """(F10, T09)"""
    link = await till.link()
    session = await till.press_pay(link)
    till.cards.pay(session)
    for _ in range(10):
        await till.webhook("completed", session, event_id="evt_same")
    for _ in range(10):
        await till.webhook("completed", session)
    await till.work()
    assert await InboundEvent.filter(source="stripe:operating").count() == 11
    assert await Payment.all().count() == 1
    assert [words for words in till.said() if words.startswith("Paid")] == ["Paid: $100.00 by card."]


async def test_a_webhook_that_overtakes_our_own_answer_finds_its_attempt(till: Till) -> None:
    """(F12)"""
    link = await till.link()
    till.cards.lost = [ProcessorUnreachable("timed out")]
    with pytest.raises(ProcessorUnreachable):
        await start_checkout(link.token, None, till.around.ports)
    till.cards.pay("cs_test_000001")
    await till.hears("completed", "cs_test_000001")
    assert (await PaymentLink.get()).state is LinkState.PAID


async def test_a_bank_debit_is_processing_until_the_bank_decides(till: Till) -> None:
    """(M09)"""
    link = await till.link()
    session = await till.press_pay(link)
    till.cards.debit(session)
    await till.hears("completed", session)
    assert (await PaymentLink.get()).state is LinkState.PROCESSING
    assert (await PaymentLink.get()).paid_minor == 0
    report = await cancel_links(CancelLinks((link.reference,)), SAM.in_slack(), till.around.ports)
    assert "was paid by bank debit" in report.outcomes[0].sentence
    till.around.clock.tick(timedelta(days=3))
    till.cards.settle_debit(session, cleared=True)
    await till.hears("async_payment_succeeded", session)
    assert (await PaymentLink.get()).state is LinkState.PAID


async def test_a_failed_bank_debit_opens_the_link_again_for_a_new_attempt(till: Till) -> None:
    """(M09)"""
    link = await till.link()
    session = await till.press_pay(link)
    till.cards.debit(session)
    await till.hears("completed", session)
    till.cards.settle_debit(session, cleared=False)
    await till.hears("async_payment_failed", session)
    assert (await PaymentLink.get()).state is LinkState.OPEN
    assert "The bank refused." in till.said()[-1]
    again = await till.press_pay(link)
    assert again != session
    till.cards.pay(again)
    await till.hears("completed", again)
    assert (await PaymentLink.get()).state is LinkState.PAID


async def test_a_voucher_that_waits_to_be_paid_is_processing_and_its_money_is_not_lost(till: Till) -> None:
    """(M02, M09) Stripe completes the session and lets the intent wait for an action of the payer's: a shop, a bank."""
    link = await till.link()
    session = await till.press_pay(link)
    till.cards.debit(session)
    kept = till.cards._sessions[session]
    kept.truth = replace(kept.truth, intent_status="requires_action", method="")
    await till.hears("completed", session)
    assert (await PaymentLink.get()).state is LinkState.PROCESSING
    kept.truth = replace(kept.truth, payment_status="paid", intent_status="succeeded", received=Money(10000, "USD"))
    await till.hears("async_payment_succeeded", session)
    assert (await PaymentLink.get()).state is LinkState.PAID
    assert (await Payment.get()).state == "succeeded"


async def test_money_that_comes_after_the_bank_said_no_is_not_lost(till: Till) -> None:
    """(M02)"""
    link = await till.link()
    session = await till.press_pay(link)
    till.cards.debit(session)
    await till.hears("completed", session)
    till.cards.settle_debit(session, cleared=False)
    await till.hears("async_payment_failed", session)
    kept = till.cards._sessions[session]
    kept.truth = replace(kept.truth, payment_status="paid", intent_status="succeeded", received=Money(10000, "USD"))
    await till.hears("async_payment_succeeded", session)
    assert (await PaymentLink.get(id=link.id)).state is LinkState.PAID
    assert (await Payment.get()).state == "succeeded"


async def test_a_session_called_paid_without_a_payment_waits_for_a_person(till: Till) -> None:
    """(B62) What was received is what counts, and Stripe names no payment."""
    link = await till.link()
    session = await till.press_pay(link)
    till.cards.pay(session)
    kept = till.cards._sessions[session]
    kept.truth = replace(kept.truth, payment_intent="", intent_status="", received=None)
    await till.hears("completed", session)
    link = await PaymentLink.get()
    assert (link.state, link.review) == (LinkState.OPEN, True)


async def test_any_order_and_number_of_a_debits_events_ends_the_same(till: Till) -> None:
    """(M07) The objects are read back, so an early or doubled event changes nothing."""
    for order in itertools.permutations(["completed", "async_payment_succeeded", "completed"]):
        link = await till.link()
        session = await till.press_pay(link)
        till.cards.debit(session)
        till.cards.settle_debit(session, cleared=True)
        for kind in order:
            await till.webhook(kind, session)
        await till.work()
        assert (await PaymentLink.get(id=link.id)).state is LinkState.PAID
        assert await Payment.filter(link_id=link.id).count() == 1


async def test_a_declined_card_is_told_and_the_payer_may_try_again(till: Till) -> None:
    link = await till.link()
    session = await till.press_pay(link)
    till.cards.decline(session)
    intent = {"metadata": {"reference": link.reference}, "last_payment_error": {"message": "Your card was declined."}}
    for _ in range(2):
        await record_failed_try("operating", intent, "evt_1", till.around.ports)
    await till.work()
    assert till.said()[-1] == "A payment did not go through: Your card was declined."
    assert await LinkEvent.filter(kind="failed").count() == 1
    assert await till.press_pay(link) == session


async def test_a_thousand_stolen_cards_do_not_bury_the_channel(till: Till) -> None:
    """(T07)"""
    link = await till.link()
    intent = {"metadata": {"reference": link.reference}, "last_payment_error": {"message": "Your card was declined."}}
    for number in range(50):
        await record_failed_try("operating", intent, f"evt_{number}", till.around.ports)
    await till.work()
    assert len([words for words in till.said() if "declined" in words]) == 20


async def test_paying_a_part_uses_the_link_up_and_names_the_balance(till: Till) -> None:
    """(F4)"""
    link = await till.link(10000, partial=True)
    session = await till.press_pay(link, 4000)
    till.cards.pay(session)
    await till.hears("completed", session)
    link = await PaymentLink.get()
    assert (link.state, link.paid) == (LinkState.PART_PAID, Money(4000, "USD"))
    assert till.said()[-1] == "Partly paid: $40.00 by card. $60.00 is still owed."


async def test_money_on_a_cancelled_link_is_kept_flagged_and_told_loudly(till: Till) -> None:
    """(M04)"""
    link = await till.link()
    session = await till.press_pay(link)
    till.cards.pay(session)
    await PaymentLink.filter(id=link.id).update(state=LinkState.CANCELLED)
    await till.hears("completed", session)
    link = await PaymentLink.get()
    assert (link.state, link.late_money) == (LinkState.CANCELLED, True)
    assert (await Payment.get()).late_money
    assert till.said()[-1].startswith("MONEY ARRIVED ON A CLOSED LINK: $100.00")


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"amount": Money(1, "USD")}, "$0.01"),
        ({"amount": Money(10000, "EUR")}, "€100.00"),
        ({"received": Money(9999, "USD")}, "$99.99"),
        ({"reference": "PL-000000"}, "PL-000000"),
        ({"livemode": True}, "live mode"),
    ],
)
async def test_money_that_is_not_what_was_asked_for_waits_for_a_person(
    till: Till, wrong: dict[str, object], said: str
) -> None:
    """(B62)"""
    link = await till.link()
    session = await till.press_pay(link)
    till.cards.pay(session)
    kept = till.cards._sessions[session]
    kept.truth = replace(kept.truth, **wrong)  # type: ignore[arg-type]  # fields of the truth
    await till.hears("completed", session)
    link = await PaymentLink.get()
    assert (link.state, link.review) == (LinkState.OPEN, True)
    assert said in till.said()[-1]
    page = await payer_page(link.token, till.around.ports)
    assert page is not None
    assert page.confirming


@pytest.mark.parametrize("wrong", [True, False])
async def test_money_that_needs_a_person_reaches_the_admins_where_no_channel_hears_of_the_link(
    till: Till, wrong: bool
) -> None:
    """(M04, B62) A link made by mail has no channel, and its maker may be in no Slack."""
    asked = CreateLink(Money(10000, "USD"), "operating")
    await create_link(asked, SAM.by_mail(), till.around.ports)
    link = await PaymentLink.get()
    session = await till.press_pay(link)
    till.cards.pay(session)
    if wrong:
        kept = till.cards._sessions[session]
        kept.truth = replace(kept.truth, amount=Money(1, "USD"))
    else:
        await PaymentLink.filter(id=link.id).update(state=LinkState.CANCELLED)
    await till.hears("completed", session)
    assert any(to == "U0NOOR" and link.reference in words for to, words in till.around.poster.told)


async def test_a_session_we_did_not_make_is_reported_to_the_admins(till: Till) -> None:
    """(B61)"""
    link = await till.link()
    session = await till.press_pay(link)
    await CheckoutAttempt.all().delete()
    kept = till.cards._sessions[session]
    kept.truth = replace(kept.truth, attempt=0)  # it only bears the reference, as whoever pays can make it do
    till.cards.pay(session)
    await till.hears("completed", session)
    assert (await InboundEvent.get(source="stripe:operating")).outcome == "review: unknown session"
    assert any(session in words for _, words in till.around.poster.told)


async def test_stripe_being_away_keeps_the_event_owed(till: Till) -> None:
    """(F09)"""
    link = await till.link()
    session = await till.press_pay(link)
    till.cards.pay(session)
    await till.webhook("completed", session)
    till.cards.troubles = [ProcessorUnreachable("refused")] * 3
    for _ in range(5):
        await till.work()
        till.around.clock.tick(timedelta(minutes=10))
    assert (await PaymentLink.get(id=link.id)).state is LinkState.PAID
    assert await Job.filter(kind="settle_event").count() == 0


async def test_coming_back_from_the_checkout_page_shows_the_truth_before_the_webhook(till: Till) -> None:
    """(F09, B54)"""
    link = await till.link()
    session = await till.press_pay(link)
    till.cards.pay(session)
    page = await payer_page(link.token, till.around.ports, session)
    assert page is not None
    assert page.state is LinkState.PAID


async def test_a_made_up_session_id_in_the_url_asks_stripe_nothing_and_changes_nothing(till: Till) -> None:
    """(B54)"""
    link, other = await till.link(), await till.link()
    session = await till.press_pay(other)
    till.cards.pay(session)
    asked = list(till.cards.calls)
    for claimed in (session, "cs_test_made_up", "x" * 300):
        page = await payer_page(link.token, till.around.ports, claimed)
        assert page is not None
        assert page.state is LinkState.OPEN
    assert till.cards.calls == asked


async def test_looking_at_the_page_changes_nothing_and_asks_stripe_nothing(till: Till) -> None:
    """(T02)"""
    link = await till.link()
    await till.work()
    events = await LinkEvent.all().count()
    for _ in range(100):
        await payer_page(link.token, till.around.ports)
    assert till.cards.calls == []
    assert await LinkEvent.all().count() == events
    assert await Job.exclude(kind="expire_link").count() == 0


async def test_the_trail_is_whole_after_everything(till: Till) -> None:
    """(M10)"""
    for _ in range(3):
        link = await till.link()
        session = await till.press_pay(link)
        till.cards.pay(session)
        await till.hears("completed", session)
    _, faults = await verify_trails()
    assert faults == ()


async def _two_pages(till: Till) -> tuple[PaymentLink, str, str]:
    """A link whose first page these books call dead, as after a restored backup, though it can still be paid."""
    link = await till.link()
    first = await till.press_pay(link)
    await CheckoutAttempt.filter(session_id=first).update(stage="dead")
    return link, first, await till.press_pay(link)


async def test_a_debit_that_fails_opens_no_link_on_which_another_debit_is_under_way(till: Till) -> None:
    """(M01, M09)"""
    _, first, second = await _two_pages(till)
    till.cards.debit(second)
    await till.hears("completed", second)
    till.cards.debit(first)
    await till.hears("completed", first)
    till.cards.settle_debit(first, cleared=False)
    await till.hears("async_payment_failed", first)
    assert (await PaymentLink.get()).state is LinkState.PROCESSING
    till.cards.settle_debit(second, cleared=False)
    await till.hears("async_payment_failed", second)
    assert (await PaymentLink.get()).state is LinkState.OPEN


async def test_a_link_can_be_paid_again_whatever_numbers_a_restored_backup_has_forgotten(till: Till) -> None:
    """(M17) Only the second of its two attempts came back, and its debit has failed."""
    link = await till.link()
    first = await till.press_pay(link)
    await CheckoutAttempt.filter(session_id=first).update(stage="dead")
    second = await till.press_pay(link)
    till.cards.debit(second)
    await till.hears("completed", second)
    till.cards.settle_debit(second, cleared=False)
    await CheckoutAttempt.filter(session_id=first).delete()
    await till.hears("async_payment_failed", second)
    third = await till.press_pay(await PaymentLink.get())
    till.cards.pay(third)
    await till.hears("completed", third)
    paid = await PaymentLink.get()
    assert (paid.state, paid.paid, paid.review) == (LinkState.PAID, paid.amount, False)
