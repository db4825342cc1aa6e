"""The barest servers that do the same."""

from __future__ import annotations

import asyncio
from typing import Any

from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from tests.bench.processes import Ready


async def bare_page(ready: Ready, body: bytes) -> None:
    """aiohttp alone, with the same page; gives its port."""

    async def page(request: web.Request) -> web.Response:
        return web.Response(body=body, content_type="text/html", charset="utf-8")

    app = web.Application()
    app.router.add_get("/p/{token}", page)
    await _serve(ready, app)


async def bare_bolt(ready: Ready, api_url: str, bot_token: str, signing_secret: str) -> None:
    """Bolt alone, mounted as its documentation says, acknowledging; gives its port.

    It acknowledges inside the request, as ours does: without `process_before_response` every answer would wait for a
    poll of 10 ms.
    """
    client = AsyncWebClient(token=bot_token, base_url=api_url)
    bolt = AsyncApp(client=client, signing_secret=signing_secret, process_before_response=True)

    async def paylink(ack: Any) -> None:
        await ack()

    async def events(request: web.Request) -> web.Response:
        return await to_aiohttp_response(await bolt.async_dispatch(await to_bolt_request(request)))

    bolt.command("/paylink")(paylink)
    app = web.Application()
    app.router.add_post("/slack/events", events)
    await _serve(ready, app)


async def _serve(ready: Ready, app: web.Application) -> None:
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    ready(site.port)
    await asyncio.Event().wait()
