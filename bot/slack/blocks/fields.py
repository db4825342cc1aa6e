"""The fields of a form, and what stands in them when it is sent: one way for every form."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from slack_sdk.models.blocks import (
    DatePickerElement,
    InputBlock,
    Option,
    PlainTextInputElement,
    PlainTextObject,
    RadioButtonsElement,
    StaticSelectElement,
)
from slack_sdk.models.blocks.block_elements import InputInteractiveElement

from handlers.grammar import House
from models.plain_text import shortened

EVERY = "-"  # every account: no KEY is called so
VALUE = "value"  # the action id of every field; its block id is the field's name
ERROR_MAX = 300  # characters that a form shows under a field without cutting
_OPTION_TEXT = 75
_OPTION_VALUE = 150
MOST_OPTIONS = 100  # Slack's, of a menu


class FieldsRefused(Exception):
    """Fields that cannot be taken, each with its sentence by the field's name; nothing was done (F14)."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__(str(errors))
        self.errors = dict(errors)


def field(
    name: str, label: str, element: InputInteractiveElement, *, hint: str = "", optional: bool = True
) -> InputBlock:
    """One field; the hint stands beneath it."""
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
    """`options`: what people read, by value; at most as many as Slack takes."""
    listed = _options(options)
    return StaticSelectElement(
        action_id=VALUE,
        placeholder=PlainTextObject(text=placeholder) if placeholder else None,
        options=list(listed.values()),
        initial_option=listed.get(chosen),
    )


def account_field(
    name: str, accounts: Mapping[str, str], chosen: str = "", *, every: str = "", hint: str = "", optional: bool = True
) -> InputBlock:
    """Which of the accounts, by KEY; where they are more than a menu takes, a text to look for it by.

    `every`: what the menu says for all of them, its value is EVERY; such a text is left blank.
    """
    listed = {EVERY: every, **accounts} if every else accounts
    if len(listed) <= MOST_OPTIONS:
        shown = menu(listed, chosen or EVERY, placeholder="" if every else "Where the money goes")
        return field(name, "Account", shown, hint=hint, optional=optional and not every)
    blank = f" Left blank: {every[:1].lower()}{every[1:]}." if every else ""
    told = f"One of {len(accounts)}: its key, its name, or a part that no other has.{blank} {hint}".rstrip()
    looked_for = text("" if chosen == EVERY else chosen, 100, example="Key or name")
    return field(name, "Account", looked_for, hint=told, optional=optional)


def account_of_house(name: str, house: House, chosen: str = "", *, hint: str = "", optional: bool = True) -> InputBlock:
    """The accounts that are open here; it begins with the usual one where none is `chosen`."""
    accounts = {key: f"{account.name} ({account.currency})" for key, account in house.accounts.items()}
    usual = house.usual_account.key if house.usual_account else ""
    return account_field(name, accounts, chosen or usual, hint=hint, optional=optional)


def day(initial: date | str | None) -> DatePickerElement:
    """`initial`: a day, or one as a date picker gives it back: 2026-08-31."""
    return DatePickerElement(action_id=VALUE, initial_date=str(initial) if initial else None)


def radios(options: Mapping[str, str], chosen: str) -> RadioButtonsElement:
    listed = _options(options)
    return RadioButtonsElement(action_id=VALUE, options=list(listed.values()), initial_option=listed.get(chosen))


def _options(options: Mapping[str, str]) -> dict[str, Option]:
    return {value: option(value, words) for value, words in options.items()}


def option(value: str, words: str) -> Option:
    return Option(
        text=PlainTextObject(text=shortened(words, _OPTION_TEXT) or shortened(value, _OPTION_TEXT)),
        value=value[:_OPTION_VALUE],
    )


def held_in(view: Mapping[str, Any]) -> dict[str, str]:
    """What stands in each field, by the field's name: several of them parted by blanks, blank where nothing does.

    After a ~ in a field's id stands which turn of the form it is of.
    """
    fields = view["state"]["values"].items()
    return {name.partition("~")[0]: _held(block[VALUE] or {}) for name, block in fields if VALUE in block}


def on_fields(view: Mapping[str, Any], errors: Mapping[str, str]) -> dict[str, str]:
    """Sentences by a field's name as Slack wants them: by its id, and short. One of no field stands at the first."""
    ids = {name.partition("~")[0]: name for name, block in view["state"]["values"].items() if VALUE in block}
    first = next(iter(ids.values()))
    return {ids.get(name, first): shortened(sentence, ERROR_MAX) for name, sentence in errors.items()}


def _held(element: Mapping[str, Any]) -> str:
    for one in ("value", "selected_user", "selected_conversation", "selected_channel", "selected_date"):
        if element.get(one):
            return str(element[one])
    if element.get("selected_option"):
        return str(element["selected_option"]["value"])
    several = element.get("selected_options") or element.get("selected_conversations") or ()
    return " ".join(str(one["value"] if isinstance(one, Mapping) else one) for one in several)
