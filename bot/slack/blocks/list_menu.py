"""What stands under a list: the views with their counts, the ways to other pages, its columns, filters and export."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from slack_sdk.models.blocks import PlainTextObject, StaticSelectElement
from slack_sdk.models.blocks.block_elements import InteractiveElement, StaticMultiSelectElement

from bot.slack.blocks.buttons import button
from bot.slack.blocks.fields import VALUE, field, held_in, menu, option, radios
from bot.slack.blocks.modal import modal
from handlers.answers import LinkList, ViewCount
from handlers.grammar import COLUMNS
from handlers.requests import ListLinks, View

PREVIOUS, NEXT = "list_previous", "list_next"
VIEW, SET_COLUMNS, FILTER, SELECT, EXPORT = "list_view", "list_columns", "list_filter", "list_select", "list_export"
CALLBACK = "list_columns_form"
FALLING, RISING = "desc", "asc"
_ORDERS = {FALLING: "Largest, latest or Z first", RISING: "Smallest, earliest or A first"}
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
    options = [option(f"list {each.view}", with_count(each)) for each in listed.counts]
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
    names = {name: name.capitalize() for name in COLUMNS}
    free = {name: option(name, label) for name, label in names.items() if name != "reference"}
    chosen = [free[name] for name in asked.columns if name in free]
    columns = StaticMultiSelectElement(action_id=VALUE, options=list(free.values()), initial_options=chosen or None)
    hint = "Shown in the order you choose them, after the reference. Left blank, the usual ones."
    order = radios(_ORDERS, FALLING if asked.descending else RISING)
    blocks = [
        field("columns", "Columns", columns, hint=hint),
        field("sort", "Sort by", menu(names, asked.sort), optional=False),
        field("order", "Order", order, optional=False),
    ]
    return modal("Columns and order", blocks, callback=CALLBACK, submit="Show", close="Close", metadata=metadata)


def chosen_in(view: Mapping[str, Any]) -> tuple[Sequence[str], str, bool]:
    """The columns, the sort column and whether the largest comes first, as a submitted form has them."""
    held = held_in(view)
    return held.get("columns", "").split(), held.get("sort") or "created", held.get("order", FALLING) == FALLING
