"""Answers to what is pressed in App Home and in windows: in a window of their own, opened before the work begins."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from bot.slack.answering import Answering
from bot.slack.blocks import home, windows
from bot.slack.listeners.reception import Reception, Visit
from bot.slack.listeners.views import opened_over, told_in, updated
from handlers.requests import Request

_TITLE = "Paylink"


def in_ours(body: Mapping[str, Any]) -> bool:
    """Whether something was pressed in App Home, or in a window that answers something."""
    return (body.get("view") or {}).get("callback_id") in (home.CALLBACK, windows.CALLBACK)


def home_command(body: Mapping[str, Any]) -> str:
    """The command of the list that App Home shows, as it or a window over it keeps it; blank where that is unknown."""
    return str(told_in(body.get("view") or {}).get("command") or "")


async def answered(
    reception: Reception, answering: Answering, visit: Visit, body: Mapping[str, Any], request: Request
) -> None:
    """Open a window, do what is asked, and answer in it; where Slack opens none, as a message."""
    command = home_command(body)
    kept = json.dumps({"command": command}, ensure_ascii=False) if command else ""
    opened = await opened_over(reception.client, body, windows.working(_TITLE, kept))
    message = await reception.message(await reception.ask(visit, request), visit.place.user)
    if not opened or not await updated(reception.client, opened, windows.window(message, _TITLE, kept)):
        await answering.deliver(message, visit.place)
