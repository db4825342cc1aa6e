"""Fix address: the button on a card and beside the notice of a letter that did not arrive, and its form (X4)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from slack_sdk.models.blocks import ButtonElement, PlainTextInputElement, PlainTextObject

from bot.slack.blocks.buttons import button
from bot.slack.blocks.fields import VALUE, field
from bot.slack.blocks.modal import modal
from bot.slack.blocks.wording import section, typed
from handlers.answers import WrongAddress
from models.plain_text import shortened

FIX = "fix_address"
CALLBACK = "fix_address_form"
EMAIL = "email"
_MOST = 5  # addresses of one link that are offered at once
_LONGEST = 254  # characters of an address


def fix_buttons(wrong: Iterable[WrongAddress]) -> list[ButtonElement]:
    """One a wrong address, which its label names where there are several."""
    these = [one for one in wrong if len(one.address) <= _LONGEST][:_MOST]
    label = "Fix address" if len(these) == 1 else "Fix {}"
    return [
        button(shortened(label.format(one.address), 60), f"{FIX}_{number}", f"{one.reference} {one.address}")
        for number, one in enumerate(these)
    ]


def fix_address_form(wrong: WrongAddress, metadata: str) -> dict[str, Any]:
    """The view for views.open; it needs no database. `metadata` comes back with the submission, unread by Slack."""
    words = (
        f"The letter of *{wrong.reference}* to {typed(wrong.address, 300)} did not arrive. It is sent to the right "
        "address once you have written that here, and nothing more to the wrong one."
    )
    example = PlainTextObject(text="jane@example.com")
    element = PlainTextInputElement(action_id=VALUE, placeholder=example, max_length=_LONGEST, focus_on_load=True)
    blocks = [section(words), field(EMAIL, "Email", element, optional=False)]
    return modal("Fix address", blocks, callback=CALLBACK, submit="Send", metadata=metadata)
