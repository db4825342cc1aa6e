"""The Web API's methods for files (docs.slack.dev/reference/methods, files.*), and how Slack tells of a file."""

from __future__ import annotations

import mimetypes
import secrets
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from bot.slack.stand_in.people import BOT_USER, TEAM_DOMAIN
from bot.slack.stand_in.web_api import Method, Refused, WebApi
from bot.slack.stand_in.workspace import StoredFile

Json = dict[str, Any]


def file_words(base_url: str, stored: StoredFile) -> Json:
    """A file as Slack tells of it. Its content is behind `url_private_download`, for the app's token."""
    url = f"{base_url}/files/{stored.id}/{quote(stored.name)}"
    filetype = stored.name.rpartition(".")[2].lower() if "." in stored.name else "text"
    return {
        "id": stored.id,
        "created": stored.at,
        "timestamp": stored.at,
        "name": stored.name,
        "title": stored.name,
        "mimetype": mimetypes.guess_type(stored.name)[0] or "application/octet-stream",
        "filetype": filetype,
        "pretty_type": filetype.upper(),
        "user": stored.user,
        "size": len(stored.content),
        "mode": "hosted",
        "is_external": False,
        "external_type": "",
        "is_public": False,
        "file_access": "visible",
        "url_private": url,
        "url_private_download": url,
        "permalink": f"https://{TEAM_DOMAIN}.slack.com/files/{stored.user}/{stored.id}/{quote(stored.name)}",
    }


def _upload_url(api: WebApi, args: Json) -> Json:
    name, length = str(args.get("filename") or ""), str(args.get("length") or "")
    if not name or not length.isdigit() or int(length) == 0:
        raise Refused("invalid_arguments")
    ident = "F0" + secrets.token_hex(4).upper()
    api.workspace.files[ident] = StoredFile(ident, name, b"", at=int(api.workspace.clock.now().timestamp()))
    return {"file_id": ident, "upload_url": f"{api.base_url}/upload/{ident}?length={length}"}


def _complete_upload(api: WebApi, args: Json) -> Json:
    asked = args.get("files")
    if not isinstance(asked, list) or not asked:
        raise Refused("invalid_arguments")
    stored = [api.workspace.files.get(str(one.get("id"))) for one in asked if isinstance(one, dict)]
    if len(stored) != len(asked) or any(one is None or not one.content for one in stored):
        raise Refused("file_not_found")
    found = [one for one in stored if one is not None]
    spelled = [file_words(api.base_url, one) for one in found]
    if args.get("channel_id"):
        channel = api.open_channel({"channel": args["channel_id"]})
        text, thread = str(args.get("initial_comment") or ""), str(args.get("thread_ts") or "")
        api.workspace.post(channel.id, BOT_USER, text, (), thread, files=spelled)
    for one in found:
        api.workspace.files[one.id] = replace(one, done=True)
    return {"files": spelled}


def _file_info(api: WebApi, args: Json) -> Json:
    stored = api.workspace.files.get(str(args.get("file", "")))
    if stored is None or not stored.for_app:
        raise Refused("file_not_found")
    return {"file": file_words(api.base_url, stored)}


FILE_METHODS = {
    "files.getUploadURLExternal": Method(_upload_url, "files:write"),
    "files.completeUploadExternal": Method(_complete_upload, "files:write"),
    "files.info": Method(_file_info, "files:read"),
}
