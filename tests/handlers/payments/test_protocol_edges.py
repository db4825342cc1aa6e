"""The narrow places of the attempt protocol, each by itself: what happens between two steps of it."""

from __future__ import annotations

import pytest

from handlers.links.cancel_link import cancel_links
from handlers.links.trail import become
from handlers.payments import start_checkout as checkout
from handlers.payments.attempts import learn_session
from handlers.payments.close_link import ask_to_close, close_link
from handlers.payments.settle import record_failed_try, record_truth
from handlers.payments.start_checkout import LinkUsedUp
from handlers.ports import ProcessorBusy, ProcessorRejected, ProcessorTrouble, ProcessorUnreachable
from handlers.requests import PAYLINK, CancelLinks
from models.link_states import LinkState
from models.tables import CheckoutAttempt, LinkEvent, Payment, PaymentLink
from tests.cast import SAM
from tests.handlers.payments.conftest import Till


async def unanswered(till: Till) -> tuple[PaymentLink, CheckoutAttempt]:
    """A link whose payer's request to Stripe was cut off: whether it made a session is not known."""
    link = await till.link()
    till.cards.lost = [ProcessorUnreachable("cut off")]
    with pytest.raises(ProcessorUnreachable):
        await till.press_pay(link)
    return link, await CheckoutAttempt.get(link_id=link.id)


async def test_a_silent_stripe_teaches_nothing_and_the_attempt_stays(till: Till) -> None:
    _, attempt = await unanswered(till)
    till.cards.troubles = [ProcessorUnreachable("timed out")]
    with pytest.raises(ProcessorTrouble):
        await learn_session(attempt, till.around.ports)
    assert (await CheckoutAttempt.get()).stage == "opening"


@pytest.mark.parametrize("trouble", [ProcessorRejected("400"), ProcessorUnreachable("500", stored=True)])
async def test_a_link_whose_attempt_made_no_session_is_cancelled_at_once(till: Till, trouble: ProcessorTrouble) -> None:
    """(F03, M03) Nobody can hold a page of it."""
    link, attempt = await unanswered(till)
    till.cards.troubles = [trouble]
    report = await cancel_links(CancelLinks((link.reference,)), SAM.in_slack(), till.around.ports)
    assert report.outcomes[0].done
    assert (await CheckoutAttempt.get(id=attempt.id)).stage == "dead"


async def test_an_attempt_is_not_given_up_once_the_payers_own_request_has_its_session(till: Till) -> None:
    """(M01)"""
    link, attempt = await unanswered(till)
    session = await till.press_pay(link)
    till.cards.troubles = [ProcessorRejected("400")]
    assert await learn_session(attempt, till.around.ports)
    assert attempt.session_id == session
    assert (await CheckoutAttempt.get()).stage == "live"


async def test_two_that_close_a_link_tell_its_end_once(till: Till) -> None:
    link = await till.link()
    await till.press_pay(link)
    await ask_to_close(link, LinkState.CANCELLED, SAM.in_slack().actor, "Sam", till.around.ports)

    async def somebody_else_is_quicker(call: str) -> None:
        if call == "close" and link.state is LinkState.CLOSING:
            await become(link, LinkState.CANCELLED, PAYLINK, till.around.clock.now())

    till.cards.meanwhile = somebody_else_is_quicker
    await close_link(link.id, till.around.ports)
    assert await LinkEvent.filter(kind="cancelled").count() == 1


async def test_the_loser_of_the_last_step_of_a_close_says_nothing(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    link = await till.link()
    await ask_to_close(link, LinkState.CANCELLED, SAM.in_slack().actor, "Sam", till.around.ports)

    async def quicker(found: PaymentLink) -> None:
        other = await PaymentLink.get(id=found.id)
        await become(other, LinkState.CANCELLED, PAYLINK, till.around.clock.now())

    monkeypatch.setattr("handlers.payments.close_link.live_attempt", quicker)
    await close_link(link.id, till.around.ports)
    assert await LinkEvent.filter(kind="cancelled").count() == 1


async def test_a_link_with_money_to_be_looked_at_takes_no_second_charge(till: Till) -> None:
    """(B62, M01)"""
    link = await till.link()
    await PaymentLink.all().update(review=True)
    with pytest.raises(LinkUsedUp) as caught:
        await till.press_pay(link)
    assert caught.value.state is LinkState.PROCESSING
    assert till.cards.calls == []


async def test_a_payer_whose_sessions_keep_ending_is_asked_to_wait(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    async def over(*_: object) -> None:
        return None

    monkeypatch.setattr(checkout, "_url_of", over)
    with pytest.raises(ProcessorBusy):
        await till.press_pay(await till.link())


async def test_a_debit_that_begins_on_a_cancelled_link_is_in_its_trail(till: Till) -> None:
    """(M04) Its money comes later, and is flagged then."""
    link = await till.link()
    session = await till.press_pay(link)
    till.cards.debit(session)
    await PaymentLink.all().update(state=LinkState.CANCELLED)
    await till.hears("completed", session)
    link = await PaymentLink.get()
    assert (link.state, link.late_money) == (LinkState.CANCELLED, False)
    assert await LinkEvent.filter(kind="processing", after="cancelled").count() == 1
    till.cards.settle_debit(session, cleared=True)
    await till.hears("async_payment_succeeded", session)
    assert (await PaymentLink.get()).late_money


async def test_a_debit_that_had_failed_when_it_was_first_heard_of_is_told_once(till: Till) -> None:
    """(M09)"""
    link = await till.link()
    session = await till.press_pay(link)
    till.cards.debit(session)
    till.cards.settle_debit(session, cleared=False)
    for kind in ("async_payment_failed", "completed"):
        await till.hears(kind, session)
    await till.failed_try(link, session)
    assert [words for words in till.said() if "refused" in words] == ["A payment did not go through: The bank refused."]
    assert (await PaymentLink.get()).state is LinkState.OPEN


async def test_a_processing_debit_told_again_changes_nothing(till: Till) -> None:
    link = await till.link()
    session = await till.press_pay(link)
    till.cards.debit(session)
    for _ in range(2):
        await till.hears("completed", session)
    assert await LinkEvent.filter(kind="processing").count() == 1
    assert await Payment.all().count() == 1
    assert (await PaymentLink.get(id=link.id)).state is LinkState.PROCESSING


@pytest.mark.parametrize("metadata", [{}, {"reference": "PL-000000"}])
async def test_a_declined_card_of_another_shop_of_the_firms_is_none_of_ours(
    till: Till, metadata: dict[str, str]
) -> None:
    """(B61)"""
    outcome = await record_failed_try("operating", {"metadata": metadata}, "evt_1", till.around.ports)
    assert outcome.startswith("ignored")


@pytest.mark.parametrize("number", ["", "7", "-1", "x" * 40, "9" * 40])
async def test_a_declined_card_whose_attempt_is_not_known_is_told(till: Till, number: str) -> None:
    link = await till.link()
    intent = {"metadata": {"reference": link.reference, "attempt": number}, "last_payment_error": {"code": "expired"}}
    assert await record_failed_try("operating", intent, "evt_1", till.around.ports) == "told"
    assert till.cards.calls == []


async def test_a_session_that_is_open_still_changes_nothing(till: Till) -> None:
    link = await till.link()
    session = await till.press_pay(link)
    attempt = await CheckoutAttempt.get()
    events = await LinkEvent.all().count()
    await record_truth(attempt, await till.cards.read_checkout("operating", session), till.around.ports)
    assert await LinkEvent.all().count() == events
