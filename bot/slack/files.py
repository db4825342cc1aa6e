"""Files to Slack and from it (docs.slack.dev, working with files): each only from and to Slack's own places."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp
import structlog
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.answering import believed
from bot.slack.trouble import UNREACHABLE, trouble_of, word_of
from handlers.answers import FileReady
from handlers.batches.file_kinds import MOST_BYTES
from models.errors import PaylinkError
from models.plain_text import clean, shortened

log = structlog.get_logger()
_WITHIN = aiohttp.ClientTimeout(total=120)  # seconds; a large file takes longer than any other call
_FETCHED_WITHIN = aiohttp.ClientTimeout(total=60, sock_read=20)  # seconds for 5 MiB at most
_FILES = "files.slack.com"
_PIECE = 64 * 1024  # bytes


async def upload(client: AsyncWebClient, channel: str, file: FileReady) -> None:
    """Show a file in a channel, which must be named by its own id, not by a person's.

    slack_sdk's own way hands aiohttp the bytes at once, which holds up the event loop while a large file leaves.
    Raises whatever a call of the Web API may raise.
    """
    room = await client.files_getUploadURLExternal(filename=file.filename, length=len(file.content))
    await _put(client, str(room["upload_url"]), file.content)
    await client.files_completeUploadExternal(
        files=[{"id": str(room["file_id"]), "title": file.filename}], channel_id=channel
    )


async def _put(client: AsyncWebClient, url: str, content: bytes) -> None:
    session = client.session
    if session is None or not believed(url, client.base_url, _FILES):
        raise aiohttp.InvalidURL("Slack named a place for a file that is not Slack's")
    body = io.BytesIO(content)
    async with session.post(url, data=body, timeout=_WITHIN, proxy=client.proxy, allow_redirects=False) as answer:
        if answer.status != 200:
            raise aiohttp.ClientPayloadError(f"Slack did not take the file: {answer.status}")


# ── a file that somebody shared ──────────────────────────────────────────────────────────────────────────────────────


class FileNotRead(PaylinkError):
    """A shared file that Slack does not hand over, or that is not to be taken."""

    code = "file_not_read"


@dataclass(frozen=True, slots=True)
class SharedFile:
    """A file as Slack tells of it (docs.slack.dev/reference/objects/file-object)."""

    id: str
    name: str = ""
    size: int = 0  # bytes, as Slack says
    url: str = ""  # blank: Slack tells it to files.info only, or to nobody
    owner: str = ""  # the id of who put it into Slack
    mimetype: str = ""
    hosted: bool = True  # the content is in Slack: no document of another service's, no deleted file

    @property
    def said(self) -> str:
        """The name as a sentence has it."""
        return shortened(clean(self.name)[0], 60) or "the file"


def shared_file(told: Mapping[str, Any]) -> SharedFile:
    """A file object of an event or a form; what is missing is blank."""
    size = told.get("size")
    away = told.get("is_external") or told.get("mode") in ("external", "tombstone", "hidden_by_limit")
    return SharedFile(
        id=str(told.get("id") or ""),
        name=str(told.get("name") or told.get("title") or ""),
        size=size if isinstance(size, int) else 0,
        url=str(told.get("url_private_download") or told.get("url_private") or ""),
        owner=str(told.get("user") or ""),
        mimetype=str(told.get("mimetype") or ""),
        hosted=not away,
    )


async def looked_up(client: AsyncWebClient, file: SharedFile) -> SharedFile:
    """The file with all that Slack knows of it: of some, an event tells no more than the id (`check_file_info`).

    Raises FileNotRead.
    """
    if file.url and file.owner:
        return file
    try:
        return shared_file((await client.files_info(file=file.id))["file"])
    except UNREACHABLE as error:
        log.warning("slack.file_not_told", why=str(trouble_of(error)))
        raise _not_handed_over(file, word_of(error)) from error


async def fetch(client: AsyncWebClient, file: SharedFile) -> bytes:
    """The content, asked for with the bot's token at Slack's own place and nowhere else (T13); 5 MiB at most (B28).

    Raises FileNotRead: too large, not Slack's to give, refused or cut off.
    """
    if not file.hosted:
        raise FileNotRead(f"Slack does not hold {file.said} itself. Download it, then share the file from your disk.")
    if file.size > MOST_BYTES:
        raise _too_large(file, file.size)
    if client.session is None or not believed(file.url, client.base_url, _FILES):
        log.warning("slack.file_refused", why="not at Slack's own place")
        raise FileNotRead(f"{file.said} does not lie with Slack itself, so it was not read. Share the file anew.")
    try:
        return await _got(client.session, client, file)
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        log.warning("slack.file_not_fetched", why=type(error).__name__)
        raise FileNotRead(f"Slack did not hand over {file.said} just now. Share it again in a moment.") from error


async def _got(session: aiohttp.ClientSession, client: AsyncWebClient, file: SharedFile) -> bytes:
    # unpacked by nobody: a few bytes could unpack to more than the memory holds
    headers = {"Authorization": f"Bearer {client.token}", "Accept-Encoding": "identity"}
    asked = session.get(file.url, headers=headers, timeout=_FETCHED_WITHIN, proxy=client.proxy, allow_redirects=False)
    async with asked as answer:
        # without the scope, Slack answers with its log-in page, or leads there
        login = answer.content_type == "text/html" and file.mimetype != "text/html"
        if answer.status in (401, 403) or 300 <= answer.status < 400 or (answer.status == 200 and login):
            log.warning("slack.file_not_fetched", status=answer.status)
            raise _not_handed_over(file, "missing_scope")
        if answer.status != 200:
            log.warning("slack.file_not_fetched", status=answer.status)
            raise _not_handed_over(file, "file_not_found" if answer.status in (404, 410) else "")
        kept = bytearray()
        async for piece in answer.content.iter_chunked(_PIECE):
            kept += piece
            if len(kept) > MOST_BYTES:
                raise _too_large(file)
    return bytes(kept)


def _too_large(file: SharedFile, size: int = 0) -> FileNotRead:
    said = f"is {size / 1024 / 1024:.1f} MiB large" if size else "is larger than 5 MiB"
    return FileNotRead(f"{file.said} {said}; at most 5 MiB are read. Split it into several files.")


def _not_handed_over(file: SharedFile, word: str) -> FileNotRead:
    """Why Slack does not give a file, by its own word, and what mends it."""
    if word in ("missing_scope", "no_permission", "access_denied", "not_allowed_token_type"):
        return FileNotRead(
            f"Slack does not let Paylink read {file.said}. An admin can mend that by installing the app again with "
            "the current manifest (the permission files:read). Until then, mail the file."
        )
    if word in ("file_not_found", "file_deleted"):
        return FileNotRead(f"Slack no longer has {file.said}, or does not show it to Paylink. Share it again.")
    return FileNotRead(f"Slack did not hand over {file.said} just now. Share it again in a moment.")
