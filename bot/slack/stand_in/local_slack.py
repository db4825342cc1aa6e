"""A local Slack: what people do in it, sent to the app as Slack sends it, and what they then see."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from aiohttp import web

from bot.slack.manifest import manifest_tree
from bot.slack.stand_in.delivery import Delivery, Reply, Sent
from bot.slack.stand_in.doors import doors
from bot.slack.stand_in.faults import Faults
from bot.slack.stand_in.filling_in import FillingIn
from bot.slack.stand_in.methods import METHODS
from bot.slack.stand_in.offer import offer_of
from bot.slack.stand_in.opening import Opening
from bot.slack.stand_in.sharing import Sharing
from bot.slack.stand_in.typing_and_clicking import TypingAndClicking
from bot.slack.stand_in.web_api import SCOPES, Call, WebApi
from bot.slack.stand_in.workspace import Workspace
from handlers.ports import Clock

Json = dict[str, Any]


class SlackStandIn(TypingAndClicking, FillingIn, Opening, Sharing):
    """One workspace with one app in it.

    `events_url` is the app's /slack/events; an open Socket Mode connection is used before it. `data` is the file that
    keeps the channels over a restart. `base_url` is where this stand-in is reached: serve() sets it, and the first API
    call tells it where somebody else serves app(). `manifest` is what the app was set up with: its own, unless another
    is given.
    """

    def __init__(
        self,
        bot_token: str,
        signing_secret: str,
        app_token: str,
        team_id: str,
        events_url: str,
        data: Path | None,
        clock: Clock,
        scopes: frozenset[str] = SCOPES,
        manifest: Json | None = None,
    ) -> None:
        workspace = Workspace(team_id, clock, data=data)
        offer = offer_of(manifest or manifest_tree("", socket_mode=not events_url))
        api = WebApi(workspace, METHODS, bot_token=bot_token, app_token=app_token, scopes=scopes, offer=offer)
        super().__init__(workspace, Delivery(events_url, signing_secret, clock), api)
        self._runner: web.AppRunner | None = None

    @property
    def base_url(self) -> str:
        return self.api.base_url

    @base_url.setter
    def base_url(self, url: str) -> None:
        self.api.base_url = url.rstrip("/")

    @property
    def api_url(self) -> str:
        """What PAYLINK_SLACK__API_URL must be."""
        return f"{self.base_url}/api/"

    @property
    def events_url(self) -> str:
        return self.delivery.events_url

    @events_url.setter
    def events_url(self, url: str) -> None:
        self.delivery.events_url = url

    @property
    def faults(self) -> Faults:
        """Plan failures of the Web API here."""
        return self.api.faults

    @property
    def calls(self) -> list[Call]:
        """The app's last API calls, oldest first."""
        return self.api.calls

    @property
    def sent(self) -> list[Sent]:
        """The last requests that went to the app, oldest first."""
        return self.delivery.sent

    def app(self) -> web.Application:
        return doors(self.workspace, self.api, self.delivery)

    async def serve(self, host: str = "127.0.0.1", port: int = 0, app: web.Application | None = None) -> str:
        """Listen (port 0: any free one) until close(), with `app` where more was added to app(); the base URL."""
        self._runner = web.AppRunner(app or self.app(), access_log=None, shutdown_timeout=1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, host, port)
        await site.start()
        self.base_url = f"http://{host}:{site.port}"
        return self.base_url

    async def close(self) -> None:
        await self.delivery.close()
        if self._runner is not None:
            await self._runner.cleanup()
        self.workspace.close()

    async def redeliver(self, sent: Sent) -> Reply:
        """Send the very same request or envelope again, byte for byte."""
        return await self.delivery.again(sent)

    async def disconnect_sockets(self, reason: str = "refresh_requested") -> None:
        """Make every Socket Mode client come back, as Slack does now and then."""
        await self.delivery.disconnect(reason)
