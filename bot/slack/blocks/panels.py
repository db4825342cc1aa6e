"""What the admins' forms share: their names, their buttons, their fields."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from slack_sdk.models.blocks import (
    ActionsBlock,
    Block,
    InputBlock,
    Option,
    PlainTextInputElement,
    PlainTextObject,
    RadioButtonsElement,
    StaticSelectElement,
)
from slack_sdk.models.blocks.block_elements import InputInteractiveElement
from slack_sdk.models.views import View

from bot.slack.blocks.buttons import button
from bot.slack.blocks.message import MOST_TEXT, text_in
from bot.slack.blocks.wording import small
from models.plain_text import shortened

VALUE = "value"  # the action id of every field; its block id is the field's name
TITLES = {"settings": "Settings", "users": "Users", "notifications": "Notifications", "accounts": "Merchant accounts"}
OPEN = {f"open_{name}": name for name in TITLES}  # buttons, here and in App Home, by action id
ERROR_MAX = 300  # characters that a form shows under a field without cutting
_OPTION_TEXT = 75


def panel(
    name: str, blocks: Sequence[Block], *, callback: str = "", submit: str = "", metadata: str = ""
) -> dict[str, Any]:
    """A view. Without `submit` it has nothing to be sent, only what is pressed."""
    view = View(
        type="modal",
        callback_id=callback or f"{name}_panel",
        title=PlainTextObject(text=TITLES[name]),
        submit=PlainTextObject(text=submit) if submit else None,
        close=PlainTextObject(text="Close"),
        private_metadata=metadata or None,
        blocks=list(blocks),
    )
    return dict(view.to_dict())


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


def field(
    name: str, label: str, element: InputInteractiveElement, *, hint: str = "", optional: bool = True
) -> InputBlock:
    """One field; what it takes stands beneath it."""
    return InputBlock(
        block_id=name,
        label=PlainTextObject(text=label),
        element=element,
        hint=PlainTextObject(text=hint) if hint else None,
        optional=optional,
    )


def text(initial: str, most: int, *, example: str = "", multiline: bool = False) -> PlainTextInputElement:
    return PlainTextInputElement(
        action_id=VALUE,
        placeholder=PlainTextObject(text=shortened(example, 140)) if example else None,
        max_length=most,
        multiline=multiline,
        initial_value=initial[:most] or None,
    )


def menu(options: Mapping[str, str], chosen: str, *, placeholder: str = "") -> StaticSelectElement:
    """`options`: what people read, by value."""
    listed = _options(options)
    return StaticSelectElement(
        action_id=VALUE,
        placeholder=PlainTextObject(text=placeholder) if placeholder else None,
        options=list(listed.values()),
        initial_option=listed.get(chosen),
    )


def radios(options: Mapping[str, str], chosen: str) -> RadioButtonsElement:
    listed = _options(options)
    return RadioButtonsElement(action_id=VALUE, options=list(listed.values()), initial_option=listed.get(chosen))


def _options(options: Mapping[str, str]) -> dict[str, Option]:
    return {value: option(value, words) for value, words in options.items()}


def option(value: str, words: str) -> Option:
    return Option(text=PlainTextObject(text=shortened(words, _OPTION_TEXT)), value=value)


def held_in(view: Mapping[str, Any]) -> dict[str, str]:
    """What stands in each field, by the field's name: several of them parted by blanks, blank where nothing does.

    After a ~ in a field's id stands which turn of the form it is of.
    """
    fields = view["state"]["values"].items()
    return {name.partition("~")[0]: _held(block[VALUE]) for name, block in fields if VALUE in block}


def on_fields(view: Mapping[str, Any], errors: Mapping[str, str]) -> dict[str, str]:
    """Sentences by a field's name as Slack wants them: by its id, and short. One of no field stands at the first."""
    ids = {name.partition("~")[0]: name for name, block in view["state"]["values"].items() if VALUE in block}
    first = next(iter(ids.values()))
    return {ids.get(name, first): shortened(sentence, ERROR_MAX) for name, sentence in errors.items()}


def _held(element: Mapping[str, Any]) -> str:
    for one in ("value", "selected_user", "selected_conversation", "selected_channel"):
        if element.get(one):
            return str(element[one])
    if element.get("selected_option"):
        return str(element["selected_option"]["value"])
    several = element.get("selected_options") or element.get("selected_conversations") or ()
    return " ".join(str(one["value"] if isinstance(one, Mapping) else one) for one in several)
