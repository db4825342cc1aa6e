"""Paid in part: the link is used up, and what is left open is asked for by one more link, made by a person's click."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from tortoise.connection import get_connection

from handlers.answers import LinkMade, Refusal
from handlers.desk import Desk
from handlers.links.balance_link import NoBalance, balance_link
from handlers.links.cancel_link import cancel_links
from handlers.links.cards import card_for
from handlers.links.chain import chain_of
from handlers.links.resend_link import resend_link
from handlers.links.verify_trail import verify_trails
from handlers.payments.payer_page import payer_page
from handlers.requests import BalanceLink, CancelLinks, ResendLink
from models.errors import AccountUnclear
from models.link_states import LinkState
from models.tables import Payment, PaymentLink, Recipient
from tests.cast import FIRM, NOOR, SAM, TRUST, VERA
from tests.handlers.payments.balances import ask, made_by, paid_in_part, pays, usd
from tests.handlers.payments.conftest import Till


async def test_the_balance_link_asks_for_the_rest_on_the_terms_of_the_first(till: Till) -> None:
    """(F4, M08)"""
    emails = ("jane@acme.example", "joe@acme.example")
    first = await paid_in_part(
        till,
        emails=emails,
        payer_name="Jane Doe",
        invoice_number="1042",
        message="Thank you.",
        partial_minimum=usd(500),
    )
    assert first.state is LinkState.PART_PAID
    assert await PaymentLink.all().count() == 1  # never made by itself
    made = await ask(till, first)
    assert made.card.amount == usd(6000)
    assert made.mailed_to == emails
    assert made.balance_of == first.reference
    link = await PaymentLink.get(reference=made.card.reference)
    same = ("account", "payer_name", "invoice_number", "message", "due_on", "channel", "email", "partial_minimum")
    assert [getattr(link, name) for name in same] == [getattr(first, name) for name in same]
    assert link.partial_allowed
    assert link.parent_id == first.id
    assert link.token != first.token
    assert {letter.to for letter in till.around.letters.requests if letter.reference == link.reference} == set(emails)


async def test_a_link_that_was_not_mailed_has_a_balance_link_that_is_not_mailed(till: Till) -> None:
    """(F22)"""
    made = await ask(till, await paid_in_part(till, emails=("jane@acme.example",), link_only=True))
    assert made.mailed_to == ()
    assert "Nothing was mailed" in made.notes[0]
    assert till.around.letters.requests == []


async def test_a_receipt_to_the_payers_own_address_makes_no_mailed_link_of_a_link_only(till: Till) -> None:
    """(F22)"""
    first = await paid_in_part(till)
    await Recipient.create(link_id=first.id, address="payer@home.example", delivery="sent")
    assert (await ask(till, first)).mailed_to == ()


async def test_whoever_was_written_to_later_is_written_to_again(till: Till) -> None:
    first = await till.link(partial=True)
    await resend_link(ResendLink(first.reference, ("joe@acme.example",)), SAM.in_slack(), till.around.ports)
    await pays(till, first, 4000)
    assert (await ask(till, first)).mailed_to == ("joe@acme.example",)


async def test_an_address_that_no_letter_reached_is_left_out_and_named(till: Till) -> None:
    first = await paid_in_part(till, emails=("jane@acme.example", "joe@acme.example"))
    await Recipient.filter(link_id=first.id, address="joe@acme.example").update(delivery="bounced")
    made = await ask(till, first)
    assert made.mailed_to == ("jane@acme.example",)
    assert made.notes == ("Not mailed to joe@acme.example, where the letter before did not arrive.",)


async def test_the_client_reads_what_they_have_paid_before_in_the_letter_and_on_the_page(till: Till) -> None:
    first = await paid_in_part(till, emails=("jane@acme.example",))
    second = await made_by(till, first)
    await pays(till, second, 2000)
    third = await made_by(till, second)
    letters = {letter.reference: letter.whole for letter in till.around.letters.requests}
    assert letters == {first.reference: None, second.reference: usd(10000), third.reference: usd(10000)}
    page = await payer_page(third.token, till.around.ports)
    assert page is not None
    assert (page.amount, page.whole) == (usd(4000), usd(10000))
    page = await payer_page(first.token, till.around.ports)
    assert page is not None
    assert (page.left_open, page.balance_asked) == (usd(4000), True)


async def test_asked_for_again_the_same_balance_link_is_shown(till: Till) -> None:
    """(M08)"""
    first = await paid_in_part(till, emails=("jane@acme.example",))
    made = await ask(till, first)
    for reference in (first.reference, made.card.reference):
        again = await balance_link(BalanceLink(reference), NOOR.in_slack(), till.around.ports)
        assert (again.card.reference, again.stood, again.mailed_to) == (made.card.reference, True, ())
        assert again.balance_of == first.reference
    assert await PaymentLink.all().count() == 2


async def test_ten_clicks_at_once_of_two_people_make_one_balance_link(till: Till) -> None:
    """(M08)"""
    first = await paid_in_part(till, emails=("jane@acme.example",))
    answers = await _clicks(till, first)
    assert len({answer.card.reference for answer in answers}) == 1
    assert [answer.stood for answer in answers].count(False) == 1
    await till.work()
    assert await PaymentLink.filter(parent_id=first.id).count() == 1
    assert len([letter for letter in till.around.letters.requests if letter.amount == usd(6000)]) == 1
    assert (await verify_trails())[1] == ()


@pytest.mark.only_postgres
async def test_without_its_index_the_same_clicks_make_several(till: Till) -> None:
    """The control: it is the index that holds them to one."""
    first = await paid_in_part(till)
    await get_connection("default").execute_script("DROP INDEX one_balance_link")
    await _clicks(till, first)
    assert await PaymentLink.filter(parent_id=first.id).count() > 1


async def _clicks(till: Till, link: PaymentLink) -> list[LinkMade]:
    desk = Desk(till.around.ports)
    people = [
        person.in_slack(delivery=f"press-{number}-{person.slack_id}") for number in range(5) for person in (SAM, NOOR)
    ]
    answers = await asyncio.gather(*(desk.ask(by, BalanceLink(link.reference)) for by in people))
    assert all(isinstance(answer, LinkMade) for answer in answers), answers
    return [answer for answer in answers if isinstance(answer, LinkMade)]


async def test_the_same_press_delivered_twice_is_the_same_balance_link(till: Till) -> None:
    """(M14)"""
    first = await paid_in_part(till)
    desk = Desk(till.around.ports)
    by = SAM.in_slack(delivery="1337.42.trigger")
    answers = [await desk.ask(by, BalanceLink(first.reference)) for _ in range(3)]
    assert len({answer.card.reference for answer in answers if isinstance(answer, LinkMade)}) == 1


async def test_only_those_who_may_make_links_may_ask_for_a_balance(till: Till) -> None:
    """(F8)"""
    first = await paid_in_part(till)
    answer = await Desk(till.around.ports).hear(VERA.in_slack(), f"balance {first.reference}")
    assert isinstance(answer, Refusal)
    assert await PaymentLink.all().count() == 1


@pytest.mark.parametrize(
    ("state", "why"),
    [
        (LinkState.OPEN, "is outstanding, so it has no balance. The client can still pay all of it"),
        (LinkState.PAID, "is paid, so it has no balance"),
        (LinkState.PROCESSING, "Its bank has yet to confirm"),
        (LinkState.CLOSING, "Ask again once it is closed"),
        (LinkState.CANCELLED, "Nothing was paid on it: `create`"),
        (LinkState.EXPIRED, "Nothing was paid on it: `create`"),
    ],
)
@pytest.mark.own_rows
async def test_a_link_that_is_not_partly_paid_says_why_it_has_no_balance(
    till: Till, state: LinkState, why: str
) -> None:
    link = await till.link()
    await PaymentLink.filter(id=link.id).update(state=state)
    with pytest.raises(NoBalance, match=why):
        await ask(till, link)


@pytest.mark.parametrize("end", [LinkState.CANCELLED, LinkState.EXPIRED])
async def test_after_a_balance_link_was_closed_unpaid_any_link_of_the_chain_makes_the_next(
    till: Till, end: LinkState
) -> None:
    """(LIMITS: partly paid, then expired, strands nobody)"""
    first = await paid_in_part(till)
    second = await made_by(till, first)
    if end is LinkState.CANCELLED:
        await cancel_links(CancelLinks((second.reference,)), SAM.in_slack(), till.around.ports)
    else:
        till.around.clock.tick(timedelta(days=200))
    await till.work()
    await second.refresh_from_db()
    assert second.state is end
    third = await made_by(till, first)
    assert (third.amount, third.parent_id) == (usd(6000), second.id)
    assert (await ask(till, second)).card.reference == third.reference  # the one that stands
    await pays(till, third)
    with pytest.raises(NoBalance, match="paid in full by now"):
        await ask(till, second)
    assert sum(link.paid_minor for link in await PaymentLink.all()) == 10000


async def test_a_balance_link_whose_debit_fails_after_its_time_is_followed_by_another(till: Till) -> None:
    """(M15, LIMITS: nobody is stranded)"""
    first = await paid_in_part(till)
    second = await made_by(till, first)
    session = await till.press_pay(second)
    till.cards.debit(session)
    await till.hears("completed", session)
    till.around.clock.tick(timedelta(days=200))
    await till.work()
    answer = await ask(till, first)
    assert (answer.stood, answer.card.state) == (True, LinkState.PROCESSING)
    till.cards.settle_debit(session, cleared=False)
    await till.hears("async_payment_failed", session)
    await second.refresh_from_db()
    assert second.state is LinkState.EXPIRED
    third = await made_by(till, first)
    await pays(till, third)
    assert third.state is LinkState.PAID
    assert sum(link.paid_minor for link in await PaymentLink.all()) == 10000


async def test_a_chain_of_part_payments_sums_up_exactly(till: Till) -> None:
    """(M08)"""
    first = await paid_in_part(till)
    second = await made_by(till, first)
    await pays(till, second, 2500)
    third = await made_by(till, second)
    assert third.amount == usd(3500)
    card = await card_for(first, till.around.firm)
    assert [(one.reference, one.state) for one in card.balance_links] == [
        (second.reference, LinkState.PART_PAID),
        (third.reference, LinkState.OPEN),
    ]
    assert card.left_open == usd(3500)
    assert not card.wants_balance
    assert (await card_for(third, till.around.firm)).balance_of == second.reference
    await pays(till, third)
    card = await card_for(first, till.around.firm)
    assert card.left_open is None
    assert not card.wants_balance


async def test_money_sent_back_is_not_asked_for_again(till: Till) -> None:
    """(M05) docs/decisions: the balance is what was asked for less what was paid."""
    first = await paid_in_part(till)
    await Payment.all().update(refunded_minor=4000)
    await PaymentLink.filter(id=first.id).update(refunded_minor=4000)
    assert (await ask(till, first)).card.amount == usd(6000)


@pytest.mark.parametrize(
    ("undecided", "words"),
    [({"late_money": True}, "when it could no longer be paid"), ({"review": "Another mode."}, "otherwise than")],
)
async def test_while_money_is_undecided_nobody_is_asked_for_the_balance_again(
    till: Till, undecided: dict[str, Any], words: str
) -> None:
    """(M04) A payer was on the checkout page of the balance link when it was cancelled, and Stripe let the money in."""
    first = await paid_in_part(till)
    second = await made_by(till, first)
    await PaymentLink.filter(id=second.id).update(state=LinkState.CANCELLED)
    payment = await Payment.create(
        link_id=second.id,
        account="operating",
        payment_intent="pi_late",
        session_id="cs_late",
        amount_minor=6000,
        currency="USD",
        state="succeeded",
        at=till.around.clock.now(),
        **undecided,
    )
    with pytest.raises(NoBalance, match=rf"\$60.00 came for {second.reference} {words}"):
        await ask(till, first)
    await Payment.filter(id=payment.id).update(refunded_minor=6000)
    assert (await ask(till, first)).card.amount == usd(6000)


async def test_a_rest_below_the_least_part_is_asked_for_as_a_whole(till: Till) -> None:
    first = await paid_in_part(till, part=6000, partial_minimum=usd(5000))
    second = await made_by(till, first)
    assert (second.amount, second.partial_allowed, second.partial_minimum) == (usd(4000), False, None)


async def test_a_rest_that_nobody_could_pay_is_not_asked_for(till: Till) -> None:
    """Links of an earlier version had no such bounds."""
    first = await paid_in_part(till)
    await PaymentLink.filter(id=first.id).update(paid_minor=9970)
    with pytest.raises(NoBalance, match=r"is \$0\.30, which is less than Stripe takes"):
        await ask(till, first)


async def test_an_account_that_is_gone_takes_no_balance(till: Till) -> None:
    """(F12)"""
    first = await paid_in_part(till)
    till.around.firm = replace(FIRM, accounts={"trust": TRUST})
    with pytest.raises(AccountUnclear, match="operating"):
        await ask(till, first)


async def test_a_balance_link_that_came_and_went_meanwhile_is_told_as_such(
    till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another person's, made and cancelled between our look and our insert: nothing is guessed."""
    first = await paid_in_part(till)
    await made_by(till, first)
    await PaymentLink.exclude(id=first.id).update(state=LinkState.CANCELLED)
    looks = [(first,)]

    async def looked_before(link: PaymentLink) -> tuple[PaymentLink, ...]:
        return looks.pop() if looks else await chain_of(link)

    monkeypatch.setattr("handlers.links.balance_link.chain_of", looked_before)
    with pytest.raises(NoBalance, match="being seen to just now"):
        await ask(till, first)
    assert (await ask(till, first)).card.amount == usd(6000)
