"""Answers to what is pressed in App Home and in windows: in a window of their own, opened before the work begins."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import structlog

from bot.slack.answering import Answering
from bot.slack.blocks import home, windows
from bot.slack.listeners.reception import Reception, Visit
from bot.slack.trouble import UNREACHABLE, trouble_of
from handlers.requests import Request

log = structlog.get_logger()
_TITLE = "Paylink"


def in_ours(body: Mapping[str, Any]) -> bool:
    """Whether something was pressed in App Home, or in a window that answers something."""
    return (body.get("view") or {}).get("callback_id") in (home.CALLBACK, windows.CALLBACK)


def home_command(body: Mapping[str, Any]) -> str:
    """The command of the list that App Home shows, as it or a window over it keeps it; blank where that is unknown."""
    try:
        told = json.loads((body.get("view") or {}).get("private_metadata") or "{}")
    except ValueError:
        return ""
    return str(told.get("command") or "") if isinstance(told, dict) else ""


async def answered(
    reception: Reception, answering: Answering, visit: Visit, body: Mapping[str, Any], request: Request
) -> None:
    """Open a window, do what is asked, and answer in it; where Slack opens none, as a message."""
    command = home_command(body)
    kept = json.dumps({"command": command}, ensure_ascii=False) if command else ""
    opened = await opened_window(reception, body, windows.working(_TITLE, kept))
    message = await reception.message(await reception.ask(visit, request), visit.place.user)
    if not opened or not await changed(reception, opened, windows.window(message, _TITLE, kept)):
        await answering.deliver(message, visit.place)


async def opened_window(reception: Reception, body: Mapping[str, Any], view: dict[str, Any]) -> str:
    """The id of the view, opened over whatever the press was in; blank where Slack opens none.

    The press's trigger lives 3 s, so this comes before the work.
    """
    client, trigger = reception.client, str(body.get("trigger_id") or "")
    over = (body.get("view") or {}).get("type") == "modal"
    try:
        shown = await (client.views_push if over else client.views_open)(trigger_id=trigger, view=view)
    except UNREACHABLE as error:
        log.warning("slack.window_not_opened", why=str(trouble_of(error)))
        return ""
    return str(shown["view"]["id"])


async def changed(reception: Reception, view_id: str, view: dict[str, Any]) -> bool:
    """Put another view in the place of one that is open; False where it is closed by now."""
    try:
        await reception.client.views_update(view_id=view_id, view=view)
    except UNREACHABLE as error:
        log.info("slack.window_gone", why=str(trouble_of(error)))
        return False
    return True
