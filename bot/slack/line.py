"""The way out to Slack: what the operator was given, and the client, directory and poster made of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.directory import Directory
from bot.slack.poster import SlackPoster
from bot.slack.web_api import web_client
from handlers.firm import FirmBook
from handlers.ports import Clock


@dataclass(frozen=True, slots=True)
class SlackKeys:
    """What Slack gave the operator (SPEC section 2)."""

    bot_token: str = field(repr=False)
    team_id: str
    api_url: str
    signing_secret: str = field(default="", repr=False)
    app_token: str = field(default="", repr=False)  # turns Socket Mode on

    @property
    def socket_mode(self) -> bool:
        return bool(self.app_token)


@dataclass(frozen=True, slots=True)
class SlackLine:
    """The way out to Slack, open: enough for a process that only posts."""

    keys: SlackKeys
    client: AsyncWebClient
    directory: Directory
    poster: SlackPoster
    book: FirmBook
    clock: Clock


@asynccontextmanager
async def slack_line(keys: SlackKeys, book: FirmBook, clock: Clock) -> AsyncIterator[SlackLine]:
    """Open the line; it is closed after whatever uses it."""
    async with web_client(keys.bot_token, keys.api_url) as client:
        directory = Directory(client, keys.team_id, clock)
        yield SlackLine(keys, client, directory, SlackPoster(client, directory, book, clock), book, clock)
