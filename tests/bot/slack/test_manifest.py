"""The manifest is YAML that Slack takes, with the scopes of the specification and no others."""

from __future__ import annotations

import importlib
from typing import Any

import pytest

from bot.slack.manifest import slack_manifest


def read(text: str) -> dict[str, Any]:
    yaml: Any = importlib.import_module("yaml")  # comes with the development tools; it ships no types
    loaded: dict[str, Any] = yaml.safe_load(text)
    return loaded


def test_the_scopes_are_exactly_those_of_the_specification() -> None:
    """(SPEC 6)"""
    scopes = read(slack_manifest("https://pay.example.com", socket_mode=False))["oauth_config"]["scopes"]["bot"]
    assert set(scopes) == set(
        "commands chat:write files:read files:write users:read users:read.email channels:read groups:read im:history "
        "app_mentions:read".split()
    )


def test_over_http_every_request_goes_to_the_one_route() -> None:
    manifest = read(slack_manifest("https://pay.example.com", socket_mode=False))
    url = "https://pay.example.com/slack/events"
    (command,) = manifest["features"]["slash_commands"]
    assert (command["command"], command["url"], command["should_escape"]) == ("/paylink", url, True)
    assert manifest["settings"]["interactivity"] == {"is_enabled": True, "request_url": url}
    assert manifest["settings"]["event_subscriptions"] == {
        "request_url": url,
        "bot_events": ["app_home_opened", "app_mention", "message.im"],
    }
    assert manifest["settings"]["socket_mode_enabled"] is False


def test_in_socket_mode_no_address_is_named() -> None:
    text = slack_manifest("https://pay.example.com", socket_mode=True)
    assert "pay.example.com" not in text
    assert read(text)["settings"]["socket_mode_enabled"] is True


@pytest.mark.parametrize("socket_mode", [True, False])
def test_slacks_own_limits_are_kept(socket_mode: bool) -> None:
    manifest = read(slack_manifest("https://pay.example.com", socket_mode=socket_mode))
    assert len(manifest["display_information"]["name"]) <= 35
    assert len(manifest["display_information"]["description"]) <= 140
    assert len(manifest["features"]["slash_commands"][0]["description"]) <= 2000
    assert len(manifest["features"]["shortcuts"]) <= 10
    for shortcut in manifest["features"]["shortcuts"]:
        assert len(shortcut["name"]) <= 24
        assert len(shortcut["callback_id"]) <= 255
        assert len(shortcut["description"]) <= 150
        assert shortcut["type"] in ("global", "message")


def test_people_are_offered_the_home_tab_and_the_shortcuts() -> None:
    features = read(slack_manifest("https://pay.example.com", socket_mode=True))["features"]
    assert features["app_home"] == {
        "home_tab_enabled": True,
        "messages_tab_enabled": True,
        "messages_tab_read_only_enabled": False,
    }
    assert {(shortcut["callback_id"], shortcut["type"]) for shortcut in features["shortcuts"]} == {
        ("new_payment_link", "global"),
        ("bulk_upload", "global"),
        ("ask_for_payment", "message"),
    }
