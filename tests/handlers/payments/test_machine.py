"""Whatever order Stripe's events come in, and however often, the end is the same: that of the facts (M07)."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handlers.links.verify_trail import verify_trails
from handlers.payments.record_event import record_event
from models.link_states import LinkState
from models.tables import CheckoutAttempt, Dispute, LinkEvent, Payment, PaymentLink, Refund
from tests.conftest import ON_POSTGRES
from tests.handlers.payments.conftest import Till

pytestmark = pytest.mark.no_cover  # hundreds of stories: their branches are tried elsewhere, one by one

# What may happen to a session's money, one fact after the other. Stripe tells of each in an event or two.
STORIES = (
    ("pay",),
    ("decline", "pay"),
    ("decline", "decline", "expire"),
    ("expire",),
    ("debit",),
    ("debit", "clear"),
    ("decline", "debit", "clear"),
    ("debit", "bounce"),
    ("pay", "refund part", "refund rest"),
    ("debit", "clear", "refund part"),
    ("pay", "refund part", "dispute"),
    ("pay", "dispute", "win", "refund rest"),
    ("debit", "clear", "dispute", "lose"),
)
TELLS = {
    "pay": ("checkout.session.completed",),
    "decline": ("payment_intent.payment_failed",),
    "expire": ("checkout.session.expired",),
    "debit": ("checkout.session.completed",),
    "clear": ("checkout.session.async_payment_succeeded",),
    "bounce": ("payment_intent.payment_failed", "checkout.session.async_payment_failed"),
    "refund part": ("charge.refunded",),
    "refund rest": ("charge.refunded",),
    "dispute": ("charge.dispute.created",),
    "win": ("charge.dispute.closed",),
    "lose": ("charge.dispute.closed",),
}


@dataclass(slots=True)
class Telling:
    """One link's story, and Stripe telling of it."""

    till: Till
    link: PaymentLink
    session: str
    events: list[tuple[str, str]] = field(default_factory=list)  # (id, kind), in the order of the facts

    async def happens(self, fact: str) -> None:
        cards = self.till.cards
        match fact:
            case "pay":
                cards.pay(self.session)
            case "decline":
                cards.decline(self.session)
            case "expire":
                await cards.close_checkout("operating", self.session)
            case "debit":
                cards.debit(self.session)
            case "clear" | "bounce":
                cards.settle_debit(self.session, cleared=fact == "clear")
            case "refund part":
                cards.refund_at_stripe(self.session, 4000)
            case "refund rest":
                cards.refund_at_stripe(self.session)
            case "dispute":
                cards.dispute(self.session)
            case _:
                cards.close_dispute(self.session, won=fact == "win")
        self.events += [(f"{self.session}-{len(self.events) + n}", kind) for n, kind in enumerate(TELLS[fact])]

    async def tell(self, event: tuple[str, str]) -> None:
        name, kind = event
        intent = f"pi_{self.session.removeprefix('cs_test_')}"
        thing: dict[str, object] = {"id": self.session, "payment_intent": intent}
        if kind.startswith("payment_intent"):
            error = {"message": "Your card was declined."}
            metadata = {"reference": self.link.reference, "attempt": "1"}
            thing = {"id": intent, "metadata": metadata, "last_payment_error": error}
        await record_event("operating", name, kind, json.dumps({"data": {"object": thing}}), self.till.around.ports)


@pytest.mark.timeout(600)  # a whole story of a link, told and settled, in each of its examples
@settings(max_examples=(1 if ON_POSTGRES else 3) * settings().max_examples)  # the order of events knows no engine
@given(data=st.data(), story=st.sampled_from(STORIES))
async def test_all_orders_and_repeats_of_stripes_events_end_in_the_same(
    till: Till, data: st.DataObject, story: tuple[str, ...]
) -> None:
    """(M05, M07, M09, F10)"""
    link = await till.link()
    telling = Telling(till, link, await till.press_pay(link))
    facts = list(story)
    for step in data.draw(st.lists(st.sampled_from(["fact", "tell", "work"]), max_size=8)):
        if step == "fact" and facts:
            await telling.happens(facts.pop(0))
        elif step == "tell" and telling.events:
            await telling.tell(data.draw(st.sampled_from(telling.events)))
        elif step == "work":
            await till.work()
    for fact in facts:
        await telling.happens(fact)
    for event in data.draw(st.permutations(telling.events)):
        for _ in range(data.draw(st.integers(1, 2))):
            await telling.tell(event)
    till.around.clock.tick(60)  # what had to wait for another event waits no longer
    await till.work()
    await _check_what_happened(telling, story)


async def _check_what_happened(telling: Telling, story: tuple[str, ...]) -> None:
    link = await PaymentLink.get(id=telling.link.id)
    truth = await telling.till.cards.read_checkout("operating", telling.session)
    payments = await Payment.filter(link_id=link.id)
    attempt = await CheckoutAttempt.get(link_id=link.id)
    kinds = Counter([event.kind for event in await LinkEvent.filter(link_id=link.id)])
    came = "pay" in story or "clear" in story
    state = LinkState.PAID if came else LinkState.PROCESSING if story[-1] == "debit" else LinkState.OPEN
    assert (link.state, link.late_money, link.review) == (state, False, False)
    assert attempt.stage == {"complete": "complete", "expired": "dead", "open": "live"}[truth.status]
    ends = {"succeeded": "succeeded", "processing": "processing", "requires_payment_method": "failed"}
    expected = [ends[truth.intent_status]] if truth.status == "complete" else []
    assert [payment.state for payment in payments] == expected
    back = await telling.till.cards.read_money_back("operating", truth.payment_intent) if came else None
    gone = [refund.amount.minor for refund in back.refunds] if back else []
    assert (link.paid_minor, link.refunded_minor) == (10000 if came else 0, sum(gone))
    assert sum(gone) <= link.paid_minor
    assert await Refund.filter(payment_id__in=[payment.id for payment in payments]).count() == len(gone)
    assert link.disputed is bool(back and any(dispute.status == "needs_response" for dispute in back.disputes))
    disputes = await Dispute.filter(payment_id__in=[payment.id for payment in payments])
    assert [one.status for one in disputes] == [one.status for one in back.disputes] if back else not disputes
    assert kinds["paid"] == came
    assert kinds["refunded"] + kinds["refund_pending"] == len(gone)
    if "bounce" in story:  # told once, whichever of its two events came first
        assert kinds["reopened"] + kinds["failed"] == 1
    _, faults = await verify_trails() if link.id % 50 == 0 else (0, ())
    assert faults == ()
