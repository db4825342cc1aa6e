"""Reconciling: whatever webhooks do, a round brings the books to what Stripe says (M02, F09, M17)."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from handlers.jobs.kinds import STEPS
from handlers.jobs.reconcile import begin_reconciling, last_rounds
from handlers.jobs.worker import Worker
from handlers.links.cancel_link import cancel_links
from handlers.links.verify_trail import verify_trails
from handlers.ports import MissedEvent, ProcessorDenied, ProcessorTrouble, ProcessorUnreachable
from handlers.requests import CancelLinks
from models.link_states import LinkState
from models.money import Money
from models.tables import CheckoutAttempt, InboundEvent, Job, LinkEvent, Payment, PaymentLink
from tests.cast import SAM
from tests.handlers.payments.conftest import Till
from tests.tampering import unguarded


def told(session: str, kind: str = "completed", event_id: str = "") -> MissedEvent:
    """An event as Stripe lists it."""
    body = json.dumps({"data": {"object": {"id": session}}})
    return MissedEvent(event_id or f"evt_{kind}_{session}", f"checkout.session.{kind}", body)


async def started(till: Till) -> None:
    """The product starts, and works off what is due."""
    await begin_reconciling(till.around.ports)
    await till.work()


async def next_round(till: Till, after: float = 600) -> None:
    till.around.clock.tick(after)
    await till.work()


async def test_with_every_webhook_lost_for_an_hour_all_payments_are_found_within_one_round(till: Till) -> None:
    """(M02, F09) 200 payments, cards and debits."""
    await started(till)
    sessions = [await till.press_pay(await till.link()) for _ in range(200)]
    for number, session in enumerate(sessions):
        till.around.clock.tick(18)
        if number % 4:
            till.cards.pay(session)
        else:
            till.cards.debit(session)
    await next_round(till)
    assert await PaymentLink.filter(state=LinkState.PAID).count() == 150
    assert await PaymentLink.filter(state=LinkState.PROCESSING).count() == 50
    assert {payment.session_id for payment in await Payment.all()} == set(sessions)
    for session in sessions[::4]:
        till.cards.settle_debit(session, cleared=True)
    await next_round(till)
    assert await PaymentLink.filter(state=LinkState.PAID).count() == 200
    assert await Payment.all().count() == 200
    assert len([words for words in till.said() if words.startswith("Paid")]) == 200
    _, faults = await verify_trails()
    assert faults == ()


async def test_events_that_could_not_be_delivered_are_fetched_and_count_once(till: Till) -> None:
    """(M02) Those of the last thirty days at most; the webhook may still bring them."""
    session = await till.press_pay(await till.link())
    till.cards.pay(session)
    till.cards.missed.append(("operating", till.around.clock.now(), told(session)))
    await started(till)
    await till.hears("completed", session, event_id=f"evt_completed_{session}")
    await next_round(till)
    assert await InboundEvent.filter(source="stripe:operating").count() == 1
    assert await Payment.all().count() == 1
    till.around.clock.tick(timedelta(days=90))
    await till.work()
    asked = [at for call, at in till.cards.calls if call == "missed"][-1]
    assert asked == (till.around.clock.now() - timedelta(days=30)).isoformat()


async def test_a_round_begins_where_the_last_whole_one_did(till: Till) -> None:
    await till.link()
    await started(till)
    first = till.around.clock.now()
    assert await last_rounds() == {"operating": first, "trust": first}
    till.cards.troubles = [ProcessorUnreachable("refused")] * 2
    await next_round(till)
    assert set((await last_rounds()).values()) == {first}
    await next_round(till)
    assert [at for call, at in till.cards.calls if call == "missed"][-2:] == [
        (first - timedelta(hours=1)).isoformat()
    ] * 2
    assert set((await last_rounds()).values()) == {till.around.clock.now()}


async def test_stripe_being_down_is_asked_once_a_minute_and_the_rounds_never_end(till: Till) -> None:
    """(M02, F01) No storm: one question an account and round, however many attempts are open."""
    for _ in range(30):
        await till.press_pay(await till.link())
    await started(till)
    asked = len(till.cards.calls)
    till.cards.troubles = [ProcessorUnreachable("refused")] * 10_000
    till.around.clock.tick(600)
    for _ in range(40):
        await till.work()
        till.around.clock.tick(60)
    assert len(till.cards.calls) - asked <= 2 * 40
    till.cards.troubles = []
    await next_round(till, 60)
    assert (await last_rounds())["trust"] > till.around.clock.now() - timedelta(minutes=2)
    [job] = await Job.filter(kind="reconcile")
    assert job.state == "due"


class OneAccountDown:
    """One account's key is revoked."""

    def __init__(self, till: Till, account: str) -> None:
        self.till, self.account, self.begin = till, account, type(till.cards)._begin

    async def __call__(self, call: str, account: str, about: str) -> None:
        if account == self.account:
            raise ProcessorDenied("401")
        await self.begin(self.till.cards, call, account, about)


async def test_one_accounts_trouble_does_not_hold_up_the_other(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    """(M16, F05)"""
    session = await till.press_pay(await till.link())
    till.cards.pay(session)
    monkeypatch.setattr(type(till.cards), "_begin", staticmethod(OneAccountDown(till, "trust")))
    till.around.clock.tick(600)
    await started(till)
    assert (await PaymentLink.get()).state is LinkState.PAID
    assert set(await last_rounds()) == {"operating"}


async def test_a_crash_between_asking_and_storing_is_learnt(till: Till) -> None:
    """(M01, M02) The attempt stays opening; its session is the one that the same key gives."""
    link = await till.link()
    session = await till.press_pay(link)
    await CheckoutAttempt.all().update(stage="opening", session_id=None, url=None)
    till.around.clock.tick(60)
    await started(till)
    assert (await CheckoutAttempt.get()).stage == "opening", "the payer's own request may still be at it"
    await next_round(till)
    attempt = await CheckoutAttempt.get()
    assert (attempt.stage, attempt.session_id) == ("live", session)
    till.cards.pay(session)
    await next_round(till)
    assert (await PaymentLink.get()).state is LinkState.PAID


async def test_an_attempt_that_stripe_surely_failed_is_given_up(till: Till) -> None:
    """(F03)"""
    link = await till.link()
    till.cards.troubles = [ProcessorUnreachable("timed out")]
    with pytest.raises(ProcessorTrouble):
        await till.press_pay(link)

    async def failing(call: str) -> None:
        if call == "open":  # a round asks for more, of two accounts at once and in any order
            raise ProcessorUnreachable("500", stored=True)

    till.cards.meanwhile = failing
    till.around.clock.tick(600)
    await started(till)
    assert (await CheckoutAttempt.get()).stage == "dead"


async def test_a_session_that_ended_by_itself_is_known_to_be_dead(till: Till) -> None:
    await till.press_pay(await till.link())
    await started(till)
    await next_round(till, 86400)
    assert (await CheckoutAttempt.get()).stage == "dead"
    assert (await PaymentLink.get()).state is LinkState.OPEN


async def test_money_on_an_attempt_the_books_call_dead_is_found_at_start(till: Till) -> None:
    """(M04)"""
    link = await till.link()
    session = await till.press_pay(link)
    await CheckoutAttempt.all().update(stage="dead")
    await PaymentLink.all().update(state=LinkState.CANCELLED)
    till.cards.pay(session)
    await started(till)
    link = await PaymentLink.get()
    assert (link.state, link.late_money) == (LinkState.CANCELLED, True)
    assert (await Payment.get()).late_money


@pytest.mark.own_rows
async def test_a_page_that_can_be_paid_although_its_link_is_over_is_closed(till: Till) -> None:
    """(M01)"""
    link = await till.link()
    session = await till.press_pay(link)
    await PaymentLink.all().update(state=LinkState.PAID)
    till.around.clock.tick(600)
    await started(till)
    with pytest.raises(AssertionError, match="expired"):
        till.cards.pay(session)


async def test_payments_that_a_restored_backup_has_forgotten_come_back_and_no_payer_is_written_again(
    till: Till,
) -> None:
    """(M17) Of what happened since the backup these books know nothing: not even the attempts."""
    till.around.poster.troubles.waiting = []
    await started(till)
    links = [await till.link(partial=True, emails=("ada@client.example",)) for _ in range(3)]
    await till.work()
    letters = len(till.around.letters.requests)
    sessions = [await till.press_pay(links[0]), await till.press_pay(links[1], 4000), await till.press_pay(links[2])]
    for session in sessions[:2]:
        till.cards.pay(session)
        till.cards.arrived.append(("operating", till.around.clock.now(), told(session)))
    await CheckoutAttempt.filter(session_id__in=sessions[:2]).delete()
    async with unguarded():
        await LinkEvent.filter(kind="opened", link_id__in=[links[0].id, links[1].id]).delete()
    await PaymentLink.filter(id__in=[links[0].id, links[1].id]).update(event_count=2)
    till.cards.pay(sessions[2])
    till.around.clock.tick(timedelta(days=2))
    await started(till)
    now = await PaymentLink.all().order_by("id")
    assert [link.state for link in now] == [LinkState.PAID, LinkState.PART_PAID, LinkState.PAID]
    assert [link.paid_minor for link in now] == [10000, 4000, 10000]
    assert not any(link.review or link.late_money for link in now)
    assert len(till.around.letters.requests) == letters
    assert await LinkEvent.filter(kind="letter_held").count() == 3
    assert await Job.filter(kind__in=["send_receipt", "send_debit_failed"]).count() == 0
    await started(till)
    assert await Payment.all().count() == 3
    _, faults = await verify_trails()
    assert faults == ()


async def test_a_payer_whose_webhook_was_merely_lost_is_sent_the_receipt(till: Till) -> None:
    """(F09) Stripe says that it could not deliver it, so nobody here has sent one."""
    await till.link(emails=("ada@client.example",))
    session = await till.press_pay(await PaymentLink.get())
    till.cards.pay(session)
    till.cards.missed.append(("operating", till.around.clock.now(), told(session)))
    await begin_reconciling(till.around.ports)
    await Worker(STEPS, till.around.ports).run_due()
    await Worker(STEPS, till.around.ports).run_due()
    assert (await PaymentLink.get()).state is LinkState.PAID
    assert await LinkEvent.filter(kind="letter_held").count() == 0


@pytest.mark.parametrize(("attempt", "amount"), [(1, 9999), (0, 10000)])
async def test_a_session_that_names_a_link_but_is_not_surely_ours_never_makes_it_paid(
    till: Till, attempt: int, amount: int
) -> None:
    """(B61, B62) Whoever pays at another page of the firm's can write any reference into it, but no metadata."""
    link = await till.link()
    session = await till.press_pay(link)
    till.cards.pay(session)
    kept = till.cards._sessions[session]
    kept.truth = replace(kept.truth, attempt=attempt, amount=Money(amount, "USD"), received=Money(amount, "USD"))
    await CheckoutAttempt.all().delete()
    await till.hears("completed", session)
    link = await PaymentLink.get()
    assert link.state is LinkState.OPEN
    assert link.review is bool(attempt)
    assert any(to == "U0NOOR" for to, _ in till.around.poster.told)


async def test_a_failed_bank_debit_is_told_once_with_the_banks_words(till: Till) -> None:
    """(M09) Stripe sends two events of it, in either order."""
    for first, then in (("try", "async_payment_failed"), ("async_payment_failed", "try")):
        link = await till.link()
        session = await till.press_pay(link)
        till.cards.debit(session)
        await till.hears("completed", session)
        till.cards.settle_debit(session, cleared=False)
        before = len(till.said())
        for kind in (first, then):
            if kind == "try":
                await till.failed_try(link, session)
            else:
                await till.hears(kind, session)
        [words] = till.said()[before:]
        assert words == "The bank debit failed; the client can pay again. The bank said: The bank refused."
        assert await LinkEvent.filter(link_id=link.id, kind="failed").count() == 0


async def test_an_event_our_code_stumbles_over_is_kept_and_holds_up_no_other(
    till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    """(F13) It is tried for a day, dead then and told; the next start, perhaps of a mended version, tries it again."""
    link, other = await till.link(), await till.link()
    session, paid = await till.press_pay(link), await till.press_pay(other)
    till.cards.pay(session)
    till.cards.pay(paid)
    with monkeypatch.context() as broken, capture_logs():

        async def stumble(*_: object, **__: object) -> str:
            raise ZeroDivisionError("a fault of ours")

        broken.setattr("handlers.jobs.settle_event.record_failed_try", stumble)
        await till.failed_try(link, session)
        await till.hears("completed", paid)
        assert (await PaymentLink.get(id=other.id)).state is LinkState.PAID
        for _ in range(30):
            till.around.clock.tick(timedelta(hours=7))
            await till.work()
        [job] = await Job.filter(kind="settle_event")
        assert job.state == "dead"
        assert any("a fault of ours" in words for _, words in till.around.poster.told)
        assert await InboundEvent.filter(handled_at=None, source="stripe:operating").count() == 1
    await started(till)
    assert await Job.filter(kind="settle_event").count() == 0
    assert (await PaymentLink.get(id=link.id)).state is LinkState.PAID


async def test_a_fault_of_ours_about_one_attempt_hides_no_other_and_is_told_once_a_day(till: Till) -> None:
    """(F13, M02)"""
    links = [await till.link() for _ in range(3)]
    sessions = [await till.press_pay(link) for link in links]
    for session in sessions:
        till.cards.pay(session)
    await PaymentLink.filter(id=links[0].id).delete()
    till.around.clock.tick(600)
    with capture_logs() as logs:
        await started(till)
        for _ in range(3):
            await next_round(till, 60)
    assert any(line["event"] == "reconcile.stumbled" and line["exc_info"] for line in logs)
    assert await Payment.exclude(session_id=sessions[0]).count() == 2
    assert len([words for _, words in till.around.poster.told if "could not compare" in words]) == 1


async def test_two_processes_that_start_share_one_round(till: Till) -> None:
    await begin_reconciling(till.around.ports)
    await begin_reconciling(till.around.ports)
    assert await Job.filter(kind="reconcile").count() == 1
    await till.work()
    [job] = await Job.filter(kind="reconcile")
    assert job.payload == {}


async def test_a_round_and_a_cancel_meet_without_harm(till: Till) -> None:
    """(M03)"""
    link = await till.link()
    session = await till.press_pay(link)
    till.cards.pay(session)
    till.cards.troubles = [ProcessorUnreachable("timed out")]
    await cancel_links(CancelLinks((link.reference,)), SAM.in_slack(), till.around.ports)
    till.around.clock.tick(600)
    await started(till)
    assert (await PaymentLink.get()).state is LinkState.PAID
    assert "Paid: $100.00 by card." in till.said()
