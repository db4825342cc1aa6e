"""Answers in a window of their own, over App Home or over another window."""

from __future__ import annotations

from typing import Any

from slack_sdk.models.blocks import PlainTextObject
from slack_sdk.models.views import View

from bot.slack.blocks.message import Message, plain

CALLBACK = "paylink_window"
_WORKING = plain("Working on it …", "⏳")


def window(message: Message, title: str, metadata: str = "") -> dict[str, Any]:
    """A message as a modal view; its text for screen readers is what its blocks say."""
    view = View(
        type="modal",
        callback_id=CALLBACK,
        title=PlainTextObject(text=title),
        close=PlainTextObject(text="Close"),
        private_metadata=metadata,
        blocks=list(message.blocks),
    )
    return dict(view.to_dict())


def working(title: str, metadata: str = "") -> dict[str, Any]:
    """What stands in a window until its answer is there."""
    return window(_WORKING, title, metadata)
