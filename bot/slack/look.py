"""Looking at Slack for `doctor`: whose token it is, which scopes it lacks, and what time it is there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime

from bot.slack.app import SlackLine
from bot.slack.manifest import SCOPES
from bot.slack.trouble import UNREACHABLE, trouble_of


@dataclass(frozen=True, slots=True)
class SlackSeen:
    """What Slack says of our token."""

    team: str  # the workspace's name
    team_id: str
    lacking: tuple[str, ...]  # scopes that the app was not granted
    at: datetime | None  # Slack's own clock, from its Date header


async def look(line: SlackLine) -> SlackSeen:
    """Ask auth.test (docs.slack.dev/reference/methods/auth.test). Raises DeliveryTrouble."""
    try:
        answer = await line.client.auth_test()
    except UNREACHABLE as error:
        raise trouble_of(error) from error
    headers = {name.lower(): str(value) for name, value in answer.headers.items()}
    granted = {scope.strip() for scope in headers.get("x-oauth-scopes", "").split(",")} - {""}
    lacking = tuple(sorted(set(SCOPES) - granted)) if granted else ()
    date = headers.get("date", "")
    return SlackSeen(
        str(answer["team"]), str(answer["team_id"]), lacking, parsedate_to_datetime(date) if date else None
    )
