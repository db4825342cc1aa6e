"""What Slack sends to an app: the payloads of docs.slack.dev, as plain dictionaries."""

from __future__ import annotations

import secrets
from typing import Any

from bot.slack.stand_in.people import APP, BOT_USER, TEAM_DOMAIN, Channel, Person

Json = dict[str, Any]
_TOKEN = "sandbox-verification-token"  # noqa: S105 - the field Slack gave up on; apps check the signature instead


def slash_command(
    person: Person, channel: Channel, team_id: str, command: str, text: str, *, trigger_id: str, response_url: str
) -> Json:
    return {
        "token": _TOKEN,
        "team_id": team_id,
        "team_domain": TEAM_DOMAIN,
        "channel_id": channel.id,
        "channel_name": channel.name,
        "user_id": person.id,
        "user_name": person.handle,
        "command": command,
        "text": text,
        "api_app_id": APP,
        "is_enterprise_install": "false",
        "response_url": response_url,
        "trigger_id": trigger_id,
    }


def _by(person: Person, team_id: str, kind: str, trigger_id: str) -> Json:
    return {
        "type": kind,
        "user": {"id": person.id, "username": person.handle, "name": person.handle, "team_id": team_id},
        "api_app_id": APP,
        "token": _TOKEN,
        "trigger_id": trigger_id,
        "team": {"id": team_id, "domain": TEAM_DOMAIN},
        "enterprise": None,
        "is_enterprise_install": False,
    }


def message_action(
    person: Person,
    channel: Channel,
    team_id: str,
    message: Json,
    *,
    action: Json,
    values: Json,
    trigger_id: str,
    response_url: str,
) -> Json:
    """block_actions from a message. Of an ephemeral one Slack tells where it is, not what it says."""
    ephemeral = bool(message.get("is_ephemeral"))
    payload = {
        **_by(person, team_id, "block_actions", trigger_id),
        "container": {
            "type": "message",
            "message_ts": message["ts"],
            "channel_id": channel.id,
            "is_ephemeral": ephemeral,
        },
        "channel": {"id": channel.id, "name": channel.name},
        "state": {"values": values},
        "response_url": response_url,
        "actions": [action],
    }
    if "thread_ts" in message:
        payload["container"]["thread_ts"] = message["thread_ts"]
    if not ephemeral:
        payload["message"] = message
    return payload


def view_action(person: Person, team_id: str, view: Json, *, action: Json, trigger_id: str) -> Json:
    return {
        **_by(person, team_id, "block_actions", trigger_id),
        "container": {"type": "view", "view_id": view["id"]},
        "view": view,
        "actions": [action],
    }


def view_submission(person: Person, team_id: str, view: Json, *, trigger_id: str) -> Json:
    return {**_by(person, team_id, "view_submission", trigger_id), "view": view, "response_urls": []}


def view_closed(person: Person, team_id: str, view: Json) -> Json:
    payload = _by(person, team_id, "view_closed", "")
    del payload["trigger_id"]
    return {**payload, "view": view, "is_cleared": False}


def event(team_id: str, inner: Json, *, shared: bool = False) -> Json:
    """An Events API callback around one event."""
    return {
        "token": _TOKEN,
        "team_id": team_id,
        "context_team_id": team_id,
        "context_enterprise_id": None,
        "api_app_id": APP,
        "event": inner,
        "type": "event_callback",
        "event_id": "Ev0" + secrets.token_hex(5).upper(),
        "event_time": int(float(inner["event_ts"])),
        "authorizations": [
            {
                "enterprise_id": None,
                "team_id": team_id,
                "user_id": BOT_USER,
                "is_bot": True,
                "is_enterprise_install": False,
            }
        ],
        "is_ext_shared_channel": shared,
        "event_context": "4-" + secrets.token_urlsafe(24),
    }


def app_mention(person: Person, channel: Channel, team_id: str, message: Json) -> Json:
    thread = {"thread_ts": message["thread_ts"]} if "thread_ts" in message else {}
    return _said(person, channel, team_id, message, type="app_mention", **thread)


def direct_message(person: Person, channel: Channel, team_id: str, message: Json) -> Json:
    return _said(person, channel, team_id, message, type="message", channel_type="im")


def _said(person: Person, channel: Channel, team_id: str, message: Json, **kind: str) -> Json:
    inner = {
        **kind,
        "user": person.id,
        "text": message["text"],
        "ts": message["ts"],
        "team": team_id,
        "channel": channel.id,
        "event_ts": message["ts"],
    }
    return event(team_id, inner, shared=channel.shared)
