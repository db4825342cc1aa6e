"""Questions that one person answers for all who are asked, and the button with which a stranger asks to be let in."""

from __future__ import annotations

from slack_sdk.models.blocks import ActionsBlock, Block, ButtonElement

from bot.slack.blocks.buttons import button
from bot.slack.blocks.message import Message, message
from bot.slack.blocks.wording import said, section
from handlers.answers import Question, Refusal
from handlers.people.questions import ASK_ACCESS


def asked(question: Question) -> Message:
    """The words and a button to each choice."""
    buttons = [button(one.label, one.action, one.value, style=one.style or None) for one in question.choices]
    return message(question.words, [section(f"🔔 {said(question.words)}"), ActionsBlock(elements=buttons)])


def turned_away(refusal: Refusal) -> Message:
    """A refusal; whoever has no role at all may ask for one."""
    blocks: list[Block] = [section(f"⚠️ {said(refusal.sentence)}")]
    if refusal.may_ask:
        blocks.append(ActionsBlock(elements=[ask_button()]))
    return message(refusal.sentence, blocks)


def ask_button() -> ButtonElement:
    """For somebody who is not set up; App Home shows it, too."""
    return button("Ask for access", ASK_ACCESS, "access", style="primary")
