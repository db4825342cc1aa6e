"""Cancel and expiry against a payer: Stripe is the arbiter, and both sides are told what came of it."""

from __future__ import annotations

import asyncio
import contextlib
import random
from datetime import timedelta

import pytest

from handlers.jobs.expire_link import expire_link
from handlers.jobs.steps import TryLater
from handlers.links.cancel_link import cancel_links
from handlers.payments.start_checkout import LinkUsedUp
from handlers.ports import ProcessorTrouble, ProcessorUnreachable
from handlers.requests import CancelLinks
from models.job_queue import Claimed
from models.link_states import LinkState
from models.tables import CheckoutAttempt, Job, LinkEvent, Payment, PaymentLink
from tests.cast import SAM
from tests.handlers.payments.conftest import Till


async def cancel(till: Till, link: PaymentLink) -> str:
    report = await cancel_links(CancelLinks((link.reference,)), SAM.in_slack(), till.around.ports)
    return report.outcomes[0].sentence


async def test_cancelling_closes_the_session_a_payer_may_be_looking_at(till: Till) -> None:
    link = await till.link()
    session = await till.press_pay(link)
    assert "is cancelled" in await cancel(till, link)
    with pytest.raises(AssertionError, match="expired"):
        till.cards.pay(session)


async def test_a_payer_who_was_first_wins_and_the_canceller_is_told(till: Till) -> None:
    """(M03)"""
    link = await till.link()
    session = await till.press_pay(link)
    till.cards.pay(session)
    said = await cancel(till, link)
    assert "already paid" in said
    assert (await PaymentLink.get()).state is LinkState.PAID


async def test_a_cancel_that_stripe_does_not_answer_says_so_and_is_finished_by_the_sweeper(till: Till) -> None:
    """(F08)"""
    link = await till.link()
    await till.press_pay(link)
    till.cards.troubles = [ProcessorUnreachable("timed out")]
    assert "under way" in await cancel(till, link)
    assert (await PaymentLink.get()).state is LinkState.CLOSING
    with pytest.raises(LinkUsedUp):
        await till.press_pay(link)
    till.around.clock.tick(30)
    await till.work()
    assert (await PaymentLink.get()).state is LinkState.CANCELLED
    assert till.said()[-1].startswith("Cancelled by Sam Okafor")


async def test_a_cancel_learns_the_session_of_a_create_that_was_never_answered(till: Till) -> None:
    link = await till.link()
    till.cards.lost = [ProcessorUnreachable("timed out")]
    with pytest.raises(ProcessorUnreachable):
        await till.press_pay(link)
    assert "is cancelled" in await cancel(till, link)
    assert [call for call, _ in till.cards.calls] == ["open", "open", "close"]
    assert till.cards.calls[0] == till.cards.calls[1]


async def test_a_link_expires_at_its_time_and_not_before(till: Till) -> None:
    link = await till.link()
    assert link.expires_at is not None
    till.around.clock.set(link.expires_at - timedelta(seconds=1))
    await till.work()
    assert (await PaymentLink.get()).state is LinkState.OPEN
    till.around.clock.tick(1)
    await till.work()
    assert (await PaymentLink.get()).state is LinkState.EXPIRED


async def test_a_link_whose_payer_is_at_checkout_expires_only_if_they_have_not_paid(till: Till) -> None:
    """(M15)"""
    paying, idle = await till.link(), await till.link()
    session, other = await till.press_pay(paying), await till.press_pay(idle)
    till.cards.pay(session)
    assert paying.expires_at is not None
    till.around.clock.set(paying.expires_at)
    await till.work()
    assert (await PaymentLink.get(id=paying.id)).state is LinkState.PAID
    assert (await PaymentLink.get(id=idle.id)).state is LinkState.EXPIRED
    assert (await CheckoutAttempt.get(session_id=other)).stage == "dead"


async def test_a_link_whose_debit_fails_after_its_time_is_not_open_for_ever(till: Till) -> None:
    """(M15)"""
    link = await till.link()
    session = await till.press_pay(link)
    till.cards.debit(session)
    await till.hears("completed", session)
    assert link.expires_at is not None
    till.around.clock.set(link.expires_at)
    await till.work()
    assert (await PaymentLink.get()).state is LinkState.PROCESSING
    till.cards.settle_debit(session, cleared=False)
    await till.hears("async_payment_failed", session)
    assert (await PaymentLink.get()).state is LinkState.EXPIRED


async def test_a_clock_that_steps_back_ends_no_link_early_and_none_twice(till: Till) -> None:
    """(F35)"""
    link = await till.link()
    assert link.expires_at is not None
    owed = await Job.get(kind="expire_link")
    claimed = Claimed(owed.id, owed.kind, owed.payload, 1, owed.revision, "")
    till.around.clock.set(link.expires_at - timedelta(hours=1))  # claimed by a clock that was an hour fast
    with pytest.raises(TryLater) as later:
        await expire_link(claimed, till.around.ports)
    assert later.value.after == 3600
    for moment in (link.expires_at, link.expires_at - timedelta(hours=1), link.expires_at + timedelta(hours=1)):
        till.around.clock.set(moment)
        await expire_link_if_open(claimed, till)
        await till.work()
    assert await LinkEvent.filter(kind="expired").count() == 1
    assert (await PaymentLink.get()).state is LinkState.EXPIRED


async def expire_link_if_open(job: Claimed, till: Till) -> None:
    with contextlib.suppress(TryLater):
        await expire_link(job, till.around.ports)


async def test_two_to_eight_tabs_at_once_lead_to_one_session(till: Till) -> None:
    """(M01) Each call to Stripe is held back a random moment, so the tabs meet at every step."""

    async def dawdle(call: str) -> None:
        await asyncio.sleep(random.random() * 0.01)

    till.cards.meanwhile = dawdle
    for tabs in range(2, 9):
        link = await till.link()
        urls = await asyncio.gather(*[till.press_pay(link) for _ in range(tabs)])
        assert len(set(urls)) == 1
        assert await CheckoutAttempt.filter(link_id=link.id).count() == 1


async def test_paying_and_cancelling_at_once_ends_as_stripe_says_every_time(till: Till) -> None:
    """(M03) Forty links; the payer pays at a random moment of the cancel."""

    async def dawdle(call: str) -> None:
        await asyncio.sleep(random.random() * 0.005)

    till.cards.meanwhile = dawdle
    for _ in range(40):
        link = await till.link()
        paid, said = await asyncio.gather(_pay(till, link), cancel(till, link))
        till.around.clock.tick(31)
        await till.work()
        link = await PaymentLink.get(id=link.id)
        assert link.state is (LinkState.PAID if paid else LinkState.CANCELLED), said
        assert ("is cancelled" in said) is not paid
        assert not link.late_money
        assert await Payment.filter(link_id=link.id).count() == int(paid)


async def _pay(till: Till, link: PaymentLink) -> bool:
    try:
        session = await till.press_pay(link)
        await till.cards.meanwhile("")
        till.cards.pay(session)
    except (LinkUsedUp, ProcessorTrouble, AssertionError):
        return False
    await till.webhook("completed", session)
    return True
