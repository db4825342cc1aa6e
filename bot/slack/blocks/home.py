"""App Home: what a person begins with, and the sent pages."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from slack_sdk.models.blocks import ActionsBlock, Block, DividerBlock, HeaderBlock, PlainTextObject, StaticSelectElement
from slack_sdk.models.blocks.block_elements import InteractiveElement
from slack_sdk.models.views import View as SlackView

from bot.slack.blocks.answers import NEW_LINK
from bot.slack.blocks.bulk_upload import BULK_UPLOAD, TEMPLATE
from bot.slack.blocks.buttons import button
from bot.slack.blocks.fields import option
from bot.slack.blocks.links import found_words, list_row
from bot.slack.blocks.list_menu import LONGEST, VIEW, title_of, tools, turns, with_count
from bot.slack.blocks.questions import ask_button
from bot.slack.blocks.wording import said, section, small, typed
from handlers.answers import HomePage, LinkList, Refusal
from handlers.firm import Firm
from handlers.grammar import COLUMNS
from models.plain_text import shortened

CALLBACK = "paylink_home"
QUARANTINE = "home_quarantine"
OPEN, SORT, REFRESH, RESET = "home_open", "list_sort", "list_refresh", "list_reset"
_DESKS = (
    ("Settings", "open_settings"),
    ("Users", "open_users"),
    ("Notifications", "open_notifications"),
    ("Accounts", "open_accounts"),
)
_FIGURES, _DAYS = frozenset({"amount", "paid"}), frozenset({"created", "due"})


def home_view(page: HomePage, firm: Firm) -> dict[str, Any]:
    """The view for views.publish. Its metadata is the command of the list it shows, so that it can be shown anew."""
    listed = page.listed
    blocks: list[Block] = [_heading(firm)]
    if listed.may_act:
        begin = [
            button("New payment link", NEW_LINK, "new", style="primary"),
            button("Bulk upload", BULK_UPLOAD, "bulk"),
            button("Template", TEMPLATE, "template"),
        ]
        blocks.append(ActionsBlock(elements=begin))
    if page.admin:
        desks = [*_DESKS, ("Quarantine", QUARANTINE)]
        blocks.append(ActionsBlock(elements=[button(label, action, "open") for label, action in desks]))
    blocks += [DividerBlock(), HeaderBlock(text=PlainTextObject(text="Sent pages")), *_list(listed, firm)]
    command = f"{listed.command} page {listed.page}"
    return _view(blocks, json.dumps({"command": command}, ensure_ascii=False) if len(command) <= LONGEST else "")


def _list(listed: LinkList, firm: Firm) -> Iterator[Block]:
    views: list[InteractiveElement] = [
        button(
            with_count(each),
            f"{VIEW}_{each.view}",
            f"list {each.view}",
            style="primary" if each.view is listed.view else None,
        )
        for each in listed.counts
    ]
    if any(each.count for each in listed.counts):
        yield ActionsBlock(elements=views)
    paged = f", page {listed.page} of {listed.pages}" if listed.pages > 1 else ""
    own = listed.command != f"list {listed.view}"
    nothing = "no links as they are filtered; Reset shows the usual list" if _hidden(listed) else "no links"
    what = f"{found_words(listed, firm)}{paged}" if listed.count else nothing
    yield section(f"*{title_of(listed.view)}*  ·  {what}")
    yield ActionsBlock(
        elements=[
            *tools(listed),
            *_sort(listed),
            *([button("Reset", RESET, "list default")] if own else []),
            button("Refresh", REFRESH, _again(listed)),
        ]
    )
    shown = f"Shown: `{typed(listed.command, 600)}`" if own else ""
    notes = "  ".join(filter(None, [shown, said(listed.note, 300), said(listed.within, 300)]))
    if notes:
        yield small(notes)
    yield DividerBlock()
    for card in listed.rows:
        yield list_row(card, listed.columns, firm, button("Open", OPEN, card.reference))
    if turns(listed):
        yield ActionsBlock(elements=turns(listed))


def _hidden(listed: LinkList) -> bool:
    """Whether the view holds links, and it is the filter that leaves none of them."""
    return any(each.count for each in listed.counts if each.view is listed.view)


def _again(listed: LinkList) -> str:
    return f"{listed.command} page {listed.page}"[:2000]


def _sort(listed: LinkList) -> list[InteractiveElement]:
    if len(listed.command) > LONGEST:
        return []
    orders = {
        (name, down): option(f"{name} {'desc' if down else 'asc'}", _order(name, down=down)) for name, down in _ORDERS
    }
    now = orders[listed.asked.sort, listed.asked.descending]
    return [StaticSelectElement(action_id=SORT, options=list(orders.values()), initial_option=now)]


_ORDERS = [(name, down) for name in COLUMNS for down in (True, False)]


def _order(name: str, *, down: bool) -> str:
    """'Amount: largest first'."""
    first = ("largest", "smallest") if name in _FIGURES else ("latest", "earliest") if name in _DAYS else ("Z", "A")
    return f"{name.capitalize()}: {first[0] if down else first[1]} first"


def closed_view(refusal: Refusal, firm: Firm) -> dict[str, Any]:
    """For somebody who may not use Paylink: why, and a way to ask, where there is one."""
    blocks: list[Block] = [_heading(firm), section(said(refusal.sentence, 1000))]
    if refusal.may_ask:
        blocks.append(ActionsBlock(elements=[ask_button()]))
    return _view(blocks)


def waiting_view(firm: Firm) -> dict[str, Any]:
    """What stands there until the list does."""
    begin = [button("New payment link", NEW_LINK, "new", style="primary"), button("Bulk upload", BULK_UPLOAD, "bulk")]
    words = "⏳ Loading the sent pages: they follow in a moment."
    return _view([_heading(firm), ActionsBlock(elements=begin), DividerBlock(), section(words)])


def trouble_view(sentence: str, firm: Firm) -> dict[str, Any]:
    """Where the list cannot be had now."""
    again = ActionsBlock(elements=[button("Try again", REFRESH, "list")])
    return _view([_heading(firm), section(f"⚠️ {said(sentence, 1000)}"), again])


def _heading(firm: Firm) -> HeaderBlock:
    return HeaderBlock(text=PlainTextObject(text=shortened(f"Payment links of {firm.name}", 150)))


def _view(blocks: list[Block], metadata: str = "") -> dict[str, Any]:
    view = SlackView(type="home", callback_id=CALLBACK, private_metadata=metadata or None, blocks=blocks)
    return dict(view.to_dict())
