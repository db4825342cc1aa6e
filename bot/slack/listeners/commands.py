"""`/paylink …`: the answer comes with the acknowledgement, for the asker's eyes only."""

from __future__ import annotations

from typing import Any

from slack_bolt.async_app import AsyncApp

from bot.slack.answering import Ack, Answering, Place
from bot.slack.blocks.message import Message
from bot.slack.listeners.administration import panel_named
from bot.slack.listeners.form_opening import open_form
from bot.slack.listeners.panels import open_panel
from bot.slack.listeners.reception import Reception, Visit
from bot.slack.manifest import COMMAND
from handlers.answers import FormWanted


def register(bolt: AsyncApp, reception: Reception, answering: Answering) -> None:
    async def paylink(ack: Ack, command: dict[str, Any]) -> None:
        visit, text = visit_of(command), str(command.get("text") or "")
        if not text.strip():  # the form opens before it is known who asks: its trigger lives for three seconds
            await answering.aside(open_form(reception, answering, visit), ack)
        elif panel := panel_named(text):
            await answering.aside(open_panel(reception, answering, visit, panel), ack)
        else:
            await answering.command(_answered(reception, answering, visit, text), visit.place, ack)

    bolt.command(COMMAND)(paylink)


def visit_of(command: dict[str, Any]) -> Visit:
    """The trigger id is unique to one typed command, however often Slack delivers it (M14)."""
    place = Place(
        user=str(command["user_id"]),
        channel=str(command.get("channel_id") or ""),
        response_url=str(command.get("response_url") or ""),
    )
    return Visit(place, str(command.get("trigger_id") or ""))


async def _answered(reception: Reception, answering: Answering, visit: Visit, text: str) -> Message | None:
    """The message that answers; None where a form opens instead."""
    answer = await reception.hear(visit, text)
    if isinstance(answer, FormWanted):  # `/paylink paylink`: the words around a command, and no command
        await open_form(reception, answering, visit)
        return None
    return await reception.message(answer, visit.place.user)
