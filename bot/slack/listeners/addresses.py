"""Fix address: the form opens at once, and what is written into it is checked on its field."""

from __future__ import annotations

import re
from asyncio import Task
from typing import Any

from slack_bolt.async_app import AsyncApp

from bot.slack.answering import Ack, Answering
from bot.slack.blocks.fields import held_in, on_fields
from bot.slack.blocks.fix_address import CALLBACK, EMAIL, FIX, fix_address_form
from bot.slack.listeners.actions import visit_of
from bot.slack.listeners.reception import Reception, Visit
from bot.slack.listeners.views import TOO_LATE, metadata_of, opened, place_of, told_in
from handlers.answers import Answer, Refusal, WrongAddress
from handlers.requests import FixAddress
from models.addresses import read_address
from models.card_numbers import holds_card_number
from models.errors import CardNumberSeen, PaylinkError
from models.plain_text import clean

_VALUE = re.compile(r"(PL-[0-9A-Z]{6}) (\S{3,254})")


def register(bolt: AsyncApp, reception: Reception, answering: Answering) -> None:
    async def pressed(ack: Ack, action: dict[str, Any], body: dict[str, Any]) -> None:
        wrong = wrong_address(str(action.get("value") or ""))
        if wrong is not None:
            await answering.aside(_open(reception, answering, visit_of(body), wrong), ack)
        else:
            await ack()

    async def submitted(ack: Any, body: dict[str, Any], view: dict[str, Any]) -> None:
        wrong = wrong_address(str(told_in(view).get("wrong")))
        if wrong is None:
            await ack()
            return
        try:
            right = _right_address(view)
        except PaylinkError as error:
            await ack(response_action="errors", errors=on_fields(view, {EMAIL: error.for_staff()}))
            return
        # the view's id, not the press's: a form that is sent twice changes one address
        visit = Visit(place_of(body, view), f"view:{view.get('id')}")
        task = await answering.soon(reception.ask(visit, FixAddress(wrong.reference, wrong.address, right)))
        if task.done() and isinstance(answer := task.result(), Refusal):
            await ack(response_action="errors", errors=on_fields(view, {EMAIL: answer.sentence}))
            return
        answering.later(_told(task, reception, answering, visit))
        await ack()

    bolt.action(re.compile(f"^{FIX}_[0-9]+$"))(pressed)
    bolt.view(CALLBACK)(submitted)


def wrong_address(value: str) -> WrongAddress | None:
    """What a button is about; None for one we did not make."""
    found = _VALUE.fullmatch(value)
    return WrongAddress(found[1], found[2]) if found else None


def _right_address(view: dict[str, Any]) -> str:
    """Raises AddressUnclear, CardNumberSeen."""
    typed = clean(held_in(view).get(EMAIL, ""))[0]
    if holds_card_number(typed):
        raise CardNumberSeen()
    return read_address(typed)


async def _open(reception: Reception, answering: Answering, visit: Visit, wrong: WrongAddress) -> None:
    """While the press's trigger lives."""
    metadata = metadata_of(visit.place, wrong=f"{wrong.reference} {wrong.address}")
    if not await opened(reception.client, visit.delivery, fix_address_form(wrong, metadata)):
        await answering.deliver(TOO_LATE, visit.place)


async def _told(task: Task[Answer], reception: Reception, answering: Answering, visit: Visit) -> None:
    await reception.deliver(await task, visit.place, answering)
