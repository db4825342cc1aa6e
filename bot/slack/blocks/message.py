"""A message as Slack takes it: blocks for the eye, one sentence for screen readers and notifications."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from slack_sdk.models.blocks import Block

from bot.slack.blocks.wording import said, section, small

MOST_BLOCKS = 50  # a message: bolt-js issue 2509
MOST_TEXT = 12_000  # characters of text in all blocks together: bolt-js issues 2509 and 2867
_CUT = "_There is more than fits into one Slack message. Narrow it down, or ask for it by mail._"


@dataclass(frozen=True, slots=True)
class Message:
    text: str  # escaped; read aloud, shown in notifications
    blocks: tuple[dict[str, Any], ...]

    def payload(self) -> dict[str, Any]:
        """The arguments every way of sending a message shares. No address in it is ever unfurled (T02)."""
        return {"text": self.text, "blocks": list(self.blocks), "unfurl_links": False, "unfurl_media": False}


def message(sentence: str, blocks: Iterable[Block]) -> Message:
    """A message within Slack's limits: blocks beyond them are left out, and the last one says so.

    `sentence` is plain text. Raises SlackObjectFormationError: one block alone breaks a limit, a fault of ours.
    """
    return Message(said(sentence, 1000) or "Paylink", fitting([block.to_dict() for block in blocks]))


def plain(sentence: str, mark: str = "") -> Message:
    """A message of one sentence, with an emoji before it."""
    return message(sentence, [section(f"{mark} {said(sentence)}".strip())])


def fitting(blocks: Sequence[dict[str, Any]]) -> tuple[dict[str, Any], ...]:
    """As many of the first blocks as Slack takes together."""
    note = small(_CUT).to_dict()
    room = MOST_TEXT - text_in(note)
    kept: list[dict[str, Any]] = []
    for block in blocks:
        room -= text_in(block)
        if room < 0 or (len(kept) == MOST_BLOCKS - 1 and len(blocks) > MOST_BLOCKS):
            return (*kept, note)
        kept.append(block)
    return tuple(kept)


def text_in(thing: object) -> int:
    """The characters of text in a block: what people read, not values and ids."""
    if isinstance(thing, dict):
        own = len(thing["text"]) if isinstance(thing.get("text"), str) else 0
        return own + sum(text_in(part) for part in thing.values())
    if isinstance(thing, (list, tuple)):
        return sum(text_in(part) for part in thing)
    return 0
