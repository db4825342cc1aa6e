"""Buttons, menus and forms, as people use them."""

from __future__ import annotations

from typing import Any

import pytest
from aiohttp import web
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.stand_in import BOT_USER, NOOR, PAYMENTS, SAM, SlackStandIn
from bot.slack.stand_in.elements import NoSuchElement
from tests.bot.slack.stand_in.made import (
    Json,
    button,
    field,
    modal,
    plain,
    section,
    served,
)


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
