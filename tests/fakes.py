"""Fakes for the ports: they record what they are asked and can be told to fail."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from handlers.answers import LinkCard
from handlers.ports import (
    CheckoutPage,
    CheckoutRequest,
    CheckoutTruth,
    DeliveryTrouble,
    PaymentRequest,
    Posted,
    StaffLetter,
)


@dataclass(slots=True)
class FakeClock:
    """Stands still until it is set or ticks."""

    moment: datetime = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)  # a Monday, ten in the morning in New York

    def now(self) -> datetime:
        return self.moment

    def tick(self, step: timedelta | float) -> None:
        """Let time pass: a timedelta, or seconds."""
        self.moment += step if isinstance(step, timedelta) else timedelta(seconds=step)

    def set(self, moment: datetime) -> None:
        self.moment = moment.astimezone(UTC)


@dataclass(slots=True)
class Troubles:
    """What goes wrong next: each call takes one, None lets it through; when it is used up all goes well."""

    waiting: list[DeliveryTrouble | None] = field(default_factory=list)
    always: dict[str, DeliveryTrouble] = field(default_factory=dict)  # a channel or address that never works

    def meet(self, where: str) -> None:
        """Raises what was ordered for this call."""
        if where in self.always:
            raise self.always[where]
        trouble = self.waiting.pop(0) if self.waiting else None
        if trouble is not None:
            raise trouble


@dataclass(frozen=True, slots=True)
class ThreadLine:
    where: Posted
    words: str


@dataclass(slots=True)
class FakePoster:
    """A Slack that keeps its cards and threads in lists."""

    cards: dict[Posted, LinkCard] = field(default_factory=dict)  # as they look now
    edits: list[Posted] = field(default_factory=list)
    threads: list[ThreadLine] = field(default_factory=list)
    told: list[tuple[str, str]] = field(default_factory=list)  # (channel or person, words)
    troubles: Troubles = field(default_factory=Troubles)

    async def post_card(self, channel: str, card: LinkCard) -> Posted:
        self.troubles.meet(channel)
        # Slack answers a post to a person with the id of the direct channel
        where = Posted(f"D{channel[1:]}" if channel.startswith("U") else channel, f"1700000000.{len(self.cards):06}")
        self.cards[where] = card
        return where

    async def edit_card(self, where: Posted, card: LinkCard) -> None:
        self.troubles.meet(where.channel)
        assert where in self.cards, f"nothing of ours stands at {where}"
        self.cards[where] = card
        self.edits.append(where)

    async def tell_in_thread(self, where: Posted, words: str) -> None:
        self.troubles.meet(where.channel)
        assert where in self.cards, f"nothing of ours stands at {where}"
        self.threads.append(ThreadLine(where, words))

    async def tell(self, channel: str, words: str) -> None:
        self.troubles.meet(channel)
        self.told.append((channel, words))


@dataclass(slots=True)
class FakeLetters:
    """A mail-out that keeps its letters in lists."""

    requests: list[PaymentRequest] = field(default_factory=list)
    answers: list[StaffLetter] = field(default_factory=list)
    troubles: Troubles = field(default_factory=Troubles)

    async def send_request(self, letter: PaymentRequest) -> None:
        self.troubles.meet(letter.to)
        self.requests.append(letter)

    async def send_answer(self, letter: StaffLetter) -> None:
        self.troubles.meet(letter.to)
        self.answers.append(letter)


class CardsNotExpected:
    """For tests in which Stripe must not be asked: every call fails the test (T02, DESIGN section 4)."""

    async def open_checkout(self, asked: CheckoutRequest) -> CheckoutPage:
        raise AssertionError(f"Stripe was asked to open {asked}")

    async def read_checkout(self, account: str, session_id: str) -> CheckoutTruth:
        raise AssertionError(f"Stripe was asked for {session_id}")

    async def close_checkout(self, account: str, session_id: str) -> CheckoutTruth:
        raise AssertionError(f"Stripe was asked to close {session_id}")

    def checkout_url_allowed(self, url: str) -> bool:
        raise AssertionError(f"asked about {url}")
