"""Files that people share with the app or put into its forms."""

from __future__ import annotations

from typing import Any

import aiohttp
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.clock import SystemClock
from bot.slack.manifest import manifest_tree
from bot.slack.stand_in import BOT_USER, GENERAL, NOOR, PAYMENTS, SlackStandIn
from tests.bot.slack.stand_in.made import Json, error_of, field, make_slack, modal

CSV = b"invoice,amount\n1042,1250.00\n"


async def fetched(session: aiohttp.ClientSession, url: str, token: str = "") -> bytes:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    async with session.get(url, headers=headers) as answer:
        return await answer.read()


async def test_a_file_in_a_direct_message_comes_with_the_message_and_is_fetched_with_the_token(
    slack: SlackStandIn, client: AsyncWebClient, bolt: AsyncApp, session: aiohttp.ClientSession
) -> None:
    heard: list[Json] = []

    @bolt.event({"type": "message", "subtype": "file_share"})
    async def shared(event: Json) -> None:
        heard.append(event)

    await slack.share(NOOR, NOOR, {"invoices.csv": CSV}, "for the trust account")
    (event,) = heard
    (file,) = event["files"]
    assert (event["channel_type"], event["text"]) == ("im", "for the trust account")
    assert (file["name"], file["filetype"], file["mimetype"], file["size"]) == (
        "invoices.csv",
        "csv",
        "text/csv",
        len(CSV),
    )
    assert (await client.files_info(file=file["id"]))["file"] == file
    assert await fetched(session, file["url_private_download"], "xoxb-1") == CSV
    assert b"Sign in" in await fetched(session, file["url_private_download"])
    assert b"Sign in" in await fetched(session, file["url_private_download"], "xoxb-other")


async def test_a_file_in_a_channel_reaches_the_app_with_a_mention_only(
    slack: SlackStandIn, client: AsyncWebClient, bolt: AsyncApp
) -> None:
    heard: list[Json] = []

    @bolt.event("app_mention")
    async def mentioned(event: Json) -> None:
        heard.append(event)

    await slack.share(NOOR, PAYMENTS, {"holiday.txt": b"photos"})
    root = await slack.say(NOOR, PAYMENTS, "the invoices")
    await slack.share(NOOR, PAYMENTS, {"a.csv": CSV, "b.csv": CSV}, "@Paylink these", thread_ts=root["ts"])
    (event,) = heard
    assert [file["name"] for file in event["files"]] == ["a.csv", "b.csv"]
    assert (event["text"], event["thread_ts"]) == (f"<@{BOT_USER}> these", root["ts"])
    assert "subtype" not in event


async def test_file_shared_names_the_file_where_the_manifest_asks_for_it(bolt: AsyncApp) -> None:
    manifest = manifest_tree("https://pay.example.com", socket_mode=False)
    manifest["settings"]["event_subscriptions"]["bot_events"] = ["file_shared"]
    slack = make_slack(SystemClock(), manifest=manifest)
    await slack.serve()
    slack.events_url = "http://127.0.0.1:9/slack/events"
    try:
        message = await slack.share(NOOR, PAYMENTS, {"invoices.csv": CSV})
        (sent,) = slack.sent
        assert sent.payload["event"] == {
            "type": "file_shared",
            "file_id": message["files"][0]["id"],
            "user_id": NOOR,
            "file": {"id": message["files"][0]["id"]},
            "channel_id": PAYMENTS,
            "event_ts": message["ts"],
        }
    finally:
        await slack.close()


async def test_a_file_shared_where_the_app_is_not_is_not_the_apps_to_see(
    slack: SlackStandIn, client: AsyncWebClient, session: aiohttp.ClientSession
) -> None:
    slack.workspace.channels[GENERAL].members.discard(BOT_USER)
    file = (await slack.share(NOOR, GENERAL, {"invoices.csv": CSV}))["files"][0]
    assert (await error_of(client.files_info(file=file["id"]))).response["error"] == "file_not_found"
    assert CSV not in await fetched(session, file["url_private_download"], "xoxb-1")


async def test_a_file_field_hands_its_files_to_the_app_and_keeps_to_its_kinds(
    slack: SlackStandIn, bolt: AsyncApp, session: aiohttp.ClientSession
) -> None:
    heard: list[Json] = []

    @bolt.view("new")
    async def sent(ack: Any, view: Json) -> None:
        heard.append(view["state"]["values"]["file"]["csv"])
        await ack()

    element = {"type": "file_input", "action_id": "csv", "filetypes": ["csv"], "max_files": 1}
    slack.workspace.open_view(NOOR, modal(field("File", element)))
    picture, good = slack.upload(NOOR, "cat.png", b"png"), slack.upload(NOOR, "Invoices.CSV", CSV)
    assert await slack.submit(NOOR, {}) == {"errors": {"file": "Please complete this required field."}}
    assert await slack.submit(NOOR, {"File": [picture]}) == {"errors": {"file": "Please choose a file of type csv."}}
    assert await slack.submit(NOOR, {"File": [good, good]}) == {"errors": {"file": "You can upload up to 1 files."}}
    assert await slack.submit(NOOR, {"File": [good]}) == {}
    (value,) = heard
    assert value["type"] == "file_input"
    assert value["files"][0]["name"] == "Invoices.CSV"
    assert await fetched(session, value["files"][0]["url_private_download"], "xoxb-1") == CSV


async def test_the_form_elements_hold_what_slack_says_they_hold(slack: SlackStandIn, bolt: AsyncApp) -> None:
    heard: list[Json] = []

    @bolt.view("new")
    async def sent(ack: Any, view: Json) -> None:
        heard.append({name: next(iter(block.values())) for name, block in view["state"]["values"].items()})
        await ack()

    elements: dict[str, Json] = {
        "people": {"type": "multi_users_select", "initial_users": [NOOR]},
        "person": {"type": "users_select"},
        "channel": {"type": "conversations_select", "initial_conversation": PAYMENTS},
        "channels": {"type": "multi_conversations_select", "max_selected_items": 1},
        "web": {"type": "url_text_input"},
        "number": {"type": "number_input", "is_decimal_allowed": False},
        "time": {"type": "timepicker", "initial_time": "09:30"},
    }
    view = modal(*(field(name, {**one, "action_id": name}, optional=True) for name, one in elements.items()))
    slack.workspace.open_view(NOOR, view)
    refused = await slack.submit(NOOR, {"web": "no address", "number": "1.5", "channels": [PAYMENTS, GENERAL]})
    assert refused["errors"] == {
        "web": "Please enter a valid URL.",
        "number": "Please enter a whole number.",
        "channels": "Please choose at most 1.",
    }
    assert await slack.submit(NOOR, {"web": "https://firm.example/terms", "channels": [GENERAL]}) == {}
    assert heard == [
        {
            "people": {"type": "multi_users_select", "selected_users": [NOOR]},
            "person": {"type": "users_select", "selected_user": None},
            "channel": {"type": "conversations_select", "selected_conversation": PAYMENTS},
            "channels": {"type": "multi_conversations_select", "selected_conversations": [GENERAL]},
            "web": {"type": "url_text_input", "value": "https://firm.example/terms"},
            "number": {"type": "number_input", "value": None},
            "time": {"type": "timepicker", "selected_time": "09:30"},
        }
    ]
