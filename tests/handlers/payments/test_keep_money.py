"""Money that came late, twice or wrong is kept by an admin; what else needs a look is marked as seen (M04, B62)."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from handlers.answers import Answer, Decided, LinkList, Refusal
from handlers.desk import Desk
from handlers.links.balance_link import balance_link
from handlers.links.cards import card_for
from handlers.links.create_link import create_link
from handlers.payments.payer_page import payer_page
from handlers.payments.read_receipt import receipt_of
from handlers.requests import Asker, BalanceLink, CreateLink, KeepMoney, MarkSeen
from models.link_states import LinkState
from models.money import Money
from models.tables import LinkEvent, Payment, PaymentLink, Refund
from tests.cast import FIRM, NOOR, SAM, Person
from tests.handlers.payments.conftest import Till

INES = Person("Ines Duarte", "U0INES", "ines@harborfinch.example", NOOR.role)  # a second admin


async def press(till: Till, request: KeepMoney | MarkSeen, by: Asker | None = None) -> Answer:
    answer = await Desk(till.around.ports).ask(by or NOOR.in_slack(), request)
    await till.work()
    return answer


async def decided(till: Till, request: KeepMoney | MarkSeen, by: Asker | None = None) -> Decided:
    answer = await press(till, request, by)
    assert isinstance(answer, Decided), answer
    return answer


async def in_attention(till: Till) -> list[str]:
    listed = await Desk(till.around.ports).hear(NOOR.in_slack(), "list attention")
    assert isinstance(listed, LinkList)
    return [card.reference for card in listed.rows]


async def late(till: Till) -> PaymentLink:
    """A link that was paid twice: the second payment came when it could no longer be paid."""
    link, _ = await till.paid()
    await PaymentLink.filter(id=link.id).update(state=LinkState.OPEN)
    second = await till.press_pay(await PaymentLink.get(id=link.id))
    await PaymentLink.filter(id=link.id).update(state=LinkState.PAID)
    till.cards.pay(second)
    await till.hears("completed", second)
    return await PaymentLink.get(id=link.id)


async def wrong(till: Till, link: PaymentLink | None = None, **truth: object) -> PaymentLink:
    """A link for which something else came than it asked for; `truth` is how Stripe's session differs."""
    link = link or await till.link(emails=("jane@acme.example",))
    session = await till.press_pay(link)
    till.cards.pay(session)
    kept = till.cards._sessions[session]
    kept.truth = replace(kept.truth, **truth)  # type: ignore[arg-type]  # fields of the truth
    await till.hears("completed", session)
    return await PaymentLink.get(id=link.id)


async def test_money_that_came_late_stays_and_nobody_need_look_any_more(till: Till) -> None:
    link = await late(till)
    assert await in_attention(till) == [link.reference]
    [offer] = (await card_for(link, FIRM)).offers
    assert offer.undecided
    answer = await decided(till, KeepMoney(link.reference, offer.payment))
    assert answer.sentence.startswith(f"$100.00 of {link.reference} stays.")
    assert await in_attention(till) == []
    link = await PaymentLink.get(id=link.id)
    assert (link.state, link.late_money, link.kept_minor) == (LinkState.PAID, False, 10000)
    event = await LinkEvent.get(kind="kept")
    assert (event.who, event.detail["name"]) == (NOOR.slack_id, NOOR.name)
    assert "Noor Haddad decided that $100.00 stays. It can still go back by `refund`." in till.said()
    [card] = till.around.poster.cards.values()
    assert (card.offers, card.kept) == ((), Money(10000, "USD"))


async def test_kept_money_can_still_be_refunded(till: Till) -> None:
    link = await late(till)
    payment = await Payment.get(late_money=True)
    await decided(till, KeepMoney(link.reference, payment.id))
    refund = await Desk(till.around.ports).hear(NOOR.in_slack(), f"refund {link.reference}")
    offered = {offer.payment: offer for offer in refund.offers}  # type: ignore[union-attr]
    assert not offered[payment.id].undecided
    till.cards.refund_at_stripe(list(till.cards._sessions)[1])
    await till.hears_of_money_back("charge.refunded", list(till.cards._sessions)[1])
    assert (await PaymentLink.get(id=link.id)).kept_minor == 0
    answer = await press(till, KeepMoney(link.reference, payment.id))
    assert isinstance(answer, Decided)
    assert answer.repeated


async def test_two_admins_who_press_at_once_keep_it_once(till: Till) -> None:
    """On both databases; the second learns who was first."""
    link = await late(till)
    request = KeepMoney(link.reference, (await Payment.get(late_money=True)).id)
    desk = Desk(till.around.ports)
    answers = await asyncio.gather(*(desk.ask(by.in_slack(), request) for by in (NOOR, INES, NOOR, INES)))
    assert sorted(answer.repeated for answer in answers) == [False, True, True, True]  # type: ignore[union-attr]
    [again, *_] = [answer for answer in answers if answer.repeated]  # type: ignore[union-attr]
    assert "kept that money on Nov 23, 2026, 10:00" in again.sentence  # type: ignore[union-attr]
    assert await LinkEvent.filter(kind="kept").count() == 1


@pytest.mark.parametrize("request_type", [KeepMoney, MarkSeen])
async def test_staff_are_told_that_an_admin_decides(till: Till, request_type: type) -> None:
    link = await late(till)
    payment = await Payment.get(late_money=True)
    answer = await press(till, request_type(link.reference, payment.id), SAM.in_slack())
    assert isinstance(answer, Refusal)
    assert "admin" in answer.sentence
    assert (await PaymentLink.get(id=link.id)).late_money


async def test_an_open_link_is_paid_by_the_money_that_is_kept(till: Till) -> None:
    """(B62) Nobody is asked for it again, and the payer has a receipt."""
    link = await wrong(till, reference="PL-000000")
    assert (link.state, link.review) == (LinkState.OPEN, True)
    await decided(till, KeepMoney(link.reference, (await Payment.get()).id))
    link = await PaymentLink.get(id=link.id)
    assert (link.state, link.paid, link.review, link.kept_minor) == (LinkState.PAID, Money(10000, "USD"), False, 0)
    assert await in_attention(till) == []
    assert [letter.receipt.paid for letter in till.around.letters.receipts] == [Money(10000, "USD")]
    page = await payer_page(link.token, till.around.ports)
    assert page is not None
    assert not page.confirming


async def test_less_than_was_asked_for_leaves_a_balance(till: Till) -> None:
    link = await wrong(till, received=Money(9000, "USD"))
    await decided(till, KeepMoney(link.reference, (await Payment.get()).id))
    card = await card_for(await PaymentLink.get(id=link.id), FIRM)
    assert (card.state, card.paid, card.left_open) == (LinkState.PART_PAID, Money(9000, "USD"), Money(1000, "USD"))
    made = await balance_link(BalanceLink(link.reference), SAM.in_slack(), till.around.ports)
    assert made.card.amount == Money(1000, "USD")
    receipt = await receipt_of(await PaymentLink.get(id=link.id), till.around.ports)
    assert receipt is not None
    assert receipt.paid == Money(9000, "USD")


async def test_money_in_another_currency_cannot_pay_an_open_link(till: Till) -> None:
    link = await wrong(till, received=Money(9000, "EUR"))
    answer = await press(till, KeepMoney(link.reference, (await Payment.get()).id))
    assert isinstance(answer, Refusal)
    assert "Cancel the link first" in answer.sentence
    assert not (await Payment.get()).kept
    assert (await PaymentLink.get(id=link.id)).review


async def test_what_has_gone_back_already_cannot_be_kept(till: Till) -> None:
    link = await late(till)
    payment = await Payment.get(late_money=True)
    await Payment.filter(id=payment.id).update(refunded_minor=payment.amount_minor)
    answer = await press(till, KeepMoney(link.reference, payment.id))
    assert isinstance(answer, Refusal)
    assert "all of it went back" in answer.sentence
    assert not (await Payment.get(id=payment.id)).kept


async def test_a_payment_of_another_link_cannot_be_kept_by_this_one(till: Till) -> None:
    link = await late(till)
    made = await create_link(CreateLink(Money(100, "USD"), "operating"), SAM.in_slack(), till.around.ports)
    payment = await Payment.get(late_money=True)
    for request in (KeepMoney(made.card.reference, payment.id), KeepMoney(link.reference, payment.id + 1000)):
        answer = await press(till, request)
        assert isinstance(answer, Refusal)
        assert answer.code == "not_found"


# ── seen ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


async def refund_that_failed(till: Till) -> PaymentLink:
    link, session = await till.paid()
    till.cards.refund_at_stripe(session)
    await till.hears_of_money_back("charge.refunded", session)
    till.cards.end_refund(session, arrived=False)
    await till.hears_of_money_back("refund.failed", session)
    return await PaymentLink.get(id=link.id)


async def look(link: PaymentLink) -> int:
    return (await card_for(await PaymentLink.get(id=link.id), FIRM)).look


async def test_a_refund_that_failed_needs_no_look_once_an_admin_has_seen_it(till: Till) -> None:
    link = await refund_that_failed(till)
    assert await in_attention(till) == [link.reference]
    seen = MarkSeen(link.reference, await look(link))
    assert not (await decided(till, seen)).repeated
    assert await in_attention(till) == []
    assert await look(link) == 0
    assert till.said()[-1] == "Noor Haddad has seen to it: no look is needed any more."
    again = await decided(till, seen, INES.in_slack())
    assert again.repeated
    assert "Noor Haddad has seen to it on Nov 23, 2026" in again.sentence


async def test_what_came_up_since_is_not_seen_by_an_older_button(till: Till) -> None:
    link = await refund_that_failed(till)
    before = await look(link)
    [session] = till.cards._sessions
    till.cards.refund_at_stripe(session)
    await till.hears_of_money_back("charge.refunded", session)
    till.cards.end_refund(session, arrived=False)
    await till.hears_of_money_back("refund.failed", session)
    answer = await press(till, MarkSeen(link.reference, before))
    assert isinstance(answer, Refusal)
    assert "look at its thread" in answer.sentence
    assert (await PaymentLink.get(id=link.id)).review
    await decided(till, MarkSeen(link.reference, await look(link)))
    assert not await Refund.filter(seen=False).exists()


async def test_a_refund_that_fails_once_more_needs_a_look_again(till: Till) -> None:
    link = await refund_that_failed(till)
    await decided(till, MarkSeen(link.reference, await look(link)))
    [session] = till.cards._sessions
    till.cards.refund_at_stripe(session)
    await till.hears_of_money_back("charge.refunded", session)
    till.cards.end_refund(session, arrived=False)
    await till.hears_of_money_back("refund.failed", session)
    assert await in_attention(till) == [link.reference]


async def test_a_payment_of_which_stripe_has_no_money_is_seen_and_the_link_can_be_paid(till: Till) -> None:
    """(B62)"""
    link = await wrong(till, payment_intent="", intent_status="", received=None)
    assert (await card_for(link, FIRM)).offers == ()
    await decided(till, MarkSeen(link.reference, await look(link)))
    link = await PaymentLink.get(id=link.id)
    assert (link.review, link.kept_minor, link.state) == (False, 0, LinkState.OPEN)
    assert await in_attention(till) == []
    assert await till.press_pay(link)


async def test_seen_decides_nothing_over_money(till: Till) -> None:
    link = await wrong(till, received=Money(9000, "USD"))
    assert await look(link) == 0  # there is a decision to make instead
    answer = await decided(till, MarkSeen(link.reference, 10**6))
    assert answer.repeated
    assert (await PaymentLink.get(id=link.id)).review
