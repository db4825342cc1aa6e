"""What Slack makes of the words a person types, before an app sees them.

Source: api.slack.com/reference/surfaces/formatting (escaping, links, mentions) and interactivity/slash-commands
("escape channels, users and links").
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import escape

from bot.slack.stand_in.people import Channel, Person

_URL = re.compile(r"\b(https?://[^\s<>|]*[^\s<>|.,;:!?)\]'\"])")
_EMAIL = re.compile(r"(?<![\w.+%-])([\w.+%-]+@[\w-]+(?:\.[\w-]+)+)")
_DOMAIN = re.compile(
    r"(?<![\w.@/-])((?:[a-z0-9-]+\.)+(?:com|org|net|io|co|eu|de|fr|uk)(?:/[^\s<>|]*)?)(?![\w@.-]*@)(?![\w-])"
)


def escaped(text: str) -> str:
    """The three characters that mean something to Slack, as entities."""
    return escape(text, quote=False)


def linked(text: str) -> str:
    """Escaped text with its addresses wrapped as Slack wraps them: <http://…>, <mailto:a@b|a@b>, <http://x.com|x.com>."""
    parts = re.split(r"(<[^>]*>)", _URL.sub(r"<\1>", text))
    parts[::2] = [_EMAIL.sub(r"<mailto:\1|\1>", part) for part in parts[::2]]
    parts = re.split(r"(<[^>]*>)", "".join(parts))
    parts[::2] = [_DOMAIN.sub(r"<http://\1|\1>", part) for part in parts[::2]]
    return "".join(parts)


def as_command_text(text: str, people: Iterable[Person], channels: Iterable[Channel]) -> str:
    """The text of a slash command as the app gets it; mentions carry the name: <@U1|noor>, <#C1|general>."""
    done = linked(escaped(text.strip()))
    for person in people:
        done = _mention(done, person, f"<@{person.id}|{person.handle}>")
    return _channel_mentions(done, channels)


def as_message_text(text: str, people: Iterable[Person], channels: Iterable[Channel]) -> str:
    """A message as the app gets it; mentions carry no name: <@U1>."""
    done = linked(escaped(text.strip()))
    for person in people:
        done = _mention(done, person, f"<@{person.id}>")
    return _channel_mentions(done, channels)


def _mention(text: str, person: Person, wrapped: str) -> str:
    names = "|".join(re.escape(name) for name in (person.name, person.handle))
    return re.sub(rf"(?<![\w@|:<])@(?:{names})\b", lambda _: wrapped, text, flags=re.IGNORECASE)


def _channel_mentions(text: str, channels: Iterable[Channel]) -> str:
    for channel in channels:
        if not channel.is_im:
            pattern = rf"(?<![\w#<&])#{re.escape(channel.name)}\b"
            text = re.sub(pattern, lambda _, c=channel: f"<#{c.id}|{c.name}>", text)  # type: ignore[misc]
    return text
