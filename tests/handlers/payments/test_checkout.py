"""Pressing Pay: one session a link, found again by every tab, replaced only when Stripe says it is over."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from handlers.payments.start_checkout import CheckoutNotAllowed, LinkUnknown, LinkUsedUp, start_checkout
from handlers.payments.tell_refusal import tell_refusal
from handlers.ports import CheckoutPage, CheckoutRequest, ProcessorDenied, ProcessorRejected, ProcessorUnreachable
from models.errors import AmountUnclear
from models.link_states import LinkState
from models.tables import CheckoutAttempt, PaymentLink
from tests.fake_cards import FakeCards
from tests.handlers.payments.conftest import Till


async def test_pressing_pay_opens_a_session_over_the_amount_with_the_reference_on_it(till: Till) -> None:
    link = await till.link(invoice_number="1042")
    session = await till.press_pay(link)
    attempt = await CheckoutAttempt.get(session_id=session)
    assert attempt.stage == "live"
    assert attempt.idempotency_key == f"cs-{link.reference}-1"
    assert attempt.request["client_reference_id"] == link.reference
    assert attempt.request["metadata"] == {"reference": link.reference, "attempt": "1", "invoice_number": "1042"}
    life = attempt.expires_at - till.around.clock.now()
    assert timedelta(minutes=30) <= life <= timedelta(hours=24)


async def test_a_double_click_and_a_second_tab_meet_in_the_same_session(till: Till) -> None:
    """(B55)"""
    link = await till.link()
    assert len({await till.press_pay(link) for _ in range(3)}) == 1
    assert [call for call, _ in till.cards.calls] == ["open"]


async def test_an_unknown_token_opens_nothing(till: Till) -> None:
    with pytest.raises(LinkUnknown):
        await start_checkout("x" * 32, None, till.around.ports)
    assert till.cards.calls == []


@pytest.mark.parametrize("state", [state for state in LinkState if state is not LinkState.OPEN])
@pytest.mark.own_rows
async def test_a_link_that_is_not_open_cannot_be_paid(till: Till, state: LinkState) -> None:
    """(F3)"""
    link = await till.link()
    await PaymentLink.filter(id=link.id).update(state=state)
    with pytest.raises(LinkUsedUp) as refused:
        await till.press_pay(link)
    assert refused.value.state is state
    assert till.cards.calls == []


async def test_a_session_whose_answer_got_lost_is_found_again_with_the_same_key_and_bytes(till: Till) -> None:
    """(F02)"""
    link = await till.link()
    till.cards.lost = [ProcessorUnreachable("timed out")]
    with pytest.raises(ProcessorUnreachable):
        await till.press_pay(link)
    till.around.clock.tick(60)
    session = await till.press_pay(link)
    assert await CheckoutAttempt.all().count() == 1
    assert till.cards.calls == [("open", f"cs-{link.reference}-1")] * 2
    till.cards.pay(session)
    assert len(till.cards.taken) == 1


async def test_a_request_sent_again_is_the_same_to_the_last_byte(till: Till) -> None:
    """(F02) Read back from the database it is not in the order in which it was frozen."""
    link = await till.link(invoice_number="1042")
    till.around.cards = cards = Listening(clock=till.around.clock, lost=[ProcessorUnreachable("timed out")])
    with pytest.raises(ProcessorUnreachable):
        await till.press_pay(link)
    await till.press_pay(link)
    first, second = cards.heard
    assert first == second


class Listening(FakeCards):
    """A Stripe that remembers how it was asked."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.heard: list[str] = []

    async def open_checkout(self, asked: CheckoutRequest) -> CheckoutPage:
        self.heard.append(json.dumps(asked.params))
        return await super().open_checkout(asked)


async def test_after_a_stored_500_the_next_click_begins_a_new_attempt(till: Till) -> None:
    """(F03)"""
    link = await till.link()
    till.cards.troubles = [ProcessorUnreachable("500", stored=True)]
    with pytest.raises(ProcessorUnreachable):
        await till.press_pay(link)
    await till.press_pay(link)
    assert [key for _, key in till.cards.calls] == [f"cs-{link.reference}-1", f"cs-{link.reference}-2"]


@pytest.mark.parametrize("trouble", [ProcessorDenied("401"), ProcessorRejected("400")])
async def test_a_refused_request_leaves_the_link_open_and_no_attempt_alive(till: Till, trouble: Exception) -> None:
    """(F05)"""
    link = await till.link()
    till.cards.troubles = [trouble]  # type: ignore[list-item]  # both are ProcessorTrouble
    with pytest.raises(type(trouble)):
        await till.press_pay(link)
    assert (await CheckoutAttempt.get()).stage == "dead"
    assert (await PaymentLink.get()).state is LinkState.OPEN


async def test_what_stripe_refuses_of_a_link_is_told_where_the_link_is_told(till: Till) -> None:
    """(F06) Such as an amount in another currency that is worth less than Stripe's minimum."""
    link = await till.link()
    till.cards.troubles = [ProcessorRejected("Stripe answered 400: Amount must convert to at least 50 cents.")]
    with pytest.raises(ProcessorRejected):
        await till.press_pay(link)
    await till.work()
    [told] = till.said()
    assert told.startswith("The client could not pay, as Stripe would not open the page:")
    assert told.endswith("Stripe answered 400: Amount must convert to at least 50 cents.")
    attempt = await CheckoutAttempt.get()
    await tell_refusal(attempt, ProcessorRejected("the same to another tab"), till.around.ports)
    await till.work()
    assert len(till.said()) == 1
    await till.press_pay(link)  # and the link stays good


async def test_a_revoked_key_is_told_to_the_admins_once_an_hour(till: Till) -> None:
    """(F05)"""
    link = await till.link()
    for _ in range(3):
        till.cards.troubles = [ProcessorDenied("Stripe answered 401: Invalid API Key provided")]
        with pytest.raises(ProcessorDenied):
            await till.press_pay(link)
        await till.work()
    [(to, words)] = till.around.poster.told
    assert to == "U0NOOR"
    assert "Nobody can pay into the account operating" in words
    assert till.said() == []
    till.around.clock.tick(3600)
    till.cards.troubles = [ProcessorDenied("Stripe answered 401: Invalid API Key provided")]
    with pytest.raises(ProcessorDenied):
        await till.press_pay(link)
    await till.work()
    assert len(till.around.poster.told) == 2


async def test_a_url_of_another_host_is_never_given_to_the_payer(till: Till) -> None:
    """(T08)"""
    link = await till.link()
    till.around.cards = cards = Astray(clock=till.around.clock)
    with pytest.raises(CheckoutNotAllowed):
        await till.press_pay(link)
    assert (await CheckoutAttempt.get()).stage == "dead"
    assert cards.calls[-1][0] == "close"


async def test_a_tab_that_stripe_fails_does_not_bury_the_session_another_tab_was_given(till: Till) -> None:
    """(M01) A buried session that a payer holds would be paid beside the next one."""
    link = await till.link()
    given = []

    async def another_tab(call: str) -> None:
        till.cards.meanwhile = nothing
        given.append(await till.press_pay(link))
        till.cards.troubles = [ProcessorUnreachable("503", stored=True)]

    till.cards.meanwhile = another_tab
    with pytest.raises(ProcessorUnreachable):
        await till.press_pay(link)
    assert (await CheckoutAttempt.get()).stage == "live"
    assert await till.press_pay(link) == given[0]


async def test_a_late_answer_to_an_attempt_given_up_meanwhile_sends_nobody_to_a_second_session(till: Till) -> None:
    """(M01)"""
    link = await till.link()
    given = []

    async def two_other_tabs(call: str) -> None:
        till.cards.meanwhile = nothing
        till.cards.troubles = [ProcessorUnreachable("503", stored=True)]
        with pytest.raises(ProcessorUnreachable):
            await till.press_pay(link)
        given.append(await till.press_pay(link))

    till.cards.meanwhile = two_other_tabs
    given.append(await till.press_pay(link))
    assert given[0] == given[1]
    still_open = [kept.truth.session_id for kept in till.cards._sessions.values() if kept.truth.status == "open"]
    assert still_open == [given[0]]


async def nothing(call: str) -> None:
    return None


class Astray(FakeCards):
    """A Stripe whose answers point elsewhere."""

    def checkout_url_allowed(self, url: str) -> bool:
        return False


async def test_a_part_is_taken_only_where_the_link_allows_it_and_within_its_bounds(till: Till) -> None:
    whole = await till.link(10000)
    with pytest.raises(AmountUnclear):
        await till.press_pay(whole, 4000)
    part = await till.link(10000, partial=True)
    await PaymentLink.filter(id=part.id).update(partial_minimum=2500)
    for wrong in (2499, 10001, 0, -5):
        with pytest.raises(AmountUnclear):
            await till.press_pay(part, wrong)
    session = await till.press_pay(part, 4000)
    assert (await CheckoutAttempt.get(session_id=session)).amount_minor == 4000


async def test_another_amount_closes_the_first_session_before_the_second_is_opened(till: Till) -> None:
    link = await till.link(10000, partial=True)
    first = await till.press_pay(link, 4000)
    second = await till.press_pay(link, 6000)
    assert first != second
    assert (await CheckoutAttempt.get(session_id=first)).stage == "dead"
    with pytest.raises(AssertionError):
        till.cards.pay(first)  # Stripe has closed it


async def test_a_payer_who_pays_the_first_amount_while_asking_for_another_is_charged_once(till: Till) -> None:
    """(M01)"""
    link = await till.link(10000, partial=True)
    first = await till.press_pay(link, 4000)
    till.cards.pay(first)
    with pytest.raises(LinkUsedUp):
        await till.press_pay(link, 6000)
    assert (await PaymentLink.get()).state is LinkState.PART_PAID
    assert len(till.cards.taken) == 1


async def test_a_session_over_its_time_is_replaced_once_stripe_says_it_is_over(till: Till) -> None:
    link = await till.link()
    first = await till.press_pay(link)
    till.around.clock.tick(timedelta(hours=25))
    second = await till.press_pay(link)
    assert second != first
    assert [a.stage for a in await CheckoutAttempt.all().order_by("number")] == ["dead", "live"]
