"""What the admins' forms share: their names, their buttons, their frame."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from slack_sdk.models.blocks import ActionsBlock, Block

from bot.slack.blocks.buttons import button
from bot.slack.blocks.message import MOST_TEXT, text_in
from bot.slack.blocks.modal import modal
from bot.slack.blocks.wording import small

TITLES = {"settings": "Settings", "users": "Users", "notifications": "Notifications", "accounts": "Merchant accounts"}
OPEN = {f"open_{name}": name for name in TITLES}  # buttons, here and in App Home, by action id


def panel(
    name: str, blocks: Sequence[Block], *, callback: str = "", submit: str = "", metadata: str = ""
) -> dict[str, Any]:
    """A view. Without `submit` it has nothing to be sent, only what is pressed."""
    return modal(
        TITLES[name], blocks, callback=callback or f"{name}_panel", submit=submit, close="Close", metadata=metadata
    )


def fitting_groups(groups: Sequence[Sequence[Block]], others: Iterable[Block], more: str) -> list[Block]:
    """As many groups of blocks, the first ones, as Slack takes beside the others; else `more` says how to see the rest.

    `more` is mrkdwn, with {count} in it.
    """
    room = MOST_TEXT - len(more) - sum(text_in(block.to_dict()) for block in others)
    kept: list[Block] = []
    for number, group in enumerate(groups):
        room -= sum(text_in(block.to_dict()) for block in group)
        if room < 0:
            return [*kept, small(more.format(count=len(groups) - number))]
        kept += group
    return kept


def form_buttons(names: Iterable[str]) -> ActionsBlock:
    """Buttons that open the forms of these names."""
    return ActionsBlock(elements=[button(f"Open {TITLES[name].lower()}", f"open_{name}", "open") for name in names])
