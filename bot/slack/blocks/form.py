"""The New payment link form: bare while it is being filled, filled, and in the place of it what went wrong."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from slack_sdk.models.blocks import ActionsBlock, Block

from bot.slack.blocks.buttons import button
from bot.slack.blocks.form_fields import fields_of
from bot.slack.blocks.modal import modal
from bot.slack.blocks.wording import said, section
from handlers.grammar import House

CALLBACK = "new_payment_link"
PREVIEW = "preview_link"
TITLE = "New payment link"


@dataclass(frozen=True, slots=True)
class Filled:
    """What the form begins with besides the firm's usual ways."""

    values: Mapping[str, str] = field(default_factory=dict)  # by the field's name, as the form gives them back
    hints: tuple[str, ...] = ()  # what the person should know before they fill it in
    mark: str = "⚠️"  # before each hint
    alike: bool = False  # another like it was made a moment ago: they are asked whether they mean it


EMPTY = Filled()


def new_link_form(house: House, metadata: str, filled: Filled = EMPTY) -> dict[str, Any]:
    """The form. `metadata` comes back with the submission, unread by Slack."""
    blocks: list[Block] = [section(f"{filled.mark} {said(hint, 1000)}") for hint in filled.hints]
    blocks += fields_of(house, filled.values, alike=filled.alike)
    # input blocks keep what is typed while the preview lies over them
    blocks.append(ActionsBlock(block_id="preview", elements=[button("Preview", PREVIEW, "form")]))
    return modal(TITLE, blocks, callback=CALLBACK, submit="Send", close="Close", metadata=metadata)


def waiting_view(title: str = TITLE, sentence: str = "One moment …") -> dict[str, Any]:
    """Opened at once, for what needs neither database nor firm: the rest follows."""
    return words_view(title, [section(f"⏳ {said(sentence)}")])


def sentence_view(sentence: str, mark: str = "⚠️", title: str = TITLE) -> dict[str, Any]:
    """Nothing but a sentence, in the place of a form or a preview."""
    return words_view(title, [section(f"{mark} {said(sentence)}")])


def words_view(title: str, blocks: Sequence[Block] | Iterable[dict[str, Any]]) -> dict[str, Any]:
    """A view that is only read. It can be closed, and takes nothing."""
    return modal(title, blocks, close="Close" if title == TITLE else "Back")
