"""Socket Mode: the real clients connect, answer and come back."""

from __future__ import annotations

from typing import Any

import aiohttp
import pytest
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.stand_in import NOOR, PAYMENTS, SlackStandIn
from tests.bot.slack.stand_in.made import (
    SECRET,
    Json,
)
from tests.waiting import eventually


async def test_a_real_socket_mode_client_gets_commands_and_comes_back_when_sent_away(
    slack: SlackStandIn, client: AsyncWebClient
) -> None:
    """(F19)"""
    app = AsyncApp(client=client, signing_secret=SECRET, process_before_response=True)

    @app.command("/paylink")
    async def paylink(ack: Any, command: Json) -> None:
        await ack(f"heard {command['text']}")

    handler = AsyncSocketModeHandler(app, "xapp-1", web_client=client)
    try:
        await handler.connect_async()  # type: ignore[no-untyped-call] # slack_bolt's
        await eventually(lambda: slack.delivery.sockets, "connecting")
        assert (await slack.type_command(NOOR, PAYMENTS, "list"))["text"] == "heard list"
        assert (await slack.redeliver(slack.sent[-1])).body == {"text": "heard list"}
        old = slack.delivery.sockets[0]
        await slack.disconnect_sockets()
        await eventually(lambda: slack.delivery.sockets and slack.delivery.sockets[0] is not old, "coming back")
        assert (await slack.type_command(NOOR, PAYMENTS, "help"))["text"] == "heard help"
    finally:
        await handler.close_async()  # type: ignore[no-untyped-call]


async def test_an_envelope_nobody_acknowledges_times_out_and_a_ticket_opens_one_connection(
    slack: SlackStandIn, client: AsyncWebClient, session: aiohttp.ClientSession
) -> None:
    slack.delivery.deadline = 0.2
    url = (await client.apps_connections_open(app_token="xapp-1"))["url"]
    async with session.ws_connect(url) as link:
        assert (await link.receive_json())["type"] == "hello"
        seen = await slack.type_command(NOOR, PAYMENTS, "list")
        assert "operation_timeout" in seen["text"]
        assert (await link.receive_json())["type"] == "slash_commands"
    with pytest.raises(aiohttp.WSServerHandshakeError):
        await session.ws_connect(url)
