"""The form of the people who may use Paylink."""

from __future__ import annotations

import json
from typing import Any

from slack_sdk.models.blocks import (
    ActionsBlock,
    Block,
    ConfirmObject,
    DividerBlock,
    HeaderBlock,
    PlainTextObject,
    SectionBlock,
    StaticSelectElement,
    UserSelectElement,
)

from bot.slack.blocks.buttons import button, confirmation
from bot.slack.blocks.fields import VALUE, field, menu, option, text
from bot.slack.blocks.panels import panel
from bot.slack.blocks.wording import mrkdwn, said, section, small, typed
from handlers.answers import UserLine, UsersForm

CALLBACK = "users_form"
ROLE, TURN = "user_role", "users_page"
NOBODY = "nobody"
_ROLES = {"admin": "Admin", "staff": "Staff", "viewer": "Viewer"}
_LONGEST = 140  # characters of a person that an option's value can carry with a role
_NOTE = (
    "Staff make and cancel links, viewers look at them, admins do all. A role counts at once, in Slack and for letters "
    "from the mail address in the person's Slack profile. Every change is told to all admins."
)


def users_form(form: UsersForm, turn: int) -> dict[str, Any]:
    """Everybody with their role, to be changed; above them a person to be added.

    `turn` rises with each answer: what stood in a field goes with it, for a field of another name is another field.
    """
    blocks: list[Block] = [section(said(form.note))] if form.note else []
    blocks += [
        field(
            f"person~{turn}",
            "Add somebody from Slack",
            UserSelectElement(action_id=VALUE, placeholder=PlainTextObject(text="Choose a person")),
        ),
        field(f"email~{turn}", "Or by mail address, without Slack", text("", 254, example="sam@example.com")),
        field(f"role~{turn}", "Role", menu(_ROLES, "staff"), optional=False),
        DividerBlock(),
        HeaderBlock(text=PlainTextObject(text="Who may use Paylink")),
        *(_line(line, number, turn) for number, line in enumerate(form.lines)),
    ]
    if form.pages > 1:
        blocks.append(_turns(form))
    metadata = json.dumps({"page": form.page, "turn": turn})
    return panel("users", [*blocks, small(_NOTE)], callback=CALLBACK, submit="Add", metadata=metadata)


def _line(line: UserLine, number: int, turn: int) -> Block:
    who = f"<@{typed(line.person, 40)}>" if "@" not in line.person else typed(line.name or line.person, 150)
    email = typed(line.email, 200) if line.email not in ("", line.name) else ""
    if line.fixed or len(line.person) > _LONGEST:
        why = "admin by the operator's settings" if line.fixed else f"{line.role}; `users remove` takes it away"
        return section("\n".join(part for part in (f"*{who}*", email, said(why)) if part))
    return SectionBlock(
        block_id=f"user_{number}~{turn}",
        text=mrkdwn("\n".join(part for part in (f"*{who}*", email) if part)),
        accessory=_roles(line.person, line.role),
    )


def _roles(person: str, role: str) -> StaticSelectElement:
    options = {one: option(f"{one} {person}", words) for one, words in {**_ROLES, NOBODY: "No access"}.items()}
    return StaticSelectElement(
        action_id=ROLE,
        placeholder=PlainTextObject(text="Role"),
        options=list(options.values()),
        initial_option=options.get(role),
        confirm=_sure(),
    )


def _sure() -> ConfirmObject:
    return confirmation(
        "Change this role?", "It counts at once, and all admins are told. What the person made stays.", "Change", "Back"
    )


def _turns(form: UsersForm) -> ActionsBlock:
    """The action's id names the page, too: no two in a block may be alike."""
    turns = [("◀ Previous", form.page - 1), ("Next ▶", form.page + 1)]
    there = [(label, page) for label, page in turns if 1 <= page <= form.pages]
    return ActionsBlock(elements=[button(label, f"{TURN}_{page}", str(page)) for label, page in there])
