"""Socket Mode: Slack's requests over a websocket that we open, kept up by a supervised task."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from typing import Any

import structlog
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.trouble import UNREACHABLE, refusal_of, trouble_of
from handlers.ports import DeliveryTrouble
from handlers.request_id import new_request_id

log = structlog.get_logger()
CONNECT_WITHIN = 20.0  # seconds for one try to connect
LOST_AFTER = 15.0  # seconds without a connection after which the SDK's own reconnecting is not waited for any longer
LOOK = 0.5  # seconds between looks at the connection
LONGEST_WAIT = 30.0  # seconds between tries (F19)
GOODBYE = 1.0  # seconds for Slack to answer ours; aiohttp would wait for ten, which is all the time there is to stop


class SlackUnusable(Exception):
    """Slack refuses what it was given: a wrong token or another workspace. Trying again will not help."""


class SteadyClient(SocketModeClient):
    """The SDK's client, reconnecting once for each connection that goes.

    Slack says `disconnect` and then hangs up. The SDK reconnects for both; the second time it drops the connection it
    has just opened, with whatever Slack has already sent there, and Slack does not send a command twice.
    """

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self._reconnecting = asyncio.Lock()

    async def connect_to_new_endpoint(self, force: bool = False) -> None:
        leaving = self.current_session
        async with self._reconnecting:
            if self.current_session is leaving:
                await super().connect_to_new_endpoint(force)


class Draining(AsyncSocketModeHandler):
    """Bolt's handler, knowing which envelopes are being answered: its own closing would abandon them."""

    def __init__(self, app: AsyncApp, app_token: str, web_client: AsyncWebClient, *, ping: float) -> None:
        """What Bolt's own does, with our client."""
        self.inflight: set[asyncio.Task[Any]] = set()
        self.app = app
        self.app_token = app_token
        self.client = SteadyClient(
            app_token=app_token,
            logger=logging.getLogger("slack_sdk.socket_mode"),
            web_client=web_client,
            ping_interval=ping,
        )
        self.client.socket_mode_request_listeners.append(self.handle)  # type: ignore[arg-type] # as in Bolt's own
        if web_client.proxy is None:
            self.client.proxy = None  # slack_sdk took it from the environment; web_client() knows better

    async def handle(self, client: SocketModeClient, req: SocketModeRequest) -> None:  # type: ignore[override] # as the SDK's own
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - a coroutine that runs is in a task
        self.inflight.add(task)
        try:
            with structlog.contextvars.bound_contextvars(request_id=new_request_id()):
                await super().handle(client, req)
        finally:
            self.inflight.discard(task)

    async def drain(self, seconds: float) -> None:
        if self.inflight:
            await asyncio.wait(set(self.inflight), timeout=seconds)
        try:
            async with asyncio.timeout(GOODBYE):
                await self.close_async()  # type: ignore[no-untyped-call] # slack_bolt left it so
        except TimeoutError:  # the line is cut by now; the SDK's own tasks are left to end
            await self.close_async()  # type: ignore[no-untyped-call] # as above


class SocketLink:
    """One connection to Slack, opened anew for as long as the process runs."""

    def __init__(self, bolt: AsyncApp, client: AsyncWebClient, app_token: str, *, ping: float = 5) -> None:
        """`ping`: seconds between pings; a silent connection is given up after four."""
        self._bolt = bolt
        self._client = client
        self._app_token = app_token
        self._ping = ping
        self._keeping: asyncio.Task[None] | None = None
        self._handler: Draining | None = None
        self.up = False

    async def start(self) -> None:
        """Connect, and stay connected. Slack not being reachable now is waited out in the background.

        Raises SlackUnusable: Slack refuses the app token. The SDK would retry that for ever without a word.
        """
        try:
            url = await self._ticket()
        except DeliveryTrouble as trouble:
            log.warning("slack.socket_away", why=str(trouble))
            url = ""
        self._keeping = asyncio.create_task(self._keep(url), name="slack socket")

    async def drain(self, seconds: float) -> None:
        """Answer what has come in, then hang up."""
        if self._keeping is not None:
            handler, self._handler = self._handler, None
            self._keeping.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._keeping
            if handler is not None:
                await handler.drain(seconds)
        self.up = False

    async def _keep(self, url: str) -> None:
        wait = 1.0
        while True:
            try:
                if await self._connected(url or await self._ticket()):
                    wait = 1.0
            except (DeliveryTrouble, SlackUnusable) as trouble:
                log.error("slack.socket_away", why=str(trouble))
            url = ""
            await asyncio.sleep(wait)
            wait = min(wait * 2, LONGEST_WAIT)

    async def _connected(self, url: str) -> bool:
        """Hold one connection for as long as it lives; whether it ever did."""
        handler = Draining(self._bolt, self._app_token, self._client, ping=self._ping)
        self._handler = handler
        handler.client.wss_uri = url
        try:
            async with asyncio.timeout(CONNECT_WITHIN):
                await handler.connect_async()  # type: ignore[no-untyped-call] # slack_bolt left it so
            await self._until_lost(handler)
            return True
        except TimeoutError:
            log.warning("slack.socket_not_connected")
            return False
        finally:
            self.up = False
            if self._handler is handler:  # drain() takes it over, to let it answer first
                self._handler = None
                await handler.drain(0)

    async def _until_lost(self, handler: Draining) -> None:
        """The SDK mends most losses itself, at once; what it has not mended in a while is begun anew.

        It would go on for ever with an address that Slack has withdrawn.
        """
        without = 0.0
        while without < LOST_AFTER:
            self.up = await handler.client.is_connected()
            without = 0.0 if self.up else without + LOOK
            await asyncio.sleep(LOOK)
        log.warning("slack.socket_lost")

    async def _ticket(self) -> str:
        """The address of a new connection. Raises SlackUnusable: refused. Raises DeliveryTrouble: not now."""
        try:
            return str((await self._client.apps_connections_open(app_token=self._app_token))["url"])
        except UNREACHABLE as error:
            if refusal := refusal_of(error):
                raise SlackUnusable(f"Slack refuses PAYLINK_SLACK__APP_TOKEN: {refusal}") from error
            raise trouble_of(error) from error
