"""Refunds that an admin asks for: proposed, pressed, sent once, told (M04, M05, M16)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handlers.answers import Answer, LinkShown, RefundAsked, RefundOffer, RefundProposed, Refusal
from handlers.desk import Desk
from handlers.links.create_link import create_link
from handlers.links.verify_trail import verify_trails
from handlers.payments import refund as refunding
from handlers.payments.money_back import give_back
from handlers.ports import (
    ProcessorBusy,
    ProcessorDenied,
    ProcessorRejected,
    ProcessorTrouble,
    ProcessorUnreachable,
    RefundRequest,
    RefundTruth,
)
from handlers.requests import CancelLinks, CreateLink, SendRefund, ShowLink
from models.link_states import LinkState
from models.money import Money
from models.tables import Job, LinkEvent, Payment, PaymentLink, Refund
from tests.cast import NOOR, SAM, VERA
from tests.fakes import FakeCards
from tests.handlers.payments.conftest import Till


async def asked(till: Till, words: str) -> Answer:
    return await Desk(till.around.ports).hear(NOOR.in_slack(), words)


async def proposed(till: Till, words: str) -> RefundProposed:
    answer = await asked(till, words)
    assert isinstance(answer, RefundProposed), answer
    return answer


async def refused(till: Till, words: str) -> str:
    answer = await asked(till, words)
    assert isinstance(answer, Refusal), answer
    return answer.sentence


async def pressed(till: Till, offer: RefundOffer, by: object = None) -> Answer:
    request = SendRefund(offer.reference, offer.payment, offer.amount.minor, offer.turn)
    return await Desk(till.around.ports).ask(NOOR.in_slack() if by is None else by, request)  # type: ignore[arg-type]


def sent(till: Till) -> list[int]:
    """What Stripe sent back, in minor units."""
    return sorted(refund.amount.minor for refund in till.cards.sent_back)


async def test_the_proposal_says_what_would_go_back_and_moves_nothing(till: Till) -> None:
    link, _ = await till.paid()
    [offer] = (await proposed(till, f"refund {link.reference}")).offers
    assert (offer.amount, offer.received, offer.method) == (Money(10000, "USD"), Money(10000, "USD"), "card")
    assert (offer.account, offer.reference) == ("Harbor & Finch Operating", link.reference)
    assert sent(till) == []
    assert (await Payment.get()).refunded_minor == 0


async def test_the_button_sends_it_back_and_everybody_is_told(till: Till) -> None:
    link, _ = await till.paid()
    [offer] = (await proposed(till, f"refund {link.reference}")).offers
    answer = await pressed(till, offer)
    assert isinstance(answer, RefundAsked)
    assert "$100.00" in answer.sentence
    await till.work()
    assert sent(till) == [10000]
    refund = await Refund.get()
    assert (refund.state, refund.asked_by, refund.idempotency_key) == (
        "succeeded",
        NOOR.slack_id,
        f"rf-{(await Payment.get()).payment_intent}",
    )
    assert till.said()[-2:] == [
        "Noor Haddad asked for a refund of $100.00.",
        "Refunded: $100.00, asked for by Noor Haddad.",
    ]
    assert (NOOR.slack_id, f"{link.reference}: $100.00 went back to the client.") in till.around.poster.told
    [card] = till.around.poster.cards.values()
    assert (card.state, card.refunded) == (LinkState.PAID, Money(10000, "USD"))
    assert await verify_trails() == (await LinkEvent.all().count(), ())


async def test_a_part_goes_back_and_then_another(till: Till) -> None:
    """(M05) Two deliberate refunds are two; more than what is left cannot go."""
    link, _ = await till.paid()
    for part, left in (("40.00", 6000), ("$25", 3500)):
        [offer] = (await proposed(till, f"refund {link.reference} {part}")).offers
        await pressed(till, offer)
        await till.work()
        assert (await Payment.get()).refunded_minor == 10000 - left
    assert "At most $35.00 can go back" in await refused(till, f"refund {link.reference} 35.01")
    [rest] = (await proposed(till, f"refund {link.reference}")).offers
    assert rest.amount == Money(3500, "USD")
    await pressed(till, rest)
    await till.work()
    assert sent(till) == [2500, 3500, 4000]
    assert "is left to refund" in await refused(till, f"refund {link.reference}")


async def test_a_button_pressed_again_does_nothing_more_and_says_how_it_stands(till: Till) -> None:
    """(M05)"""
    link, _ = await till.paid()
    [offer] = (await proposed(till, f"refund {link.reference} 40")).offers
    await pressed(till, offer)
    again = await pressed(till, offer)
    assert isinstance(again, RefundAsked)
    assert again.repeated
    assert "Noor Haddad asked for a refund of $40.00" in again.sentence
    assert "is under way" in again.sentence
    await till.work()
    late = await pressed(till, offer)
    assert isinstance(late, RefundAsked)
    assert "has gone back" in late.sentence
    await till.work()
    assert sent(till) == [4000]


async def test_two_admins_who_were_offered_the_same_send_it_once(till: Till) -> None:
    """(M05) Each has a proposal of their own, over other sums even."""
    link, _ = await till.paid()
    [first] = (await proposed(till, f"refund {link.reference} 40")).offers
    [second] = (await proposed(till, f"refund {link.reference} 30")).offers
    await pressed(till, first)
    answer = await pressed(till, second)
    assert isinstance(answer, RefundAsked)
    assert answer.repeated
    await till.work()
    assert sent(till) == [4000]


async def test_a_refund_made_at_stripe_meanwhile_ends_the_turn(till: Till) -> None:
    link, session = await till.paid()
    [offer] = (await proposed(till, f"refund {link.reference} 40")).offers
    till.cards.refund_at_stripe(session, 4000)
    await till.hears_of_money_back("charge.refunded", session)
    answer = await pressed(till, offer)
    assert isinstance(answer, RefundAsked)
    assert "somebody in Stripe's dashboard asked for a refund of $40.00" in answer.sentence
    await till.work()
    assert sent(till) == [4000]


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("abc", "is no amount"),
        ("0", "more than 0"),
        ("-5", "without a sign"),
        ("40.005", "too precise"),
        ("40 EUR", "was paid in USD"),
        ("€40", "was paid in USD"),
        ("40 XXX", "XXX"),
        ("100.01", "At most $100.00 can go back"),
        ("1,0", "ambiguous"),
    ],
)
async def test_an_amount_that_is_unclear_or_too_much_is_refused(till: Till, words: str, why: str) -> None:
    link, _ = await till.paid()
    assert why in await refused(till, f"refund {link.reference} {words}")


async def test_a_part_that_stripe_cannot_send_is_refused(till: Till) -> None:
    """(M06) The third decimal of a dinar must be 0."""
    request = CreateLink(Money(10_000, "KWD"), "operating")
    made = await create_link(request, SAM.in_slack(), till.around.ports)
    link = await PaymentLink.get(reference=made.card.reference)
    session = await till.press_pay(link)
    till.cards.pay(session)
    await till.hears("completed", session)
    assert "too precise" in await refused(till, f"refund {link.reference} 1.001")
    [offer] = (await proposed(till, f"refund {link.reference} 1.01")).offers
    assert offer.amount == Money(1_010, "KWD")


async def test_a_dispute_meanwhile_stops_the_button(till: Till) -> None:
    link, session = await till.paid()
    [offer] = (await proposed(till, f"refund {link.reference}")).offers
    till.cards.dispute(session)
    await till.hears_of_money_back("charge.dispute.created", session)
    answer = await pressed(till, offer)
    assert isinstance(answer, Refusal)
    assert "dispute" in answer.sentence
    till.cards.close_dispute(session, won=True)
    await till.hears_of_money_back("charge.dispute.closed", session)
    assert isinstance(await pressed(till, offer), RefundAsked)


async def test_money_that_a_prevented_dispute_gave_back_does_not_go_back_twice(till: Till) -> None:
    """(M05) The bank returns it at once then, and Stripe makes no refund of it."""
    link, session = await till.paid()
    [offer] = (await proposed(till, f"refund {link.reference}")).offers
    till.cards.dispute(session)
    disputes = till.cards._sessions[session].disputes
    [name] = disputes
    disputes[name] = replace(disputes[name], status="prevented")
    await till.hears_of_money_back("charge.dispute.created", session)
    assert isinstance(await pressed(till, offer), Refusal)
    assert "dispute" in await refused(till, f"refund {link.reference}")
    assert till.cards.sent_back == []


async def test_what_was_not_paid_cannot_go_back(till: Till) -> None:
    link = await till.link()
    assert "Nothing was paid" in await refused(till, f"refund {link.reference}")
    session = await till.press_pay(link)
    till.cards.debit(session)
    await till.hears("completed", session)
    assert "processing" in await refused(till, f"refund {link.reference}")
    assert "not found" in await refused(till, "refund PL-000000")


async def test_only_admins_in_slack_may_ask_and_press(till: Till) -> None:
    """(T16)"""
    link, _ = await till.paid()
    [offer] = (await proposed(till, f"refund {link.reference}")).offers
    desk = Desk(till.around.ports)
    for by in (SAM.in_slack(), VERA.in_slack(), NOOR.by_mail()):
        for answer in (await desk.hear(by, f"refund {link.reference}"), await pressed(till, offer, by)):
            assert isinstance(answer, Refusal)
            assert answer.code == "not_allowed"
    mailed = await desk.hear(NOOR.by_mail(), f"refund {link.reference}")
    assert isinstance(mailed, Refusal)
    assert "in Slack only" in mailed.sentence
    await till.work()
    assert sent(till) == []


async def test_a_forged_button_moves_nothing(till: Till) -> None:
    link, _ = await till.paid()
    other, _ = await till.paid(500)
    payment, others = await Payment.get(link_id=link.id), await Payment.get(link_id=other.id)
    desk = Desk(till.around.ports)
    for request in (
        SendRefund(link.reference, others.id, 500, 0),
        SendRefund(link.reference, payment.id, 10001, 0),
        SendRefund(link.reference, payment.id, 0, 0),
        SendRefund(link.reference, payment.id, 100, 1),
        SendRefund(link.reference, 99_999, 100, 0),
        SendRefund("PL-000000", payment.id, 100, 0),
    ):
        assert isinstance(await desk.ask(NOOR.in_slack(), request), Refusal), request
    await till.work()
    assert sent(till) == []


# ── trust ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_out_of_a_trust_account_a_payment_goes_back_whole_and_from_there(till: Till) -> None:
    """(M16)"""
    link, _ = await till.paid(account="trust")
    assert "whole" in await refused(till, f"refund {link.reference} 40")
    [offer] = (await proposed(till, f"refund {link.reference}")).offers
    part = SendRefund(offer.reference, offer.payment, 4000, offer.turn)
    assert isinstance(await Desk(till.around.ports).ask(NOOR.in_slack(), part), Refusal)
    [offer] = (await proposed(till, f"refund {link.reference} 100")).offers
    assert offer.account == "Harbor & Finch Client Trust"
    await pressed(till, offer)
    await till.work()
    assert sent(till) == [10000]


class AccountedCards(FakeCards):
    """Notes which account each refund was asked of."""

    asked_of: list[tuple[str, str]]

    async def refund(self, asked: RefundRequest) -> RefundTruth:
        self.asked_of.append((asked.account, asked.payment_intent))
        return await super().refund(asked)


async def test_a_refund_is_asked_of_the_account_that_was_paid(till: Till) -> None:
    """(M16) Also when the link's own account is another by then."""
    cards = AccountedCards(till.around.clock)
    cards.asked_of = []
    till.cards = till.around.cards = cards
    for account in ("trust", "operating", "trust"):
        link, _ = await till.paid(account=account)
        [offer] = (await proposed(till, f"refund {link.reference}")).offers
        await PaymentLink.filter(id=link.id).update(account="operating" if account == "trust" else "trust")
        await pressed(till, offer)
        await till.work()
        payment = await Payment.get(link_id=link.id)
        assert cards.asked_of[-1] == (account, payment.payment_intent)
        assert (await Refund.get(payment_id=payment.id)).state == "succeeded"


async def test_the_checkout_of_a_trust_account_asks_for_the_amount_and_nothing_besides(till: Till) -> None:
    """No surcharge may be taken where clients' money is held."""
    link = await till.link(12345, account="trust")
    await till.press_pay(link)
    [params] = [params for params, _ in till.cards._answers.values()]
    lines = params["line_items"]
    assert isinstance(lines, list)
    [line] = lines
    assert (line["quantity"], line["price_data"]["unit_amount"]) == (1, 12345)
    adding = {"shipping_options", "automatic_tax", "tax_id_collection", "optional_items", "adaptive_pricing"}
    assert not adding & params.keys()
    intent = params["payment_intent_data"]
    assert isinstance(intent, dict)
    assert "application_fee_amount" not in intent
    assert "tax_rates" not in line


# ── Stripe fails ──────────────────────────────────────────────────────────────────────────────────────────────────────


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


# ── at once ───────────────────────────────────────────────────────────────────────────────────────────────────────────


async def storm(till: Till, presses: int = 20) -> list[int]:
    """Twenty presses at once on one proposal over forty of a hundred; what Stripe sent back."""
    link, _ = await till.paid()
    [offer] = (await proposed(till, f"refund {link.reference} 40")).offers
    await asyncio.gather(*(pressed(till, offer) for _ in range(presses)))
    await till.work()
    return sent(till)


async def test_twenty_presses_at_once_are_one_refund(till: Till) -> None:
    """(M05)"""
    assert await storm(till) == [4000]
    assert await Refund.all().count() == 1
    assert (await Payment.get()).refunded_minor == 4000


async def _only_looked(payment: Payment, amount: Money) -> bool:
    """What set_aside would be without its conditional UPDATE: a look, which locks nothing."""
    now = await Payment.get(id=payment.id)
    return bool(now.refunded_minor + amount.minor <= now.amount_minor)


def _key_of_its_own() -> Callable[[Payment, int], str]:
    """What key_of would be without the turn in it: a key a press."""
    count = iter(range(1000))
    return lambda payment, turn: f"rf-{payment.payment_intent}-{next(count)}x"


@pytest.mark.only_postgres
async def test_without_the_guard_twenty_presses_refund_twice(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control of the test above: with set_aside a mere look, and a key a press, the money goes twice.

    Either guard alone still holds. SQLite has one writer at a time, so the look cannot be overtaken there.
    """
    monkeypatch.setattr(refunding, "set_aside", _only_looked)
    monkeypatch.setattr(refunding, "key_of", _key_of_its_own())
    assert len(await storm(till)) > 1


@pytest.mark.only_postgres
@pytest.mark.parametrize("off", ["set_aside", "key_of"])
async def test_either_guard_alone_still_holds(till: Till, monkeypatch: pytest.MonkeyPatch, off: str) -> None:
    monkeypatch.setattr(refunding, off, {"set_aside": _only_looked, "key_of": _key_of_its_own()}[off])
    assert await storm(till) == [4000]


async def test_sums_never_go_above_what_was_paid(till: Till) -> None:
    """(M05) Property: whatever is asked for, here and at Stripe, in whatever order."""
    steps = st.lists(
        st.tuples(st.sampled_from(["desk", "stripe", "fail", "hear"]), st.integers(1, 9000)), min_size=1, max_size=8
    )
    drawn: list[list[tuple[str, int]]] = []

    @settings(max_examples=25, database=None)
    @given(steps)
    def draw(one: list[tuple[str, int]]) -> None:
        drawn.append(one)

    draw()
    for one in drawn[:25]:
        await _through(till, one)


async def _through(till: Till, steps: list[tuple[str, int]]) -> None:
    link, session = await till.paid()
    for kind, minor in steps:
        await _step(till, link, session, kind, minor)
        payment = await Payment.get(link_id=link.id)
        rows = await Refund.filter(payment_id=payment.id).exclude(state__in=["failed", "canceled"])
        assert sum(row.amount_minor for row in rows) == payment.refunded_minor <= payment.amount_minor
    await till.hears_of_money_back("charge.refunded", session)
    truth = [refund for refund in till.cards._sessions[session].refunds.values() if refund.status == "succeeded"]
    gone = sum(refund.amount.minor for refund in truth)
    assert gone <= 10000
    link = await PaymentLink.get(id=link.id)
    assert (link.refunded_minor, (await Payment.get(link_id=link.id)).refunded_minor) == (gone, gone)


async def _step(till: Till, link: PaymentLink, session: str, kind: str, minor: int) -> None:
    match kind:
        case "desk":
            answer = await asked(till, f"refund {link.reference} {minor / 100:.2f}")
            if isinstance(answer, RefundProposed):
                await pressed(till, answer.offers[0])
                await till.work()
        case "stripe" if minor <= till.cards._sessions[session].refundable:
            till.cards.refund_at_stripe(session, minor)
            await till.hears_of_money_back("charge.refunded", session)
        case "fail" if till.cards._sessions[session].refunds:
            till.cards.end_refund(session, arrived=False)
            await till.hears_of_money_back("refund.failed", session)
        case _:
            await till.hears_of_money_back("refund.updated", session)


# ── late, double, mismatched ──────────────────────────────────────────────────────────────────────────────────────────


async def late(till: Till) -> tuple[PaymentLink, str]:
    """A link cancelled in our books while its session was being paid."""
    link = await till.link()
    session = await till.press_pay(link)
    await PaymentLink.filter(id=link.id).update(state=LinkState.CANCELLED)
    till.cards.pay(session)
    await till.hears("completed", session)
    return await PaymentLink.get(id=link.id), session


async def test_late_money_is_told_to_the_admins_with_a_button_that_sends_it_back(till: Till) -> None:
    """(M04)"""
    await late(till)
    [(to, offer)] = [one for one in till.around.poster.offered if one[0] == "U0NOOR"]
    assert (to, offer.amount) == ("U0NOOR", Money(10000, "USD"))
    [card] = till.around.poster.cards.values()
    assert card.offers == (offer,)
    await pressed(till, offer)
    await pressed(till, card.offers[0])
    await till.work()
    assert sent(till) == [10000]
    assert (await Refund.get()).idempotency_key == f"rf-{(await Payment.get()).payment_intent}"


async def test_late_money_that_went_back_needs_nobody_any_more(till: Till) -> None:
    link, _ = await late(till)
    attention = await asked(till, "list attention")
    assert [card.reference for card in attention.rows] == [link.reference]  # type: ignore[union-attr]
    await pressed(till, till.around.poster.offered[0][1])
    await till.work()
    assert (await asked(till, "list attention")).rows == ()  # type: ignore[union-attr]
    link = await PaymentLink.get(id=link.id)
    assert (link.late_money, link.refunded_minor, link.state) == (False, 10000, LinkState.CANCELLED)
    assert (await Payment.get()).late_money  # the fact stays
    [card] = till.around.poster.cards.values()
    assert (card.offers, card.refunded) == ((), Money(10000, "USD"))


async def test_of_a_good_and_a_late_payment_the_button_sends_the_late_one_back(till: Till) -> None:
    """(M04)"""
    link, _ = await till.paid()
    good = await Payment.get()
    await PaymentLink.filter(id=link.id).update(state=LinkState.OPEN)
    second = await till.press_pay(await PaymentLink.get(id=link.id))
    await PaymentLink.filter(id=link.id).update(state=LinkState.PAID)
    till.cards.pay(second)
    await till.hears("completed", second)
    late_one = await Payment.get(late_money=True)
    [offer] = {offer for _, offer in till.around.poster.offered}
    assert offer.payment == late_one.id
    both = (await proposed(till, f"refund {link.reference}")).offers
    assert [(one.payment, bool(one.why)) for one in both] == [(good.id, False), (late_one.id, True)]
    await pressed(till, offer)
    await till.work()
    assert [(await Payment.get(id=one)).refunded_minor for one in (good.id, late_one.id)] == [0, 10000]
    link = await PaymentLink.get(id=link.id)
    assert (link.state, link.late_money) == (LinkState.PAID, False)


async def test_the_button_on_the_card_refuses_staff_and_their_own_view_has_none(till: Till) -> None:
    link, _ = await late(till)
    offer = till.around.poster.offered[0][1]
    assert isinstance(await pressed(till, offer, SAM.in_slack()), Refusal)
    shown = await Desk(till.around.ports).ask(NOOR.in_slack(), ShowLink(link.reference))
    assert isinstance(shown, LinkShown)
    assert shown.card.offers == (offer,)
    seen = await Desk(till.around.ports).ask(SAM.in_slack(), ShowLink(link.reference))
    assert isinstance(seen, LinkShown)
    assert (seen.card.offers, seen.card.late_money) == ((), True)
    await Desk(till.around.ports).ask(NOOR.in_slack(), CancelLinks((link.reference,)))
    await till.work()
    assert sent(till) == []
