"""/sandbox/ in a real browser, with a local Slack and a post office behind it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from playwright.async_api import Browser, Page

from bot.clock import SystemClock
from bot.sandbox import mount
from bot.slack.stand_in import SlackStandIn
from tests.bot.sandbox.made import (
    App,
    PostOffice,
    open_page,
)


@pytest.fixture
def app() -> App:
    return App()


@pytest.fixture
def office() -> PostOffice:
    return PostOffice()


@pytest.fixture
async def slack() -> AsyncIterator[SlackStandIn]:
    stand_in = SlackStandIn("xoxb-1", "a-signing-secret-of-32-characters", "", "T0TEAM00001", "", None, SystemClock())
    await stand_in.serve()
    yield stand_in
    await stand_in.close()


@pytest.fixture
async def site(app: App, slack: SlackStandIn, office: PostOffice) -> AsyncIterator[str]:
    """The product's server with the page on it; its URL."""
    server = web.Application()
    server.router.add_post("/slack/events", app.events)
    mount(server, slack, office, firm="Harbor & Finch LLP", intake="pay@firm.example", clock=SystemClock())
    runner = web.AppRunner(server, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    place = web.TCPSite(runner, "127.0.0.1", 0)
    await place.start()
    url = f"http://127.0.0.1:{place.port}"
    slack.events_url = f"{url}/slack/events"
    yield f"{url}/sandbox/"
    await runner.cleanup()


@pytest.fixture
async def page(browser: Browser, site: str) -> AsyncIterator[Page]:
    """The page at desktop width; what its console says against it fails the test."""
    opened = await open_page(browser, site)
    yield opened
    assert opened.complaints == []  # type: ignore[attr-defined]
    await opened.context.close()
