"""What stands under a list: the views with their counts, the ways to other pages, its columns, filters and export."""

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
VIEW, SET_COLUMNS, FILTER, SELECT, EXPORT = "list_view", "list_columns", "list_filter", "list_select", "list_export"
CALLBACK = "list_columns_form"
VALUE = "value"  # the action id of every field; its block id is the field's name
FALLING, RISING = "desc", "asc"
LONGEST = 1000  # characters of a command that a form can carry with what else it keeps, every quote in it escaped
_TITLES = {View.ATTENTION: "Needs attention", View.PART_PAID: "Partly paid", View.RECEIVED: "Payment received"}


def title_of(view: View) -> str:
    return _TITLES.get(view, view.value.capitalize())


def list_menu(listed: LinkList) -> list[InteractiveElement]:
    """Values are commands: the views' are short and leave sort and columns as they are, the others' are whole."""
    return [*_views(listed), *turns(listed), *tools(listed)]


def _views(listed: LinkList) -> list[InteractiveElement]:
    if not any(each.count for each in listed.counts):
        return []
    options = [option(with_count(each), f"list {each.view}") for each in listed.counts]
    placeholder = PlainTextObject(text=f"View: {title_of(listed.view)}")
    return [StaticSelectElement(action_id=VIEW, placeholder=placeholder, options=options)]


def with_count(each: ViewCount) -> str:
    """'Outstanding (12)', 'All (1,000+)'."""
    return f"{title_of(each.view)} ({each.count:,}{'+' * each.more})"


def turns(listed: LinkList) -> list[InteractiveElement]:
    """The ways to the pages before and after this one."""
    found: list[InteractiveElement] = []
    if listed.page > 1:
        found.append(button("◀ Previous", PREVIOUS, f"{listed.command} page {listed.page - 1}"[:2000]))
    if listed.page < listed.pages:
        found.append(button("Next ▶", NEXT, f"{listed.command} page {listed.page + 1}"[:2000]))
    return found


def tools(listed: LinkList) -> list[InteractiveElement]:
    """What can be done with the list as a whole."""
    if len(listed.command) > LONGEST:
        return []
    found: list[InteractiveElement] = [
        button("Columns", SET_COLUMNS, listed.command),
        button("Filter", FILTER, listed.command),
    ]
    if listed.may_act and listed.count:
        found.append(button("Select", SELECT, f"{listed.command} page {listed.page}"))
        # with its page said, it is exported just as it stands
        command = listed.command.replace("list", "export", 1)
        found.append(button("Export", EXPORT, f"{command} page 1"))
    return found


def columns_form(asked: ListLinks, metadata: str) -> dict[str, Any]:
    """The view for views.open. `metadata` comes back with the submission, unread by Slack."""
    names = {name: option(name.capitalize(), name) for name in COLUMNS}
    free = [names[name] for name in COLUMNS if name != "reference"]
    chosen = [names[name] for name in asked.columns if name != "reference"]
    orders = {
        FALLING: option("Largest, latest or Z first", FALLING),
        RISING: option("Smallest, earliest or A first", RISING),
    }
    blocks = [
        field(
            "columns",
            "Columns",
            StaticMultiSelectElement(action_id=VALUE, options=free, initial_options=chosen or None),
            hint="Shown in the order you choose them, after the reference. Left blank, the usual ones.",
            optional=True,
        ),
        field(
            "sort",
            "Sort by",
            StaticSelectElement(action_id=VALUE, options=list(names.values()), initial_option=names[asked.sort]),
        ),
        field(
            "order",
            "Order",
            RadioButtonsElement(
                action_id=VALUE,
                options=list(orders.values()),
                initial_option=orders[FALLING if asked.descending else RISING],
            ),
        ),
    ]
    return form(CALLBACK, "Columns and order", blocks, metadata)


def form(
    callback: str, title: str, blocks: Sequence[Any], metadata: str, *, submit: str = "Show", close: str = "Back"
) -> dict[str, Any]:
    """A modal view with a button that sends it."""
    view = SlackView(
        type="modal",
        callback_id=callback,
        title=PlainTextObject(text=title),
        submit=PlainTextObject(text=submit),
        close=PlainTextObject(text=close),
        private_metadata=metadata,
        blocks=list(blocks),
    )
    return dict(view.to_dict())


def field(name: str, label: str, element: Any, *, hint: str = "", optional: bool = False) -> InputBlock:
    return InputBlock(
        block_id=name,
        label=PlainTextObject(text=label),
        element=element,
        hint=PlainTextObject(text=hint) if hint else None,
        optional=optional,
    )


def option(text: str, value: str) -> Option:
    return Option(text=PlainTextObject(text=text), value=value)


def chosen_in(values: dict[str, dict[str, Any]]) -> tuple[Sequence[str], str, bool]:
    """The columns, the sort column and whether the largest comes first, as a submitted form has them."""
    held = {name: block.get(VALUE) or {} for name, block in values.items()}
    columns = [str(one["value"]) for one in held.get("columns", {}).get("selected_options") or []]
    sort = str((held.get("sort", {}).get("selected_option") or {}).get("value") or "created")
    order = str((held.get("order", {}).get("selected_option") or {}).get("value") or FALLING)
    return columns, sort, order == FALLING
