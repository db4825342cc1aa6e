"""`/paylink …`: the answer comes with the acknowledgement, for the asker's eyes only."""

from __future__ import annotations

from typing import Any

from slack_bolt.async_app import AsyncApp

from bot.slack.answering import Ack, Answering, Place
from bot.slack.blocks.message import Message
from bot.slack.listeners.forms import form_opened
from bot.slack.listeners.reception import Reception, Visit
from bot.slack.manifest import COMMAND
from handlers.answers import FormWanted


def register(bolt: AsyncApp, reception: Reception, answering: Answering) -> None:
    async def paylink(ack: Ack, command: dict[str, Any]) -> None:
        visit = visit_of(command)
        work = _answered(reception, visit, str(command.get("text") or ""), str(command.get("trigger_id") or ""))
        await answering.command(work, visit.place, ack)

    bolt.command(COMMAND)(paylink)


def visit_of(command: dict[str, Any]) -> Visit:
    """The trigger id is unique to one typed command, however often Slack delivers it (M14)."""
    place = Place(
        user=str(command["user_id"]),
        channel=str(command.get("channel_id") or ""),
        response_url=str(command.get("response_url") or ""),
    )
    return Visit(place, str(command.get("trigger_id") or ""))


async def _answered(reception: Reception, visit: Visit, text: str, trigger_id: str) -> Message | None:
    """The message that answers; None where a form opened instead."""
    answer = await reception.hear(visit, text)
    if isinstance(answer, FormWanted) and await form_opened(reception, visit.place, trigger_id):
        return None
    return await reception.message(answer, visit.place.user)
