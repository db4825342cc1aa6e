"""Notices out: one card a link and channel, edited in place, its history in the thread."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.slack.blocks.card import link_card, thread_line
from bot.slack.blocks.home import closed_view
from bot.slack.blocks.message import plain
from bot.slack.blocks.questions import asked
from bot.slack.blocks.refund import with_offers
from bot.slack.directory import Directory
from bot.slack.files import upload
from bot.slack.trouble import UNREACHABLE, trouble_of
from handlers.answers import FileReady, LinkCard, Question, RefundOffer, Refusal, WrongAddress
from handlers.firm import FirmBook
from handlers.ports import ChannelClosed, Clock, DeliveryTrouble, FrontClosed, Posted, Profile
from models.slack_ids import is_person

SHUT = timedelta(minutes=1)


class SlackPoster:
    """ChannelPoster over the Web API. It never sleeps: a 429 goes back to the job, which waits as long as Slack asks.

    Slack takes about one message a second and channel. We do not pace ourselves; once Slack says 429 for a channel,
    nothing is sent there until its Retry-After has passed, and other channels go on (F14).
    """

    def __init__(self, client: AsyncWebClient, directory: Directory, book: FirmBook, clock: Clock) -> None:
        self._client = client
        self._directory = directory
        self._book = book
        self._clock = clock
        self._closed_until: dict[str, datetime] = {}
        self._shut: tuple[datetime, str] | None = None  # until when nothing is sent anywhere, and why

    async def profile(self, person: str) -> Profile:
        member = await self._directory.member(person)
        return Profile(member.name, member.email, member.bar)

    async def post_card(self, channel: str, card: LinkCard, thread: Posted | None = None) -> Posted:
        message = {**link_card(card, self._book.firm).payload(), "metadata": _about("card", card.reference)}
        if thread is not None:
            channel, message["thread_ts"] = thread.channel, thread.ts
        sent = await self._send(channel, "chat.postMessage", message)
        return Posted(str(sent["channel"]), str(sent["ts"]))

    async def edit_card(self, where: Posted, card: LinkCard) -> None:
        message = link_card(card, self._book.firm).payload()
        await self._send(where.channel, "chat.update", {**message, "ts": where.ts})

    async def tell_in_thread(
        self, where: Posted, words: str, wrong: WrongAddress | None = None, whom: str = ""
    ) -> None:
        line = {
            **thread_line(words, wrong, whom).payload(),
            "thread_ts": where.ts,
            "metadata": _about("line", where.ts, words),
        }
        await self._send(where.channel, "chat.postMessage", line)

    async def tell(
        self, channel: str, words: str, offers: Sequence[RefundOffer] = (), named: Sequence[str] = ()
    ) -> Posted:
        note = with_offers(words, offers, self._book.firm, named)
        sent = await self._send(channel, "chat.postMessage", {**note.payload(), "metadata": _about("note", words)})
        return Posted(str(sent["channel"]), str(sent["ts"]))

    async def ask(self, channel: str, question: Question) -> Posted:
        about = _about("question", channel, *(one.value for one in question.choices))
        sent = await self._send(channel, "chat.postMessage", {**asked(question).payload(), "metadata": about})
        return Posted(str(sent["channel"]), str(sent["ts"]))

    async def close_home(self, person: str, refusal: Refusal) -> None:
        try:
            await self._client.views_publish(user_id=person, view=closed_view(refusal, self._book.firm))
        except UNREACHABLE as error:
            raise trouble_of(error) from error

    async def retell(self, where: Posted, words: str) -> None:
        await self._send(where.channel, "chat.update", {**plain(words).payload(), "ts": where.ts})

    async def send_file(self, where: Posted, file: FileReady) -> None:
        self._wait_for(where.channel)
        await self._stay_inside(where.channel)
        try:
            await upload(self._client, where.channel, file)
        except UNREACHABLE as error:
            raise self._noted(where.channel, error) from error

    async def _send(self, channel: str, method: str, arguments: dict[str, Any]) -> AsyncSlackResponse:
        """Raises DeliveryTrouble: not now. Raises DeliveryRefused: never, there."""
        self._wait_for(channel)
        try:
            await self._stay_inside(channel)
            return await self._client.api_call(method, json={"channel": channel, **arguments})
        except FrontClosed as closed:
            raise self._shut_by(closed) from closed
        except UNREACHABLE as error:
            raise self._noted(channel, error) from error

    def _noted(self, channel: str, error: BaseException) -> DeliveryTrouble:
        """What went wrong; a channel with which Slack asks us to wait is left alone until then."""
        trouble = trouble_of(error)
        if trouble.retry_after is not None:
            self._closed_until[channel] = self._clock.now() + timedelta(seconds=trouble.retry_after)
        return self._shut_by(trouble) if isinstance(trouble, FrontClosed) else trouble

    def _shut_by(self, closed: FrontClosed) -> FrontClosed:
        """A token that Slack refuses is not shown to it again for a while, whichever channel is next (F16)."""
        self._shut = (self._clock.now() + SHUT, str(closed))
        return closed

    def _wait_for(self, channel: str) -> None:
        if self._shut is not None and self._clock.now() < self._shut[0]:
            raise FrontClosed(self._shut[1])
        until = self._closed_until.get(channel)
        if until is None:
            return
        left = (until - self._clock.now()).total_seconds()
        if left > 0:
            raise DeliveryTrouble("Slack asked us to wait with this channel", retry_after=left)
        del self._closed_until[channel]

    async def _stay_inside(self, channel: str) -> None:
        """Amounts and clients' names are not posted where another company reads along (T12)."""
        if is_person(channel) or channel.startswith("D"):
            return
        room = await self._directory.room(channel)
        if room.shared:
            raise ChannelClosed("the channel is shared with another company, so nothing is posted there")
        if room.closed:  # known for a minute: a channel without us is not knocked at for every card
            raise ChannelClosed(room.closed)


def _about(kind: str, *parts: str) -> dict[str, Any]:
    """Message metadata with an id that is the same when the same thing is sent twice, so that it can be told (M11)."""
    event_id = hashlib.sha256("\n".join(parts).encode()).hexdigest()[:24]
    return {"event_type": f"paylink_{kind}", "event_payload": {"event_id": event_id}}
