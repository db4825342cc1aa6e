"""The form of who may use Paylink."""

from __future__ import annotations

import re
from typing import Any

from slack_bolt.async_app import AsyncApp

from bot.slack.answering import Ack, Answering
from bot.slack.blocks.administration_users import CALLBACK, NOBODY, ROLE, TURN
from bot.slack.blocks.fields import held_in, on_fields
from bot.slack.listeners.panels import pressed, sent
from bot.slack.listeners.reception import Reception
from handlers.requests import AddUser, OpenUsers, RemoveUser, Role
from models.addresses import read_address
from models.errors import CommandUnclear, PaylinkError

_PERSON = re.compile(r"[UW][A-Z0-9]{2,30}|[^\s@]{1,64}@[^\s@]{1,190}")
_ROLES = {role.value: role for role in (Role.ADMIN, Role.STAFF, Role.VIEWER)}


def register(bolt: AsyncApp, reception: Reception, answering: Answering) -> None:
    async def added(ack: Any, body: dict[str, Any], view: dict[str, Any]) -> None:
        try:
            asked = _user_in(held_in(view))
        except PaylinkError as error:
            await ack(response_action="errors", errors=on_fields(view, {"person": error.for_staff()}))
            return
        await sent(ack, reception, answering, body, asked, "users", "person")

    async def role_chosen(ack: Ack, action: dict[str, Any], body: dict[str, Any]) -> None:
        asked = _role_in(str((action.get("selected_option") or {}).get("value") or ""))
        await answering.aside(pressed(reception, body, asked, "users"), ack)

    async def turned(ack: Ack, action: dict[str, Any], body: dict[str, Any]) -> None:
        page = str(action.get("value") or "")
        asked = OpenUsers(int(page) if re.fullmatch(r"[1-9][0-9]{0,5}", page) else 1)
        await answering.aside(pressed(reception, body, asked, "users"), ack)

    bolt.view(CALLBACK)(added)
    bolt.action(ROLE)(role_chosen)
    bolt.action(re.compile(f"^{TURN}_[0-9]+$"))(turned)


def _user_in(held: dict[str, str]) -> AddUser:
    """Who is to be added. Raises CommandUnclear, AddressUnclear."""
    person, email = held.get("person", ""), held.get("email", "")
    if bool(person) is bool(email):
        either = "Choose a person, or write a mail address"
        raise CommandUnclear(f"{either}, not both." if person else f"{either}.")
    return AddUser(person or read_address(email).lower(), _ROLES.get(held.get("role", ""), Role.VIEWER))


def _role_in(value: str) -> AddUser | RemoveUser | None:
    """What a choice beside a person asks for; None: it is none of ours."""
    role, _, person = value.partition(" ")
    if not _PERSON.fullmatch(person):
        return None
    if role == NOBODY:
        return RemoveUser(person)
    return AddUser(person, _ROLES[role]) if role in _ROLES else None
