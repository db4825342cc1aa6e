"""Buttons and the question that some of them ask first."""

from __future__ import annotations

import re

from slack_sdk.models.blocks import ButtonElement, ConfirmObject, PlainTextObject

from bot.slack.blocks.wording import mrkdwn

_CONFIRM = 300  # characters
_HALF_ENTITY = re.compile(r"&[a-z]{0,3}$")


def button(
    label: str, action: str, value: str, *, style: str | None = None, confirm: ConfirmObject | None = None
) -> ButtonElement:
    """`value` is a reference or a command: never a token."""
    return ButtonElement(text=label, action_id=action, value=value, style=style, confirm=confirm)


def confirmation(title: str, text: str, yes: str, no: str, *, danger: bool = False) -> ConfirmObject:
    """`text` is mrkdwn, already escaped; what Slack does not take of it is left out."""
    short = text if len(text) <= _CONFIRM else f"{_HALF_ENTITY.sub('', text[: _CONFIRM - 1])}…"
    return ConfirmObject(
        title=PlainTextObject(text=title),
        text=mrkdwn(short),
        confirm=PlainTextObject(text=yes),
        deny=PlainTextObject(text=no),
        style="danger" if danger else None,
    )
