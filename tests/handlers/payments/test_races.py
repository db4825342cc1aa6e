"""Many at once on one link: one charge at most, one winner, and both sides are told the right thing (M01, M03, M15).

Each race has a control with its guard off that must fail, or the race would prove nothing (R4). `PAYLINK_TEST_SEED`
replays one (R6).
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest
from tortoise.connection import get_connection
from tortoise.exceptions import MultipleObjectsReturned

from handlers.links.cancel_link import cancel_links
from handlers.links.verify_trail import verify_trails
from handlers.payments.payer_page import payer_page
from handlers.payments.start_checkout import LinkUsedUp
from handlers.ports import CheckoutPage, CheckoutRequest, CheckoutTruth, ProcessorBusy
from handlers.requests import CancelLinks
from models.link_states import LinkState
from models.tables import Payment, PaymentLink
from tests.cast import SAM
from tests.fake_cards import FakeCards
from tests.handlers.payments.conftest import Till

pytestmark = pytest.mark.no_cover  # hundreds of payers at once: their branches are tried elsewhere, one by one

_AT_ONCE = 20  # links under way together


@pytest.fixture
def dice() -> random.Random:
    seed = int(os.environ.get("PAYLINK_TEST_SEED", random.randrange(10**6)))
    print(f"PAYLINK_TEST_SEED={seed}")  # noqa: T201  shown with a failure, to replay it
    return random.Random(seed)


class DawdlingCards(FakeCards):
    """A Stripe that takes its time, differently every time, before its work and after it."""

    dice: random.Random

    async def _begin(self, call: str, account: str, about: str) -> None:
        await self.dawdle()
        await super()._begin(call, account, about)

    async def open_checkout(self, asked: CheckoutRequest) -> CheckoutPage:
        page = await super().open_checkout(asked)
        await self.dawdle()
        return page

    async def dawdle(self) -> None:
        for _ in range(self.dice.randrange(6)):
            await asyncio.sleep(0)
        if self.dice.random() < 0.2:
            await asyncio.sleep(self.dice.random() * 0.004)

    def paid(self, link: PaymentLink) -> list[CheckoutTruth]:
        """The charges of a link, in Stripe's own ledger."""
        return [truth for truth in self.taken if truth.reference == link.reference]


@pytest.fixture
def cards(till: Till, dice: random.Random) -> DawdlingCards:
    cards = DawdlingCards(clock=till.around.clock)
    cards.dice = dice
    till.cards = till.around.cards = cards
    return cards


async def all_of(links: list[PaymentLink], race: Callable[[PaymentLink], Awaitable[None]]) -> None:
    """Every link's race, a score at once."""
    waiting = list(links)

    async def work() -> None:
        while waiting:
            await race(waiting.pop())

    await asyncio.gather(*[work() for _ in range(_AT_ONCE)])


async def many_links(till: Till, count: int) -> list[PaymentLink]:
    return [await till.link() for _ in range(count)]


# ── tabs ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


async def tabs_of(till: Till, cards: DawdlingCards, link: PaymentLink, tabs: int) -> None:
    """Every tab presses Pay, pays whatever page it is sent to, and Stripe tells of it."""

    async def tab() -> None:
        await cards.dawdle()
        try:
            session = await till.press_pay(link)
        except (LinkUsedUp, ProcessorBusy, MultipleObjectsReturned):  # the last in the control alone
            return
        await cards.dawdle()
        if cards._kept(session).truth.status == "open":
            cards.pay(session)
            await till.webhook("completed", session)

    await asyncio.gather(*[tab() for _ in range(tabs)])


@pytest.mark.timeout(300)
async def test_of_two_to_twenty_tabs_at_once_one_at_most_is_charged(
    till: Till, cards: DawdlingCards, dice: random.Random
) -> None:
    """(M01) 300 links; the ledger that counts is Stripe's."""
    links = await many_links(till, 300)
    await all_of(links, lambda link: tabs_of(till, cards, link, dice.randint(2, 20)))
    await till.work()
    assert [len(cards.paid(link)) for link in links] == [1] * 300
    assert await PaymentLink.filter(state=LinkState.PAID, late_money=False, review=False).count() == 300
    assert await Payment.all().count() == 300


async def test_without_the_index_of_live_attempts_links_are_charged_twice(
    till: Till, cards: DawdlingCards, dice: random.Random
) -> None:
    """(R4) The control: the same race with its guard off."""
    await get_connection("default").execute_query("DROP INDEX one_live_attempt")
    links = await many_links(till, 30)
    await all_of(links, lambda link: tabs_of(till, cards, link, dice.randint(2, 20)))
    assert max(len(cards.paid(link)) for link in links) >= 2


# ── a payer and somebody who cancels ──────────────────────────────────────────────────────────────────────────────────


@dataclass(slots=True)
class Told:
    """What each side of a race was told."""

    canceller: str = ""
    payer: LinkState | None = None


async def pay_against_cancel(till: Till, cards: DawdlingCards, link: PaymentLink) -> Told:
    """The payer is on Stripe's page, or on the way there, when somebody cancels."""
    told, dice = Told(), cards.dice
    session = await till.press_pay(link) if dice.random() < 0.7 else ""

    async def payer() -> None:
        nonlocal session
        await cards.dawdle()
        with contextlib.suppress(LinkUsedUp, ProcessorBusy):
            session = session or await till.press_pay(link)
            await cards.dawdle()
        if session and cards._kept(session).truth.status == "open":
            cards.pay(session)
            if dice.random() < 0.5:
                await till.webhook("completed", session)

    async def canceller() -> None:
        for _ in range(dice.randrange(12)):
            await cards.dawdle()
        report = await cancel_links(CancelLinks((link.reference,)), SAM.in_slack(), till.around.ports)
        told.canceller = report.outcomes[0].sentence

    await asyncio.gather(payer(), canceller())
    page = await payer_page(link.token, till.around.ports, session)
    told.payer = page.state if page else None
    return told


async def disagreements(till: Till, cards: DawdlingCards, links: list[PaymentLink]) -> tuple[list[str], int]:
    """Where books, ledger and what people were told differ after racing all links; how many were paid."""
    wrong: list[str] = []
    told: dict[str, Told] = {}

    async def race(link: PaymentLink) -> None:
        told[link.reference] = await pay_against_cancel(till, cards, link)

    await all_of(links, race)
    await till.work()
    threads: dict[str, list[str]] = {link.reference: [] for link in links}
    for line in till.around.poster.threads:
        threads[till.around.poster.cards[line.where].reference].append(line.words)
    paid = 0
    for link in await PaymentLink.all():
        charges, heard = cards.paid(link), told[link.reference]
        paid += len(charges)
        expected = LinkState.PAID if charges else LinkState.CANCELLED
        last = threads[link.reference][-1]
        fits = (
            len(charges) <= 1
            and (link.state, heard.payer, link.late_money) == (expected, expected, False)
            and (" is cancelled." in heard.canceller.replace(") is", " is")) is not bool(charges)
            and ("already paid" in heard.canceller) is bool(charges)
            and last.startswith("Paid: $100.00" if charges else "Cancelled by Sam Okafor")
        )
        if not fits:
            wrong.append(f"{link.reference}: {link.state}, {len(charges)} charges, {heard}, {last}")
    return wrong, paid


@pytest.mark.timeout(400)
async def test_in_a_thousand_races_of_a_payer_and_a_cancel_the_books_are_stripes(
    till: Till, cards: DawdlingCards
) -> None:
    """(M03) One winner each time; the thread, the canceller and the payer are told who."""
    wrong, paid = await disagreements(till, cards, await many_links(till, 1000))
    assert wrong == []
    assert 200 < paid < 800, "the races were not even: they prove little"
    _, faults = await verify_trails()
    assert faults == ()


async def nobody_is_asked(*_: object) -> None:
    """What closing would be without Stripe as the arbiter."""


async def test_without_stripe_as_the_arbiter_a_cancelled_link_is_paid(
    till: Till, cards: DawdlingCards, monkeypatch: pytest.MonkeyPatch
) -> None:
    """(R4) The control."""
    monkeypatch.setattr("handlers.payments.close_link._close_attempt", nobody_is_asked)
    wrong, _ = await disagreements(till, cards, await many_links(till, 60))
    assert wrong


# ── a payer and the end of the link's time ────────────────────────────────────────────────────────────────────────────


async def expired_during_checkout(till: Till, cards: DawdlingCards, count: int) -> tuple[int, int, int]:
    """How many links ended as paid, expired and not paid, expired although paid."""
    links = await many_links(till, count)
    over = max(link.expires_at for link in links if link.expires_at)
    till.around.clock.set(over - timedelta(hours=2))
    sessions = {link.reference: await till.press_pay(link) for link in links}
    till.around.clock.set(over + timedelta(seconds=1))

    waiting = cards.dice.sample(list(sessions.values()), count)

    async def somebody_pays(call: str) -> None:
        """Whenever a page is about to be closed somebody pays theirs, if it still can be."""
        if call != "close" or not waiting:
            return
        session = waiting.pop()
        if cards._kept(session).truth.status == "open":
            cards.pay(session)
            await till.webhook("completed", session)

    cards.meanwhile = somebody_pays
    await till.work()
    while waiting:
        await somebody_pays("close")
    for _ in range(3):
        await till.work()
        till.around.clock.tick(60)
    ends = [(link.state, bool(cards.paid(link)), link.late_money) for link in await PaymentLink.all()]
    assert all(late for state, paid, late in ends if state is LinkState.EXPIRED and paid), "money dropped (M04)"
    return (
        ends.count((LinkState.PAID, True, False)),
        ends.count((LinkState.EXPIRED, False, False)),
        ends.count((LinkState.EXPIRED, True, True)),
    )


@pytest.mark.timeout(300)
async def test_of_500_links_whose_time_ends_during_checkout_none_is_expired_and_paid(
    till: Till, cards: DawdlingCards
) -> None:
    """(M15)"""
    paid, expired, both = await expired_during_checkout(till, cards, 500)
    assert (paid + expired, both) == (500, 0)
    assert min(paid, expired) > 25, "the races were not even: they prove little"


async def test_without_stripe_as_the_arbiter_an_expired_link_is_paid_and_flagged(
    till: Till, cards: DawdlingCards, monkeypatch: pytest.MonkeyPatch
) -> None:
    """(R4) The control; even then no money is dropped (M04)."""
    monkeypatch.setattr("handlers.payments.close_link._close_attempt", nobody_is_asked)
    _, _, both = await expired_during_checkout(till, cards, 60)
    assert both > 0
