"""The letter that a client would get, shown before it is sent: every word of it is data here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from slack_sdk.models.blocks import Block, DividerBlock

from bot.slack.blocks.form import words_view
from bot.slack.blocks.form_fields import LABELS
from bot.slack.blocks.message import Message, fitting, message
from bot.slack.blocks.wording import day, said, section, small, typed
from handlers.answers import LetterPreview
from handlers.firm import Firm

TITLE = "Preview"
_LINE = 600  # characters of one line of a head; a name may have some hundreds
_MOST_PARAGRAPHS = 20


def preview_view(preview: LetterPreview, firm: Firm) -> dict[str, Any]:
    """Over the form, which lies untouched below it."""
    return words_view(TITLE, fitting([block.to_dict() for block in preview_blocks(preview, firm)]))


def preview_message(preview: LetterPreview, firm: Firm) -> Message:
    return message(f"What the client would get: {preview.subject}", preview_blocks(preview, firm))


def faults_view(errors: Mapping[str, str]) -> dict[str, Any]:
    """Why there is no preview yet, field by field: a press cannot put errors on the fields, only sending can."""
    lines = [section(f"*{LABELS[name]}*\n{said(error, 400)}") for name, error in errors.items()]
    return words_view(TITLE, [section("⚠️ There is no preview yet. Go back and mend this:"), *lines])


def preview_blocks(preview: LetterPreview, firm: Firm) -> list[Block]:
    """The head, the letter, and below it what only staff need to know."""
    blocks: list[Block] = [section(f"ℹ️ {said(note, 1000)}") for note in preview.notes]
    blocks += [small(line) for line in _head(preview)]
    blocks += [DividerBlock(), section(typed(preview.greeting, _LINE))]
    blocks += [section(typed(paragraph, _LINE)) for paragraph in preview.paragraphs[:_MOST_PARAGRAPHS]]
    blocks.append(section(f"Amount due\n*{typed(preview.amount)}*"))
    blocks += [
        section("\n".join(f"{typed(label, 60)}: {typed(value, 200)}" for label, value in preview.facts[:10]))
    ] * bool(preview.facts)
    blocks.append(section(f"[ *{typed(preview.button)}* ]"))
    blocks += [small(typed(line, 1500)) for line in preview.small_print]
    until = f"It could be paid until {day(preview.last_day, firm)}."
    return [*blocks, DividerBlock(), small(f"The money would go to {typed(preview.account, 80)}. {until}")]


def _head(preview: LetterPreview) -> list[str]:
    if not preview.mailed_to:
        return ["The payment page says:"]
    to = ", ".join(preview.mailed_to[:5]) + (f" and {len(preview.mailed_to) - 5} more" * (len(preview.mailed_to) > 5))
    head = [f"*To:* {typed(to, _LINE)}", f"*From:* {typed(preview.sender, _LINE)}"]
    if preview.reply_to:
        head.append(f"*Replies go to:* {typed(preview.reply_to, _LINE)}")
    return [*head, f"*Subject:* {typed(preview.subject, _LINE)}"]
