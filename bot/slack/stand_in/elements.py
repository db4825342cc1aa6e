"""The things in blocks that people use: finding them, what they hold now, and what Slack itself asks of them."""

from __future__ import annotations

import copy
import re
import secrets
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from bot.slack.stand_in.element_rules import TEXT_INPUTS

Json = dict[str, Any]
Raw = str | Sequence[str] | None  # what a person typed or chose, without its wrapping
Given = Mapping[str, Mapping[str, Raw]]  # what stands in the fields: {block_id: {action_id: raw}}
_FORMATS = {"datepicker": re.compile(r"\d{4}-\d\d-\d\d"), "timepicker": re.compile(r"\d\d:\d\d")}
_WEB = re.compile(r"https?://[^\s/]+\.[^\s]+")
_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


class NoSuchElement(LookupError):
    """Nothing there can be used in that way, or more than one thing could."""


def with_ids(blocks: list[Json]) -> list[Json]:
    """A copy in which every block and element has its id: Slack makes up those an app left out."""
    done = copy.deepcopy(blocks)
    for block in done:
        block.setdefault("block_id", secrets.token_hex(3))
        for element in _parts(block):
            if element.get("type") not in ("image", "mrkdwn", "plain_text", "raw_text", "rich_text"):
                element.setdefault("action_id", secrets.token_hex(3))
    return done


def _parts(block: Json) -> list[Json]:
    if block.get("type") == "actions":
        return [one for one in block.get("elements", []) if isinstance(one, dict)]
    parts = [block.get("element"), block.get("accessory")]
    return [part for part in parts if isinstance(part, dict)]


def elements_of(blocks: list[Json]) -> Iterator[tuple[Json, Json]]:
    """Each (block, element) that has an action id."""
    for block in blocks:
        for element in _parts(block):
            if "action_id" in element:
                yield block, element


def find(blocks: list[Json], action_id: str = "", value: str = "", block_id: str = "") -> tuple[Json, Json]:
    """The one element with this action id, value and block id; blanks match anything.

    A block that was drawn anew a moment ago has another id by now, where the app gives it none: what somebody presses
    who still sees the old one counts all the same, as with Slack.

    Raises NoSuchElement: none or several fit.
    """
    alike = [
        (block, element)
        for block, element in elements_of(blocks)
        if (not action_id or element["action_id"] == action_id) and (not value or _takes(element, value))
    ]
    fitting = [(block, element) for block, element in alike if block_id in ("", block["block_id"])] or alike
    if len(fitting) != 1:
        there = [f"{e['action_id']}={e.get('value', '')}" for _, e in elements_of(blocks)]
        raise NoSuchElement(f"{len(fitting)} elements fit {action_id or '*'}={value or '*'}; there are: {there}")
    return fitting[0]


def _takes(element: Json, value: str) -> bool:
    if element["type"] == "button":
        return bool(element.get("value") == value)
    choices = [option["value"] for option in options_of(element)]
    return value in choices if choices else True


def options_of(element: Json) -> list[Json]:
    """All options of a select, radio group, check boxes or overflow menu."""
    grouped = [option for group in element.get("option_groups", []) for option in group["options"]]
    return [*element.get("options", []), *grouped]


def initial(element: Json) -> Raw:
    """What the element holds before anybody touches it."""
    kind = element["type"]
    if kind in TEXT_INPUTS:
        return element.get("initial_value")
    if "initial_options" in element:
        return [option["value"] for option in element["initial_options"]]
    for name in ("initial_users", "initial_channels", "initial_conversations"):
        if name in element:
            return [str(each) for each in element[name]]
    if "initial_option" in element:
        return str(element["initial_option"]["value"])
    for name in ("initial_date", "initial_time", "initial_user", "initial_channel", "initial_conversation"):
        if name in element:
            return str(element[name])
    return None


def held(element: Json, raw: Raw) -> Json:
    """What the app gets told the element holds: `state.values` entries, and the tail of an action.

    Raises NoSuchElement: an option that is not among the element's own.
    """
    kind: str = element["type"]
    if kind in TEXT_INPUTS:
        return {"type": kind, "value": raw or None}
    if kind in ("checkboxes", "multi_static_select"):
        chosen = [_option(element, value) for value in raw or []]
        return {"type": kind, "selected_options": chosen}
    if kind in ("static_select", "radio_buttons", "overflow"):
        return {"type": kind, "selected_option": _option(element, str(raw)) if raw else None}
    if kind == "button":
        return {"type": kind, "value": element["value"]} if "value" in element else {"type": kind}
    if kind == "file_input":
        return {"type": kind, "files": list(raw or [])}
    if kind == "datetimepicker":
        return {"type": kind, "selected_date_time": int(str(raw)) if raw else None}
    if kind in _FORMATS and raw and not _FORMATS[kind].fullmatch(str(raw)):
        raise NoSuchElement(f"{element['action_id']} takes no {raw!r}")
    if kind.startswith("multi_"):
        return {"type": kind, f"selected_{kind.removeprefix('multi_').removesuffix('_select')}": raw or []}
    names = {
        "datepicker": "selected_date",
        "timepicker": "selected_time",
        "users_select": "selected_user",
        "channels_select": "selected_channel",
        "conversations_select": "selected_conversation",
    }
    return {"type": kind, names.get(kind, "value"): raw or None}


def _option(element: Json, value: str) -> Json:
    for option in options_of(element):
        if option["value"] == value:
            return option
    raise NoSuchElement(f"{element['action_id']} has no option {value!r}")


def state_values(blocks: list[Json], given: Given) -> Json:
    """`state.values`: what every element that holds something holds now."""
    values: Json = {}
    for block, element in elements_of(blocks):
        if element["type"] in ("button", "overflow"):
            continue
        raw = given.get(block["block_id"], {}).get(element["action_id"], initial(element))
        values.setdefault(block["block_id"], {})[element["action_id"]] = held(element, raw)
    return values


def slips(blocks: list[Json], values: Json) -> dict[str, str]:
    """What Slack's own form says before it sends anything: {block_id: sentence}."""
    found = {}
    for block in blocks:
        if block.get("type") != "input":
            continue
        element = block["element"]
        slip = _slip(element, values[block["block_id"]][element["action_id"]], optional=block.get("optional", False))
        if slip:
            found[block["block_id"]] = slip
    return found


def _slip(element: Json, held_now: Json, *, optional: bool) -> str:
    value = next((content for name, content in held_now.items() if name != "type"), None)
    if not value:
        return "" if optional else "Please complete this required field."
    if element["type"] == "email_text_input" and not _ADDRESS.fullmatch(value):
        return "Please enter a valid email address."
    if element["type"] == "url_text_input" and not _WEB.fullmatch(value):
        return "Please enter a valid URL."
    if element["type"] == "number_input":
        return _number_slip(element, value)
    if element["type"] == "file_input":
        return _file_slip(element, value)
    if len(value) > element.get("max_selected_items", len(value)):
        return f"Please choose at most {element['max_selected_items']}."
    if element["type"] in TEXT_INPUTS:
        return _length_slip(element, value)
    return ""


def _file_slip(element: Json, files: list[Json]) -> str:
    if len(files) > element.get("max_files", 10):
        return f"You can upload up to {element.get('max_files', 10)} files."
    taken = element.get("filetypes")
    if taken and any(file["filetype"] not in taken for file in files):
        return f"Please choose a file of type {', '.join(taken)}."
    return ""


def _length_slip(element: Json, value: str) -> str:
    if len(value) < element.get("min_length", 0):
        return f"This field requires at least {element['min_length']} characters."
    if len(value) > element.get("max_length", 3000):
        return f"This field takes at most {element.get('max_length', 3000)} characters."
    return ""


def _number_slip(element: Json, value: str) -> str:
    try:
        number = Decimal(value)
    except InvalidOperation:
        return "Please enter a valid number."
    if not number.is_finite():
        return "Please enter a valid number."
    if not element["is_decimal_allowed"] and number != number.to_integral_value():
        return "Please enter a whole number."
    if "min_value" in element and number < Decimal(element["min_value"]):
        return f"Please enter a number of at least {element['min_value']}."
    if "max_value" in element and number > Decimal(element["max_value"]):
        return f"Please enter a number of at most {element['max_value']}."
    return ""
