"""Modal views as every listener handles them: opened while the trigger lives, changed later, and what they keep."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import structlog
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.answering import Place
from bot.slack.blocks.message import plain
from bot.slack.trouble import UNREACHABLE, trouble_of

log = structlog.get_logger()
# Told to whoever pressed: Slack itself shows them nothing.
TOO_LATE = plain(
    "Slack opens a form only within three seconds of a press, and this took longer. Nothing was done: press once more.",
    "⏳",
)


async def opened(client: AsyncWebClient, trigger_id: str, view: dict[str, Any], *, over: bool = False) -> str:
    """The id of a view that was opened, `over` the one in front; blank where Slack opens none.

    Without a trigger, or more than three seconds after it, it never does: so this comes before the work.
    """
    if not trigger_id:
        return ""
    call = client.views_push if over else client.views_open
    try:
        answer = await call(trigger_id=trigger_id, view=view)
    except UNREACHABLE as error:
        log.warning("slack.view_not_opened", why=str(trouble_of(error)))
        return ""
    return str(answer["view"]["id"])


async def opened_over(client: AsyncWebClient, body: Mapping[str, Any], view: dict[str, Any]) -> str:
    """The same over whatever something was pressed in: a message, App Home, or another view."""
    over = (body.get("view") or {}).get("type") == "modal"
    return await opened(client, str(body.get("trigger_id") or ""), view, over=over)


async def updated(client: AsyncWebClient, view_id: str, view: dict[str, Any]) -> bool:
    """Put another view in the place of one; False where Slack does not, as when the person closed it meanwhile."""
    try:
        await client.views_update(view_id=view_id, view=view)
    except UNREACHABLE as error:
        log.info("slack.view_not_updated", why=str(trouble_of(error)))
        return False
    return True


def metadata_of(place: Place, **more: str) -> str:
    """What a view keeps, unread by Slack: where it was opened from, and `more` by name."""
    kept = {"channel": place.channel, "thread_ts": place.thread_ts, "response_url": place.response_url}
    return json.dumps({**kept, **more})


def place_of(body: Mapping[str, Any], view: Mapping[str, Any]) -> Place:
    """Where a view was opened from, and so where its answer belongs."""
    told = told_in(view)
    user, channel = str(body["user"]["id"]), str(told.get("channel") or "")
    return Place(user, channel, str(told.get("thread_ts") or ""), str(told.get("response_url") or ""))


def told_in(view: Mapping[str, Any]) -> dict[str, Any]:
    """What metadata_of(), or another of ours, had the view keep by name; nothing where it keeps none so."""
    try:
        told = json.loads(view.get("private_metadata") or "{}")
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}
