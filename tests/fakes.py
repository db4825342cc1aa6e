"""Fakes for the ports: they record what they are asked and can be told to fail."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from handlers.answers import FileReady, LinkCard, Question, RefundOffer, Refusal, WrongAddress
from handlers.ports import (
    CancelledLetter,
    DeliveryTrouble,
    PaymentRequest,
    Posted,
    Profile,
    ReceiptLetter,
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
    wrong: WrongAddress | None = None
    whom: str = ""


@dataclass(slots=True)
class FakePoster:
    """A Slack that keeps its cards and threads in lists."""

    cards: dict[Posted, LinkCard] = field(default_factory=dict)  # as they look now
    edits: list[Posted] = field(default_factory=list)
    replies: dict[Posted, Posted] = field(default_factory=dict)  # a card in a thread: the message it is under
    threads: list[ThreadLine] = field(default_factory=list)
    told: list[tuple[str, str]] = field(default_factory=list)  # (channel or person, words)
    asked: list[tuple[str, Question]] = field(default_factory=list)  # questions with buttons
    closed_homes: list[tuple[str, Refusal]] = field(default_factory=list)
    retold: list[tuple[Posted, str]] = field(default_factory=list)
    files: list[tuple[Posted, FileReady]] = field(default_factory=list)
    offered: list[tuple[str, RefundOffer]] = field(default_factory=list)  # buttons beside those words
    profiles: dict[str, Profile] = field(default_factory=dict)  # what is said of people, by their ids
    troubles: Troubles = field(default_factory=Troubles)

    async def profile(self, person: str) -> Profile:
        self.troubles.meet(f"profile:{person}")
        return self.profiles.get(person) or Profile("", "")

    async def post_card(self, channel: str, card: LinkCard, thread: Posted | None = None) -> Posted:
        self.troubles.meet(channel)
        assert thread is None or (thread in self.cards and thread not in self.replies), f"no thread can be at {thread}"
        # Slack answers a post to a person with the id of the direct channel
        where = Posted(f"D{channel[1:]}" if channel.startswith("U") else channel, f"1700000000.{len(self.cards):06}")
        self.cards[where] = card
        if thread is not None:
            self.replies[where] = thread
        return where

    async def edit_card(self, where: Posted, card: LinkCard) -> None:
        self.troubles.meet(where.channel)
        assert where in self.cards, f"nothing of ours stands at {where}"
        self.cards[where] = card
        self.edits.append(where)

    async def tell_in_thread(
        self, where: Posted, words: str, wrong: WrongAddress | None = None, whom: str = ""
    ) -> None:
        self.troubles.meet(where.channel)
        assert where in self.cards, f"nothing of ours stands at {where}"
        assert where not in self.replies, "a reply has no thread of its own"
        self.threads.append(ThreadLine(where, words, wrong, whom))

    async def tell(
        self, channel: str, words: str, offers: Sequence[RefundOffer] = (), named: Sequence[str] = ()
    ) -> Posted:
        self.troubles.meet(channel)
        self.told.append((channel, words))
        self.offered += [(channel, offer) for offer in offers]
        return Posted(f"D{channel[1:]}" if channel.startswith("U") else channel, f"1800000000.{len(self.told):06}")

    async def ask(self, channel: str, question: Question) -> Posted:
        self.troubles.meet(channel)
        self.asked.append((channel, question))
        return Posted(f"D{channel[1:]}" if channel.startswith("U") else channel, f"1900000000.{len(self.asked):06}")

    async def close_home(self, person: str, refusal: Refusal) -> None:
        self.troubles.meet(person)
        self.closed_homes.append((person, refusal))

    async def retell(self, where: Posted, words: str) -> None:
        self.troubles.meet(where.channel)
        self.retold.append((where, words))

    async def send_file(self, where: Posted, file: FileReady) -> None:
        self.troubles.meet(where.channel)
        self.files.append((where, file))


@dataclass(slots=True)
class FakeLetters:
    """A mail-out that keeps its letters in lists."""

    requests: list[PaymentRequest] = field(default_factory=list)
    answers: list[StaffLetter] = field(default_factory=list)
    receipts: list[ReceiptLetter] = field(default_factory=list)
    cancelled: list[CancelledLetter] = field(default_factory=list)
    troubles: Troubles = field(default_factory=Troubles)

    async def send_request(self, letter: PaymentRequest) -> None:
        self.troubles.meet(letter.to)
        self.requests.append(letter)

    async def send_answer(self, letter: StaffLetter) -> None:
        self.troubles.meet(letter.to)
        self.answers.append(letter)

    async def send_receipt(self, letter: ReceiptLetter) -> None:
        self.troubles.meet(letter.to)
        self.receipts.append(letter)

    async def send_cancelled(self, letter: CancelledLetter) -> None:
        self.troubles.meet(letter.to)
        self.cancelled.append(letter)
