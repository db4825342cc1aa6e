"""The local Slack as people see it, in Chromium, with a product behind it; pictures of it are kept as build output."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from aiohttp import web
from playwright.async_api import Browser, Locator, Page, expect

from bot.clock import SystemClock
from bot.sandbox import mount
from tests.journeys.house import INTAKE, House

PICTURES = Path(__file__).parent.parent.parent / "build" / "pictures"
DESK: dict[str, Any] = {"viewport": {"width": 1280, "height": 900}}
PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}}


@contextlib.asynccontextmanager
async def slack_page(house: House, browser: Browser, **options: Any) -> AsyncIterator[Page]:
    """The page to type in, for the house's workspace; what its console says against it fails the test."""
    server = web.Application()
    mount(server, house.slack, None, firm="Harbor & Finch LLP", intake=INTAKE, clock=SystemClock())
    runner = web.AppRunner(server, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    place = web.TCPSite(runner, "127.0.0.1", 0)
    await place.start()
    context = await browser.new_context(**(DESK | options))
    page = await context.new_page()
    complaints: list[str] = []
    page.on("console", lambda said: complaints.append(said.text) if said.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    try:
        await page.goto(f"http://127.0.0.1:{place.port}/sandbox/")
        await expect(page.locator("#channels button").first).to_be_visible()
        yield page
        assert complaints == []
    finally:
        await context.close()
        await runner.cleanup()


async def keep(page: Page, name: str, of: Locator | None = None) -> None:
    """A picture of the page as it is, at a desk and on a phone; `of`: scrolled so that this is seen."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    for size, options in (("desk", DESK), ("phone", PHONE)):
        await page.set_viewport_size(options["viewport"])
        if of is not None:
            # Playwright's own way gives up where the element is drawn anew at that moment
            await of.evaluate("node => node.scrollIntoView({ block: 'nearest' })")
        await page.screenshot(path=PICTURES / f"{name}-{size}.png")
    await page.set_viewport_size(DESK["viewport"])
