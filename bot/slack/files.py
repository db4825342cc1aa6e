"""Handing a file over: Slack tells where to put it, takes it, and shows it where it belongs (docs.slack.dev, files)."""

from __future__ import annotations

import io

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.answering import believed
from handlers.answers import FileReady

_WITHIN = aiohttp.ClientTimeout(total=120)  # seconds; a large file takes longer than any other call
_FILES = "files.slack.com"


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
