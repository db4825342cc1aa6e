"""What admins look after, as messages: settings, accounts, people, notifications, letters set aside."""

from __future__ import annotations

from slack_sdk.models.blocks import ActionsBlock, Block

from bot.slack.blocks.buttons import button
from bot.slack.blocks.message import Message, message
from bot.slack.blocks.panels import TITLES, form_buttons
from bot.slack.blocks.wording import person, said, section, shown, small, typed, with_names
from handlers.answers import Overview, OverviewLine

PREVIOUS, NEXT = "overview_previous", "overview_next"
_MOST_LINES = 40  # Slack takes 50 blocks in a message
_FORMS = {title: name for name, title in TITLES.items()}


def overview(answer: Overview) -> Message:
    """A line a thing. People and channels are shown as Slack shows them, by the ids that Slack gave us."""
    blocks: list[Block] = [section(f"*{said(answer.title, 200)}*"), *overview_lines(answer)]
    blocks += [small(said(note, 1500)) for note in answer.notes]
    turns = [("◀ Previous", PREVIOUS, answer.previous), ("Next ▶", NEXT, answer.next)]
    buttons = [button(label, action, command) for label, action, command in turns if command]
    if buttons:
        blocks.append(ActionsBlock(elements=buttons))
    if answer.title in _FORMS:
        blocks.append(form_buttons([_FORMS[answer.title]]))
    return message(answer.title, blocks)


def overview_lines(answer: Overview) -> list[Block]:
    """As many lines as fit, and how many there are besides."""
    blocks: list[Block] = [section(_line(line)) for line in answer.lines[:_MOST_LINES]]
    if len(answer.lines) > _MOST_LINES:
        blocks.append(small(f"And {len(answer.lines) - _MOST_LINES} more."))
    return blocks


def forms_offered() -> Message:
    """In the place of a form, where there was no chance to open it."""
    words = "Press a button to open its form."
    return message(words, [section(said(words)), form_buttons(TITLES)])


def _line(line: OverviewLine) -> str:
    name = f"*{typed(line.name, 200)}*" if line.name != line.person or "@" in line.person else ""
    if line.person and "@" not in line.person:
        name = f"{name} {person(line.person)}".strip()
    value = shown(line.channel) if line.channel else said(line.value, 2000) or "—"
    about = f"\n_{with_names(said(line.about, 300), line.named)}_" if line.about else ""
    return f"{name}: {value}{about}"
