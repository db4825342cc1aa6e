"""The one client for Slack's Web API: one session for its whole life, no sleeping, no environment."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient

CALL_WITHIN = 10.0  # seconds for one call; slack_sdk applies its own only to sessions it opens itself
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


@asynccontextmanager
async def web_client(token: str, api_url: str) -> AsyncIterator[AsyncWebClient]:
    """A client that tries each call once: who owes something tries again, and later, as Slack asks."""
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=CALL_WITHIN)) as session:
        client = AsyncWebClient(
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
