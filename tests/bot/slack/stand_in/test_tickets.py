"""Response URLs and triggers: what they open, how often and how long."""

from __future__ import annotations

import json
from datetime import timedelta

import aiohttp
from aiohttp import web
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient

from bot.slack.stand_in import NOOR, PAYMENTS, SlackStandIn
from tests.bot.slack.stand_in.made import (
    error_of,
    make_slack,
    modal,
    section,
    served,
)
from tests.fakes import FakeClock


async def response_url(slack: SlackStandIn) -> str:
    await slack.type_command(NOOR, PAYMENTS, "create 100")
    return str(slack.sent[-1].payload["response_url"])


async def listening(request: web.Request) -> web.Response:
    return web.Response()


async def test_a_response_url_is_good_for_five_messages(slack: SlackStandIn) -> None:
    async with served(listening) as slack.events_url:
        url = await response_url(slack)
    hook = AsyncWebhookClient(url)
    answers = [await hook.send(text=str(n)) for n in range(6)]
    assert [answer.status_code for answer in answers] == [200] * 5 + [404]
    assert json.loads(answers[-1].body)["error"] == "used_url"
    assert [m["text"] for m in slack.ephemerals(NOOR, PAYMENTS)] == ["0", "1", "2", "3", "4"]


async def test_a_response_url_dies_after_half_an_hour(clock: FakeClock) -> None:
    """(F18)"""
    slack = make_slack(clock)
    await slack.serve()
    async with served(listening) as slack.events_url:
        url = await response_url(slack)
    clock.tick(timedelta(minutes=30, seconds=1))
    assert json.loads((await AsyncWebhookClient(url).send(text="late")).body)["error"] == "expired_url"
    await slack.close()


async def test_a_response_can_replace_the_first_answer_or_go_to_everyone(slack: SlackStandIn) -> None:
    async with served(listening) as slack.events_url:
        hook = AsyncWebhookClient(await response_url(slack))
    await hook.send(text="working on it")
    await hook.send(text="done", replace_original=True)
    await hook.send(text="for all", response_type="in_channel")
    assert [m["text"] for m in slack.ephemerals(NOOR, PAYMENTS)] == ["done"]
    assert [m["text"] for m in slack.messages(PAYMENTS)] == ["for all"]
    assert (await hook.send(text="x", blocks=[section("x" * 3001)])).body == "invalid_blocks"


async def test_a_trigger_opens_one_form_within_three_seconds(clock: FakeClock, session: aiohttp.ClientSession) -> None:
    slack = make_slack(clock)
    client = AsyncWebClient(token="xoxb-1", base_url=f"{await slack.serve()}/api/", session=session)
    async with served(listening) as slack.events_url:
        await slack.type_command(NOOR, PAYMENTS, "")
        await slack.type_command(NOOR, PAYMENTS, "")
    first, second = (sent.payload["trigger_id"] for sent in slack.sent)
    opened = await client.views_open(trigger_id=first, view=modal(section("x")))
    again = await error_of(client.views_open(trigger_id=first, view=modal(section("x"))))
    assert again.response["error"] == "exchanged_trigger_id"
    clock.tick(3.1)
    late = await error_of(client.views_open(trigger_id=second, view=modal(section("x"))))
    assert late.response["error"] == "expired_trigger_id"
    changed = await client.views_update(view_id=opened["view"]["id"], view=modal(section("y")))
    stale = client.views_update(view_id=opened["view"]["id"], hash=opened["view"]["hash"], view=modal(section("z")))
    assert (await error_of(stale)).response["error"] == "hash_conflict"
    assert changed["view"]["blocks"][0]["text"]["text"] == "y"
    await slack.close()
