"""Asking to be let in, and the buttons with which somebody else answers: that, and links above the approval limit."""

from __future__ import annotations

import re
from typing import Any

from slack_bolt.async_app import AsyncApp

from bot.slack.answering import Ack, Answering
from bot.slack.blocks import home
from bot.slack.listeners.actions import visit_of
from bot.slack.listeners.home import HomeTab
from bot.slack.listeners.reception import Reception, Visit
from handlers.answers import Decided
from handlers.people.questions import APPROVE_ACCESS, APPROVE_LINK, APPROVE_VIEWER, ASK_ACCESS, DENY_ACCESS, DENY_LINK
from handlers.requests import AnswerAccess, AskAccess, DecideProposal, ListLinks, Request, Role

_NUMBER = re.compile(r"(?:A|P)-([0-9]{1,12})")
_PRESSES = re.compile(
    f"^(?:{'|'.join([ASK_ACCESS, APPROVE_ACCESS, APPROVE_VIEWER, DENY_ACCESS, APPROVE_LINK, DENY_LINK])})$"
)
_ROLES = {APPROVE_ACCESS: Role.STAFF, APPROVE_VIEWER: Role.VIEWER, DENY_ACCESS: None}


def register(bolt: AsyncApp, reception: Reception, answering: Answering, tab: HomeTab) -> None:
    async def pressed(ack: Ack, action: dict[str, Any], body: dict[str, Any]) -> None:
        request = request_of(str(action.get("action_id")), str(action.get("value") or ""))
        if request is None:
            await ack()
            return
        at_home = (body.get("view") or {}).get("callback_id") == home.CALLBACK
        await answering.aside(_ask(reception, answering, visit_of(body), request, tab if at_home else None), ack)

    bolt.action(_PRESSES)(pressed)


def request_of(action_id: str, value: str) -> Request | None:
    """What a button asks for; None for one we did not make."""
    if action_id == ASK_ACCESS:
        return AskAccess()
    found = _NUMBER.fullmatch(value)
    if found is None:
        return None
    if action_id in _ROLES:
        return AnswerAccess(int(found[1]), _ROLES[action_id])
    return DecideProposal(int(found[1]), approve=action_id == APPROVE_LINK)


async def _ask(reception: Reception, answering: Answering, visit: Visit, request: Request, tab: HomeTab | None) -> None:
    """What is decided stands in the place of the question at once; wherever else it was put, a job says so.

    `tab`: it was pressed in App Home, which then shows that it was asked.
    """
    answer = await reception.ask(visit, request)
    await reception.deliver(answer, visit.place, answering, replace=isinstance(answer, Decided))
    if tab is not None:
        await tab.show(visit.place.user, visit.delivery, ListLinks(said=frozenset()))
