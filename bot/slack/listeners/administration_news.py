"""The form of who hears of which news."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from slack_bolt.async_app import AsyncApp

from bot.slack.answering import Ack, Answering
from bot.slack.blocks.administration_notifications import CALLBACK, REMOVE, TRY, route_in
from bot.slack.blocks.fields import EVERY, FieldsRefused, held_in, on_fields
from bot.slack.listeners.form_reading import no_amount
from bot.slack.listeners.panels import pressed, sent
from bot.slack.listeners.reception import Reception
from handlers.firm import Firm
from handlers.grammar.amounts import read_money
from handlers.grammar.house import account_like
from handlers.news_kinds import ALL, EVENTS
from handlers.requests import Request, RouteNews, TryNews
from models.errors import PaylinkError


def register(bolt: AsyncApp, reception: Reception, answering: Answering) -> None:
    async def added(ack: Any, body: dict[str, Any], view: dict[str, Any]) -> None:
        try:
            asked = _route_of(held_in(view), reception.book.firm)
        except FieldsRefused as refused:
            await ack(response_action="errors", errors=on_fields(view, refused.errors))
            return
        await sent(ack, reception, answering, body, asked, "notifications", "channel")

    async def chosen(ack: Ack, action: dict[str, Any], body: dict[str, Any]) -> None:
        route = route_in(str(action.get("value") or ""))
        asked: Request | None = None
        if route is not None:
            event, account, hearer = route
            asked = TryNews(hearer) if action["action_id"] == TRY else RouteNews(event, hearer, account, off=True)
        await answering.aside(pressed(reception, body, asked, "notifications"), ack)

    bolt.view(CALLBACK)(added)
    bolt.action(re.compile(f"^(?:{TRY}|{REMOVE})$"))(chosen)


def _route_of(held: Mapping[str, str], firm: Firm) -> RouteNews:
    """The line of the map that a form adds. Raises FieldsRefused."""
    channel, person = held.get("channel", ""), held.get("person", "")
    if bool(channel) is bool(person):
        raise FieldsRefused({"channel": f"Choose a channel or a person{', not both' if person else ''}."})
    event, typed = held.get("event", ALL), held.get("least", "").split()
    try:
        least = read_money(typed, firm.currency, firm.numbers, no_amount) if typed else None
    except PaylinkError as error:
        raise FieldsRefused({"least": error.for_staff()}) from error
    return RouteNews(event if event in EVENTS else ALL, channel or person, _account_of(held, firm), least)


def _account_of(held: Mapping[str, str], firm: Firm) -> str:
    """KEY; blank: every account. Raises FieldsRefused."""
    said = held.get("account", EVERY)
    try:
        return "" if said in ("", EVERY) else account_like(firm.accounts, said).key
    except PaylinkError as error:
        raise FieldsRefused({"account": error.for_staff()}) from error
