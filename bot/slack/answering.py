"""Answers: inside Slack's three seconds, or later from a task that is waited for when the process stops."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass
from html import unescape
from typing import Any, Protocol, TypeVar
from urllib.parse import urlsplit

import aiohttp
import structlog
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.blocks.answers import WORKING
from bot.slack.blocks.message import Message
from bot.slack.trouble import UNREACHABLE, trouble_of, word_of

log = structlog.get_logger()
T = TypeVar("T")
# Seconds of Slack's three that the work may take before we say "working on it" (F17): few enough that 99 of 100 are
# acknowledged within one second, whatever the database does.
PATIENCE = 0.8
FORM_PATIENCE = 2.0  # longer: only a form that is still open can show what is wrong on its field
_HOOKS = "hooks.slack.com"


class Ack(Protocol):
    """Bolt's ack, as far as we use it."""

    async def __call__(self, text: str | dict[str, Any] = "") -> Any: ...


@dataclass(frozen=True, slots=True)
class Place:
    """Where a person asked, and so where the answer belongs."""

    user: str
    channel: str = ""
    thread_ts: str = ""
    response_url: str = ""


class Owe(Protocol):
    """handlers.jobs.owed_answers.owe_answer with its ports given: a person is told these words as soon as it works."""

    async def __call__(self, who: str, words: str) -> None: ...


class Answering:
    """Gets answers to people, and keeps hold of every task that still has one to deliver."""

    def __init__(
        self, client: AsyncWebClient, owe: Owe, *, patience: float = PATIENCE, form_patience: float = FORM_PATIENCE
    ) -> None:
        self._client = client
        self._owe = owe
        self._patience = patience
        self._form_patience = form_patience
        self._tasks: set[asyncio.Task[Any]] = set()

    async def command(self, work: Coroutine[Any, Any, Message | None], place: Place, ack: Ack) -> None:
        """Acknowledge with the answer; when it takes too long, with "working on it", and the answer follows."""
        task = self._track(work)
        if await self._soon(task, self._patience):
            message = task.result()
            await ack({"response_type": "ephemeral", **message.payload()} if message else "")
            return
        await ack({"response_type": "ephemeral", **WORKING.payload()})
        self._track(self._follow(task, place))

    async def aside(self, work: Coroutine[Any, Any, None], ack: Ack) -> None:
        """For presses and events, whose acknowledgement carries nothing: the work itself delivers the answer."""
        await self._soon(self._track(work), self._patience)
        await ack()

    async def soon(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """The work as a task that is done by now, or was given its time and goes on."""
        task = self._track(work)
        await self._soon(task, self._form_patience)
        return task

    def later(self, work: Coroutine[Any, Any, None]) -> None:
        """Do this after the acknowledgement; it is waited for when the process stops."""
        self._track(work)

    async def _soon(self, task: asyncio.Task[Any], within: float) -> bool:
        done, _ = await asyncio.wait({task}, timeout=within)
        return bool(done)

    async def _follow(self, task: asyncio.Task[Message | None], place: Place) -> None:
        message = await task
        if message is not None:
            await self.deliver(message, place)

    def _track(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def drain(self, seconds: float) -> None:
        """Wait for what is under way; what is not done by then is given up and named in the log."""
        deadline = asyncio.get_running_loop().time() + seconds
        while self._tasks:
            left = deadline - asyncio.get_running_loop().time()
            if left <= 0:
                break
            await asyncio.wait(self._tasks, timeout=left)
        for task in self._tasks:
            log.warning("slack.answer_abandoned")
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    # ── the ways to a person ─────────────────────────────────────────────────────────────────────────────────────────

    async def deliver(self, message: Message, place: Place, *, replace: bool = False) -> None:
        """By the response URL; where that is gone, ephemeral in the channel; else as a direct message (F18).

        Where Slack takes none of them now, it is owed and goes out as a direct message, or by mail.
        Into a thread it goes ephemeral first, as only that is told to reach one (docs.slack.dev, chat.postEphemeral).
        `replace`: in the place of the message whose button was pressed, where the response URL still allows it.
        """
        in_thread = bool(place.thread_ts) and not replace
        if not (
            (in_thread and await self._ephemeral(message, place))
            or await self._by_response_url(message, place, replace=replace)
            or (not in_thread and await self._ephemeral(message, place))
            or await self._direct(message, place)
        ):
            try:
                await self._owe(place.user, unescape(message.text))
            except Exception:  # the work is done and told by its card; only this answer is lost, and the log says so
                log.exception("slack.answer_lost", who=place.user)

    async def redraw(self, message: Message, place: Place) -> bool:
        """Put it in the place of the message whose button was pressed; False where Slack no longer lets us."""
        return await self._by_response_url(message, place, replace=True)

    async def _by_response_url(self, message: Message, place: Place, *, replace: bool) -> bool:
        url, session = place.response_url, self._client.session
        if not url or session is None:
            return False
        if not believed(url, self._client.base_url):
            log.warning("slack.response_url_refused", host=str(urlsplit(url).hostname))
            return False
        body = {"response_type": "ephemeral", "replace_original": replace, **message.payload()}
        if place.thread_ts:
            body["thread_ts"] = place.thread_ts
        try:
            async with session.post(url, json=body, allow_redirects=False) as response:
                return response.status == 200
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            log.info("slack.response_url_failed", why=type(error).__name__)
            return False

    async def _ephemeral(self, message: Message, place: Place) -> bool:
        if not place.channel or place.channel.startswith("D"):
            return False  # a direct message lasts longer than an ephemeral one and is seen by nobody else either
        arguments = {"channel": place.channel, "user": place.user, **message.payload()}
        if place.thread_ts:
            arguments["thread_ts"] = place.thread_ts
        try:
            await self._client.api_call("chat.postEphemeral", json=arguments)
        except UNREACHABLE as error:
            log.info("slack.ephemeral_failed", why=word_of(error) or type(error).__name__)
            return False
        return True

    async def _direct(self, message: Message, place: Place) -> bool:
        try:
            await self._client.api_call("chat.postMessage", json={"channel": place.user, **message.payload()})
        except UNREACHABLE as error:
            log.info("slack.direct_failed", why=str(trouble_of(error)))
            return False
        return True


def believed(url: str, api_url: str, host: str = _HOOKS) -> bool:
    """Whether a URL that came from outside is believed: Slack's `host` by https, or the API's very own origin (T13)."""
    try:
        asked, own = urlsplit(url), urlsplit(api_url)
        if "@" in asked.netloc or "\\" in url or not url.isascii() or not url.isprintable():
            return False
        if asked.scheme == "https" and asked.netloc == host:
            return True
        return (asked.scheme, asked.hostname, asked.port) == (own.scheme, own.hostname, own.port)
    except ValueError:
        return False
