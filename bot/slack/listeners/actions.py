"""Buttons. Their values are references and commands; pressed twice or on a stale card, the desk says what is so."""

from __future__ import annotations

import re
from typing import Any

from slack_bolt.async_app import AsyncApp

from bot.slack.answering import Ack, Answering, Place
from bot.slack.blocks.card import ASK_REFUND, BALANCE, CANCEL, COPY, REMIND, RESEND, SEEN, SHOW
from bot.slack.blocks.refund import KEEP, REFUND
from bot.slack.listeners.reception import Reception, Visit
from handlers.requests import (
    AskRefund,
    BalanceLink,
    CancelLinks,
    CopyLink,
    KeepMoney,
    MarkSeen,
    RemindLink,
    Request,
    ResendLink,
    SendRefund,
    ShowLink,
)
from models.errors import PaylinkError
from models.reference import read_reference

_REFUND = re.compile(r"(PL-[0-9A-Z]{6}) ([0-9]{1,18}) ([0-9]{1,18}) ([0-9]{1,6})")
_MONEY = re.compile(r"(PL-[0-9A-Z]{6}) ([0-9]{1,18})")
_ONE_EACH = (COPY, SHOW, RESEND, REMIND, CANCEL, BALANCE, ASK_REFUND, SEEN)
_PRESSES = re.compile(f"^(?:{'|'.join([rf'{REFUND}_[0-9]+', rf'{KEEP}_[0-9]+', *_ONE_EACH])})$")


def register(bolt: AsyncApp, reception: Reception, answering: Answering) -> None:
    async def pressed(ack: Ack, action: dict[str, Any], body: dict[str, Any]) -> None:
        request = request_of(str(action.get("action_id")), str(action.get("value") or ""))
        if request is None:
            await ack()
            return
        await answering.aside(_ask(reception, answering, visit_of(body), request), ack)

    bolt.action(_PRESSES)(pressed)


def visit_of(body: dict[str, Any]) -> Visit:
    """Who pressed something in a message, and where the answer belongs."""
    container, channel = body.get("container") or {}, body.get("channel") or {}
    place = Place(
        user=str(body["user"]["id"]),
        channel=str(channel.get("id") or ""),
        # the answer belongs beside the card; in its thread only where the card itself stands in one
        thread_ts=str(container.get("thread_ts") or ""),
        response_url=str(body.get("response_url") or ""),
    )
    return Visit(place, str(body.get("trigger_id") or ""))


def request_of(action_id: str, value: str) -> Request | None:
    """What a button asks for; None for one we did not make."""
    if action_id.startswith(f"{REFUND}_"):
        offer = _REFUND.fullmatch(value)
        return SendRefund(offer[1], int(offer[2]), int(offer[3]), int(offer[4])) if offer else None
    if action_id == SEEN or action_id.startswith(f"{KEEP}_"):
        kept = _MONEY.fullmatch(value)
        return (MarkSeen if action_id == SEEN else KeepMoney)(kept[1], int(kept[2])) if kept else None
    try:
        reference = read_reference(value)
    except PaylinkError:
        return None
    asked: dict[str, Request] = {
        COPY: CopyLink(reference),
        SHOW: ShowLink(reference),
        RESEND: ResendLink(reference),
        REMIND: RemindLink(reference),
        CANCEL: CancelLinks((reference,)),
        BALANCE: BalanceLink(reference),
        ASK_REFUND: AskRefund(reference),
    }
    return asked.get(action_id)


async def _ask(reception: Reception, answering: Answering, visit: Visit, request: Request) -> None:
    answer = await reception.ask(visit, request)
    await reception.deliver(answer, visit.place, answering)
