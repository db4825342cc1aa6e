"""The Slack front put together: Bolt behind our own check, or Socket Mode, with the listeners and the poster."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import structlog
from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response
from slack_bolt.request.async_request import AsyncBoltRequest

from bot.slack.answering import FORM_PATIENCE, PATIENCE, Answering, Owe
from bot.slack.bolt_app import bolt_app, register
from bot.slack.front_check import FrontCheck, Turned
from bot.slack.heard import Noting
from bot.slack.home_watch import EVERY, HomeWatch, Newest
from bot.slack.line import SlackLine
from bot.slack.listeners.home import HomeTab
from bot.slack.listeners.onlookers import Onlookers
from bot.slack.listeners.reception import Desk, Identify, Reception
from bot.slack.ourselves import Ourselves
from bot.slack.socket_mode import SocketLink
from handlers.request_id import new_request_id, request_id

log = structlog.get_logger()
LAST_MOMENT = 1.0  # seconds for answers and drawings after the last request
EVENTS_PATH = "/slack/events"


class SlackFront:
    """Listens to one workspace. Give its routes to the server, then start(); on the way out drain(), then close()."""

    def __init__(
        self,
        line: SlackLine,
        desk: Desk,
        identify: Identify,
        owe: Owe,
        remember: Callable[[str], Awaitable[None]],
        newest: Newest,
        *,
        look_every: float = EVERY,
        patience: float = PATIENCE,
        form_patience: float = FORM_PATIENCE,
    ) -> None:
        """`remember` keeps which kinds of things Slack has sent; `newest` tells links' newest change.

        Raises ValueError: the signing secret is empty outside of Socket Mode.
        """
        self._line = line
        self._answering = Answering(line.client, owe, patience=patience, form_patience=form_patience)
        self._reception = Reception(desk, identify, line.directory, line.client, line.book)
        self._home = HomeTab(self._reception, Onlookers(line.clock))
        self._watch = HomeWatch(self._home, newest, every=look_every)
        self._us = Ourselves(line)
        self._bolt = bolt_app(line, self._us, desk)
        self._bolt.use(Noting(remember, self._answering.later))
        register(self._bolt, self._reception, self._answering, self._home)
        keys = line.keys
        self._socket = SocketLink(self._bolt, line.client, keys.app_token) if keys.socket_mode else None
        self._check = None if keys.socket_mode else FrontCheck(keys.signing_secret, line.clock)

    # ── its life ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def routes(self) -> list[web.RouteDef]:
        """What the server mounts: nothing in Socket Mode (T23)."""
        return [] if self._socket else [web.post(EVENTS_PATH, self.handle)]

    async def start(self) -> None:
        """Find out who we are, and connect. Slack being out of reach now is waited out in the background.

        Raises SlackUnusable: Slack refuses a token, or it is of another workspace.
        """
        await self._us.start()
        if self._socket:
            await self._socket.start()
        self._watch.start()

    async def drain(self, seconds: float = 8.0) -> None:
        """Let what is under way be answered, within so many seconds and a goodbye over Socket Mode.

        Requests over HTTP are the server's to wait for.
        """
        self._watch.stop()
        self._us.stop()
        await asyncio.gather(self._last_answers(seconds), self._watch.ended(LAST_MOMENT))

    async def _last_answers(self, seconds: float) -> None:
        loop = asyncio.get_running_loop()
        until = loop.time() + seconds
        if self._socket:
            await self._socket.drain(seconds)
        await self._answering.drain(until - loop.time())

    async def close(self) -> None:
        """The end, once the server takes no more requests: the last of them get a moment for their answers."""
        await self.drain(LAST_MOMENT)
        await self._us.ended()

    def state(self) -> str:
        """For /readyz: ok or down."""
        connected = self._socket is None or self._socket.up
        return "ok" if self._us.known and connected else "down"

    # ── a request ────────────────────────────────────────────────────────────────────────────────────────────────────

    async def handle(self, request: web.Request) -> web.Response:
        """POST /slack/events. Whoever is not Slack gets 401, 408 or 413 and never a 500 (B63, T11)."""
        assert self._check is not None  # noqa: S101 - there is no route without it
        try:
            body = await self._check.admit(request)
        except Turned as turned:
            if turned.status != 200:
                log.warning("slack.turned_away", status=turned.status)
            return web.Response(status=turned.status)
        with structlog.contextvars.bound_contextvars(request_id=request_id() or new_request_id()):
            try:
                asked = AsyncBoltRequest(body=body, headers=dict(request.headers))
            except Exception as error:
                log.warning("slack.malformed", why=type(error).__name__)
                return web.Response(status=400)
            return await to_aiohttp_response(await self._bolt.async_dispatch(asked))
