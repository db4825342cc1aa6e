"""The channels: what is posted in Slack."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from handlers.answers import FileReady, LinkCard, Question, RefundOffer, Refusal, WrongAddress


@dataclass(frozen=True, slots=True)
class Posted:
    """Where a message stands."""

    channel: str
    ts: str


@dataclass(frozen=True, slots=True)
class Profile:
    """What Slack says of a person."""

    name: str
    email: str  # as they have confirmed it; blank: none
    bar: str = ""  # why nobody can let them in; blank: they are a full member


class ChannelPoster(Protocol):
    """Slack, as far as the operations post there; bot.slack.poster is it. No call is made within a transaction."""

    async def profile(self, person: str) -> Profile:
        """Of a Slack user id. Raises DeliveryTrouble: Slack does not say."""
        ...

    async def post_card(self, channel: str, card: LinkCard, thread: Posted | None = None) -> Posted:
        """A link's card as a new message, or as a reply in the thread under another one. Raises DeliveryTrouble."""
        ...

    async def edit_card(self, where: Posted, card: LinkCard) -> None:
        """Our own earlier card, brought up to date. Raises DeliveryTrouble."""
        ...

    async def tell_in_thread(
        self, where: Posted, words: str, wrong: WrongAddress | None = None, whom: str = ""
    ) -> None:
        """A line under the card. `wrong`: with a button that puts the right address in its place; `whom`: the Slack id
        of a person who is to notice it. Raises DeliveryTrouble."""
        ...

    async def tell(
        self, channel: str, words: str, offers: Sequence[RefundOffer] = (), named: Sequence[str] = ()
    ) -> Posted:
        """A message of its own, to a channel or a person; a button to each offer. `named`: Slack ids in the words that
        we hold, of people and channels, which are shown by name. Raises DeliveryTrouble."""
        ...

    async def ask(self, channel: str, question: Question) -> Posted:
        """A message with a button to each choice, to a channel or a person. Raises DeliveryTrouble."""
        ...

    async def close_home(self, person: str, refusal: Refusal) -> None:
        """The refusal in the place of what a person's App Home shows. Raises DeliveryTrouble."""
        ...

    async def retell(self, where: Posted, words: str) -> None:
        """Our own earlier message, in other words. Raises DeliveryTrouble."""
        ...

    async def send_file(self, where: Posted, file: FileReady) -> None:
        """A file, in the channel where a message of ours stands. Raises DeliveryTrouble."""
        ...
