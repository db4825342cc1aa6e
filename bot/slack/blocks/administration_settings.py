"""The form of the firm's settings."""

from __future__ import annotations

import json
from typing import Any

from slack_sdk.models.blocks import Block, CheckboxesElement, DividerBlock
from slack_sdk.models.blocks.block_elements import FileInputElement, InputInteractiveElement

from bot.slack.blocks.administration import overview_lines
from bot.slack.blocks.fields import VALUE, field, menu, option, radios, text
from bot.slack.blocks.panels import fitting_groups, panel
from bot.slack.blocks.wording import said, section, small
from handlers.answers import SettingField, SettingsForm
from handlers.reminders.plan import WEEKDAYS
from models.plain_text import MESSAGE_MAX, shortened

CALLBACK = "settings_form"
HOUR, WEEK, LOGO = "reminder hour", "reminder weekdays", "logo"
_LABELS = {
    "firm name": "Firm name",
    "message": "Default message",
    "disclaimer": "Disclaimer",
    "contact": "Contact",
    "colour": "Colour",
    LOGO: "Logo",
    "captcha": "Captcha",
    "reply to": "Reply-to address",
    "receipt copy": "Copy of receipts to",
    "usual account": "Usual account",
    "link days": "Link lifetime in days",
    "partial": "Part payments",
    "approval limit": "Approval limit",
    "mail limit": "Limit by mail",
    "mail links": "Links a day by mail",
    "reminders": "Reminder plan",
    HOUR: "Reminder hour",
    WEEK: "Reminder weekdays",
    "locale": "Date and number format",
}
_LONG = {"message": MESSAGE_MAX, "disclaimer": 1000}
_CHOICES = {
    "captcha": {"on": "On: the pay page checks that a person pays", "off": "Off"},
    "cancel letter": {"on": "On: the client is told by letter", "off": "Off"},
    "partial": {"allowed": "Allowed, where an account has no rule of its own", "off": "Off"},
}
_NOTE = (
    "A field left blank goes back to what the operator has set. What you change is kept together or not at all; "
    "it holds within a minute, is told to all admins and stands in the audit trail."
)


def settings_form(form: SettingsForm) -> dict[str, Any]:
    """Every setting in a field of its own; above them what others changed meanwhile."""
    blocks: list[Block] = [_field(one) for one in form.fields]
    blocks += [DividerBlock(), small(_NOTE)]
    if form.moved:
        theirs = section("The fields hold what you typed. Press Save again to put it in the place of theirs.")
        moved = [[section(f"⚠️ {said(words, 1000)}")] for words in form.moved]
        shown = fitting_groups(moved, [theirs, *blocks], "{count} more were changed while you had this form open.")
        blocks = [*shown, theirs, *blocks]
    seen = {one.name: one.mark for one in form.fields}
    return panel(
        "settings",
        blocks,
        callback=CALLBACK,
        submit="Save",
        metadata=json.dumps({"seen": seen}, ensure_ascii=False),
    )


def settings_kept(form: SettingsForm) -> dict[str, Any]:
    """What was kept of a form that was sent."""
    kept = form.saved
    if kept is None:
        return settings_form(form)
    blocks: list[Block] = [section(f"✅ *{said(kept.title, 200)}*")]
    disclaimed = any(line.name == "disclaimer" for line in kept.lines)
    note = "Receipts that were made keep the disclaimer that their payer saw. " if disclaimed else ""
    last: list[Block] = [small(f"{note}It holds within a minute everywhere, and all admins are told.")]
    lines = [[line] for line in overview_lines(kept)]
    shown = fitting_groups(lines, [*blocks, *last], "And {count} more: `settings NAME` shows one.")
    return panel("settings", [*blocks, *shown, *last])


def label_of(name: str) -> str:
    """What stands above a field."""
    return _LABELS.get(name, name.capitalize())


def _field(one: SettingField) -> Block:
    if one.missing:
        return section(f"*{label_of(one.name)}*\n{said(one.missing, 300)}")
    about = shortened(one.about[:1].upper() + one.about[1:], 150)
    if one.name == LOGO:
        about += ", as a PNG or JPEG file" + ("; `settings logo off` takes away the one there is" if one.value else "")
    return field(one.name, label_of(one.name), _element(one), hint=f"{about}.")


def _element(one: SettingField) -> InputInteractiveElement:
    if one.name in _CHOICES:
        return radios(_CHOICES[one.name], one.value)
    if one.name == LOGO:
        return FileInputElement(action_id=VALUE, filetypes=["png", "jpg", "jpeg"], max_files=1)
    if one.name == HOUR:
        return menu({str(hour): f"{hour:02}:00" for hour in range(24)}, one.value)
    if one.name == WEEK:
        days = {day: option(day, day.capitalize()) for day in WEEKDAYS}
        chosen = [days[day] for day in one.value.split() if day in days]
        return CheckboxesElement(action_id=VALUE, options=list(days.values()), initial_options=chosen or None)
    return text(one.value, _LONG.get(one.name, 200), example=one.example, multiline=one.name in _LONG)
