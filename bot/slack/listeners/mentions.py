"""`@Paylink …` in a channel or thread, and direct messages: the same grammar as the slash command."""

from __future__ import annotations

import re
from typing import Any

from slack_bolt.async_app import AsyncApp

from bot.slack.answering import Ack, Answering, Place
from bot.slack.listeners.reception import Reception, Visit

_MENTION = re.compile(r"<@(?P<id>[UW][A-Z0-9]+)(?:\|[^>]*)?>[:,]?")


def register(bolt: AsyncApp, reception: Reception, answering: Answering) -> None:
    async def mentioned(ack: Ack, event: dict[str, Any], body: dict[str, Any], context: dict[str, Any]) -> None:
        if not from_a_person(event):
            await ack()
            return
        text = after_mention(str(event.get("text") or ""), str(context.get("bot_user_id") or ""))
        await answering.aside(_answer(reception, answering, visit_of_event(event, body), text), ack)

    async def written_to(ack: Ack, event: dict[str, Any], body: dict[str, Any]) -> None:
        if event.get("channel_type") != "im" or not from_a_person(event):
            await ack()
            return
        text = str(event.get("text") or "")
        await answering.aside(_answer(reception, answering, visit_of_event(event, body), text), ack)

    bolt.event("app_mention")(mentioned)
    bolt.event("message")(written_to)


def from_a_person(event: dict[str, Any]) -> bool:
    """Not our own answers, other bots' messages, edits, joins or deletions."""
    said = event.get("subtype") in (None, "", "file_share")  # with a file or without
    return bool(event.get("user")) and said and not event.get("bot_id") and not event.get("edited")


def after_mention(text: str, me: str) -> str:
    """What is said to us: what follows the first mention of us, or the whole where we are not told apart."""
    for found in _MENTION.finditer(text):
        if not me or found["id"] == me:
            return text[found.end() :].strip()
    return text.strip()


def visit_of_event(event: dict[str, Any], body: dict[str, Any]) -> Visit:
    """An answer is ephemeral: in the thread where it was said, else in the channel, where its asker will see it."""
    place = Place(str(event["user"]), str(event.get("channel") or ""), str(event.get("thread_ts") or ""))
    return Visit(place, str(body.get("event_id") or ""))


async def _answer(reception: Reception, answering: Answering, visit: Visit, text: str) -> None:
    answer = await reception.hear(visit, text)
    await reception.deliver(answer, visit.place, answering)
