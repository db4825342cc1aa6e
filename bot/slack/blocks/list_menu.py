"""What stands under a list: the views with their counts, the ways to other pages, its columns, its export."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from slack_sdk.models.blocks import InputBlock, Option, PlainTextObject, RadioButtonsElement, StaticSelectElement
from slack_sdk.models.blocks.block_elements import InteractiveElement, StaticMultiSelectElement
from slack_sdk.models.views import View as SlackView

from bot.slack.blocks.buttons import button
from handlers.answers import LinkList, ViewCount
from handlers.grammar import COLUMNS
from handlers.requests import ListLinks, View

PREVIOUS, NEXT = "list_previous", "list_next"
VIEW, SET_COLUMNS, EXPORT = "list_view", "list_columns", "list_export"
CALLBACK = "list_columns_form"
VALUE = "value"  # the action id of every field; its block id is the field's name
FALLING, RISING = "desc", "asc"
_TITLES = {View.ATTENTION: "Needs attention", View.PART_PAID: "Partly paid", View.RECEIVED: "Payment received"}
_LONGEST = 1900  # characters of a command that a button can carry with a page


def title_of(view: View) -> str:
    return _TITLES.get(view, view.value.capitalize())


def list_menu(listed: LinkList) -> list[InteractiveElement]:
    """Values are commands: the views' are short and leave sort and columns as they are, the others' are whole."""
    return [*_views(listed), *_turns(listed), *_tools(listed)]


def _views(listed: LinkList) -> list[InteractiveElement]:
    if not any(each.count for each in listed.counts):
        return []
    options = [_option(f"{title_of(each.view)} ({_spelled(each)})", f"list {each.view}") for each in listed.counts]
    placeholder = PlainTextObject(text=f"View: {title_of(listed.view)}")
    return [StaticSelectElement(action_id=VIEW, placeholder=placeholder, options=options)]


def _spelled(each: ViewCount) -> str:
    return f"{each.count:,}{'+' * each.more}"


def _turns(listed: LinkList) -> list[InteractiveElement]:
    turns: list[InteractiveElement] = []
    if listed.page > 1:
        turns.append(button("◀ Previous", PREVIOUS, f"{listed.command} page {listed.page - 1}"[:2000]))
    if listed.page < listed.pages:
        turns.append(button("Next ▶", NEXT, f"{listed.command} page {listed.page + 1}"[:2000]))
    return turns


def _tools(listed: LinkList) -> list[InteractiveElement]:
    if len(listed.command) > _LONGEST:
        return []
    tools: list[InteractiveElement] = [button("Columns", SET_COLUMNS, listed.command)]
    if listed.may_act and listed.count:
        # with its page said, it is exported just as it stands
        command = listed.command.replace("list", "export", 1)
        tools.append(button("Export", EXPORT, f"{command} page 1"))
    return tools


def columns_form(asked: ListLinks, metadata: str) -> dict[str, Any]:
    """The view for views.open. `metadata` comes back with the submission, unread by Slack."""
    names = {name: _option(name.capitalize(), name) for name in COLUMNS}
    free = [names[name] for name in COLUMNS if name != "reference"]
    chosen = [names[name] for name in asked.columns if name != "reference"]
    orders = {
        FALLING: _option("Largest, latest or Z first", FALLING),
        RISING: _option("Smallest, earliest or A first", RISING),
    }
    blocks = [
        _field(
            "columns",
            "Columns",
            StaticMultiSelectElement(action_id=VALUE, options=free, initial_options=chosen or None),
            hint="Shown in the order you choose them, after the reference. Left blank, the usual ones.",
        ),
        _field(
            "sort",
            "Sort by",
            StaticSelectElement(action_id=VALUE, options=list(names.values()), initial_option=names[asked.sort]),
        ),
        _field(
            "order",
            "Order",
            RadioButtonsElement(
                action_id=VALUE,
                options=list(orders.values()),
                initial_option=orders[FALLING if asked.descending else RISING],
            ),
        ),
    ]
    view = SlackView(
        type="modal",
        callback_id=CALLBACK,
        title=PlainTextObject(text="Columns and order"),
        submit=PlainTextObject(text="Show"),
        close=PlainTextObject(text="Back"),
        private_metadata=metadata,
        blocks=blocks,
    )
    return dict(view.to_dict())


def _field(name: str, label: str, element: Any, *, hint: str = "") -> InputBlock:
    return InputBlock(
        block_id=name,
        label=PlainTextObject(text=label),
        element=element,
        hint=PlainTextObject(text=hint) if hint else None,
        optional=name == "columns",
    )


def _option(text: str, value: str) -> Option:
    return Option(text=PlainTextObject(text=text), value=value)


def chosen_in(values: dict[str, dict[str, Any]]) -> tuple[Sequence[str], str, bool]:
    """The columns, the sort column and whether the largest comes first, as a submitted form has them."""
    held = {name: block.get(VALUE) or {} for name, block in values.items()}
    columns = [str(option["value"]) for option in held.get("columns", {}).get("selected_options") or []]
    sort = str((held.get("sort", {}).get("selected_option") or {}).get("value") or "created")
    order = str((held.get("order", {}).get("selected_option") or {}).get("value") or FALLING)
    return columns, sort, order == FALLING
