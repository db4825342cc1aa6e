"""Refunds and disputes that were made at Stripe: read back, recorded as facts, told, in any order (M05, M07)."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from datetime import timedelta

import pytest

from handlers.answers import LinkList
from handlers.desk import Desk
from handlers.links.aftermath import beside_state
from handlers.links.cards import card_for
from handlers.links.verify_trail import verify_trails
from handlers.payments.money_back import record_money_back
from handlers.payments.payer_page import payer_page
from handlers.payments.record_event import record_event
from handlers.ports import DisputeTruth, MoneyBack, ProcessorUnreachable, RefundTruth
from models.link_states import LinkState
from models.money import Money
from models.tables import Dispute, InboundEvent, LinkEvent, Payment, PaymentLink, Refund
from tests.cast import FIRM, NOOR
from tests.handlers.payments.conftest import Till

DUE = "Nov 30, 2026, 10:00"  # a week after the clock's Monday, in New York


async def in_attention(till: Till) -> list[str]:
    listed = await Desk(till.around.ports).hear(NOOR.in_slack(), "list attention")
    assert isinstance(listed, LinkList)
    return [card.reference for card in listed.rows]


async def beside(link: PaymentLink) -> list[str]:
    await link.refresh_from_db()
    return list(beside_state(await card_for(link, FIRM), FIRM))


def told_admin(till: Till) -> list[str]:
    return [words for to, words in till.around.poster.told if to == NOOR.slack_id]


async def test_a_refund_made_at_stripe_is_recorded_and_told(till: Till) -> None:
    link, session = await till.paid()
    till.cards.refund_at_stripe(session, 4000)
    await till.hears_of_money_back("charge.refunded", session)
    refund = await Refund.get()
    assert (refund.amount, refund.state, refund.asked_by, refund.idempotency_key) == (
        Money(4000, "USD"),
        "succeeded",
        "",
        None,
    )
    assert till.said()[-1] == "Refunded: $40.00, in Stripe's dashboard."
    assert await beside(link) == ["$40.00 of $100.00 refunded"]
    assert (await Payment.get()).refunded_minor == 4000
    page = await payer_page(link.token, till.around.ports)
    assert page is not None
    assert (page.state, page.refunded) == (LinkState.PAID, Money(4000, "USD"))
    till.cards.refund_at_stripe(session)
    await till.hears_of_money_back("charge.refunded", session)
    assert await beside(link) == ["$100.00 refunded"]
    assert await in_attention(till) == []


async def test_a_refund_that_fails_days_later_is_told_and_the_money_counts_again(till: Till) -> None:
    link, session = await till.paid()
    till.cards.refund_at_stripe(session)
    await till.hears_of_money_back("charge.refunded", session)
    till.cards.end_refund(session, arrived=False)
    await till.hears_of_money_back("refund.failed", session)
    assert till.said()[-1] == "THE REFUND OF $100.00 FAILED: the client's bank did not take it"
    failed = f"{link.reference}: the refund of $100.00 failed: the client's bank did not take it."
    assert f"{failed} `refund {link.reference}` tries again." in told_admin(till)
    assert await beside(link) == []
    assert (await Payment.get()).refunded_minor == 0
    assert await in_attention(till) == [link.reference]
    till.cards.refund_at_stripe(session)
    await till.hears_of_money_back("charge.refunded", session)
    assert await in_attention(till) == []


async def test_a_refund_to_a_bank_account_is_on_its_way_until_it_arrives(till: Till) -> None:
    link = await till.link()
    session = await till.press_pay(link)
    till.cards.debit(session)
    till.cards.settle_debit(session, cleared=True)
    await till.hears("completed", session)
    till.cards.refund_at_stripe(session)
    await till.hears_of_money_back("charge.refunded", session)
    words = "A refund of $100.00 is on its way back to the client, in Stripe's dashboard; the bank takes some days."
    assert till.said()[-1] == words
    till.cards.end_refund(session, arrived=True)
    await till.hears_of_money_back("refund.updated", session)
    assert till.said()[-1] == "Refunded: $100.00, in Stripe's dashboard."
    assert await beside(link) == ["$100.00 refunded"]


async def test_a_dispute_is_told_at_once_with_its_reason_and_its_deadline(till: Till) -> None:
    link, session = await till.paid()
    till.cards.dispute(session, "product_not_received")
    await till.hears_of_money_back("charge.dispute.created", session)
    words = (
        "DISPUTED: the client's bank wants $100.00 back (the client says that they did not get what they paid for). "
        f"Answer it in Stripe's dashboard by {DUE}."
    )
    assert till.said()[-1] == words
    assert f"{link.reference}: {words}" in told_admin(till)
    assert await beside(link) == [f"disputed: answer by {DUE}"]
    assert await in_attention(till) == [link.reference]
    refused = await Desk(till.around.ports).hear(NOOR.in_slack(), f"refund {link.reference}")
    assert "dispute" in getattr(refused, "sentence", "")


@pytest.mark.parametrize(
    ("won", "words"),
    [
        (True, "The dispute over $100.00 was won: the money stays."),
        (False, "The dispute over $100.00 was lost: the money is gone."),
    ],
)
async def test_how_a_dispute_ended_is_told(till: Till, won: bool, words: str) -> None:
    link, session = await till.paid()
    till.cards.dispute(session)
    await till.hears_of_money_back("charge.dispute.created", session)
    till.cards.close_dispute(session, won=won)
    await till.hears_of_money_back("charge.dispute.closed", session)
    assert till.said()[-1] == words
    assert await beside(link) == []
    assert await in_attention(till) == []
    assert not (await PaymentLink.get()).disputed


@pytest.mark.parametrize(("status", "words"), [("warning_closed", "has ended"), ("prevented", "has ended")])
async def test_an_inquiry_that_comes_to_nothing_needs_nobody(till: Till, status: str, words: str) -> None:
    _, session = await till.paid()
    till.cards.dispute(session)
    await till.hears_of_money_back("charge.dispute.created", session)
    kept = till.cards._sessions[session]
    kept.disputes = {key: replace(one, status=status, evidence_due=None) for key, one in kept.disputes.items()}
    await till.hears_of_money_back("charge.dispute.closed", session)
    assert words in till.said()[-1]
    assert await in_attention(till) == []


async def test_an_event_a_hundred_times_over_counts_once(till: Till) -> None:
    """(M07)"""
    _, session = await till.paid()
    till.cards.refund_at_stripe(session, 4000)
    till.cards.end_refund(session, arrived=True)
    for _ in range(10):
        await till.hears_of_money_back("charge.refunded", session)
        await till.hears_of_money_back("refund.updated", session)
    assert await Refund.all().count() == 1
    assert await LinkEvent.filter(kind="refunded").count() == 1
    assert len([words for words in till.said() if words.startswith("Refunded")]) == 1


def _truths(intent: str) -> list[MoneyBack]:
    """What Stripe said of one payment at eight moments, each truth whole, oldest first."""
    amount = Money(3000, "USD")

    def refund(number: int, status: str) -> RefundTruth:
        return RefundTruth(f"re_{number}", intent, amount, status, "declined" if status == "failed" else "")

    def dispute(status: str) -> DisputeTruth:
        return DisputeTruth("dp_1", intent, amount, status, "fraudulent", None)

    return [
        MoneyBack((refund(1, "pending"),)),
        MoneyBack((refund(1, "succeeded"),)),
        MoneyBack((refund(1, "succeeded"), refund(2, "pending"))),
        MoneyBack((refund(1, "succeeded"), refund(2, "succeeded")), (dispute("warning_needs_response"),)),
        MoneyBack((refund(1, "failed"), refund(2, "succeeded")), (dispute("needs_response"),)),
        MoneyBack((refund(1, "failed"), refund(2, "succeeded")), (dispute("under_review"),)),
        MoneyBack((refund(1, "failed"), refund(2, "succeeded")), (dispute("won"),)),
        MoneyBack((refund(3, "succeeded"), refund(1, "failed"), refund(2, "succeeded")), (dispute("won"),)),
    ]


@pytest.mark.parametrize("seed", range(10))
async def test_any_order_and_any_repeat_of_what_stripe_said_ends_alike(till: Till, seed: int) -> None:
    """(M07) The newest truth is among them; older ones may come after it."""
    await till.paid()
    payment = await Payment.get()
    truths = _truths(payment.payment_intent)
    dice = random.Random(seed)
    told = [*truths, *dice.choices(truths, k=6)]
    dice.shuffle(told)
    for truth in told:
        await record_money_back(payment, truth, till.around.ports)
    await till.work()
    link = await PaymentLink.get()
    states = {row.refund_id: row.state for row in await Refund.all()}
    assert states == {"re_1": "failed", "re_2": "succeeded", "re_3": "succeeded"}
    assert [row.status for row in await Dispute.all()] == ["won"]
    assert (link.refunded_minor, (await Payment.get()).refunded_minor, link.disputed) == (6000, 6000, False)
    assert link.state is LinkState.PAID
    kinds = [event.kind for event in await LinkEvent.all()]
    assert [kinds.count(kind) for kind in ("disputed", "dispute_won", "refund_failed")] == [1, 1, 1]
    assert (await verify_trails())[1] == ()


async def test_a_dispute_that_is_heard_of_only_when_it_is_over_is_told_whole(till: Till) -> None:
    _, session = await till.paid()
    till.cards.dispute(session)
    till.cards.close_dispute(session, won=False)
    await till.hears_of_money_back("charge.dispute.closed", session)
    kinds = [event.kind for event in await LinkEvent.all().order_by("number")]
    assert kinds[-2:] == ["disputed", "dispute_lost"]


@pytest.mark.parametrize("kind", ["charge.refunded", "charge.dispute.created"])
async def test_money_that_went_back_before_the_payment_was_heard_of_is_not_lost(till: Till, kind: str) -> None:
    """The payment's own event is lost for good: its session is found through Stripe."""
    link = await till.link()
    session = await till.press_pay(link)
    till.cards.pay(session)
    if kind == "charge.refunded":
        till.cards.refund_at_stripe(session, 4000)
    else:
        till.cards.dispute(session)
    await till.hears_of_money_back(kind, session)
    await link.refresh_from_db()
    assert link.state is LinkState.PAID
    assert await beside(link) == (
        ["$40.00 of $100.00 refunded"] if kind == "charge.refunded" else [f"disputed: answer by {DUE}"]
    )


async def test_money_that_went_back_of_a_payment_that_is_not_complete_yet_waits_for_it(till: Till) -> None:
    link = await till.link()
    session = await till.press_pay(link)
    till.cards.decline(session)
    await till.hears_of_money_back("charge.refunded", session)
    assert (await InboundEvent.get(source="stripe:operating")).handled_at is None
    till.cards.pay(session)
    till.cards.refund_at_stripe(session, 4000)
    till.around.clock.tick(timedelta(minutes=1))
    await till.work()
    assert await beside(link) == ["$40.00 of $100.00 refunded"]


async def test_of_two_disputes_the_one_that_is_open_is_shown(till: Till) -> None:
    link, session = await till.paid()
    till.cards.dispute(session, minor=1000)
    till.cards.close_dispute(session, won=True)
    till.cards.dispute(session, minor=2000)
    await till.hears_of_money_back("charge.dispute.created", session)
    assert await beside(link) == [f"disputed: answer by {DUE}"]
    [dispute] = (await card_for(link, FIRM)).disputes
    assert dispute.amount == Money(2000, "USD")


async def test_stripe_being_away_keeps_the_event_owed(till: Till) -> None:
    """(F09)"""
    link, session = await till.paid()
    till.cards.refund_at_stripe(session, 4000)
    intent = (await Payment.get()).payment_intent
    body = json.dumps({"data": {"object": {"id": "ch_1", "payment_intent": intent}}})
    await record_event("operating", "evt_r", "charge.refunded", body, till.around.ports)
    till.cards.troubles = [ProcessorUnreachable("timed out")]
    await till.work()
    assert await Refund.all().count() == 0
    till.around.clock.tick(timedelta(minutes=1))
    await till.work()
    assert await beside(link) == ["$40.00 of $100.00 refunded"]


@pytest.mark.parametrize("thing", [{"payment_intent": "pi_of_the_web_shop"}, {"id": "ch_old", "payment_intent": None}])
async def test_money_of_another_shop_in_the_account_is_told_once_and_that_is_all(
    till: Till, thing: dict[str, str | None]
) -> None:
    """(B61)"""
    await till.paid()
    for number, kind in enumerate(["charge.refunded", "refund.updated", "charge.dispute.created"]):
        body = json.dumps({"data": {"object": thing}})
        await record_event("operating", f"evt_x{number}", kind, body, till.around.ports)
        await till.work()
    about = str(thing["payment_intent"] or thing["id"])
    assert len([words for words in told_admin(till) if about in words]) == 1
    outcomes = {event.outcome for event in await InboundEvent.filter(external_id__startswith="evt_x")}
    assert outcomes == {"review: unknown payment"}
    assert await Refund.all().count() == await Dispute.all().count() == 0


async def test_an_event_at_the_wrong_account_changes_nothing_of_ours(till: Till) -> None:
    """(M16)"""
    link, session = await till.paid()
    till.cards.refund_at_stripe(session, 4000)
    intent = (await Payment.get()).payment_intent
    body = json.dumps({"data": {"object": {"payment_intent": intent}}})
    await record_event("trust", "evt_wrong", "charge.refunded", body, till.around.ports)
    await till.work()
    assert await Refund.all().count() == 0
    assert await beside(link) == []


async def test_a_lost_dispute_over_late_money_needs_nobody_any_more(till: Till) -> None:
    link = await till.link()
    session = await till.press_pay(link)
    await PaymentLink.filter(id=link.id).update(state=LinkState.CANCELLED)
    till.cards.pay(session)
    await till.hears("completed", session)
    assert await in_attention(till) == [link.reference]
    till.cards.dispute(session)
    till.cards.close_dispute(session, won=False)
    await till.hears_of_money_back("charge.dispute.closed", session)
    assert await in_attention(till) == []


async def test_money_that_was_not_as_asked_for_goes_back_and_the_client_can_pay_anew(till: Till) -> None:
    """(B62)"""
    link = await till.link()
    session = await till.press_pay(link)
    till.cards.pay(session)
    kept = till.cards._sessions[session]
    kept.truth = replace(kept.truth, amount=Money(10001, "USD"), received=Money(10001, "USD"))
    await till.hears("completed", session)
    [offer] = {offer for _, offer in till.around.poster.offered}
    assert (offer.amount, "not $100.00" in offer.why) == (Money(10001, "USD"), True)
    assert await in_attention(till) == [link.reference]
    till.cards.refund_at_stripe(session)
    await till.hears_of_money_back("charge.refunded", session)
    assert await in_attention(till) == []
    again = await till.press_pay(link)
    till.cards.pay(again)
    await till.hears("completed", again)
    await link.refresh_from_db()
    assert (link.state, link.review) == (LinkState.PAID, False)
