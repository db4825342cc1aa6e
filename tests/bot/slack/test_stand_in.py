"""The local Slack keeps Slack's word: the real slack_sdk and slack_bolt cannot tell it from the real one."""

from __future__ import annotations

import asyncio
import json
import re
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_async_handlers import AsyncRateLimitErrorRetryHandler, AsyncServerErrorRetryHandler
from slack_sdk.signature import SignatureVerifier
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient

from bot.clock import SystemClock
from bot.slack.stand_in import BOT_USER, GENERAL, NOOR, PAYMENTS, SAM, VERA, SlackStandIn
from bot.slack.stand_in import delivery as outgoing
from bot.slack.stand_in.block_rules import faults_of_message, faults_of_view
from bot.slack.stand_in.elements import NoSuchElement
from bot.slack.stand_in.faults import Fault
from bot.slack.stand_in.hands import hands
from bot.slack.stand_in.typed_text import as_command_text
from bot.slack.stand_in.web_api import SCOPES
from tests.fakes import FakeClock
from tests.waiting import eventually

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


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
async def slack() -> AsyncIterator[SlackStandIn]:
    """On the system's clock, since slack_bolt checks signatures against it."""
    stand_in = make_slack(SystemClock())
    await stand_in.serve()
    yield stand_in
    await stand_in.close()


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as opened:
        yield opened


@pytest.fixture
def client(slack: SlackStandIn, session: aiohttp.ClientSession) -> AsyncWebClient:
    return AsyncWebClient(token="xoxb-1", base_url=slack.api_url, session=session)


@pytest.fixture
async def bolt(slack: SlackStandIn, client: AsyncWebClient) -> AsyncIterator[AsyncApp]:
    """A real Bolt app behind the events URL; tests add the listeners."""
    app = AsyncApp(client=client, signing_secret=SECRET, process_before_response=True)

    async def events(request: web.Request) -> web.Response:
        return await to_aiohttp_response(await app.async_dispatch(await to_bolt_request(request)))

    async with served(events) as url:
        slack.events_url = url
        yield app


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


# ── the Web API ──────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_auth_test_tells_the_app_who_it_is(client: AsyncWebClient) -> None:
    me = await client.auth_test()
    assert (me["user_id"], me["team_id"], me["bot_id"]) == (BOT_USER, "T0TEAM00001", "B0PAYLINK01")


@pytest.mark.parametrize(("token", "error"), [("xoxb-2", "invalid_auth"), ("", "not_authed")])
async def test_a_wrong_or_missing_token_is_refused(
    slack: SlackStandIn, session: aiohttp.ClientSession, token: str, error: str
) -> None:
    stranger = AsyncWebClient(token=token, base_url=slack.api_url, session=session)
    assert (await error_of(stranger.auth_test())).response["error"] == error


async def test_the_app_token_opens_connections_and_nothing_else(slack: SlackStandIn, client: AsyncWebClient) -> None:
    assert (await error_of(client.apps_connections_open(app_token="xoxb-1"))).response["error"] == (
        "not_allowed_token_type"
    )
    assert (await client.apps_connections_open(app_token="xapp-1"))["url"].startswith("ws://127.0.0.1:")
    wrong = client.chat_postMessage(token="xapp-1", channel=PAYMENTS, text="x")
    assert (await error_of(wrong)).response["error"] == "not_allowed_token_type"


async def test_a_message_is_posted_edited_and_answered_in_its_thread(
    slack: SlackStandIn, client: AsyncWebClient
) -> None:
    posted = await client.chat_postMessage(channel=PAYMENTS, text="PL-1 is open", blocks=[section("*PL-1* is open")])
    reply = await client.chat_postMessage(channel="#payments", text="sent", thread_ts=posted["ts"])
    await client.chat_update(channel=PAYMENTS, ts=posted["ts"], text="PL-1 is paid", blocks=[section("*PL-1* paid")])
    (message,) = slack.messages(PAYMENTS)
    assert message["text"] == "PL-1 is paid"
    assert message["blocks"][0]["text"]["text"] == "*PL-1* paid"
    assert message["edited"]["user"] == BOT_USER
    assert [m["ts"] for m in slack.thread(PAYMENTS, posted["ts"])] == [reply["ts"]]


async def test_an_edit_without_blocks_keeps_the_blocks_and_an_empty_list_takes_them_away(
    slack: SlackStandIn, client: AsyncWebClient
) -> None:
    posted = await client.chat_postMessage(channel=PAYMENTS, text="a", blocks=[section("b")])
    await client.chat_update(channel=PAYMENTS, ts=posted["ts"], text="c")
    assert slack.messages(PAYMENTS)[0]["blocks"][0]["text"]["text"] == "b"
    await client.chat_update(channel=PAYMENTS, ts=posted["ts"], text="c", blocks=[])
    assert not slack.messages(PAYMENTS)[0].get("blocks")


async def test_message_names_are_unique_and_grow_even_when_the_clock_stands_still(clock: FakeClock) -> None:
    slack = make_slack(clock)
    names = [slack.workspace.post(PAYMENTS, BOT_USER, str(n))["ts"] for n in range(100)]
    assert names == sorted(set(names))


async def test_messages_go_to_a_person_by_their_id(slack: SlackStandIn, client: AsyncWebClient) -> None:
    posted = await client.chat_postMessage(channel=SAM, text="for you")
    assert posted["channel"].startswith("D")
    assert [m["text"] for m in slack.messages(SAM)] == ["for you"]


async def test_an_ephemeral_message_is_seen_by_one_person(slack: SlackStandIn, client: AsyncWebClient) -> None:
    await client.chat_postEphemeral(channel=PAYMENTS, user=SAM, text="psst")
    assert [m["text"] for m in slack.ephemerals(SAM, PAYMENTS)] == ["psst"]
    assert slack.ephemerals(NOOR, PAYMENTS) == []
    assert slack.messages(PAYMENTS) == []


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda c: c.chat_postMessage(channel="C0NOWHERE", text="x"), "channel_not_found"),
        (lambda c: c.api_call("chat.postMessage", json={"channel": PAYMENTS, "text": ""}), "no_text"),
        (lambda c: c.chat_postMessage(channel=PAYMENTS, text="x" * 40_001), "msg_too_long"),
        (lambda c: c.chat_postMessage(channel=PAYMENTS, text="x", thread_ts="1.2"), "thread_not_found"),
        (lambda c: c.chat_update(channel=PAYMENTS, ts="1.2", text="x"), "message_not_found"),
        (lambda c: c.chat_postEphemeral(channel=PAYMENTS, user="U0GHOST", text="x"), "user_not_in_channel"),
        (lambda c: c.users_info(user="U0GHOST"), "user_not_found"),
        (lambda c: c.users_lookupByEmail(email="ghost@firm.example"), "users_not_found"),
        (lambda c: c.conversations_info(channel="C0NOWHERE"), "channel_not_found"),
        (lambda c: c.views_open(trigger_id="1.2.3", view=modal(section("x"))), "invalid_trigger_id"),
        (lambda c: c.views_update(view_id="V0", view=modal(section("x"))), "not_found"),
        (lambda c: c.conversations_open(users=[SAM]), "missing_scope"),
        (lambda c: c.api_call("chat.meMessage"), "unknown_method"),
    ],
)
async def test_what_cannot_be_done_is_refused_in_slacks_words(
    client: AsyncWebClient, call: Callable[[AsyncWebClient], Awaitable[Any]], error: str
) -> None:
    assert (await error_of(call(client))).response["error"] == error


@pytest.mark.parametrize("state", ["is_archived", "not_in_channel"])
async def test_a_channel_that_cannot_be_posted_to_says_why(
    slack: SlackStandIn, client: AsyncWebClient, state: str
) -> None:
    """(F16)"""
    channel = slack.workspace.channels[GENERAL]
    channel.archived = state == "is_archived"
    channel.members.discard(BOT_USER) if state == "not_in_channel" else None
    assert (await error_of(client.chat_postMessage(channel=GENERAL, text="x"))).response["error"] == state


async def test_people_have_the_addresses_of_their_profiles(client: AsyncWebClient) -> None:
    noor = (await client.users_info(user=NOOR))["user"]
    assert (noor["profile"]["email"], noor["is_restricted"]) == ("noor@firm.example", False)
    assert (await client.users_lookupByEmail(email="Vera@firm.example"))["user"]["id"] == VERA
    assert (await client.conversations_info(channel=PAYMENTS))["channel"]["name"] == "payments"


async def test_conversations_open_works_for_an_app_with_that_scope(session: aiohttp.ClientSession) -> None:
    slack = make_slack(SystemClock(), scopes=SCOPES | {"im:write"})
    client = AsyncWebClient(token="xoxb-1", base_url=f"{await slack.serve()}/api/", session=session)
    opened = await client.conversations_open(users=[SAM])
    assert opened["channel"]["id"].startswith("D")
    await slack.close()


async def test_a_file_goes_up_in_three_steps_and_is_given_back_to_the_apps_token_only(
    slack: SlackStandIn, client: AsyncWebClient, session: aiohttp.ClientSession
) -> None:
    content = b"reference,url\nPL-1,http://x\n"
    done = await client.files_upload_v2(
        channel=PAYMENTS, filename="links B-17.csv", content=content, initial_comment="here"
    )
    (message,) = slack.messages(PAYMENTS)
    assert (message["text"], message["files"][0]["name"]) == ("here", "links B-17.csv")
    url = done["files"][0]["url_private"]
    async with session.get(url, headers={"Authorization": "Bearer xoxb-1"}) as answer:
        assert await answer.read() == content
    async with session.get(url) as answer:
        assert content not in await answer.read()


async def test_a_file_of_another_length_than_promised_is_refused(
    client: AsyncWebClient, session: aiohttp.ClientSession
) -> None:
    room = await client.files_getUploadURLExternal(filename="a.csv", length=5)
    async with session.post(room["upload_url"], data=b"123") as answer:
        assert answer.status == 400
    late = client.files_completeUploadExternal(files=[{"id": room["file_id"], "title": "a"}], channel_id=PAYMENTS)
    assert (await error_of(late)).response["error"] == "file_not_found"


async def test_rate_limits_carry_their_wait_and_the_real_retry_handler_heeds_it(
    slack: SlackStandIn, client: AsyncWebClient
) -> None:
    """(F14)"""
    slack.faults.plan("chat.postMessage", Fault(status=429, retry_after=30))
    error = await error_of(client.chat_postMessage(channel=PAYMENTS, text="x"))
    assert error.response.status_code == 429
    assert error.response.headers["Retry-After"] == "30"
    assert error.response["error"] == "ratelimited"
    slack.faults.plan("chat.postMessage", Fault(status=429, retry_after=1))
    client.retry_handlers.append(AsyncRateLimitErrorRetryHandler(max_retry_count=1))
    await client.chat_postMessage(channel=PAYMENTS, text="second try")
    assert [call.method for call in slack.calls] == ["chat.postMessage"] * 3


async def test_a_fault_is_for_its_channel_and_runs_out(slack: SlackStandIn, client: AsyncWebClient) -> None:
    slack.faults.plan("chat.postMessage", Fault(error="is_archived"), channel=GENERAL)
    await client.chat_postMessage(channel=PAYMENTS, text="x")
    assert (await error_of(client.chat_postMessage(channel=GENERAL, text="x"))).response["error"] == "is_archived"
    await client.chat_postMessage(channel=GENERAL, text="x")


async def test_a_broken_slack_answers_500_as_a_web_page(slack: SlackStandIn, client: AsyncWebClient) -> None:
    """(F15)"""
    slack.faults.plan("chat.postMessage", Fault(status=503, html=True))
    client.retry_handlers.append(AsyncServerErrorRetryHandler(max_retry_count=1))
    await client.chat_postMessage(channel=PAYMENTS, text="x")
    assert len(slack.messages(PAYMENTS)) == 1


async def test_a_cut_connection_has_done_the_work(slack: SlackStandIn, client: AsyncWebClient) -> None:
    slack.faults.plan("chat.postMessage", Fault(cut=True))
    client.retry_handlers.clear()
    with pytest.raises(aiohttp.ClientError):
        await client.chat_postMessage(channel=PAYMENTS, text="x")
    assert len(slack.messages(PAYMENTS)) == 1


# ── Slack's limits ───────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("blocks", "fault"),
    [
        ([section("x")] * 51, "no more than 50 items allowed [json-pointer:/blocks]"),
        ([section("x" * 3001)], "must be less than 3001 characters [json-pointer:/blocks/0/text/text]"),
        ([section("")], "must be more than 0 characters [json-pointer:/blocks/0/text/text]"),
        ([{"type": "section"}], "must define either `text` or `fields` [json-pointer:/blocks/0]"),
        (
            [{"type": "section", "fields": [{"type": "mrkdwn", "text": "x"}] * 11}],
            "no more than 10 items allowed [json-pointer:/blocks/0/fields]",
        ),
        ([{"type": "header", "text": plain("x" * 151)}], "must be less than 151 characters"),
        (
            [{"type": "header", "text": {"type": "mrkdwn", "text": "x"}}],
            "must be a valid text object of type plain_text",
        ),
        ([{"type": "actions", "elements": [button("x" * 76, "a")]}], "must be less than 76 characters"),
        ([{"type": "actions", "elements": [button("x", "a", "v" * 2001)]}], "must be less than 2001 characters"),
        ([{"type": "actions", "elements": [button("x", "a", style="loud")]}], "must be one of primary, danger"),
        ([{"type": "actions", "elements": [button("x", "a"), button("y", "a")]}], "`action_id` already exists: a"),
        (
            [{"type": "actions", "elements": [button("x", f"a{n}") for n in range(26)]}],
            "no more than 25 items allowed [json-pointer:/blocks/0/elements]",
        ),
        ([{"type": "context", "elements": [plain("x")] * 11}], "no more than 10 items allowed"),
        ([section("x", block_id="b"), section("y", block_id="b")], "`block_id` already exists: b"),
        ([{"type": "cards"}], "unsupported type: cards [json-pointer:/blocks/0/type]"),
        (
            [section("x", accessory={"type": "plain_text_input", "action_id": "a"})],
            "unsupported type: plain_text_input [json-pointer:/blocks/0/accessory/type]",
        ),
        ([section("x", accessory={"type": "static_select", "action_id": "a", "options": []})], "no fewer than 1 items"),
        (
            [section("x", accessory=button("b", "a", confirm={"title": plain("x" * 101)}))],
            "must be less than 101 characters [json-pointer:/blocks/0/accessory/confirm/title/text]",
        ),
    ],
)
async def test_blocks_over_slacks_limits_are_refused_with_their_place(
    client: AsyncWebClient, blocks: list[Json], fault: str
) -> None:
    error = await error_of(client.chat_postMessage(channel=PAYMENTS, text="x", blocks=blocks))
    assert error.response["error"] == "invalid_blocks"
    assert any(said.startswith(fault) for said in error.response["errors"]), error.response["errors"]


async def test_blocks_within_the_limits_but_with_too_much_text_in_all_are_refused(client: AsyncWebClient) -> None:
    error = await error_of(client.chat_postMessage(channel=PAYMENTS, text="x", blocks=[section("x" * 2900)] * 5))
    assert error.response["error"] == "msg_blocks_too_long"


def test_everything_at_its_limit_is_taken() -> None:
    blocks = [
        {"type": "header", "text": plain("x" * 150)},
        section("x" * 3000, accessory=button("x" * 75, "a" * 255, "v" * 2000, style="danger")),
        {"type": "actions", "elements": [button("x", f"a{n}") for n in range(25)]},
        *([{"type": "divider"}] * 47),
    ]
    assert faults_of_message(blocks) == []


@pytest.mark.parametrize(
    ("view", "fault"),
    [
        (modal(section("x"), title=plain("x" * 25)), "must be less than 25 characters [json-pointer:/view/title/text]"),
        (modal(*[section("x")] * 101), "no more than 100 items allowed"),
        (modal(section("x"), private_metadata="x" * 3001), "must be less than 3001 characters"),
        (
            {"type": "modal", "title": plain("x"), "blocks": [field("A", {"type": "plain_text_input"})]},
            "missing required field: submit",
        ),
        (modal(field("N", {"type": "number_input"})), "missing required field: is_decimal_allowed"),
    ],
)
def test_forms_over_slacks_limits_are_refused(view: Json, fault: str) -> None:
    assert any(said.startswith(fault) for said in faults_of_view(view)), faults_of_view(view)


# ── commands, signed ─────────────────────────────────────────────────────────────────────────────────────────────────


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


async def test_a_command_that_is_not_acknowledged_in_three_seconds_shows_slacks_line(
    slack: SlackStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outgoing, "DEADLINE", 0.2)

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


# ── response URLs and triggers ───────────────────────────────────────────────────────────────────────────────────────


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


# ── buttons and forms ────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_click_sends_what_slack_sends_and_shows_the_answer(
    slack: SlackStandIn, client: AsyncWebClient, bolt: AsyncApp
) -> None:
    heard: list[Json] = []

    @bolt.action("cancel")
    async def cancel(ack: Any, body: Json, respond: Any) -> None:
        heard.append(body)
        await respond(text="cancelled", replace_original=False)
        await ack()

    buttons = {"type": "actions", "elements": [button("Cancel", "cancel", "PL-1", style="danger")]}
    posted = await client.chat_postMessage(channel=PAYMENTS, text="card", blocks=[section("card"), buttons])
    seen = await slack.click(NOOR, PAYMENTS, posted["ts"], "cancel")
    assert seen["text"] == "cancelled"
    (body,) = heard
    assert body["actions"][0] | {"action_ts": ""} == {
        "action_id": "cancel",
        "block_id": slack.messages(PAYMENTS)[0]["blocks"][1]["block_id"],
        "type": "button",
        "text": plain("Cancel"),
        "style": "danger",
        "value": "PL-1",
        "action_ts": "",
    }
    assert body["container"]["message_ts"] == posted["ts"]
    assert body["message"]["text"] == "card"
    with pytest.raises(NoSuchElement):
        await slack.click(NOOR, PAYMENTS, posted["ts"], "refund")


async def test_buttons_with_one_name_are_told_apart_by_their_value(slack: SlackStandIn, bolt: AsyncApp) -> None:
    heard: list[str] = []

    @bolt.command("/paylink")
    async def paylink(ack: Any) -> None:
        rows = [section(ref, accessory=button("Copy", "copy", ref)) for ref in ("PL-1", "PL-2")]
        await ack(text="list", blocks=rows)

    @bolt.action("copy")
    async def copy(ack: Any, body: Json) -> None:
        heard.append(body["actions"][0]["value"])
        assert body["container"]["is_ephemeral"]
        assert "message" not in body
        await ack()

    shown = await slack.type_command(NOOR, PAYMENTS, "list")
    await slack.click(NOOR, PAYMENTS, shown["ts"], "copy", "PL-2")
    assert heard == ["PL-2"]
    with pytest.raises(NoSuchElement):
        await slack.click(NOOR, PAYMENTS, shown["ts"], "copy")
    with pytest.raises(NoSuchElement):  # it is not Sam's to see
        await slack.click(SAM, PAYMENTS, shown["ts"], "copy", "PL-2")


FORM = modal(
    field("Amount", {"type": "plain_text_input", "action_id": "amount"}),
    field("Email", {"type": "email_text_input", "action_id": "email"}, optional=True),
    field("Due date", {"type": "datepicker", "action_id": "due", "initial_date": "2026-12-15"}, optional=True),
    field(
        "Account",
        {
            "type": "static_select",
            "action_id": "account",
            "options": [{"text": plain("Operating"), "value": "operating"}, {"text": plain("Trust"), "value": "trust"}],
        },
    ),
    field(
        "Send",
        {"type": "checkboxes", "action_id": "send", "options": [{"text": plain("By mail"), "value": "mail"}]},
        optional=True,
    ),
)


@pytest.fixture
def form(bolt: AsyncApp) -> list[Json]:
    """An app with a form; what it was sent."""
    heard: list[Json] = []

    @bolt.command("/paylink")
    async def paylink(ack: Any, client: AsyncWebClient, command: Json) -> None:
        await client.views_open(trigger_id=command["trigger_id"], view=FORM)
        await ack()

    @bolt.view("new")
    async def new(ack: Any, view: Json) -> None:
        heard.append(view["state"]["values"])
        if view["state"]["values"]["amount"]["amount"]["value"] == "abc":
            await ack(response_action="errors", errors={"amount": "abc is not a number"})
        else:
            await ack()

    return heard


async def test_a_form_opens_shows_the_apps_errors_on_their_fields_and_closes(
    slack: SlackStandIn, form: list[Json]
) -> None:
    opened = await slack.type_command(NOOR, PAYMENTS, "/paylink")
    assert opened["view"]["title"]["text"] == "New payment link"
    refused = await slack.submit(NOOR, {"Amount": "abc", "account": "trust"})
    assert refused == {"errors": {"amount": "abc is not a number"}}
    assert slack.view_of(NOOR) is not None
    assert await slack.submit(NOOR, {"Amount": "1250", "account": "trust", "send": ["mail"]}) == {}
    assert slack.view_of(NOOR) is None
    assert form[-1] == {
        "amount": {"amount": {"type": "plain_text_input", "value": "1250"}},
        "email": {"email": {"type": "email_text_input", "value": None}},
        "due date": {"due": {"type": "datepicker", "selected_date": "2026-12-15"}},
        "account": {
            "account": {"type": "static_select", "selected_option": {"text": plain("Trust"), "value": "trust"}}
        },
        "send": {"send": {"type": "checkboxes", "selected_options": [{"text": plain("By mail"), "value": "mail"}]}},
    }


async def test_slack_itself_stops_a_form_with_missing_or_malformed_fields(
    slack: SlackStandIn, form: list[Json]
) -> None:
    await slack.type_command(NOOR, PAYMENTS, "/paylink")
    refused = await slack.submit(NOOR, {"email": "nobody"})
    assert refused == {
        "errors": {
            "amount": "Please complete this required field.",
            "email": "Please enter a valid email address.",
            "account": "Please complete this required field.",
        }
    }
    assert form == []
    with pytest.raises(NoSuchElement):
        await slack.submit(NOOR, {"Amount": "1", "account": "savings"})


async def test_a_form_may_become_another_be_covered_and_be_cleared(slack: SlackStandIn) -> None:
    answers = [
        {"response_action": "update", "view": modal(section("second"))},
        {"response_action": "push", "view": modal(section("third"))},
        {"response_action": "clear"},
    ]

    async def listen(request: web.Request) -> web.Response:
        return web.json_response(answers.pop(0))

    slack.workspace.open_view(NOOR, modal(section("first")))
    async with served(listen) as slack.events_url:
        await slack.submit(NOOR, {})
        await slack.submit(NOOR, {})
        assert [v["blocks"][0]["text"]["text"] for v in slack.workspace.views[NOOR]] == ["second", "third"]
        await slack.submit(NOOR, {})
    assert slack.view_of(NOOR) is None


async def test_a_form_whose_app_is_gone_stays_open_and_says_so(slack: SlackStandIn) -> None:
    slack.workspace.open_view(NOOR, modal(section("first")))
    assert (await slack.submit(NOOR, {}))["text"] == "We had some trouble connecting. Try again?"
    assert slack.view_of(NOOR) is not None


async def test_a_mention_is_an_event_and_an_ordinary_message_is_not(slack: SlackStandIn, bolt: AsyncApp) -> None:
    """(X1)"""
    heard: list[Json] = []

    @bolt.event("app_mention")
    async def mentioned(event: Json) -> None:
        heard.append(event)

    message = await slack.say(NOOR, PAYMENTS, "@Paylink list outstanding")
    await slack.say(NOOR, PAYMENTS, "good morning")
    await slack.say(NOOR, PAYMENTS, "@Paylink show", thread_ts=message["ts"])
    assert [event["text"] for event in heard] == [f"<@{BOT_USER}> list outstanding", f"<@{BOT_USER}> show"]
    assert heard[1]["thread_ts"] == message["ts"]


# ── Socket Mode ──────────────────────────────────────────────────────────────────────────────────────────────────────


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
    slack: SlackStandIn, client: AsyncWebClient, session: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outgoing, "DEADLINE", 0.2)
    url = (await client.apps_connections_open(app_token="xapp-1"))["url"]
    async with session.ws_connect(url) as link:
        assert (await link.receive_json())["type"] == "hello"
        seen = await slack.type_command(NOOR, PAYMENTS, "list")
        assert "operation_timeout" in seen["text"]
        assert (await link.receive_json())["type"] == "slash_commands"
    with pytest.raises(aiohttp.WSServerHandshakeError):
        await session.ws_connect(url)


# ── over a restart ───────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_restarted_sandbox_still_shows_the_channel(clock: FakeClock, tmp_path: Path) -> None:
    file = tmp_path / "deep" / "slack.jsonl"
    first = make_slack(clock, file)
    card = first.workspace.post(PAYMENTS, BOT_USER, "card", [section("open")])
    first.workspace.post(PAYMENTS, BOT_USER, "reply", (), card["ts"])
    first.workspace.post(first.workspace.direct(SAM).id, BOT_USER, "direct")
    first.workspace.edit(PAYMENTS, card["ts"], "card", [section("paid")])
    # No close: the process is killed, in the middle of a line.
    with file.open("a") as handle:
        handle.write('{"channel": "C0PAYM')
    second = make_slack(clock, file)
    assert [m["blocks"][0]["text"]["text"] for m in second.messages(PAYMENTS)] == ["paid"]
    assert [m["text"] for m in second.thread(PAYMENTS, card["ts"])] == ["reply"]
    assert [m["text"] for m in second.messages(SAM)] == ["direct"]
    assert second.workspace.new_ts() > card["ts"]
    first.workspace.close()
    second.workspace.close()


async def test_the_stand_in_runs_in_a_process_of_its_own(session: aiohttp.ClientSession) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot.slack.stand_in", "--port", "0", stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    async with asyncio.timeout(20):
        line = (await process.stdout.readline()).decode()
    url = re.fullmatch(r"PAYLINK_SLACK__API_URL=(http://\S+/api/)\n", line)
    assert url
    client = AsyncWebClient(token="xoxb-sandbox", base_url=url[1], session=session)
    await client.chat_postMessage(channel="#payments", text="hello")
    base = url[1].removesuffix("/api/")
    async with session.get(f"{base}/hands/state", params={"user": NOOR}) as answer:
        state = await answer.json()
    assert [m["text"] for m in state["channels"][0]["messages"]] == ["hello"]
    process.terminate()
    assert await process.wait() == 0


async def test_a_page_that_outlived_the_process_is_told_everything_anew(clock: FakeClock) -> None:
    async with aiohttp.ClientSession() as session:
        versions = []
        for _ in range(2):
            slack = make_slack(clock)
            app = slack.app()
            app.add_subapp("/hands", hands(slack))
            url = await slack.serve(app=app)
            async with session.get(f"{url}/hands/state", params={"user": NOOR}) as answer:
                versions.append((await answer.json())["version"])
            async with session.get(f"{url}/hands/state", params={"user": NOOR, "since": versions[-1]}) as answer:
                assert answer.status == 204
            await slack.close()
    assert versions[0] != versions[1]
