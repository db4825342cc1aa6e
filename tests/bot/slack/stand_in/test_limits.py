"""Slack's limits, and its own words for breaking them."""

from __future__ import annotations

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.stand_in import PAYMENTS
from bot.slack.stand_in.block_rules import faults_of_message, faults_of_view
from tests.bot.slack.stand_in.made import (
    Json,
    button,
    error_of,
    field,
    modal,
    plain,
    section,
)


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


_BOLD = {"type": "mrkdwn", "text": "*a*"}
_ONE, _TWO = ({"text": plain(value), "value": value} for value in ("one", "two"))
_GROUP = {"label": plain("group"), "options": [_ONE]}


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
        (
            modal(field("F", {"type": "file_input", "max_files": 11})),
            "must be between 1 and 10 [json-pointer:/view/blocks/0/element/max_files]",
        ),
        (
            {"type": "home", "blocks": [field("F", {"type": "file_input"})]},
            "file_input is only for modals [json-pointer:/view/blocks/0]",
        ),
        (modal(field("D", {"type": "datepicker", "initial_date": "15.12.2026"})), "must match the format %Y-%m-%d"),
        (modal(field("W", {"type": "multi_users_select", "max_selected_items": 0})), "must be more than 0"),
        (modal(field("T", {"type": "plain_text_input"}, dispatch_action="yes")), "must be a boolean"),
        (
            modal(*(field(name, {"type": "plain_text_input", "focus_on_load": True}) for name in "AB")),
            "only one element may have focus_on_load",
        ),
        (
            modal(field("S", {"type": "static_select", "options": [{"text": _BOLD, "value": "a"}]})),
            "must be a valid text object of type plain_text [json-pointer:/view/blocks/0/element/options/0/text/type]",
        ),
        (
            modal(field("S", {"type": "checkboxes", "options": [_ONE], "initial_options": [_TWO]})),
            "must match an option [json-pointer:/view/blocks/0/element/initial_options]",
        ),
        (
            modal(field("S", {"type": "static_select", "option_groups": [_GROUP], "initial_option": _TWO})),
            "must match an option",
        ),
        (
            modal({"type": "actions", "elements": [{"type": "multi_static_select", "options": [_ONE]}]}),
            "unsupported type: multi_static_select [json-pointer:/view/blocks/0/elements/0/type]",
        ),
        (modal(section("x", accessory={"type": "overflow", "options": [_ONE] * 6})), "no more than 5 items allowed"),
        ({"type": "home", "blocks": [], "close": plain("x")}, "invalid additional property: close"),
        (modal(external_id="x" * 256), "must be less than 256 characters"),
    ],
)
def test_forms_over_slacks_limits_are_refused(view: Json, fault: str) -> None:
    assert any(said.startswith(fault) for said in faults_of_view(view)), faults_of_view(view)


def test_rich_options_and_grouped_ones_are_taken() -> None:
    rich = {"text": _BOLD, "value": "a", "description": _BOLD}
    grouped = {"type": "static_select", "option_groups": [_GROUP], "initial_option": _ONE}
    fields = (field("R", {"type": "radio_buttons", "options": [rich]}), field("G", grouped))
    assert faults_of_view(modal(*fields)) == []
    assert faults_of_view({"type": "home", "blocks": list(fields)}) == []
