"""A life of test_money_kills: a process that takes over what the one before left, makes two links and deals with them.

One is paid, told of and refunded, the other cancelled, perhaps after it was paid. It kills itself at one point, or
lives to the end. The points are named from outside, by wrapping the ports and the commit.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp

from handlers.answers import LinkCard
from handlers.jobs.kinds import STEPS
from handlers.jobs.reconcile import begin_reconciling
from handlers.jobs.take_over import take_over
from handlers.jobs.worker import Worker
from handlers.links.cancel_link import cancel_links
from handlers.links.create_link import create_link
from handlers.payments.payer_page import payer_page
from handlers.payments.record_event import record_event
from handlers.payments.refund import propose_refund, send_refund
from handlers.payments.start_checkout import start_checkout
from handlers.ports import Ports, Posted
from handlers.requests import AskRefund, CancelLinks, CreateLink, SendRefund
from models import database as models_database
from models.engines import asyncpg_engine, sqlite_engine
from models.money import Money
from models.tables import PaymentLink
from paypage.stripe_cards import StripeCards
from paypage.stripe_line import StripeKeys
from tests.cast import NOOR, SAM, ports_of
from tests.checker import History, Said
from tests.fakes import FakeClock

ACCOUNTS = {"operating": "sk_test_o", "trust": "sk_test_t"}
APART = timedelta(minutes=15)  # between lives


@dataclass(frozen=True, slots=True)
class Fate:
    """What a process is told at its birth."""

    url: str  # of the database
    stripe: str
    moment: str
    history: str
    seed: int
    dies_at: int | None  # which of the points it passes; None: it lives
    careless: bool = False  # acknowledges before it keeps, and never compares the books


@dataclass(slots=True)
class Points:
    """The places where a life may end, counted while an operation runs."""

    history: History
    dies_at: int | None
    operation: str = ""
    passed: int = 0

    def begin(self, operation: str) -> None:
        self.operation = operation

    def at(self, name: str) -> None:
        if not self.operation:
            return
        if self.passed == self.dies_at:
            # Before a commit: it is about to happen, or the outside did something that no book knows yet.
            side = "before" if name.startswith("before") is name.endswith("commit") else "after"
            self.history.say(Said("death", f"{self.operation}: {name}", side))
            os.kill(os.getpid(), signal.SIGKILL)
        self.passed += 1


class Watched:
    """A port whose every call is passed by a point before and after it."""

    def __init__(self, port: object, points: Points) -> None:
        self._port, self._points = port, points

    def __getattr__(self, name: str) -> Any:
        call = getattr(self._port, name)
        if not asyncio.iscoroutinefunction(call):
            return call

        async def passed(*args: object, **named: object) -> object:
            self._points.at(f"before {name}")
            answer = await call(*args, **named)
            self._points.at(f"after {name}")
            return answer

        return passed


@dataclass(slots=True)
class Channel:
    """A Slack whose messages outlive whoever posted them."""

    history: History
    clock: FakeClock

    async def post_card(self, channel: str, card: LinkCard, thread: Posted | None = None) -> Posted:
        return Posted(channel, card.reference)

    async def edit_card(self, where: Posted, card: LinkCard) -> None:
        return

    async def tell_in_thread(self, where: Posted, words: str, *_: object) -> None:
        self.history.say(Said("thread", "told", where.ts, words))

    async def tell(self, channel: str, words: str, *_: object) -> Posted:
        self.history.say(Said("person", "told", channel, words))
        return Posted(channel, words[:20])

    async def retell(self, where: Posted, words: str) -> None:
        return


@dataclass(slots=True)
class Post:
    """Mail out, which keeps what it was given to send."""

    history: History

    async def send_request(self, letter: Any) -> None:
        self.history.say(Said("letter", "request", f"{letter.reference} {letter.to}", letter.message_id))

    async def send_receipt(self, letter: Any) -> None:
        self.history.say(Said("letter", "receipt", f"{letter.url} {letter.to}", letter.message_id))

    async def send_cancelled(self, letter: Any) -> None:
        self.history.say(Said("letter", "cancelled", f"{letter.reference} {letter.to}", letter.message_id))

    async def send_answer(self, letter: Any) -> None:
        self.history.say(Said("letter", "answer", f"{letter.message_id} {letter.to}", letter.message_id))


def live(raw: str) -> None:
    """A whole life, in a process of its own."""
    asyncio.run(_live(Fate(**json.loads(raw))))


async def _live(fate: Fate) -> None:
    history = History(Path(fate.history))
    points = Points(history, fate.dies_at)
    clock = FakeClock(datetime.fromisoformat(fate.moment))
    keys = {name: StripeKeys(key) for name, key in ACCOUNTS.items()}
    cards = StripeCards(keys, clock, fate.stripe, (fate.stripe,))
    _watch_commits(points)
    ports = replace(
        ports_of(clock, cards=Watched(cards, points)),
        channels=Watched(Channel(history, clock), points),
        letters=Watched(Post(history), points),
    )
    try:
        async with models_database.opened(fate.url):
            await take_over()
            if not fate.careless:
                await begin_reconciling(ports)
            for _ in range(3):
                await _work(ports)
                clock.tick(60)
            await _Days(points, history, ports, clock, fate, random.Random(fate.seed)).go_by()
    finally:
        await cards.close()


def _watch_commits(points: Points) -> None:
    for engine in (sqlite_engine, asyncpg_engine):
        engine.Transaction.commit = _watched(engine.Transaction.commit, points)


def _watched(commit: Callable[[Any], Awaitable[None]], points: Points) -> Callable[[Any], Awaitable[None]]:
    async def watched(self: object) -> None:
        points.at("before commit")
        await commit(self)
        points.at("after commit")

    return watched


async def _work(ports: Ports) -> None:
    worker = Worker(STEPS, ports)
    while await worker.run_due():
        pass


@dataclass(slots=True)
class _Days:
    """What people do in a life."""

    points: Points
    history: History
    ports: Ports
    clock: FakeClock
    fate: Fate
    dice: random.Random

    async def go_by(self) -> None:
        paid, cancelled = await self.create(), await self.create()
        session = await self.pay(paid)
        await self.on_stripes_page(session)
        await self.webhook()
        await self.settle()
        await self.look(paid, session)
        if self.dice.random() < 0.7:
            session = await self.pay(cancelled)
            if self.dice.random() < 0.5:
                await self.on_stripes_page(session)
        await self.cancel(cancelled)
        await self.refund(paid)
        self.points.begin("")
        await self.webhook()
        for _ in range(2):
            await _work(self.ports)
            self.clock.tick(60)

    def say(self, who: str, what: str, about: str, words: str = "") -> None:
        self.history.say(Said(who, what, about, words))

    async def create(self) -> PaymentLink:
        self.points.begin("create")
        asked = CreateLink(Money(10000, "USD"), "operating", again=True, emails=("ada@client.example",))
        made = await create_link(asked, SAM.in_slack(), self.ports)
        self.say("staff", "made", made.card.reference)
        return await PaymentLink.get(reference=made.card.reference)

    async def pay(self, link: PaymentLink) -> str:
        self.points.begin("pay")
        url = await start_checkout(link.token, None, self.ports)
        self.say("payer", "sent to", link.reference, url)
        return url.rpartition("/")[2]

    async def on_stripes_page(self, session: str) -> None:
        async with aiohttp.ClientSession() as browser:
            url = f"{self.fate.stripe}/c/pay/{session}"
            async with browser.post(url, data={"action": "pay"}, allow_redirects=False) as answer:
                assert answer.status == 303, await answer.text()

    async def webhook(self) -> None:
        """Stripe brings what it has not brought yet."""
        if self.points.operation:
            self.points.begin("webhook")
        since = self.ports.clock.now() - APART / 2
        for event in await self.ports.cards.missed_events("operating", since):
            if self.fate.careless:
                self.say("stripe", "acknowledged", event.event_id)
            await record_event("operating", event.event_id, event.kind, event.body, self.ports)
            self.say("stripe", "acknowledged", event.event_id)

    async def settle(self) -> None:
        self.points.begin("settle")
        await _work(self.ports)

    async def look(self, link: PaymentLink, session: str) -> None:
        page = await payer_page(link.token, self.ports, session)
        assert page is not None
        self.say("payer", "page says", link.reference, page.state)

    async def cancel(self, link: PaymentLink) -> None:
        self.points.begin("cancel")
        report = await cancel_links(CancelLinks((link.reference,)), SAM.in_slack(), self.ports)
        [outcome] = report.outcomes
        self.say("staff", "cancelled" if outcome.done else "not cancelled", link.reference, outcome.sentence)

    async def refund(self, link: PaymentLink) -> None:
        self.points.begin("refund")
        part = "" if self.dice.random() < 0.5 else "40.00"
        proposed = await propose_refund(AskRefund(link.reference, part), NOOR.in_slack(), self.ports)
        [offer] = proposed.offers
        asked = SendRefund(offer.reference, offer.payment, offer.amount.minor, offer.turn)
        await send_refund(asked, NOOR.in_slack(), self.ports)
        self.say("staff", "refunding", link.reference)
        await _work(self.ports)
