"""The one client for Slack's Web API: one session for its whole life, no sleeping, no environment."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

CALL_WITHIN = 10.0  # seconds for one call; slack_sdk applies its own only to sessions it opens itself
# Slack fetches no address that stands in a message: it would open the payer's page, and show it (T02).
NEVER_UNFURLED = {"unfurl_links": False, "unfurl_media": False}
_POSTS = frozenset({"chat.postMessage", "chat.postEphemeral", "chat.update"})
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


class QuietClient(AsyncWebClient):
    """A client by which nothing that is posted is ever unfurled, whoever posts it."""

    async def api_call(self, api_method: str, **arguments: Any) -> AsyncSlackResponse:
        """As slack_sdk's own."""
        if api_method in _POSTS:
            arguments["json"] = {**(arguments.get("json") or {}), **NEVER_UNFURLED}
        return await super().api_call(api_method, **arguments)


@asynccontextmanager
async def web_client(token: str, api_url: str) -> AsyncIterator[AsyncWebClient]:
    """A client that tries each call once: who owes something tries again, and later, as Slack asks."""
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=CALL_WITHIN)) as session:
        client = QuietClient(
            token=token,
            base_url=api_url if api_url.endswith("/") else f"{api_url}/",
            session=session,
            timeout=int(CALL_WITHIN),
            retry_handlers=[],
        )
        if on_loopback(api_url):
            client.proxy = None  # slack_sdk takes HTTPS_PROXY from the environment; no proxy reaches this machine
        yield client


def on_loopback(url: str) -> bool:
    return urlsplit(url).hostname in _LOOPBACK
