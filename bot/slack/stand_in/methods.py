"""The Web API's methods, one function each: arguments in, the rest of an `ok: true` answer out, or Refused."""

from __future__ import annotations

import json
import secrets
from typing import Any
from urllib.parse import quote

from bot.slack.stand_in.block_rules import ALL_TEXT, MESSAGE_TEXT, all_text, faults_of_message, faults_of_view
from bot.slack.stand_in.people import APP, BOT, BOT_USER, TEAM_DOMAIN, Channel, Person
from bot.slack.stand_in.tickets import TicketRefused
from bot.slack.stand_in.web_api import Method, Refused, WebApi
from bot.slack.stand_in.workspace import StoredFile

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
    return {"message_ts": api.workspace.whisper(channel.id, user, text, blocks)["ts"]}


def _permalink(api: WebApi, args: Json) -> Json:
    channel = api.workspace.channel(str(args.get("channel", "")))
    ts = str(args.get("message_ts", ""))
    if channel is None:
        raise Refused("channel_not_found")
    if api.workspace.message(channel.id, ts) is None:
        raise Refused("message_not_found")
    link = f"https://{TEAM_DOMAIN}.slack.com/archives/{channel.id}/p{ts.replace('.', '')}"
    return {"channel": channel.id, "permalink": link}


# ── forms ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _judged_view(args: Json) -> Json:
    view = args.get("view")
    faults = faults_of_view(view)
    if faults or not isinstance(view, dict):
        raise Refused("invalid_arguments", response_metadata={"messages": [f"[ERROR] {fault}" for fault in faults]})
    if len(json.dumps(view)) > 250_000:
        raise Refused("view_too_large")
    return view


def _triggered(api: WebApi, args: Json) -> str:
    try:
        return api.workspace.tickets.spend_trigger(str(args.get("trigger_id", "")))
    except TicketRefused as refused:
        raise Refused(refused.error) from None


def _open_view(api: WebApi, args: Json) -> Json:
    view = _judged_view(args)
    return {"view": api.workspace.open_view(_triggered(api, args), view)}


def _push_view(api: WebApi, args: Json) -> Json:
    view = _judged_view(args)
    user = _triggered(api, args)
    if len(api.workspace.views.get(user, [])) >= 3:
        raise Refused("push_limit_reached")
    return {"view": api.workspace.open_view(user, view, over=True)}


def _update_view(api: WebApi, args: Json) -> Json:
    view = _judged_view(args)
    found = api.workspace.whose_view(str(args.get("view_id") or ""), str(args.get("external_id") or ""))
    if found is None:
        raise Refused("not_found")
    user, old = found
    if args.get("hash") and args["hash"] != old["hash"]:
        raise Refused("hash_conflict")
    return {"view": api.workspace.change_view(user, old["id"], view)}


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


def _open_conversation(api: WebApi, args: Json) -> Json:
    users = [user for user in str(args.get("users", "")).split(",") if user]
    if len(users) != 1:
        raise Refused("not_supported_here")
    return {"channel": {"id": api.workspace.direct(api.person(users[0]).id).id}}


# ── files ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _upload_url(api: WebApi, args: Json) -> Json:
    name, length = str(args.get("filename") or ""), str(args.get("length") or "")
    if not name or not length.isdigit() or int(length) == 0:
        raise Refused("invalid_arguments")
    ident = "F0" + secrets.token_hex(4).upper()
    api.workspace.files[ident] = StoredFile(ident, name, b"")
    return {"file_id": ident, "upload_url": f"{api.base_url}/upload/{ident}?length={length}"}


def _complete_upload(api: WebApi, args: Json) -> Json:
    asked = args.get("files")
    if not isinstance(asked, list) or not asked:
        raise Refused("invalid_arguments")
    stored = [api.workspace.files.get(str(one.get("id"))) for one in asked if isinstance(one, dict)]
    if len(stored) != len(asked) or any(one is None or not one.content for one in stored):
        raise Refused("file_not_found")
    found = [one for one in stored if one is not None]
    spelled = [file_words(api, one) for one in found]
    if args.get("channel_id"):
        channel = api.open_channel({"channel": args["channel_id"]})
        text, thread = str(args.get("initial_comment") or ""), str(args.get("thread_ts") or "")
        api.workspace.post(channel.id, BOT_USER, text, (), thread, files=spelled)
    for one in found:
        api.workspace.files[one.id] = StoredFile(one.id, one.name, one.content, done=True)
    return {"files": spelled}


def _file_info(api: WebApi, args: Json) -> Json:
    stored = api.workspace.files.get(str(args.get("file", "")))
    if stored is None:
        raise Refused("file_not_found")
    return {"file": file_words(api, stored)}


def file_words(api: WebApi, stored: StoredFile) -> Json:
    """A file as Slack tells of it."""
    url = f"{api.base_url}/files/{stored.id}/{quote(stored.name)}"
    words = {"id": stored.id, "name": stored.name, "title": stored.name, "size": len(stored.content)}
    return {**words, "user": BOT_USER, "url_private": url, "url_private_download": url}


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
    "views.open": Method(_open_view),
    "views.push": Method(_push_view),
    "views.update": Method(_update_view),
    "users.info": Method(_user_info, "users:read"),
    "users.lookupByEmail": Method(_user_by_email, "users:read.email"),
    "conversations.info": Method(_channel_info, "channels:read"),
    "conversations.open": Method(_open_conversation, "im:write"),
    "files.getUploadURLExternal": Method(_upload_url, "files:write"),
    "files.completeUploadExternal": Method(_complete_upload, "files:write"),
    "files.info": Method(_file_info, "files:read"),
    "apps.connections.open": Method(_open_connection, app_token=True),
}
