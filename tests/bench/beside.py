"""What the product talks to: a Slack, a mail server."""

from __future__ import annotations

import asyncio

from bot.clock import SystemClock
from bot.slack.stand_in import SlackStandIn
from tests.bench.processes import Ready
from tests.servers import smtp_server


async def slack(ready: Ready, bot_token: str, signing_secret: str, team: str) -> None:
    """The local Slack; gives its API's address."""
    stand_in = SlackStandIn(bot_token, signing_secret, "", team, "", None, SystemClock())
    await stand_in.serve()
    ready(stand_in.api_url)
    await asyncio.Event().wait()


async def mail_server(ready: Ready) -> None:
    """Takes every letter; gives its port."""
    async with smtp_server() as sink:
        ready(sink.port)
        await asyncio.Event().wait()
