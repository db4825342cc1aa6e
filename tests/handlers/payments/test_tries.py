"""A link may be tried ten times a day, and its people hear of it once (T07)."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from handlers.payments.human_check import tell_check_is_down, use_answer
from handlers.payments.record_event import record_event
from handlers.payments.settle import record_failed_try
from handlers.payments.tries import MOST_TRIES, WITHIN, TriedTooOften, may_be_tried
from models.tables import Job, LinkEvent, PaymentLink
from tests.handlers.payments.conftest import Till

pytestmark = pytest.mark.usefixtures("database")


async def decline(till: Till, link: PaymentLink, times: int) -> None:
    for _ in range(times):
        till.events += 1
        intent = {"metadata": {"reference": link.reference}, "last_payment_error": {"message": "declined"}}
        await record_failed_try("operating", intent, f"evt_{till.events}", till.around.ports)


async def test_a_payer_whose_card_is_declined_four_times_still_gets_through(till: Till) -> None:
    link = await till.link()
    for _ in range(2):
        session = await till.press_pay(link)
        await decline(till, link, 2)
        await may_be_tried(link.token, till.around.ports)
    till.cards.pay(session)
    await till.hears("completed", session)
    assert (await PaymentLink.get(id=link.id)).state.value == "paid"


async def test_the_eleventh_try_of_a_day_is_refused_and_the_next_day_it_is_not(till: Till) -> None:
    link = await till.link()
    await till.press_pay(link)
    till.around.clock.tick(timedelta(hours=1))
    await decline(till, link, MOST_TRIES - 2)
    await may_be_tried(link.token, till.around.ports)
    await decline(till, link, 1)
    with pytest.raises(TriedTooOften) as often:
        await may_be_tried(link.token, till.around.ports)
    assert often.value.again_in == WITHIN - timedelta(hours=1)
    till.around.clock.tick(often.value.again_in)
    await may_be_tried(link.token, till.around.ports)


async def test_the_tenth_declined_card_ends_the_checkout_session_and_a_payer_may_begin_another(till: Till) -> None:
    """Cards are tried on Stripe's page: the way back leads through our page, and the check there."""
    link = await till.link()
    session = await till.press_pay(link)
    await fail(till, link, MOST_TRIES - 2)
    assert (await till.cards.read_checkout("operating", session)).status == "open"
    await fail(till, link, 1)
    assert (await till.cards.read_checkout("operating", session)).status == "expired"
    assert await till.press_pay(link) != session  # with a captcha that was passed
    assert (await PaymentLink.get(id=link.id)).state.value == "open"


async def test_a_card_that_works_at_that_moment_is_paid_all_the_same(till: Till) -> None:
    link = await till.link()
    session = await till.press_pay(link)
    await decline(till, link, MOST_TRIES)
    till.cards.pay(session)
    await fail(till, link, 1)
    assert (await PaymentLink.get(id=link.id)).state.value == "paid"


async def test_a_link_whose_trail_is_full_of_declined_cards_takes_no_more_on_any_day(till: Till) -> None:
    link = await till.link()
    for _ in range(3):
        await decline(till, link, 8)
        till.around.clock.tick(WITHIN)
    with pytest.raises(TriedTooOften):
        await may_be_tried(link.token, till.around.ports)


async def fail(till: Till, link: PaymentLink, times: int) -> None:
    """Stripe tells of declined cards, and all that follows is done."""
    for _ in range(times):
        till.events += 1
        body = {"data": {"object": {"metadata": {"reference": link.reference}, "last_payment_error": {"code": "no"}}}}
        kind = "payment_intent.payment_failed"
        await record_event("operating", f"evt_{till.events}", kind, json.dumps(body), till.around.ports)
    await till.work()


async def test_one_link_that_is_tried_often_holds_up_no_other(till: Till) -> None:
    link, other = await till.link(), await till.link()
    await decline(till, link, MOST_TRIES)
    with pytest.raises(TriedTooOften):
        await may_be_tried(link.token, till.around.ports)
    await may_be_tried(other.token, till.around.ports)
    await may_be_tried("no-such-link-0123456789", till.around.ports)
    assert await till.press_pay(other)


async def test_the_trail_the_channel_and_the_admins_hear_of_it_once(till: Till) -> None:
    link = await till.link()
    await decline(till, link, MOST_TRIES)
    for _ in range(3):
        with pytest.raises(TriedTooOften):
            await may_be_tried(link.token, till.around.ports)
    assert await LinkEvent.filter(link_id=link.id, kind="tried_often").count() == 1
    await till.work()
    assert len([words for words in till.said() if "Tried 10 times" in words]) == 1
    told = [to for to, words in till.around.poster.told if "was tried 10 times" in words]
    letters = [letter.to for letter in till.around.letters.answers if "was tried 10 times" in letter.text]
    assert (told, letters) == (["U0NOOR"], ["noor@harborfinch.example"])


async def test_an_answer_counts_once(till: Till) -> None:
    assert [await use_answer("a", till.around.ports) for _ in range(2)] == [True, False]
    assert await use_answer("b", till.around.ports)


async def test_the_admins_hear_once_an_hour_that_the_check_is_down(till: Till) -> None:
    heard = []
    for _ in range(3):
        for _ in range(4):
            await tell_check_is_down("it does not answer", till.around.ports)
        heard.append(await Job.filter(kind="tell_admins").count())
        await till.work()
        till.around.clock.tick(timedelta(minutes=30))
    assert heard == [2, 0, 2]  # in Slack and by mail
