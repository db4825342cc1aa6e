"""What admins look after: settings, accounts, people, notifications."""

from __future__ import annotations

from slack_sdk.models.blocks import Block

from bot.slack.blocks.message import Message, message
from bot.slack.blocks.wording import said, section, small, typed
from handlers.answers import Overview, OverviewLine

_MOST_LINES = 40  # Slack takes 50 blocks in a message


def overview(answer: Overview) -> Message:
    """A line a thing. People and channels are shown as Slack shows them, by the ids that Slack gave us."""
    blocks: list[Block] = [section(f"*{said(answer.title, 200)}*")]
    blocks += [section(_line(line)) for line in answer.lines[:_MOST_LINES]]
    if len(answer.lines) > _MOST_LINES:
        blocks.append(small(f"And {len(answer.lines) - _MOST_LINES} more."))
    blocks += [small(said(note, 1500)) for note in answer.notes]
    return message(answer.title, blocks)


def _line(line: OverviewLine) -> str:
    name = f"*{typed(line.name, 200)}*"
    if line.person and "@" not in line.person:
        name += f" <@{typed(line.person, 40)}>"
    value = f"<#{typed(line.channel, 40)}>" if line.channel else said(line.value, 2000) or "—"
    about = f"\n_{said(line.about, 300)}_" if line.about else ""
    return f"{name}: {value}{about}"
