"""The frame of a modal view."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from slack_sdk.models.blocks import Block, PlainTextObject
from slack_sdk.models.views import View

from models.plain_text import shortened

_TITLE = 24  # characters


def modal(
    title: str,
    blocks: Sequence[Block] | Iterable[dict[str, Any]],
    *,
    callback: str = "",
    submit: str = "",
    close: str = "Back",
    metadata: str = "",
) -> dict[str, Any]:
    """A view for views.open, views.push or views.update. Without `submit` it has nothing to be sent.

    `metadata` comes back with what is pressed or sent, unread by Slack.
    """
    view = View(
        type="modal",
        callback_id=callback or None,
        title=PlainTextObject(text=shortened(title, _TITLE)),
        submit=PlainTextObject(text=submit) if submit else None,
        close=PlainTextObject(text=close),
        private_metadata=metadata or None,
        blocks=list(blocks),
    )
    return dict(view.to_dict())
