"""The form of who hears of which news."""

from __future__ import annotations

import json
from typing import Any

from slack_sdk.models.blocks import (
    ActionsBlock,
    Block,
    ConversationFilter,
    ConversationSelectElement,
    DividerBlock,
    HeaderBlock,
    PlainTextObject,
    UserSelectElement,
)

from bot.slack.blocks.buttons import button
from bot.slack.blocks.fields import VALUE, account_field, field, menu, text
from bot.slack.blocks.panels import fitting_groups, panel
from bot.slack.blocks.wording import money, said, section, shown, small, typed
from handlers.answers import NotificationsForm, RouteLine
from handlers.firm import Firm
from handlers.news_kinds import ALL, EVENTS

CALLBACK = "notifications_form"
TRY, REMOVE = "news_try", "news_remove"
_MOST_ROUTES = 40  # in one view, which takes 100 blocks
_NOTE = (
    "The channel that a link is asked for in hears of everything about it; else its maker does, in person. Elsewhere "
    "its card comes with the first news that is wanted there, and is kept up to date."
)


def notifications_form(form: NotificationsForm, firm: Firm, turn: int) -> dict[str, Any]:
    """A line to be added, then those there are. `turn`: see bot.slack.blocks.administration_users."""
    blocks: list[Block] = [section(said(form.note))] if form.note else []
    events = {event: f"{event}: {about}" for event, about in EVENTS.items()}
    blocks += [
        field(f"event~{turn}", "News", menu(events, ALL), optional=False),
        field(f"channel~{turn}", "Channel", _channels(), hint="One that Paylink is in: /invite @Paylink"),
        field(
            f"person~{turn}",
            "Or a person, in direct messages",
            UserSelectElement(action_id=VALUE, placeholder=PlainTextObject(text="Choose a person")),
        ),
        field(
            f"least~{turn}",
            "Amounts from",
            text("", 40, example="1000"),
            hint="Left blank, of every amount. Links in another currency are told in any case.",
        ),
    ]
    if len(form.accounts) > 1:
        blocks.append(account_field(f"account~{turn}", form.accounts, every="Every account"))
    blocks += [DividerBlock(), HeaderBlock(text=PlainTextObject(text="Who hears of what"))]
    last: list[Block] = [small(_NOTE)]
    if len(form.routes) > _MOST_ROUTES:
        last.insert(0, small(f"And {len(form.routes) - _MOST_ROUTES} more: `notifications` lists and changes them."))
    lines = [_route(one, form, firm, f"{number}~{turn}") for number, one in enumerate(form.routes[:_MOST_ROUTES])]
    blocks += fitting_groups(lines, [*blocks, *last], "And {count} more: `notifications` lists and changes them.")
    if not form.routes:
        blocks.append(section("Nobody besides the channel of a link, or its maker."))
    metadata = json.dumps({"turn": turn})
    return panel("notifications", [*blocks, *last], callback=CALLBACK, submit="Add", metadata=metadata)


def _channels() -> ConversationSelectElement:
    return ConversationSelectElement(
        action_id=VALUE,
        placeholder=PlainTextObject(text="Choose a channel"),
        filter=ConversationFilter(
            include=["public", "private"], exclude_bot_users=True, exclude_external_shared_channels=True
        ),
    )


def _route(route: RouteLine, form: NotificationsForm, firm: Firm, place: str) -> list[Block]:
    which = [f"account {form.accounts.get(route.account, route.account)}"] if route.account else []
    which += [f"from {money(route.least, firm)} on"] if route.least else []
    words = f"*{typed(route.event)}* → {shown(route.target)}" + (f"\n_{said(', '.join(which), 300)}_" if which else "")
    value = json.dumps([route.event, route.account, route.target])
    presses = [button("Send a test", TRY, value), button("Take off", REMOVE, value)]
    return [section(words), ActionsBlock(block_id=f"route_{place}", elements=presses)]


def route_in(value: str) -> tuple[str, str, str] | None:
    """The event, account and target that a button names; None: it is none of ours."""
    try:
        event, account, hearer = json.loads(value)
    except (ValueError, TypeError):
        return None
    return str(event), str(account), str(hearer)
