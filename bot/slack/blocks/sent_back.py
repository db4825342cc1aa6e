"""A form in front of its sender once more, as they filled it in, with what was said against it above the fields."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from bot.slack.blocks.fields import VALUE
from bot.slack.blocks.wording import said, section

# What a field holds, as Slack tells it, and how a field is made that begins so.
_BEGINS = {
    "value": "initial_value",
    "selected_option": "initial_option",
    "selected_options": "initial_options",
    "selected_date": "initial_date",
    "selected_user": "initial_user",
    "selected_conversation": "initial_conversation",
    "selected_conversations": "initial_conversations",
}
_KEPT = ("type", "callback_id", "private_metadata", "title", "submit", "close")


def sent_back(view: Mapping[str, Any], errors: Mapping[str, str]) -> dict[str, Any]:
    """`view` is the form as it was sent, `errors` are sentences by the id of a field's block.

    For answers that came too late to stand on the fields themselves. A file that was put in has to be put in again.
    """
    frame = {name: view[name] for name in _KEPT if view.get(name)}
    return {**frame, "blocks": list(_blocks(view, errors))}


def _blocks(view: Mapping[str, Any], errors: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    for block in view["blocks"]:
        name = str(block.get("block_id"))
        if name in errors:
            yield section(f"⚠️ {said(errors[name], 600)}").to_dict()
        held = view["state"]["values"].get(name, {}).get(VALUE)
        yield block if held is None else {**block, "element": _as_left(block["element"], held)}


def _as_left(element: Mapping[str, Any], held: Mapping[str, Any]) -> dict[str, Any]:
    bare = {name: value for name, value in element.items() if not name.startswith("initial_")}
    return bare | {begins: held[holds] for holds, begins in _BEGINS.items() if held.get(holds)}
