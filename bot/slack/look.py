"""What Slack says of our token: whose it is, which scopes it has, and what time it is there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime

from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.slack.manifest import SCOPES
from bot.slack.trouble import UNREACHABLE, trouble_of, word_of
from handlers.ports import DeliveryTrouble


@dataclass(frozen=True, slots=True)
class SlackSeen:
    """What Slack says of our token."""

    team: str  # the workspace's name
    team_id: str
    lacking: tuple[str, ...]  # scopes that the app was not granted
    not_needed: tuple[str, ...]  # scopes that it was granted and does not use
    at: datetime | None  # Slack's own clock, from its Date header


async def look(client: AsyncWebClient) -> SlackSeen:
    """Ask auth.test (docs.slack.dev/reference/methods/auth.test). Raises DeliveryTrouble."""
    try:
        return seen_in(await client.auth_test())
    except UNREACHABLE as error:
        raise trouble_of(error) from error


async def can_connect(client: AsyncWebClient, app_token: str) -> None:
    """Whether Slack would open a Socket Mode connection. Raises DeliveryTrouble: it does not, in its own word."""
    try:
        await client.apps_connections_open(app_token=app_token)
    except UNREACHABLE as error:
        if word := word_of(error):
            raise DeliveryTrouble(f"Slack refuses PAYLINK_SLACK__APP_TOKEN: {word}") from error
        raise trouble_of(error) from error


def seen_in(answer: AsyncSlackResponse) -> SlackSeen:
    """What an answer to auth.test says. Where it names no scopes, none is taken for lacking."""
    headers = {name.lower(): str(value) for name, value in answer.headers.items()}
    granted = {scope.strip() for scope in headers.get("x-oauth-scopes", "").split(",")} - {""} or set(SCOPES)
    return SlackSeen(
        team=str(answer["team"]),
        team_id=str(answer["team_id"]),
        lacking=tuple(sorted(set(SCOPES) - granted)),
        not_needed=tuple(sorted(granted - set(SCOPES))),
        at=_moment(headers.get("date", "")),
    )


def _moment(date: str) -> datetime | None:
    try:
        return parsedate_to_datetime(date)
    except ValueError:
        return None
