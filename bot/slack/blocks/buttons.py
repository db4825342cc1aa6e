"""Buttons and the question that some of them ask first."""

from __future__ import annotations

from slack_sdk.models.blocks import ButtonElement, ConfirmObject, PlainTextObject

from bot.slack.blocks.wording import mrkdwn


def button(
    label: str, action: str, value: str, *, style: str | None = None, confirm: ConfirmObject | None = None
) -> ButtonElement:
    """`value` is a reference or a command: never a token."""
    return ButtonElement(text=label, action_id=action, value=value, style=style, confirm=confirm)


def confirmation(title: str, text: str, yes: str, no: str, *, danger: bool = False) -> ConfirmObject:
    """`text` is mrkdwn, already escaped; Slack takes 300 characters of it."""
    return ConfirmObject(
        title=PlainTextObject(text=title),
        text=mrkdwn(text),
        confirm=PlainTextObject(text=yes),
        deny=PlainTextObject(text=no),
        style="danger" if danger else None,
    )
