"""Answers in a window of their own, over App Home or over another window."""

from __future__ import annotations

from typing import Any

from bot.slack.blocks.message import Message, plain
from bot.slack.blocks.modal import modal

CALLBACK = "paylink_window"
_WORKING = plain("Working on it …", "⏳")


def window(message: Message, title: str, metadata: str = "") -> dict[str, Any]:
    """A message as a modal view; its text for screen readers is what its blocks say."""
    return modal(title, message.blocks, callback=CALLBACK, close="Close", metadata=metadata)


def working(title: str, metadata: str = "") -> dict[str, Any]:
    """What stands in a window until its answer is there."""
    return window(_WORKING, title, metadata)
