"""Paid in part: the link is used up, and what is left open is asked for by one more link, made by a person's click."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tortoise.connection import get_connection

from handlers.answers import LinkMade, Refusal
from handlers.desk import Desk
from handlers.jobs.kinds import STEPS
from handlers.jobs.worker import Worker
from handlers.links.aftermath import beside_state
from handlers.links.balance_link import NoBalance, balance_link
from handlers.links.cancel_link import cancel_links
from handlers.links.cards import card_for
from handlers.links.chain import chain_of
from handlers.links.resend_link import resend_link
from handlers.links.verify_trail import verify_trails
from handlers.payments.payer_page import payer_page
from handlers.payments.read_receipt import receipt_of
from handlers.payments.receipt_words import receipt_facts
from handlers.ports import DeliveryTrouble
from handlers.requests import BalanceLink, CancelLinks, ResendLink
from models.errors import AccountUnclear
from models.link_states import LinkState
from models.money import Money
from models.part_payment import part_bounds
from models.tables import ChannelPost, LinkEvent, NewsRoute, Payment, PaymentLink, Recipient
from tests.cast import BILLING, FIRM, NOOR, SAM, TRUST, VERA
from tests.handlers.payments.conftest import Till


def usd(minor: int) -> Money:
    return Money(minor, "USD")


async def paid_in_part(till: Till, minor: int = 10000, part: int = 4000, **asked: object) -> PaymentLink:
    """A link on which a part was paid."""
    link = await till.link(minor, partial=True, **asked)
    await pays(till, link, part)
    return link


async def pays(till: Till, link: PaymentLink, minor: int | None = None) -> None:
    session = await till.press_pay(link, minor)
    till.cards.pay(session)
    await till.hears("completed", session)
    await link.refresh_from_db()


async def ask(till: Till, link: PaymentLink) -> LinkMade:
    made = await balance_link(BalanceLink(link.reference), SAM.in_slack(), till.around.ports)
    await till.work()
    return made


async def made_by(till: Till, link: PaymentLink) -> PaymentLink:
    return await PaymentLink.get(reference=(await ask(till, link)).card.reference)


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


# ── told ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_chain_is_told_in_one_thread_and_the_first_card_follows_it(till: Till) -> None:
    """(X2, N1)"""
    first = await paid_in_part(till, emails=("jane@acme.example",), payer_name="Jane Doe")
    poster = till.around.poster
    [root] = poster.cards
    second = await made_by(till, first)
    [own] = [where for where, card in poster.cards.items() if card.reference == second.reference]
    assert poster.replies == {own: root}
    assert [(one.reference, one.state) for one in poster.cards[root].balance_links] == [
        (second.reference, LinkState.OPEN)
    ]
    await pays(till, second, 2000)
    third = await made_by(till, second)
    [grandchild] = [where for where, card in poster.cards.items() if card.reference == third.reference]
    assert poster.replies[grandchild] == root  # a reply has no thread of its own
    await pays(till, third)
    assert [one.state for one in poster.cards[root].balance_links] == [LinkState.PART_PAID, LinkState.PAID]
    assert poster.cards[own].balance_links[0].state is LinkState.PAID
    assert {line.where for line in poster.threads} == {root}
    told = till.said()
    assert "Partly paid: $40.00 by card. $60.00 is still owed." in told
    assert f"{second.reference}: Partly paid: $20.00 by card. $40.00 is still owed." in told
    assert f"{third.reference}: Paid: $40.00 by card." in told
    assert len(told) == len(set(told))
    assert len(poster.cards) == 3


async def test_in_every_channel_that_has_the_first_card_the_next_stands_under_it(till: Till) -> None:
    """(N1)"""
    await NewsRoute.create(event="all", target="C0NEWS")
    first = await paid_in_part(till)
    await NewsRoute.all().update(target="C0OTHER")
    await made_by(till, first)
    till.around.clock.tick(2)
    await till.work()
    poster = till.around.poster
    under = {where.channel: root for where, root in poster.replies.items()}
    assert set(under) == {BILLING, "C0NEWS", "C0OTHER"}  # the last hears of both links now
    assert all(root.channel == channel for channel, root in under.items())
    assert {poster.cards[root].reference for root in under.values()} == {first.reference}


async def test_a_link_of_a_batch_is_told_before_its_balance_link(till: Till) -> None:
    """Its card comes with its first news; the balance link waits for it."""
    link = await till.link(partial=True)
    await till.work()
    await ChannelPost.all().delete()
    till.around.poster.cards.clear()
    await PaymentLink.all().update(batch_id=1)
    session = await till.press_pay(link, 4000)
    till.cards.pay(session)
    await till.webhook("completed", session)
    working = Worker({name: step for name, step in STEPS.items() if name == "settle_event"}, till.around.ports)
    await working._run_batch("stripe")
    await balance_link(BalanceLink(link.reference), SAM.in_slack(), till.around.ports)
    till.around.poster.troubles.waiting = [DeliveryTrouble("ratelimited", retry_after=30)]
    for _ in range(20):
        till.around.clock.tick(3)
        await till.work()
    cards = till.around.poster.cards
    [root] = [where for where, card in cards.items() if card.reference == link.reference]
    assert list(till.around.poster.replies.values()) == [root]


async def test_where_the_first_card_is_lost_the_next_stands_in_the_thread_that_was_begun(till: Till) -> None:
    """(X2)"""
    first = await paid_in_part(till)
    [root] = till.around.poster.cards
    second = await made_by(till, first)
    await ChannelPost.filter(link_id=first.id).delete()
    await pays(till, second, 2000)
    third = await made_by(till, second)
    [under] = [where for where, card in till.around.poster.cards.items() if card.reference == third.reference]
    assert till.around.poster.replies[under] == root


async def test_a_balance_asked_for_by_mail_is_told_where_the_first_link_is(till: Till) -> None:
    first = await paid_in_part(till)
    answer = await Desk(till.around.ports).hear(NOOR.by_mail(), f"balance {first.reference.lower()}")
    assert isinstance(answer, LinkMade)
    await till.work()
    assert [where.channel for where in till.around.poster.replies] == [BILLING]


async def test_the_history_of_both_links_names_the_other(till: Till) -> None:
    first = await paid_in_part(till)
    made = await ask(till, first)
    event = await LinkEvent.filter(link_id=first.id).order_by("-number").first()
    assert event is not None
    assert (event.kind, event.detail["balance_link"], event.door) == ("balance", made.card.reference, "slack")
    assert [link.reference for link in await chain_of(first)] == [first.reference, made.card.reference]
    assert (await verify_trails())[1] == ()


# ── any amounts ───────────────────────────────────────────────────────────────────────────────────────────────────────


@given(data=st.data(), due=st.integers(100, 5000), minimum=st.none() | st.integers(50, 3000))
@settings(max_examples=25)
async def test_any_chain_is_paid_to_the_last_cent_and_never_above(
    till: Till, data: st.DataObject, due: int, minimum: int | None
) -> None:
    """(M08) Property over (due, min, paid)."""
    least = usd(minimum) if minimum and part_bounds(usd(due), usd(minimum)) else None
    link = await till.link(due, partial=True, partial_minimum=least)
    links = [link]
    while link.state is not LinkState.PAID:
        bounds = part_bounds(link.amount, link.smallest_part) if link.partial_allowed else None
        part = None
        if bounds is not None and len(links) < 4:
            part = data.draw(st.none() | st.integers(bounds.least.minor, bounds.most.minor))
        await pays(till, link, part)
        total = sum(one.paid_minor for one in links)
        assert total <= due
        if link.state is LinkState.PART_PAID:
            left = due - total
            link = await made_by(till, link)
            assert link.amount_minor == left >= 50
            links.append(link)
    assert sum(one.paid_minor for one in links) == due
    assert await Recipient.all().count() == 0


async def test_once_the_balance_is_paid_the_first_link_says_by_which_and_owes_nothing(till: Till) -> None:
    """(F4) On its card, in the list, in the mail's words, and on its receipt."""
    first = await paid_in_part(till)
    second = await made_by(till, first)
    assert (await card_for(first, FIRM)).balance_paid_by == ""
    await pays(till, second)
    card = await card_for(first, FIRM)
    assert (card.balance_paid_by, card.left_open, card.wants_balance) == (second.reference, None, False)
    assert list(beside_state(card, FIRM)) == [f"the balance paid by {second.reference}"]
    assert list(beside_state(await card_for(second, FIRM), FIRM)) == []
    receipt = await receipt_of(first, till.around.ports)
    assert receipt is not None
    assert ("The rest was paid with", second.reference) in receipt_facts(receipt, FIRM)
    own = await receipt_of(second, till.around.ports)
    assert own is not None
    assert own.paid_since == ""


async def test_a_balance_paid_in_two_goes_is_paid_by_the_last_link(till: Till) -> None:
    first = await paid_in_part(till)
    second = await made_by(till, first)
    await pays(till, second, 1000)
    third = await made_by(till, second)
    await pays(till, third)
    cards = [await card_for(link, FIRM) for link in (first, second, third)]
    assert [card.balance_paid_by for card in cards] == [third.reference, third.reference, ""]
