"""Refunds that an admin asks for: proposed, pressed, sent once, told (M04, M05, M16)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from handlers.answers import RefundAsked, Refusal
from handlers.desk import Desk
from handlers.links.create_link import create_link
from handlers.links.verify_trail import verify_trails
from handlers.ports import (
    RefundRequest,
    RefundTruth,
)
from handlers.requests import CreateLink, SendRefund
from models.link_states import LinkState
from models.money import Money
from models.tables import LinkEvent, Payment, PaymentLink, Refund
from tests.cast import NOOR, SAM, VERA
from tests.fake_cards import FakeCards
from tests.handlers.payments.conftest import Till
from tests.handlers.payments.refunds import asked, pressed, proposed, sent


async def refused(till: Till, words: str) -> str:
    answer = await asked(till, words)
    assert isinstance(answer, Refusal), answer
    return answer.sentence


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
