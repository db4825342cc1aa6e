"""The Web API: the real slack_sdk cannot tell it from the real one."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import pytest
from slack_sdk.http_retry.builtin_async_handlers import AsyncRateLimitErrorRetryHandler, AsyncServerErrorRetryHandler
from slack_sdk.web.async_client import AsyncWebClient

from bot.clock import SystemClock
from bot.slack.stand_in import BOT_USER, GENERAL, NOOR, PAYMENTS, SAM, VERA, SlackStandIn
from bot.slack.stand_in.faults import Fault
from bot.slack.stand_in.web_api import SCOPES
from tests.bot.slack.stand_in.made import (
    error_of,
    make_slack,
    modal,
    section,
)
from tests.fakes import FakeClock


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


async def test_every_answer_names_the_scopes_that_the_app_was_granted(
    slack: SlackStandIn, client: AsyncWebClient
) -> None:
    slack.api.scopes = frozenset({"chat:write", "commands"})
    assert (await client.auth_test()).headers["X-OAuth-Scopes"] == "chat:write,commands"
