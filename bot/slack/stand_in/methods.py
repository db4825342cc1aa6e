"""The Web API's methods, one function each: arguments in, the rest of an `ok: true` answer out, or Refused."""

from __future__ import annotations

import secrets
from typing import Any

from bot.slack.stand_in.block_rules import ALL_TEXT, MESSAGE_TEXT, all_text, faults_of_message
from bot.slack.stand_in.file_methods import FILE_METHODS
from bot.slack.stand_in.people import APP, BOT, BOT_USER, TEAM_DOMAIN, Channel, Person
from bot.slack.stand_in.view_methods import VIEW_METHODS
from bot.slack.stand_in.web_api import Method, Refused, WebApi

Json = dict[str, Any]

# ── messages ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def judged(args: Json, error: str = "invalid_blocks") -> tuple[str, list[Json]]:
    """The text and blocks of a message, when Slack would take them.

    Raises Refused: no_text, msg_too_long, msg_blocks_too_long, invalid_blocks with every fault and its place.
    """
    text, blocks = str(args.get("text") or ""), args.get("blocks") or []
    if not text and not blocks and not args.get("attachments"):
        raise Refused("no_text")
    if len(text) > MESSAGE_TEXT:
        raise Refused("msg_too_long")
    faults = faults_of_message(blocks)
    if faults:
        messages = [f"[ERROR] {fault}" for fault in faults]
        raise Refused(error, errors=faults, response_metadata={"messages": messages})
    if all_text(blocks) > ALL_TEXT:
        raise Refused("msg_blocks_too_long")
    return text, blocks


def _post_message(api: WebApi, args: Json) -> Json:
    channel = api.open_channel(args)
    text, blocks = judged(args)
    thread = str(args.get("thread_ts") or "")
    if thread and api.workspace.message(channel.id, thread) is None:
        raise Refused("thread_not_found")
    more = {"metadata": args["metadata"]} if isinstance(args.get("metadata"), dict) else {}
    message = api.workspace.post(channel.id, BOT_USER, text, blocks, thread, **more)
    return {"channel": channel.id, "ts": message["ts"], "message": message}


def _own_message(api: WebApi, args: Json, error: str) -> tuple[Channel, Json]:
    """The app's own message that is meant. Raises Refused: there is none, or with `error`: it is somebody else's."""
    channel = api.open_channel(args)
    message = api.workspace.message(channel.id, str(args.get("ts", "")))
    if message is None:
        raise Refused("message_not_found")
    if message["user"] != BOT_USER:
        raise Refused(error)
    return channel, message


def _update(api: WebApi, args: Json) -> Json:
    channel, before = _own_message(api, args, "cant_update_message")
    text, blocks = judged(args)
    edited = api.workspace.edit(
        channel.id, before["ts"], text if "text" in args else None, blocks if "blocks" in args else None
    )
    return {"channel": channel.id, "ts": before["ts"], "text": text, "message": edited}


def _delete(api: WebApi, args: Json) -> Json:
    channel, before = _own_message(api, args, "cant_delete_message")
    api.workspace.delete(channel.id, before["ts"])
    return {"channel": channel.id, "ts": before["ts"]}


def _post_ephemeral(api: WebApi, args: Json) -> Json:
    channel = api.open_channel(args)
    user = str(args.get("user", ""))
    if user not in api.workspace.people or user not in channel.members:
        raise Refused("user_not_in_channel")
    text, blocks = judged(args)
    thread = {"thread_ts": str(args["thread_ts"])} if args.get("thread_ts") else {}
    return {"message_ts": api.workspace.whisper(channel.id, user, text, blocks, **thread)["ts"]}


def _permalink(api: WebApi, args: Json) -> Json:
    channel = api.workspace.channel(str(args.get("channel", "")))
    ts = str(args.get("message_ts", ""))
    if channel is None:
        raise Refused("channel_not_found")
    if api.workspace.message(channel.id, ts) is None:
        raise Refused("message_not_found")
    link = f"https://{TEAM_DOMAIN}.slack.com/archives/{channel.id}/p{ts.replace('.', '')}"
    return {"channel": channel.id, "permalink": link}


# ── people and channels ──────────────────────────────────────────────────────────────────────────────────────────────


def _auth_test(api: WebApi, args: Json) -> Json:
    return {
        "url": f"https://{TEAM_DOMAIN}.slack.com/",
        "team": "Harbor & Finch LLP",
        "user": "paylink",
        "team_id": api.workspace.team_id,
        "user_id": BOT_USER,
        "bot_id": BOT,
        "is_enterprise_install": False,
    }


def _spelled(api: WebApi, person: Person) -> Json:
    first, _, last = person.name.partition(" ")
    profile = {"real_name": person.name, "display_name": person.name, "first_name": first, "last_name": last}
    if "users:read.email" in api.scopes and person.email:
        profile["email"] = person.email
    return {
        "id": person.id,
        "team_id": "T0OTHER0001" if person.is_stranger else api.workspace.team_id,
        "name": person.handle,
        "real_name": person.name,
        "deleted": person.deleted,
        "tz": "Etc/UTC",
        "tz_offset": 0,
        "profile": {**profile, "title": person.title},
        "is_admin": person.is_admin,
        "is_owner": False,
        "is_bot": person.is_bot,
        "is_app_user": False,
        "is_restricted": person.is_restricted,
        "is_ultra_restricted": person.is_ultra_restricted,
        "is_stranger": person.is_stranger,
    }


def _user_info(api: WebApi, args: Json) -> Json:
    return {"user": _spelled(api, api.person(args.get("user")))}


def _user_by_email(api: WebApi, args: Json) -> Json:
    person = api.workspace.by_email(str(args.get("email", "")))
    if person is None or person.deleted:
        raise Refused("users_not_found")
    return {"user": _spelled(api, person)}


def _channel_info(api: WebApi, args: Json) -> Json:
    channel = api.workspace.channels.get(str(args.get("channel", "")))
    if channel is None:
        raise Refused("channel_not_found")
    spelled = {
        "id": channel.id,
        "name": channel.name,
        "is_channel": not channel.is_im,
        "is_im": channel.is_im,
        "is_archived": channel.archived,
        "is_private": False,
        "is_member": BOT_USER in channel.members,
        "is_shared": channel.shared,
        "is_ext_shared": channel.shared,
        "topic": {"value": channel.topic},
        "num_members": len(channel.members),
    }
    return {"channel": spelled | ({"user": channel.with_user} if channel.is_im else {})}


def _conversations_of(api: WebApi, args: Json) -> Json:
    """Those of a person; private ones would be left out unless the app is in them, and all are public here."""
    user = api.person(args.get("user") or BOT_USER).id
    left_out = str(args.get("exclude_archived")).lower() in ("1", "true")
    found = [
        {"id": channel.id, "name": channel.name, "is_channel": True, "is_archived": channel.archived}
        for channel in api.workspace.channels.values()
        if user in channel.members and not channel.is_im and not (left_out and channel.archived)
    ]
    start, most = int(args.get("cursor") or 0), int(args.get("limit") or 100)
    more = str(start + most) if len(found) > start + most else ""
    return {"channels": found[start : start + most], "response_metadata": {"next_cursor": more}}


def _open_conversation(api: WebApi, args: Json) -> Json:
    users = [user for user in str(args.get("users", "")).split(",") if user]
    if len(users) != 1:
        raise Refused("not_supported_here")
    return {"channel": {"id": api.workspace.direct(api.person(users[0]).id).id}}


# ── Socket Mode ───────────────────────────────────────────────────────────────────────────────────────────────────────


def _open_connection(api: WebApi, args: Json) -> Json:
    ticket = secrets.token_urlsafe(24)
    api.socket_tickets.add(ticket)
    return {"url": f"{api.base_url.replace('http', 'ws', 1)}/link?ticket={ticket}&app_id={APP}"}


METHODS = {
    "auth.test": Method(_auth_test),
    "chat.postMessage": Method(_post_message, "chat:write"),
    "chat.update": Method(_update, "chat:write"),
    "chat.delete": Method(_delete, "chat:write"),
    "chat.postEphemeral": Method(_post_ephemeral, "chat:write"),
    "chat.getPermalink": Method(_permalink),
    **VIEW_METHODS,
    "users.info": Method(_user_info, "users:read"),
    "users.conversations": Method(_conversations_of, "channels:read"),
    "users.lookupByEmail": Method(_user_by_email, "users:read.email"),
    "conversations.info": Method(_channel_info, "channels:read"),
    "conversations.open": Method(_open_conversation, "im:write"),
    **FILE_METHODS,
    "apps.connections.open": Method(_open_connection, app_token=True),
}
