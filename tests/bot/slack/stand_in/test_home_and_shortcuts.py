"""The app's Home tab and its entries in Slack's menus."""

from __future__ import annotations

from typing import Any

import pytest
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.clock import SystemClock
from bot.slack.manifest import manifest_tree
from bot.slack.stand_in import GENERAL, NOOR, PAYMENTS, SAM, SlackStandIn
from bot.slack.stand_in.elements import NoSuchElement
from tests.bot.slack.stand_in.made import Json, button, error_of, field, make_slack, modal, plain, section


def home(*blocks: Json, **more: Any) -> Json:
    return {"type": "home", "blocks": list(blocks)} | more


def actions(*elements: Json) -> Json:
    return {"type": "actions", "block_id": "row", "elements": list(elements)}


async def test_opening_the_home_tab_is_an_event_that_carries_what_was_published_before(
    slack: SlackStandIn, client: AsyncWebClient, bolt: AsyncApp
) -> None:
    heard: list[Json] = []

    @bolt.event("app_home_opened")
    async def opened(event: Json) -> None:
        heard.append(event)
        await client.views_publish(user_id=event["user"], view=home(section(f"look {len(heard)}")))

    assert (await slack.open_home(NOOR) or {})["blocks"][0]["text"]["text"] == "look 1"
    again = await slack.open_home(NOOR)
    assert again is not None
    assert again["blocks"][0]["text"]["text"] == "look 2"
    first, second = heard
    assert (first["tab"], first["channel"], "view" in first) == ("home", "D0NOOR00001", False)
    assert second["view"]["id"] == again["id"]
    assert slack.home_of(SAM) is None


async def test_what_is_used_in_the_home_tab_comes_with_the_view_and_from_no_channel(
    slack: SlackStandIn, client: AsyncWebClient, bolt: AsyncApp
) -> None:
    heard: list[Json] = []

    @bolt.action("new")
    async def new(ack: Any, body: Json) -> None:
        heard.append(body)
        await client.views_open(trigger_id=body["trigger_id"], view=modal(section("form")))
        await ack()

    with pytest.raises(NoSuchElement):
        await slack.click_in_home(NOOR, "new")
    menu = {
        "type": "static_select",
        "action_id": "view",
        "options": [{"text": plain("All"), "value": "all"}, {"text": plain("Open"), "value": "open"}],
    }
    await client.views_publish(user_id=NOOR, view=home(actions(button("New link", "new"), menu)))
    seen = await slack.click_in_home(NOOR, "new", given={"row": {"view": "open"}})
    assert seen["view"]["blocks"][0]["text"]["text"] == "form"
    (body,) = heard
    assert body["container"] == {"type": "view", "view_id": body["view"]["id"]}
    assert body["view"]["type"] == "home"
    assert body["view"]["state"]["values"]["row"]["view"]["selected_option"]["value"] == "open"
    assert not {"channel", "response_url", "message"} & set(body)


async def test_a_home_tab_is_taken_only_where_it_is_switched_on_and_as_it_was_seen(
    slack: SlackStandIn, client: AsyncWebClient
) -> None:
    first = (await client.views_publish(user_id=NOOR, view=home(section("one"))))["view"]
    await client.views_publish(user_id=NOOR, view=home(section("two")), hash=first["hash"])
    stale = await error_of(client.views_publish(user_id=NOOR, view=home(section("three")), hash=first["hash"]))
    assert stale.response["error"] == "hash_conflict"
    updated = (await client.views_update(view_id=first["id"], view=home(section("four"))))["view"]
    assert slack.home_of(NOOR) == updated
    for view in (modal(section("no home")), home(section("x"), submit=plain("Send"))):
        refused = await error_of(client.views_publish(user_id=NOOR, view=view))
        assert refused.response["error"] == "invalid_arguments"
    nobody = await error_of(client.views_publish(user_id="U0GHOST", view=home()))
    assert nobody.response["error"] == "invalid_arguments"


async def test_without_a_home_tab_in_the_manifest_there_is_none(bolt: AsyncApp) -> None:
    manifest = manifest_tree("https://pay.example.com", socket_mode=False)
    manifest["features"]["app_home"]["home_tab_enabled"] = False
    plain_slack = make_slack(SystemClock(), manifest=manifest)
    await plain_slack.serve()
    try:
        client = AsyncWebClient(token="xoxb-1", base_url=plain_slack.api_url)
        refused = await error_of(client.views_publish(user_id=NOOR, view=home(section("one"))))
        assert refused.response["error"] == "not_enabled"
        with pytest.raises(NoSuchElement):
            await plain_slack.open_home(NOOR)
    finally:
        await plain_slack.close()


async def test_an_event_that_the_manifest_does_not_name_is_not_sent() -> None:
    manifest = manifest_tree("https://pay.example.com", socket_mode=False)
    manifest["settings"]["event_subscriptions"]["bot_events"] = ["message.im"]
    quiet = make_slack(SystemClock(), manifest=manifest)
    await quiet.serve()
    quiet.events_url = "http://127.0.0.1:9/slack/events"
    try:
        await quiet.say(NOOR, PAYMENTS, "@Paylink list")
        await quiet.open_home(NOOR)
        assert quiet.sent == []
        await quiet.say(NOOR, NOOR, "list")
        assert [sent.payload["event"]["type"] for sent in quiet.sent] == ["message"]
    finally:
        await quiet.close()


async def test_a_global_shortcut_names_no_channel_and_opens_a_form(
    slack: SlackStandIn, client: AsyncWebClient, bolt: AsyncApp
) -> None:
    heard: list[Json] = []

    @bolt.shortcut("new_payment_link")
    async def new(ack: Any, shortcut: Json) -> None:
        heard.append(shortcut)
        await client.views_open(trigger_id=shortcut["trigger_id"], view=modal(section("form")))
        await ack()

    seen = await slack.take_shortcut(NOOR, "new_payment_link")
    assert seen["view"]["blocks"][0]["text"]["text"] == "form"
    assert heard[0]["type"] == "shortcut"
    assert heard[0]["user"]["id"] == NOOR
    assert not {"channel", "response_url", "message"} & set(heard[0])
    with pytest.raises(NoSuchElement):
        await slack.take_shortcut(NOOR, "ask_for_payment")  # that one is in the menu of messages


async def test_a_message_shortcut_brings_the_message_and_a_way_to_answer(slack: SlackStandIn, bolt: AsyncApp) -> None:
    heard: list[Json] = []

    @bolt.shortcut("ask_for_payment")
    async def asked(ack: Any, shortcut: Json, respond: Any) -> None:
        heard.append(shortcut)
        await respond(text="drafted", response_type="ephemeral")
        await ack()

    message = await slack.say(SAM, GENERAL, "Jane owes 1250 for invoice 1042")
    seen = await slack.take_message_shortcut(NOOR, GENERAL, message["ts"], "ask_for_payment")
    assert seen["text"] == "drafted"
    (body,) = heard
    assert body["type"] == "message_action"
    assert (body["channel"]["id"], body["message_ts"], body["message"]["user"]) == (GENERAL, message["ts"], SAM)
    with pytest.raises(NoSuchElement):
        await slack.take_message_shortcut(NOOR, GENERAL, seen["ts"], "ask_for_payment")  # no menu on a whisper


async def test_forms_lie_on_each_other_three_deep_and_close_one_by_one_or_at_once(
    slack: SlackStandIn, client: AsyncWebClient, bolt: AsyncApp
) -> None:
    closed: list[tuple[str, bool]] = []

    @bolt.view_closed("new")
    async def gone(ack: Any, body: Json) -> None:
        closed.append((body["view"]["blocks"][0]["text"]["text"], body["is_cleared"]))
        await ack()

    def form(words: str) -> Json:
        return modal(section(words), notify_on_close=True)

    def trigger() -> str:
        return slack.workspace.tickets.trigger(NOOR)

    await client.views_open(trigger_id=trigger(), view=form("one"))
    await client.views_push(trigger_id=trigger(), view=form("two"))
    await client.views_push(trigger_id=trigger(), view=form("three"))
    too_many = await error_of(client.views_push(trigger_id=trigger(), view=form("four")))
    assert too_many.response["error"] == "push_limit_reached"
    await slack.close_view(NOOR)
    assert closed == [("three", False)]
    await slack.close_view(NOOR, every=True)
    assert closed[1:] == [("two", True), ("one", True)]
    assert slack.view_of(NOOR) is None


async def test_an_external_id_is_of_one_view_only(slack: SlackStandIn, client: AsyncWebClient) -> None:
    view = modal(section("one"), external_id="link-1")
    opened = (await client.views_open(trigger_id=slack.workspace.tickets.trigger(NOOR), view=view))["view"]
    refused = await error_of(client.views_open(trigger_id=slack.workspace.tickets.trigger(SAM), view=view))
    assert refused.response["error"] == "duplicate_external_id"
    changed = await client.views_update(external_id="link-1", view=view, hash=opened["hash"])
    assert changed["view"]["id"] == opened["id"]


async def test_a_field_speaks_to_the_app_only_where_it_asked_for_that(slack: SlackStandIn, bolt: AsyncApp) -> None:
    heard: list[Json] = []

    @bolt.action("kind")
    async def chosen(ack: Any, body: Json) -> None:
        heard.append(body["actions"][0])
        await ack()

    kind = {"type": "radio_buttons", "action_id": "kind", "options": [{"text": plain("One"), "value": "one"}]}
    slack.workspace.open_view(NOOR, modal(field("Kind", kind)))
    with pytest.raises(NoSuchElement):
        await slack.click_in_view(NOOR, "kind", "one")
    slack.workspace.open_view(NOOR, modal(field("Kind", kind, dispatch_action=True)))
    await slack.click_in_view(NOOR, "kind", "one")
    assert heard[0]["selected_option"]["value"] == "one"


async def test_a_press_on_a_home_tab_that_was_drawn_anew_meanwhile_counts_all_the_same(
    slack: SlackStandIn, client: AsyncWebClient, bolt: AsyncApp
) -> None:
    """Blocks without an id of the app's own get another one each time."""
    heard: list[str] = []

    @bolt.action("users")
    async def pressed(ack: Any, action: Json) -> None:
        heard.append(action["value"])
        await ack()

    row = {"type": "actions", "elements": [button("Users", "users", "open")]}
    await client.views_publish(user_id=NOOR, view=home(section("Harbor & Finch"), row))
    before = slack.home_of(NOOR)
    await client.views_publish(user_id=NOOR, view=home(section("Finch & Daughters"), row))
    now = slack.home_of(NOOR)
    assert before is not None
    assert now is not None
    assert before["blocks"][1]["block_id"] != now["blocks"][1]["block_id"]
    await slack.click_in_home(NOOR, "users", "open", block_id=before["blocks"][1]["block_id"])
    assert heard == ["open"]
    with pytest.raises(NoSuchElement):
        await slack.click_in_home(NOOR, "nobody", "open", block_id=before["blocks"][1]["block_id"])
