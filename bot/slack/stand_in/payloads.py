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


def shortcut(person: Person, team_id: str, callback_id: str, *, action_ts: str, trigger_id: str) -> Json:
    """A global shortcut: it happens nowhere, so it names no channel and brings no response URL."""
    return _shortcut("shortcut", person, team_id, callback_id, action_ts, trigger_id)


def message_shortcut(
    person: Person,
    channel: Channel,
    team_id: str,
    message: Json,
    callback_id: str,
    *,
    action_ts: str,
    trigger_id: str,
    response_url: str,
) -> Json:
    """A shortcut in the menu of a message."""
    return {
        **_shortcut("message_action", person, team_id, callback_id, action_ts, trigger_id),
        "channel": {"id": channel.id, "name": channel.name},
        "message_ts": message["ts"],
        "message": message,
        "response_url": response_url,
    }


def _shortcut(kind: str, person: Person, team_id: str, callback_id: str, action_ts: str, trigger_id: str) -> Json:
    return {
        "type": kind,
        "token": _TOKEN,
        "action_ts": action_ts,
        "team": {"id": team_id, "domain": TEAM_DOMAIN},
        "user": {"id": person.id, "username": person.handle, "name": person.handle, "team_id": team_id},
        "is_enterprise_install": False,
        "enterprise": None,
        "callback_id": callback_id,
        "trigger_id": trigger_id,
    }


def view_submission(person: Person, team_id: str, view: Json, *, trigger_id: str) -> Json:
    return {**_by(person, team_id, "view_submission", trigger_id), "view": view, "response_urls": []}


def view_closed(person: Person, team_id: str, view: Json, *, is_cleared: bool) -> Json:
    """`is_cleared`: the whole stack of forms was closed at once."""
    payload = _by(person, team_id, "view_closed", "")
    del payload["trigger_id"]
    return {**payload, "view": view, "is_cleared": is_cleared}


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


def app_home_opened(person: Person, channel: Channel, team_id: str, *, tab: str, ts: str, view: Json | None) -> Json:
    """`tab`: home or messages. `view`: what the app has published to this person, if anything."""
    inner = {"type": "app_home_opened", "user": person.id, "channel": channel.id, "tab": tab, "event_ts": ts}
    return event(team_id, inner | ({"view": view} if view else {}))


def file_shared(person: Person, channel: Channel, team_id: str, file_id: str, ts: str) -> Json:
    inner = {"type": "file_shared", "file_id": file_id, "user_id": person.id, "file": {"id": file_id}}
    return event(team_id, {**inner, "channel_id": channel.id, "event_ts": ts}, shared=channel.shared)


def app_mention(person: Person, channel: Channel, team_id: str, message: Json) -> Json:
    return _said(person, channel, team_id, message, type="app_mention")


def direct_message(person: Person, channel: Channel, team_id: str, message: Json) -> Json:
    """Only a direct message with files says so in its subtype; a mention never does."""
    subtype = {"subtype": "file_share"} if message.get("files") else {}
    return _said(person, channel, team_id, message, type="message", channel_type="im", **subtype)


def _said(person: Person, channel: Channel, team_id: str, message: Json, **kind: str) -> Json:
    inner: Json = {
        **kind,
        "user": person.id,
        "text": message["text"],
        "ts": message["ts"],
        "team": team_id,
        "channel": channel.id,
        "event_ts": message["ts"],
    }
    if "thread_ts" in message:
        inner["thread_ts"] = message["thread_ts"]
    if message.get("files"):
        inner |= {"files": message["files"], "upload": False, "display_as_bot": False}
    return event(team_id, inner, shared=channel.shared)
