"""What the tests of the local Slack are made of: blocks, a stand-in, an app behind it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from slack_sdk.errors import SlackApiError

from bot.slack.stand_in import SlackStandIn

SECRET = "a-signing-secret-of-32-characters"
Json = dict[str, Any]


def section(text: str, **more: Any) -> Json:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}, **more}


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def button(text: str, action: str, value: str = "", **more: Any) -> Json:
    return {"type": "button", "text": plain(text), "action_id": action, "value": value, **more}


def field(label: str, element: Json, **more: Any) -> Json:
    return {"type": "input", "block_id": label.lower(), "label": plain(label), "element": element, **more}


def modal(*blocks: Json, **more: Any) -> Json:
    base = {"type": "modal", "callback_id": "new", "title": plain("New payment link"), "submit": plain("Send")}
    return base | {"blocks": list(blocks)} | more


def make_slack(clock: Any, data: Path | None = None, **more: Any) -> SlackStandIn:
    return SlackStandIn("xoxb-1", SECRET, "xapp-1", "T0TEAM00001", "", data, clock, **more)


class served:  # noqa: N801 - reads as a verb: `async with served(handler) as url`
    """One handler on a port of its own."""

    def __init__(self, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]) -> None:
        self._app = web.Application()
        self._app.router.add_post("/slack/events", handler)
        self._runner = web.AppRunner(self._app, shutdown_timeout=0.1)

    async def __aenter__(self) -> str:
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        return f"http://127.0.0.1:{site.port}/slack/events"

    async def __aexit__(self, *why: object) -> None:
        await self._runner.cleanup()


async def error_of(call: Awaitable[Any]) -> SlackApiError:
    with pytest.raises(SlackApiError) as raised:
        await call
    return raised.value
