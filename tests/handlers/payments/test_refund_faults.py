"""A refund while Stripe fails: asked again, read back, given up, never sent twice (M04, M05)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from handlers.payments.money_back import give_back
from handlers.ports import (
    ProcessorBusy,
    ProcessorDenied,
    ProcessorRejected,
    ProcessorTrouble,
    ProcessorUnreachable,
)
from models.tables import Job, Payment, PaymentLink, Refund
from tests.cast import NOOR
from tests.handlers.payments.conftest import Till
from tests.handlers.payments.refunds import pressed, proposed, sent


async def begun(till: Till) -> PaymentLink:
    link, _ = await till.paid()
    [offer] = (await proposed(till, f"refund {link.reference} 40")).offers
    await pressed(till, offer)
    return link


async def go_on(till: Till, minutes: int = 60) -> None:
    for _ in range(minutes):
        await till.work()
        till.around.clock.tick(60)


@pytest.mark.parametrize(
    "trouble", [ProcessorUnreachable("timed out"), ProcessorBusy("429", 5), ProcessorDenied("the key was rolled")]
)
async def test_a_stripe_that_fails_is_asked_again_until_it_answers(till: Till, trouble: ProcessorTrouble) -> None:
    link = await begun(till)
    till.cards.troubles = [trouble, trouble, trouble]
    await go_on(till)
    assert sent(till) == [4000]
    assert (await PaymentLink.get(id=link.id)).refunded_minor == 4000


async def test_an_answer_that_was_lost_is_read_back_and_nothing_goes_twice(till: Till) -> None:
    """(M05, F02) The day for which Stripe knows a key is over when it can be reached again."""
    await begun(till)
    till.cards.lost = [ProcessorUnreachable("timed out")]
    await till.work()
    till.cards._refunded.clear()  # Stripe has forgotten the key
    await go_on(till)
    assert sent(till) == [4000]
    refund = await Refund.get()
    assert (refund.state, refund.refund_id) == ("succeeded", till.cards.sent_back[0].refund_id)
    assert [call for call, _ in till.cards.calls].count("refund") == 1


async def test_the_webhook_overtakes_our_own_answer(till: Till) -> None:
    await begun(till)
    till.cards.lost = [ProcessorUnreachable("timed out")]
    await till.work()
    session = till.cards.taken[0].session_id
    await till.hears_of_money_back("charge.refunded", session)
    refund = await Refund.get()
    assert (refund.state, refund.asked_by) == ("succeeded", NOOR.slack_id)
    await go_on(till)
    assert sent(till) == [4000]
    assert await Refund.all().count() == 1


async def test_a_stored_500_is_asked_under_a_new_key_once_it_is_sure_that_nothing_went(till: Till) -> None:
    await begun(till)
    till.cards.troubles = [ProcessorUnreachable("500", stored=True)]
    await go_on(till)
    assert sent(till) == [4000]
    intent = (await Payment.get()).payment_intent
    keys = [about for call, about in till.cards.calls if call == "refund"]
    assert keys == [f"rf-{intent}", f"rf-{intent}.2"]
    assert [call for call, _ in till.cards.calls if call in ("refund", "money_back")] == [
        "refund",
        "money_back",
        "refund",
    ]


async def test_a_stored_500_after_the_money_went_sends_no_second_refund(till: Till) -> None:
    """(M05)"""
    await begun(till)
    till.cards.lost = [ProcessorUnreachable("500", stored=True)]
    await go_on(till)
    assert sent(till) == [4000]
    assert await Refund.all().count() == 1


async def test_a_refund_that_stripe_refuses_gives_the_sum_back_and_is_told(till: Till) -> None:
    link = await begun(till)
    till.cards.troubles = [ProcessorRejected("Stripe answered 400: insufficient funds")]
    await till.work()
    assert (await Refund.get()).state == "failed"
    assert (await Payment.get()).refunded_minor == 0
    link = await PaymentLink.get(id=link.id)
    assert (link.refunded_minor, link.review) == (0, True)
    assert till.said()[-1] == "THE REFUND OF $40.00 FAILED: Stripe answered 400: insufficient funds"
    assert any(to == "U0NOOR" and "failed" in words for to, words in till.around.poster.told)
    [offer] = (await proposed(till, f"refund {link.reference} 40")).offers
    await pressed(till, offer)
    await till.work()
    assert sent(till) == [4000]
    assert not (await PaymentLink.get(id=link.id)).review


async def test_a_refusal_of_what_went_all_the_same_gives_nothing_back(till: Till) -> None:
    """(M05) Stripe's list decides, not the refusal."""
    await begun(till)
    till.cards.lost = [ProcessorRejected("Stripe answered 400: the key was used with other parameters")]
    await till.work()
    assert ((await Refund.get()).state, (await Payment.get()).refunded_minor) == ("succeeded", 4000)


async def test_a_refund_that_was_given_back_and_turns_up_at_stripe_counts(till: Till) -> None:
    """(M05)"""
    link = await begun(till)
    till.cards.lost = [ProcessorRejected("400"), ProcessorRejected("404")]  # and the list does not know it, either
    await till.work()
    assert ((await Refund.get()).state, (await Payment.get()).refunded_minor) == ("failed", 0)
    await till.hears_of_money_back("charge.refunded", till.cards.taken[0].session_id)
    assert ((await Refund.get()).state, (await Payment.get()).refunded_minor) == ("succeeded", 4000)
    link = await PaymentLink.get(id=link.id)
    assert (link.refunded_minor, link.review) == (4000, False)


async def test_a_refund_that_a_restored_backup_has_forgotten_is_recorded_again(till: Till) -> None:
    """(M17)"""
    await begun(till)
    await till.work()
    await Refund.all().delete()
    await Payment.all().update(refunded_minor=0)
    await till.hears_of_money_back("charge.refunded", till.cards.taken[0].session_id)
    refund = await Refund.get()
    assert (refund.state, refund.idempotency_key) == ("succeeded", f"rf-{(await Payment.get()).payment_intent}")
    assert till.said()[-1] == "Refunded: $40.00."


async def test_a_sum_is_given_back_only_while_stripe_has_not_answered(till: Till) -> None:
    await begun(till)
    await till.work()
    await give_back(await Refund.get(), "too late to say no", till.around.ports)
    assert ((await Refund.get()).state, (await Payment.get()).refunded_minor) == ("succeeded", 4000)


async def test_who_asked_hears_that_a_bank_takes_its_time(till: Till) -> None:
    """(M09)"""
    link = await till.link()
    session = await till.press_pay(link)
    till.cards.debit(session)
    till.cards.settle_debit(session, cleared=True)
    await till.hears("completed", session)
    [offer] = (await proposed(till, f"refund {link.reference}")).offers
    await pressed(till, offer)
    await till.work()
    words = f"{link.reference}: $100.00 is on its way back to the client; the bank takes some days."
    assert (NOOR.slack_id, words) in till.around.poster.told
    again = await pressed(till, offer)
    assert "which is on its way" in getattr(again, "sentence", "")


async def test_a_refund_that_was_given_up_is_taken_up_when_it_is_asked_about(till: Till) -> None:
    link = await begun(till)
    till.cards.troubles = [ProcessorUnreachable("timed out")] * 50
    for _ in range(60):
        await till.work()
        till.around.clock.tick(timedelta(minutes=30))
    assert await Job.filter(kind="refund_payment", state="dead").count() == 1
    till.cards.troubles.clear()
    answer = await proposed(till, f"refund {link.reference}")
    assert "A refund of $40.00, asked for by Noor Haddad" in answer.notes[0]
    await till.work()
    assert sent(till) == [4000]
