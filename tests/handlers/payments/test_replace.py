"""`replace`: the old link is closed as a cancel closes it, and another takes its place, once."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from handlers.answers import Answer, LinkMade, Refusal, Waiting
from handlers.desk import Desk
from handlers.ports import ProcessorUnreachable
from handlers.requests import DecideProposal, ReplaceLink
from models.link_states import LinkState
from models.money import Money
from models.tables import LinkEvent, PaymentLink, Recipient
from tests.cast import NOOR, SAM, VERA
from tests.handlers.payments.conftest import Till

TERMS: dict[str, Any] = {
    "emails": ("jane@acme.example", "books@acme.example"),
    "payer_name": "Jane Doe",
    "invoice_number": "1042",
    "due_on": date(2026, 12, 15),
    "message": "Thank you.",
}


async def say(till: Till, text: str, delivery: str = "") -> Answer:
    return await Desk(till.around.ports).hear(SAM.in_slack(delivery=delivery), text)


async def made(till: Till, text: str) -> tuple[LinkMade, PaymentLink]:
    answer = await say(till, text)
    assert isinstance(answer, LinkMade), answer
    return answer, await PaymentLink.get(reference=answer.card.reference)


async def refused(till: Till, text: str) -> str:
    before = await PaymentLink.all().count()
    answer = await say(till, text)
    assert isinstance(answer, Refusal), answer
    assert await PaymentLink.all().count() == before
    return answer.sentence


async def test_what_is_said_changes_and_the_rest_stays_as_it_was(till: Till) -> None:
    old = await till.link(10000, partial=True, partial_minimum=Money(1000, "USD"), **TERMS)
    await till.work()
    answer, new = await made(till, f"replace {old.reference} 300 due 2026-12-24")
    await old.refresh_from_db()
    assert (old.state, old.amount_minor) == (LinkState.CANCELLED, 10000)
    assert (new.state, new.amount_minor, new.due_on) == (LinkState.OPEN, 30000, date(2026, 12, 24))
    for kept in ("payer_name", "invoice_number", "message", "account", "channel", "partial_minimum", "expires_at"):
        assert getattr(new, kept) == getattr(old, kept), kept
    assert new.token != old.token
    assert answer.in_place_of == old.reference
    assert answer.mailed_to == ("jane@acme.example", "books@acme.example")
    await till.work()
    assert sorted(one.to for one in till.around.letters.requests[-2:]) == ["books@acme.example", "jane@acme.example"]


async def test_both_trails_and_both_threads_say_what_took_whose_place(till: Till) -> None:
    """(X2)"""
    old = await till.link()
    await till.work()
    _, new = await made(till, f"replace {old.reference} 300")
    await till.work()
    events = {event.link_id: event for event in await LinkEvent.filter(kind__in=["replaced", "in_place_of"])}
    assert events[old.id].detail["replacement"] == new.reference
    assert events[new.id].detail["replaces"] == old.reference
    assert f"Sam Okafor replaced it with {new.reference}." in till.said()
    assert f"It takes the place of {old.reference}." in till.said()


@pytest.mark.parametrize(
    ("words", "field", "value"),
    [
        ("50 EUR", "currency", "EUR"),
        ("for John Roe", "payer_name", "John Roe"),
        ("invoice 77", "invoice_number", "77"),
        ("account trust", "account", "trust"),
        ("message See you", "message", "See you"),
        ("partial", "partial_allowed", True),
        ("partial min 20", "partial_minimum", 2000),
    ],
)
async def test_each_word_of_create_changes_its_part(till: Till, words: str, field: str, value: object) -> None:
    old = await till.link(**TERMS)
    _, new = await made(till, f"replace {old.reference} {words}")
    assert getattr(new, field) == value


@pytest.mark.parametrize(
    ("words", "field", "value"),
    [
        ("due none", "due_on", None),
        ("due: -", "due_on", None),
        ("for none", "payer_name", ""),
        ("for “None”", "payer_name", "None"),
        ("invoice -", "invoice_number", ""),
        ('message ""', "message", ""),
        ("partial min none", "partial_minimum", None),
    ],
)
async def test_what_is_said_to_be_none_is_taken_out(till: Till, words: str, field: str, value: object) -> None:
    old = await till.link(**TERMS, partial=True, partial_minimum=Money(1000, "USD"))
    _, new = await made(till, f"replace {old.reference} {words}")
    assert getattr(new, field) == value
    assert new.partial_allowed
    assert new.amount_minor == old.amount_minor


async def test_without_a_word_it_is_the_same_again_at_a_new_address(till: Till) -> None:
    old = await till.link(**TERMS)
    _, new = await made(till, f"replace {old.reference}")
    assert (new.amount_minor, new.payer_name) == (old.amount_minor, old.payer_name)
    assert new.token != old.token


async def test_other_addresses_take_the_place_of_the_old_and_link_only_mails_nobody(till: Till) -> None:
    """(F20, F22)"""
    old = await till.link(**TERMS)
    answer, new = await made(till, f"replace {old.reference} john@roe.example nonsense@")
    assert answer.mailed_to == ("john@roe.example",)
    assert "nonsense@" in answer.notes[0]
    answer, _ = await made(till, f"replace {new.reference} link-only")
    assert answer.mailed_to == ()
    assert answer.notes == ("Nothing was mailed: copy the link and send it yourself.",)


async def test_nobody_is_mailed_where_the_letter_before_did_not_arrive(till: Till) -> None:
    old = await till.link(**TERMS)
    await Recipient.filter(link_id=old.id, address="books@acme.example").update(delivery="bounced")
    answer, _ = await made(till, f"replace {old.reference}")
    assert answer.mailed_to == ("jane@acme.example",)
    assert "books@acme.example" in answer.notes[0]


async def test_parts_that_the_new_amount_cannot_have_are_left(till: Till) -> None:
    """(F4)"""
    old = await till.link(10000, partial=True, partial_minimum=Money(5000, "USD"))
    _, new = await made(till, f"replace {old.reference} 40")
    assert (new.partial_allowed, new.partial_minimum) == (False, None)
    assert "must be from" in await refused(till, f"replace {new.reference} 40 partial min 40")


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("0", "more than 0"),
        ("1.999", "2 decimals"),
        ("nonsense 30", "not understood"),
        ("account elsewhere", "no account"),
        ("due 2020-01-01", "in the past"),
        ("partial min 20 EUR", "the amount in USD"),
        ("nobody@", "not an e-mail address"),
    ],
)
async def test_words_that_make_no_link_cancel_none(till: Till, words: str, why: str) -> None:
    old = await till.link()
    assert why in await refused(till, f"replace {old.reference} {words}")
    assert (await PaymentLink.get()).state is LinkState.OPEN


async def test_a_payer_who_was_first_wins_and_no_other_link_is_made(till: Till) -> None:
    """(M03)"""
    old = await till.link()
    session = await till.press_pay(old)
    till.cards.pay(session)
    said = await refused(till, f"replace {old.reference} 300")
    assert "already paid" in said
    assert "No new link was made." in said


@pytest.mark.parametrize("state", [LinkState.PAID, LinkState.PART_PAID, LinkState.PROCESSING])
async def test_a_link_that_is_paid_or_being_paid_is_refused(till: Till, state: LinkState) -> None:
    old = await till.link(partial=True)
    session = await till.press_pay(old, 4000 if state is LinkState.PART_PAID else 10000)
    if state is LinkState.PROCESSING:
        till.cards.debit(session)
    else:
        till.cards.pay(session)
    await till.hears("completed", session)
    assert (await PaymentLink.get()).state is state
    assert "No new link was made." in await refused(till, f"replace {old.reference}")


async def test_a_stripe_that_does_not_answer_leaves_it_cancelling_and_asking_once_more_goes_on(till: Till) -> None:
    """(F08)"""
    old = await till.link()
    await till.press_pay(old)
    till.cards.troubles = [ProcessorUnreachable("timed out")]
    assert "Stripe does not answer yet" in await refused(till, f"replace {old.reference} 300")
    till.around.clock.tick(30)
    await till.work()
    assert (await PaymentLink.get()).state is LinkState.CANCELLED
    _, new = await made(till, f"replace {old.reference} 300")
    assert new.amount_minor == 30000


async def test_an_expired_link_is_followed_by_one_that_can_be_paid(till: Till) -> None:
    old = await till.link()
    assert old.expires_at is not None
    till.around.clock.set(old.expires_at + timedelta(days=1))
    await till.work()
    _, new = await made(till, f"replace {old.reference}")
    assert new.expires_at is not None
    assert new.expires_at > till.around.clock.now()


async def test_a_link_is_replaced_once_and_the_same_delivery_gives_the_same_link(till: Till) -> None:
    """(M13, M14)"""
    old = await till.link()
    first = await say(till, f"replace {old.reference} 300", "trigger-1")
    again = await say(till, f"replace {old.reference} 300", "trigger-1")
    assert isinstance(first, LinkMade)
    assert isinstance(again, LinkMade)
    assert (again.card.reference, again.repeated) == (first.card.reference, True)
    assert f"replaced already, by {first.card.reference}" in await refused(till, f"replace {old.reference} 300")


async def test_two_who_replace_it_at_once_make_one_link(till: Till) -> None:
    old = await till.link()
    answers = await asyncio.gather(*(say(till, f"replace {old.reference} {300 + n}") for n in range(4)))
    assert sorted(type(answer).__name__ for answer in answers) == ["LinkMade", "Refusal", "Refusal", "Refusal"]
    assert await PaymentLink.filter(state=LinkState.OPEN).count() == 1


async def test_money_that_came_after_the_end_is_decided_on_first(till: Till) -> None:
    """(X5)"""
    old = await till.link()
    await say(till, f"cancel {old.reference}")
    await PaymentLink.filter(id=old.id).update(late_money=True)
    assert "decide on that first" in await refused(till, f"replace {old.reference}")


async def test_a_balance_link_keeps_its_amount_and_its_place(till: Till) -> None:
    """(F4, M08)"""
    first = await till.link(partial=True)
    session = await till.press_pay(first, 4000)
    till.cards.pay(session)
    await till.hears("completed", session)
    balance, link = await made(till, f"balance {first.reference}")
    assert "leave the amount out" in await refused(till, f"replace {link.reference} 300")
    answer, new = await made(till, f"replace {link.reference} for John Roe")
    assert (new.amount_minor, new.payer_name, new.parent_id) == (6000, "John Roe", link.id)
    assert answer.card.balance_of == balance.card.balance_of == first.reference


async def test_who_may_cancel_it_may_replace_it_by_mail_as_well(till: Till) -> None:
    """(T16, X1)"""
    old = await till.link()
    desk = Desk(till.around.ports)
    viewer = await desk.ask(VERA.in_slack(), ReplaceLink(old.reference))
    assert isinstance(viewer, Refusal)
    answer = await desk.hear(NOOR.by_mail(), f"replace {old.reference} 300")
    assert isinstance(answer, LinkMade)


async def test_a_replacement_above_the_approval_limit_waits_and_the_old_link_stays_until_a_second_person_agrees(
    till: Till,
) -> None:
    old = await till.link()
    till.around.firm = replace(till.around.firm, approval_limit=Money(20000, "USD"))
    waiting = await Desk(till.around.ports).hear(NOOR.in_slack(), f"replace {old.reference} 300 for John Roe")
    assert isinstance(waiting, Waiting)
    await old.refresh_from_db()
    assert old.state is LinkState.OPEN
    await Desk(till.around.ports).ask(SAM.in_slack(), DecideProposal(1, approve=True))
    await till.work()
    await old.refresh_from_db()
    new = await PaymentLink.exclude(id=old.id).get()
    assert (old.state, new.amount_minor, new.payer_name) == (LinkState.CANCELLED, 30000, "John Roe")
