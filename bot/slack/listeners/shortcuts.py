"""The form from Slack's own menus: New payment link from anywhere, Ask for payment from a message."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from slack_bolt.async_app import AsyncApp

from bot.slack.answering import Ack, Answering, Place
from bot.slack.blocks.form import Filled
from bot.slack.listeners.actions import visit_of
from bot.slack.listeners.form_opening import open_form
from bot.slack.listeners.reception import Reception, Visit
from bot.slack.manifest import ASK_SHORTCUT, NEW_LINK_SHORTCUT
from handlers.firm import Firm
from handlers.grammar.draft import Draft, read_draft

_LOOK = "This was read from the message: look it through before you send it."
_NOTHING = "Nothing in the message is clearly an amount, a name or an address: fill in what is to be asked for."


def register(bolt: AsyncApp, reception: Reception, answering: Answering) -> None:
    async def new_link(ack: Ack, body: dict[str, Any]) -> None:
        await answering.aside(open_form(reception, answering, visit_of(body)), ack)

    async def ask_for_payment(ack: Ack, body: dict[str, Any]) -> None:
        await answering.aside(open_form(reception, answering, _visit(body), _drafted(reception, body)), ack)

    bolt.global_shortcut(NEW_LINK_SHORTCUT)(new_link)
    bolt.message_shortcut(ASK_SHORTCUT)(ask_for_payment)


def _visit(body: dict[str, Any]) -> Visit:
    """The answer belongs beside the message: in its thread, where it has one.

    Slack shows an answer for one person's eyes in a thread only where that thread has replies already
    (docs.slack.dev, chat.postEphemeral), so where there is none it stands in the channel.
    """
    message, channel = body.get("message") or {}, body.get("channel") or {}
    place = Place(
        user=str(body["user"]["id"]),
        channel=str(channel.get("id") or ""),
        thread_ts=str(message.get("thread_ts") or ""),
        response_url=str(body.get("response_url") or ""),
    )
    return Visit(place, str(body.get("trigger_id") or ""))


def _drafted(reception: Reception, body: dict[str, Any]) -> Filled:
    """What the message says of a payment. The message itself is kept nowhere."""
    message, channel = body.get("message") or {}, body.get("channel") or {}
    house = reception.desk.house(str(channel.get("id") or ""))
    draft = read_draft(str(message.get("text") or ""), house, _said_on(message, house.firm, house.today))
    named = {
        "amount": draft.amount,
        "currency": draft.currency,
        "client": draft.client,
        "email": draft.email,
        "invoice": draft.invoice,
        "due": f"{draft.due:%Y-%m-%d}" if draft.due else "",
    }
    values = {name: value for name, value in named.items() if value}
    return Filled(values, _hints(draft, bool(values)), "📝")


def _hints(draft: Draft, found: bool) -> tuple[str, ...]:
    if not found and not draft.hints:
        return (_NOTHING,)
    return (_LOOK, *draft.hints) if found else draft.hints


def _said_on(message: dict[str, Any], firm: Firm, today: date) -> date:
    """The firm's day on which a message was written; its `ts` is seconds since 1970."""
    try:
        return firm.today(datetime.fromtimestamp(float(str(message.get("ts"))), UTC))
    except (ValueError, OverflowError, OSError):
        return today
