"""Whoever had a request is told once that it is cancelled, and nobody else is."""

from __future__ import annotations

from dataclasses import replace

import pytest

from handlers.answers import CancelReport
from handlers.desk import Desk
from handlers.ports import DeliveryRefused, DeliveryTrouble, ProcessorUnreachable
from models.link_states import LinkState
from models.tables import Job, LinkEvent, PaymentLink, Recipient
from tests.cast import SAM
from tests.handlers.payments.conftest import Till

TWO = ("jane@acme.example", "books@acme.example")


async def sent(till: Till, *emails: str) -> PaymentLink:
    """A link whose letters have left."""
    link = await till.link(emails=emails or TWO, payer_name="Jane Doe", invoice_number="1042")
    await till.work()
    return link


async def cancel(till: Till, *links: PaymentLink, said: str = "") -> None:
    command = " ".join(["cancel", *(link.reference for link in links), said])
    answer = await Desk(till.around.ports).hear(SAM.in_slack(), command)
    assert isinstance(answer, CancelReport), answer


def told(till: Till) -> list[str]:
    return sorted(letter.to for letter in till.around.letters.cancelled)


async def test_each_address_that_had_the_request_is_told_once_that_it_is_cancelled(till: Till) -> None:
    link = await sent(till)
    await cancel(till, link)
    await cancel(till, link)
    await till.work()
    till.around.clock.tick(3600)
    await till.work()
    assert told(till) == sorted(TWO)
    letter = till.around.letters.cancelled[0]
    assert (letter.reference, letter.amount, letter.payer_name, letter.invoice_number) == (
        link.reference,
        link.amount,
        "Jane Doe",
        "1042",
    )
    assert letter.message_id.startswith(f"closed-{link.reference.lower()}-")
    assert "jane@acme.example was told by letter that it is cancelled." in till.said()


async def test_several_cancelled_at_once_are_told_each_to_its_own_client(till: Till) -> None:
    links = [await sent(till, f"client{number}@acme.example") for number in range(3)]
    await cancel(till, *links)
    await till.work()
    assert told(till) == [f"client{number}@acme.example" for number in range(3)]


async def test_an_address_whose_letter_never_left_hears_nothing(till: Till) -> None:
    link = await till.link(emails=TWO)  # the worker has not run yet
    await cancel(till, link)
    till.around.clock.tick(60)
    await till.work()
    assert told(till) == []
    assert not till.around.letters.requests


async def test_an_address_that_no_letter_reached_hears_nothing(till: Till) -> None:
    till.around.letters.troubles.always = {TWO[1]: DeliveryRefused("550 no such user")}
    link = await sent(till)
    del till.around.letters.troubles.always[TWO[1]]
    await cancel(till, link)
    await till.work()
    assert told(till) == [TWO[0]]


async def test_a_letter_that_was_on_its_way_out_during_the_cancel_is_followed_by_the_other(till: Till) -> None:
    link = await till.link(emails=TWO[:1])
    await cancel(till, link)
    await Recipient.filter(link_id=link.id).update(delivery="sent", sent_at=till.around.clock.now())
    till.around.clock.tick(60)
    await till.work()
    assert told(till) == [TWO[0]]


async def test_a_client_who_was_first_gets_a_receipt_and_no_word_of_a_cancel(till: Till) -> None:
    """(M03)"""
    link = await sent(till)
    till.cards.pay(await till.press_pay(link))
    await cancel(till, link)
    till.around.clock.tick(60)
    await till.work()
    assert told(till) == []
    assert len(till.around.letters.receipts) == 2


async def test_nothing_is_said_before_stripe_has_said_who_was_first(till: Till) -> None:
    """(F08)"""
    link = await sent(till)
    await till.press_pay(link)
    till.cards.troubles = [ProcessorUnreachable("timed out")]
    await cancel(till, link)
    await till.work()
    assert told(till) == []
    till.around.clock.tick(60)
    await till.work()
    assert (await PaymentLink.get()).state is LinkState.CANCELLED
    assert told(till) == sorted(TWO)


async def test_a_link_that_runs_out_is_not_said_to_be_cancelled(till: Till) -> None:
    link = await sent(till)
    assert link.expires_at is not None
    till.around.clock.set(link.expires_at)
    await till.work()
    assert (await PaymentLink.get()).state is LinkState.EXPIRED
    assert told(till) == []


async def test_money_that_came_after_all_keeps_the_letter_back(till: Till) -> None:
    link = await sent(till)
    await cancel(till, link)
    await PaymentLink.filter(id=link.id).update(late_money=True)
    await till.work()
    assert told(till) == []


async def test_it_can_be_switched_off_for_the_firm_or_left_out_once(till: Till) -> None:
    quiet = await sent(till)
    await cancel(till, quiet, said="quietly")
    till.around.firm = replace(till.around.firm, cancel_letter="off")
    await cancel(till, await sent(till))
    till.around.clock.tick(60)
    await till.work()
    assert told(till) == []
    assert await PaymentLink.filter(state=LinkState.CANCELLED).count() == 2


async def test_a_server_that_is_away_is_waited_for_and_a_refusal_is_told(till: Till) -> None:
    """(F26, F27)"""
    link = await sent(till)
    await cancel(till, link)
    till.around.letters.troubles.waiting = [DeliveryTrouble("451 later"), DeliveryRefused("550 no such user")]
    await till.work()
    till.around.clock.tick(60)
    await till.work()
    assert len(told(till)) == 1
    assert any("that it is cancelled could not be delivered: 550 no such user" in line for line in till.said())
    assert sorted([one.delivery for one in await Recipient.all()]) == ["failed", "sent"]
    assert not await Job.filter(kind="send_cancelled").exists()


@pytest.mark.parametrize("changes", ["300", "300 books@acme.example"])
async def test_a_request_in_anothers_place_says_so_where_the_other_was_known(till: Till, changes: str) -> None:
    """Whoever gets no new one is told that the old one is cancelled."""
    old = await sent(till)
    answer = await Desk(till.around.ports).hear(SAM.in_slack(), f"replace {old.reference} {changes}")
    await till.work()
    fresh = {letter.to: letter.replaces for letter in till.around.letters.requests[2:]}
    assert set(fresh.values()) == {old.reference}, answer
    assert set(told(till)) == set(TWO) - set(fresh)
    assert await LinkEvent.filter(kind="cancel_told", link_id=old.id).count() == len(told(till))


async def test_a_link_cancelled_first_and_replaced_after_is_told_of_once(till: Till) -> None:
    old = await sent(till)
    await cancel(till, old)
    await Desk(till.around.ports).hear(SAM.in_slack(), f"replace {old.reference} 300 new@acme.example")
    await till.work()
    assert told(till) == sorted(TWO)
    assert till.around.letters.requests[-1].replaces == ""  # that address never saw the old one


async def test_a_replacement_without_a_letter_is_told_by_nobody(till: Till) -> None:
    """Whoever sends the new link themselves says what it is."""
    old = await sent(till)
    await Desk(till.around.ports).hear(SAM.in_slack(), f"replace {old.reference} 300 link only")
    till.around.clock.tick(60)
    await till.work()
    assert await PaymentLink.all().count() == 2
    assert told(till) == []
