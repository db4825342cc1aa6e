"""Commands and events as Slack sends them: signed, in time, escaped."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from aiohttp import web
from slack_bolt.async_app import AsyncApp
from slack_sdk.signature import SignatureVerifier

from bot.slack.stand_in import NOOR, PAYMENTS, SAM, SlackStandIn
from bot.slack.stand_in.typed_text import as_command_text
from tests.bot.slack.stand_in.made import (
    SECRET,
    Json,
    make_slack,
    section,
    served,
)
from tests.fakes import FakeClock


async def test_a_typed_command_reaches_a_real_bolt_app_and_its_answer_is_shown(
    slack: SlackStandIn, bolt: AsyncApp
) -> None:
    heard: list[Json] = []

    @bolt.command("/paylink")
    async def paylink(ack: Any, command: Json) -> None:
        heard.append(command)
        await ack(text="made", blocks=[section("*made*")])

    seen = await slack.type_command(NOOR, "#payments", "/paylink create 100 jane@acme.example for Doe & Co")
    assert seen["blocks"][0]["text"]["text"] == "*made*"
    assert slack.ephemerals(NOOR, PAYMENTS) == [seen]
    assert slack.ephemerals(SAM, PAYMENTS) == []
    (command,) = heard
    assert command["text"] == "create 100 <mailto:jane@acme.example|jane@acme.example> for Doe &amp; Co"
    assert (command["user_id"], command["channel_id"], command["team_id"]) == (NOOR, PAYMENTS, "T0TEAM00001")


async def test_every_request_is_signed_so_that_slack_sdk_believes_it(slack: SlackStandIn) -> None:
    """(T11)"""
    seen: list[tuple[bytes, dict[str, str]]] = []

    async def listen(request: web.Request) -> web.Response:
        seen.append((await request.read(), dict(request.headers)))
        return web.Response()

    async with served(listen) as slack.events_url:
        await slack.type_command(NOOR, PAYMENTS, "help")
        await slack.say(NOOR, PAYMENTS, "@Paylink list")
    verifier = SignatureVerifier(SECRET)
    assert len(seen) == 2
    for body, headers in seen:
        assert verifier.is_valid_request(body, headers)
        assert not verifier.is_valid_request(body + b"x", headers)


async def test_a_command_that_is_not_acknowledged_in_three_seconds_shows_slacks_line(slack: SlackStandIn) -> None:
    slack.delivery.deadline = 0.2

    async def sleepy(request: web.Request) -> web.Response:
        await asyncio.sleep(2)
        return web.Response()

    async with served(sleepy) as slack.events_url:
        seen = await slack.type_command(NOOR, PAYMENTS, "/paylink list")
    assert seen["text"] == '/paylink failed with the error "operation_timeout"'
    assert seen["failed"]


@pytest.mark.parametrize(
    ("answer", "line"),
    [
        (web.Response, {}),
        (lambda: web.Response(status=500), '/paylink failed with the error "http_service_error"'),
        (lambda: web.Response(status=401), '/paylink failed with the error "http_client_error"'),
        (lambda: web.Response(text="plain words"), "plain words"),
        (
            lambda: web.json_response({"text": "x", "blocks": [section("x" * 3001)]}),
            '/paylink failed with the error "invalid_command_response"',
        ),
    ],
)
async def test_what_the_app_answers_decides_what_is_shown(
    slack: SlackStandIn, answer: Callable[[], web.Response], line: str | Json
) -> None:
    async def listen(request: web.Request) -> web.Response:
        return answer()

    async with served(listen) as slack.events_url:
        seen = await slack.type_command(NOOR, PAYMENTS, "/paylink list")
    assert seen.get("text", {}) == line


async def test_an_app_that_is_not_there_shows_slacks_line(slack: SlackStandIn) -> None:
    seen = await slack.type_command(NOOR, PAYMENTS, "/paylink list")
    assert seen["text"] == '/paylink failed with the error "dispatch_failed"'


async def test_the_same_request_can_be_sent_again_byte_for_byte(slack: SlackStandIn) -> None:
    """(M14)"""
    bodies: list[bytes] = []

    async def listen(request: web.Request) -> web.Response:
        bodies.append(await request.read())
        return web.Response()

    async with served(listen) as slack.events_url:
        await slack.type_command(NOOR, PAYMENTS, "create 100")
        await slack.redeliver(slack.sent[-1])
    assert bodies[0] == bodies[1]


@pytest.mark.parametrize(
    ("typed", "sent"),
    [
        ("for O'Brien & <Sons>", "for O'Brien &amp; &lt;Sons&gt;"),
        ("a@b.example, c@d.example", "<mailto:a@b.example|a@b.example>, <mailto:c@d.example|c@d.example>"),
        ("see https://x.example/a?b=1&c=2.", "see <https://x.example/a?b=1&amp;c=2>."),
        ("for acme.com invoice 7", "for <http://acme.com|acme.com> invoice 7"),
        ("1,250.00 due 31.12.2026", "1,250.00 due 31.12.2026"),
        ("users add @sam staff", "users add <@U0SAM000001|sam> staff"),
        ("notifications paid #general", "notifications paid <#C0GENERAL01|general>"),
    ],
)
def test_typed_text_is_escaped_and_linked_as_slack_does(clock: FakeClock, typed: str, sent: str) -> None:
    """(B13, B16)"""
    workspace = make_slack(clock).workspace
    assert as_command_text(typed, workspace.people.values(), workspace.channels.values()) == sent
