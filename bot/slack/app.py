"""The Slack front put together: Bolt behind our own check, or Socket Mode, with the listeners and the poster."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import structlog
from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.error import BoltUnhandledRequestError
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.answering import FORM_PATIENCE, PATIENCE, Answering, Owe
from bot.slack.directory import Directory
from bot.slack.front_check import FrontCheck, Turned
from bot.slack.heard import Noting
from bot.slack.home_watch import EVERY, HomeWatch, Newest
from bot.slack.listeners import (
    access,
    actions,
    addresses,
    administration,
    administration_accounts,
    administration_news,
    administration_users,
    batches,
    commands,
    files,
    forms,
    mentions,
    pages,
    shortcuts,
)
from bot.slack.listeners.home import HomeTab
from bot.slack.listeners.onlookers import Onlookers
from bot.slack.listeners.reception import Desk, Identify, Reception
from bot.slack.look import seen_in
from bot.slack.own_workspace import OurWorkspaceOnly
from bot.slack.poster import SlackPoster
from bot.slack.socket_mode import LONGEST_WAIT, SlackUnusable, SocketLink
from bot.slack.trouble import UNREACHABLE, refusal_of, trouble_of
from bot.slack.web_api import web_client
from handlers.firm import FirmBook
from handlers.ports import Clock, DeliveryTrouble
from handlers.request_id import new_request_id, request_id

log = structlog.get_logger()
LAST_MOMENT = 1.0  # seconds
EVENTS_PATH = "/slack/events"


@dataclass(frozen=True, slots=True)
class SlackKeys:
    """What Slack gave the operator (SPEC section 2)."""

    bot_token: str = field(repr=False)
    team_id: str
    api_url: str
    signing_secret: str = field(default="", repr=False)
    app_token: str = field(default="", repr=False)  # turns Socket Mode on

    @property
    def socket_mode(self) -> bool:
        return bool(self.app_token)


@dataclass(frozen=True, slots=True)
class SlackLine:
    """The way out to Slack, open: enough for a process that only posts."""

    keys: SlackKeys
    client: AsyncWebClient
    directory: Directory
    poster: SlackPoster
    book: FirmBook
    clock: Clock


@asynccontextmanager
async def slack_line(keys: SlackKeys, book: FirmBook, clock: Clock) -> AsyncIterator[SlackLine]:
    """Open the line; it is closed after whatever uses it."""
    async with web_client(keys.bot_token, keys.api_url) as client:
        directory = Directory(client, keys.team_id, clock)
        yield SlackLine(keys, client, directory, SlackPoster(client, directory, book, clock), book, clock)


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
        self._remember = remember
        self._answering = Answering(line.client, owe, patience=patience, form_patience=form_patience)
        self._reception = Reception(desk, identify, line.directory, line.client, line.book)
        self._home = HomeTab(self._reception, Onlookers(line.clock))
        self._watch = HomeWatch(self._home, newest, every=look_every)
        self._me: AuthorizeResult | None = None
        self._introducing: asyncio.Task[None] | None = None
        self._bolt = self._listening()
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
        try:
            await self._introduce()
        except DeliveryTrouble as trouble:
            log.warning("slack.away", why=str(trouble))
            self._introducing = asyncio.create_task(self._keep_introducing(), name="slack auth.test")
        if self._socket:
            await self._socket.start()
        self._watch.start()

    async def drain(self, seconds: float = 8.0) -> None:
        """Let what is under way be answered. Requests over HTTP are the server's to wait for."""
        self._watch.stop()
        if self._introducing:
            self._introducing.cancel()
        if self._socket:
            await self._socket.drain(seconds)
        await self._answering.drain(seconds)
        await self._watch.ended(LAST_MOMENT)

    async def close(self) -> None:
        """The end, once the server takes no more requests: the last of them get a moment for their answers."""
        await self.drain(LAST_MOMENT)
        if self._introducing:
            with contextlib.suppress(asyncio.CancelledError):
                await self._introducing

    def state(self) -> str:
        """For /readyz: ok or down."""
        connected = self._socket is None or self._socket.up
        return "ok" if self._me and connected else "down"

    async def _introduce(self) -> None:
        """Raises SlackUnusable, DeliveryTrouble."""
        try:
            answer = await self._line.client.auth_test()
        except UNREACHABLE as error:
            if refusal := refusal_of(error):
                raise SlackUnusable(f"Slack refuses PAYLINK_SLACK__BOT_TOKEN: {refusal}") from error
            raise trouble_of(error) from error
        seen = seen_in(answer)
        if seen.team_id != self._line.keys.team_id:
            raise SlackUnusable(
                f"PAYLINK_SLACK__BOT_TOKEN is of workspace {seen.team_id}, not of PAYLINK_SLACK__TEAM_ID"
            )
        if seen.lacking or seen.not_needed:
            log.warning("slack.scopes_differ", lacking=seen.lacking, not_needed=seen.not_needed)
        self._me = AuthorizeResult.from_auth_test_response(
            bot_token=self._line.keys.bot_token,
            auth_test_response=answer,
        )

    async def _keep_introducing(self) -> None:
        wait = 1.0
        while self._me is None:
            await asyncio.sleep(wait)
            wait = min(wait * 2, LONGEST_WAIT)
            try:
                await self._introduce()
            except (DeliveryTrouble, SlackUnusable) as trouble:
                log.error("slack.away", why=str(trouble))

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

    def _enterprise_id(self) -> str | None:
        return None if self._me is None else self._me.enterprise_id or ""

    def _listening(self) -> AsyncApp:
        """Bolt with our listeners. Everything is passed in: by itself it would read the environment."""
        keys, client = self._line.keys, self._line.client

        async def authorize() -> AuthorizeResult:
            return self._me or AuthorizeResult(enterprise_id=None, team_id=None, bot_token=keys.bot_token)

        bolt = AsyncApp(
            name="paylink",
            logger=logging.getLogger("slack_bolt"),
            # without a token: authorize() gives the token, and Bolt warns where it has both
            client=AsyncWebClient(base_url=client.base_url, session=client.session, retry_handlers=[]),
            signing_secret=keys.signing_secret,
            process_before_response=True,
            raise_error_for_unhandled_request=True,
            before_authorize=OurWorkspaceOnly(keys.team_id, self._enterprise_id, self._reception.desk),
            authorize=authorize,
            request_verification_enabled=False,  # FrontCheck has done it, by our clock
            ssl_check_enabled=False,  # so has it done this
            attaching_function_token_enabled=False,
            attaching_conversation_kwargs_enabled=False,
        )
        bolt.error(_not_ours)
        bolt.use(Noting(self._remember, self._answering.later))
        # files before mentions: a message that brings one may mention us, too
        for listeners in (commands, files, mentions):
            listeners.register(bolt, self._reception, self._answering)
        access.register(bolt, self._reception, self._answering, self._home)
        pages.register(bolt, self._reception, self._answering, self._home)
        for listeners in (batches, actions, addresses, forms, shortcuts):
            listeners.register(bolt, self._reception, self._answering)
        for listeners_of_admins in (administration, administration_users, administration_news, administration_accounts):
            listeners_of_admins.register(bolt, self._reception, self._answering)
        return bolt


async def _not_ours(error: Exception) -> BoltResponse:
    """What no listener takes, and what one let escape; told in the log without the payload."""
    if isinstance(error, BoltUnhandledRequestError):
        log.info("slack.unhandled", kind=str(error.body.get("type") or error.body.get("command") or "unknown"))
        return BoltResponse(status=200 if "event" in error.body else 404, body="")
    log.error("slack.dispatch_failed", exc_info=error)
    return BoltResponse(status=200, body="")
