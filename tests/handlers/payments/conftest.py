"""A firm with a Stripe in memory, and the payer's way through it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

import pytest

from handlers.jobs.kinds import STEPS
from handlers.jobs.worker import Worker
from handlers.links.create_link import create_link
from handlers.payments.record_event import record_event
from handlers.payments.start_checkout import start_checkout
from handlers.requests import CreateLink
from models.money import Money
from models.tables import CheckoutAttempt, PaymentLink
from tests.cast import SAM, Surroundings
from tests.fake_cards import FakeCards


@dataclass(slots=True)
class Till:
    """Links, payers and Stripe's words about them."""

    around: Surroundings = field(default_factory=Surroundings)
    cards: FakeCards = field(default_factory=FakeCards)
    events: int = 0

    def __post_init__(self) -> None:
        self.around.cards = self.cards
        self.cards.clock = self.around.clock

    async def link(self, minor: int = 10000, *, account: object = "operating", **asked: object) -> PaymentLink:
        request = CreateLink(Money(minor, "USD"), str(account), again=True, **asked)  # type: ignore[arg-type]  # its fields
        made = await create_link(request, SAM.in_slack(), self.around.ports)
        return await PaymentLink.get(reference=made.card.reference)

    async def press_pay(self, link: PaymentLink, minor: int | None = None) -> str:
        """The session the payer is sent to."""
        amount = None if minor is None else Money(minor, link.currency)
        url = await start_checkout(link.token, amount, self.around.ports)
        return (await CheckoutAttempt.get(url=url)).session_id or ""

    async def webhook(
        self, kind: str, session_id: str, event_id: str = "", account: object = "operating", **thing: object
    ) -> None:
        """Stripe tells; the event is kept but not yet settled."""
        self.events += 1
        body = json.dumps({"data": {"object": {"id": session_id, **thing}}})
        name = event_id or f"evt_{self.events}"
        await record_event(str(account), name, f"checkout.session.{kind}", body, self.around.ports)

    async def hears(self, kind: str, session_id: str, event_id: str = "", **thing: object) -> None:
        """Stripe tells, and all that follows from it is done."""
        await self.webhook(kind, session_id, event_id, **thing)
        await self.work()

    async def paid(self, minor: int = 10000, account: str = "operating", **asked: object) -> tuple[PaymentLink, str]:
        """A link that is paid by card, and its session."""
        link = await self.link(minor, account=account, **asked)
        session = await self.press_pay(link)
        self.cards.pay(session)
        await self.webhook("completed", session, account=account)
        await self.work()
        await link.refresh_from_db()
        return link, session

    async def hears_of_money_back(self, kind: str, session_id: str, account: str = "operating") -> None:
        """Stripe tells of a charge, a refund or a dispute of a session's money, and all that follows is done."""
        self.events += 1
        intent = (await self.cards.read_checkout(account, session_id)).payment_intent
        body = json.dumps({"data": {"object": {"id": f"thing_{self.events}", "payment_intent": intent}}})
        await record_event(account, f"evt_{self.events}", kind, body, self.around.ports)
        await self.work()

    async def failed_try(self, link: PaymentLink, session_id: str, event_id: str = "") -> None:
        """Stripe tells of a card or a debit that came to nothing, and all that follows is done."""
        self.events += 1
        attempt = await CheckoutAttempt.get(session_id=session_id)
        metadata = {"reference": link.reference, "attempt": str(attempt.number)}
        thing = {"id": "pi_1", "metadata": metadata, "last_payment_error": {"message": "Your card was declined."}}
        body = json.dumps({"data": {"object": thing}})
        name = event_id or f"evt_{self.events}"
        await record_event("operating", name, "payment_intent.payment_failed", body, self.around.ports)
        await self.work()

    async def work(self) -> None:
        """All that is due is done."""
        working = Worker(STEPS, self.around.ports)
        while await working.run_due():
            pass

    def said(self) -> list[str]:
        """What the thread was told."""
        return [line.words for line in self.around.poster.threads]


@pytest.fixture
def till(database: str) -> Till:
    return Till()
