"""Tabs, payers and cancels at once, at a Stripe that fails in every way: the books end as Stripe's (M01-M03, R5).

Whoever puts the guard of handlers.payments.attempts.give_up off sees two payable sessions in a few of these storms.
"""

from __future__ import annotations

import asyncio
import random

import pytest

from handlers.links.cancel_link import cancel_links
from handlers.links.verify_trail import verify_trails
from handlers.payments.start_checkout import LinkUsedUp
from handlers.ports import (
    CheckoutTruth,
    ProcessorBusy,
    ProcessorRejected,
    ProcessorTrouble,
    ProcessorUnreachable,
)
from handlers.requests import CancelLinks
from models.link_states import LinkState
from models.tables import Payment, PaymentLink
from tests.cast import SAM
from tests.fake_cards import FakeCards
from tests.handlers.payments.conftest import Till

_BEFORE = [
    *[ProcessorUnreachable("500", stored=True)] * 12,
    *[ProcessorUnreachable("timed out")] * 10,
    *[ProcessorBusy("409")] * 5,
    *[None] * 73,
]
_AFTER = [*[ProcessorUnreachable("cut off")] * 15, *[None] * 85]


class StormyCards(FakeCards):
    """A Stripe that dawdles, and fails before its work or after it."""

    dice: random.Random

    async def _begin(self, call: str, account: str, about: str) -> None:
        await asyncio.sleep(self.dice.random() * 0.02)
        self.troubles = [self.dice.choice([*_BEFORE, *([ProcessorRejected("400")] * 3 if call == "open" else [])])]
        self.lost = [self.dice.choice(_AFTER)]
        await super()._begin(call, account, about)

    def sessions_of(self, link: PaymentLink) -> list[CheckoutTruth]:
        """Everything Stripe knows of a link."""
        return [kept.truth for kept in self._sessions.values() if kept.truth.reference == link.reference]


class Storm:
    """One link and everybody who is at it."""

    def __init__(self, till: Till, cards: StormyCards, dice: random.Random, link: PaymentLink) -> None:
        self.till, self.cards, self.dice, self.link = till, cards, dice, link
        self.held: set[str] = set()  # sessions whose pages payers have seen

    async def rage(self) -> None:
        people = [self.tab() for _ in range(self.dice.randint(2, 8))]
        people += [self.payer()] if self.dice.random() < 0.7 else []
        people += [self.canceller()] if self.dice.random() < 0.5 else []
        await asyncio.gather(*people)

    async def tab(self) -> None:
        """Presses Pay now and again, not always for the same amount."""
        for _ in range(self.dice.randint(1, 3)):
            await asyncio.sleep(self.dice.random() * 0.05)
            try:
                self.held.add(await self.till.press_pay(self.link, self.dice.choice([10000, 10000, 6000])))
            except (LinkUsedUp, ProcessorTrouble):
                continue
            assert len(self.payable()) <= 1

    async def payer(self) -> None:
        """Pays the first page that can be paid; the webhook comes never, once or twice."""
        for _ in range(10):
            await asyncio.sleep(self.dice.random() * 0.03)
            for session in self.payable():
                self.cards.pay(session)
                for _ in range(self.dice.randint(0, 2)):
                    await self.till.webhook("completed", session)
                return

    async def canceller(self) -> None:
        await asyncio.sleep(self.dice.random() * 0.15)
        await cancel_links(CancelLinks((self.link.reference,)), SAM.in_slack(), self.till.around.ports)

    def payable(self) -> list[str]:
        sessions = self.cards.sessions_of(self.link)
        return [truth.session_id for truth in sessions if truth.status == "open" and truth.session_id in self.held]

    async def calm(self) -> None:
        """Stripe tells of the payment at last, and all that is owed is done."""
        for truth in self.paid():
            await self.till.webhook("completed", truth.session_id)
        for _ in range(15):
            await self.till.work()
            self.till.around.clock.tick(1800)

    def paid(self) -> list[CheckoutTruth]:
        return [truth for truth in self.cards.sessions_of(self.link) if truth.payment_status == "paid"]


@pytest.mark.timeout(120)
@pytest.mark.parametrize("seed", range(8))
async def test_whatever_fails_a_link_is_charged_once_at_most_and_the_books_are_stripes(till: Till, seed: int) -> None:
    """(M01, M02, M03, M10, R5, R6)"""
    dice = random.Random(seed)
    till.cards = till.around.cards = cards = StormyCards(clock=till.around.clock)
    cards.dice = dice
    for _ in range(4):
        storm = Storm(till, cards, dice, await till.link(10000, partial=True))
        await storm.rage()
        await storm.calm()
        link, paid = await PaymentLink.get(id=storm.link.id), storm.paid()
        assert len(paid) <= 1
        assert await Payment.filter(link_id=link.id).count() == len(paid)
        ends = (LinkState.PAID, LinkState.PART_PAID) if paid else (LinkState.OPEN, LinkState.CANCELLED)
        assert link.state in ends
        assert not link.late_money
    _, faults = await verify_trails()
    assert faults == ()
