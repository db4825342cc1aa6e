"""What stands under a list: another page, another view, its columns and order, its export."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

import structlog
from slack_bolt.async_app import AsyncApp

from bot.slack.answering import Ack, Answering, Place
from bot.slack.blocks.list_menu import CALLBACK, EXPORT, NEXT, PREVIOUS, SET_COLUMNS, VIEW, chosen_in, columns_form
from bot.slack.listeners.actions import visit_of
from bot.slack.listeners.reception import Reception, Visit
from bot.slack.trouble import UNREACHABLE, trouble_of
from handlers.answers import LinkList
from handlers.grammar import COLUMNS, read_command
from handlers.requests import ListLinks, ListPart
from models.errors import PaylinkError

log = structlog.get_logger()


def register(bolt: AsyncApp, reception: Reception, answering: Answering) -> None:
    async def turned(ack: Ack, action: dict[str, Any], body: dict[str, Any]) -> None:
        command = _command(action, "list")
        if command:
            await answering.aside(_turn(reception, answering, visit_of(body), command), ack)
        else:
            await ack()

    async def exported(ack: Ack, action: dict[str, Any], body: dict[str, Any]) -> None:
        command = _command(action, "export")
        if command:
            await answering.aside(_export(reception, answering, visit_of(body), command), ack)
        else:
            await ack()

    async def columns_wanted(ack: Ack, action: dict[str, Any], body: dict[str, Any]) -> None:
        asked = _list_of(reception, _command(action, "list"))
        if asked is not None:
            await _open(reception, visit_of(body), _command(action, "list"), asked)
        await ack()

    async def columns_chosen(ack: Ack, body: dict[str, Any], view: dict[str, Any]) -> None:
        told = json.loads(view.get("private_metadata") or "{}")
        asked = _list_of(reception, str(told.pop("command", "")))
        if asked is not None:
            place = Place(str(body["user"]["id"]), **told)
            wanted = _as_chosen(asked, view["state"]["values"])
            visit = Visit(place, f"view:{view.get('id')}")
            answering.later(_show(reception, answering, visit, wanted))
        await ack()

    bolt.action(re.compile(f"^(?:{PREVIOUS}|{NEXT}|{VIEW})$"))(turned)
    bolt.action(EXPORT)(exported)
    bolt.action(SET_COLUMNS)(columns_wanted)
    bolt.view(CALLBACK)(columns_chosen)


def _command(action: dict[str, Any], verb: str) -> str:
    """The command that a button or a menu's option carries; blank for one we did not make."""
    option = action.get("selected_option") or {}
    command = str(action.get("value") or option.get("value") or "")
    return command if command.split(" ")[0] == verb else ""


def _list_of(reception: Reception, command: str) -> ListLinks | None:
    """The list that a command of ours asks for; None where it no longer can, as its account is gone."""
    try:
        asked = read_command(command, reception.desk.house())
    except PaylinkError:
        return None
    return asked if isinstance(asked, ListLinks) else None


def _as_chosen(asked: ListLinks, values: dict[str, Any]) -> ListLinks:
    """The list with the columns and order of a submitted form, which may name what is no column by now."""
    columns, sort, descending = chosen_in(values)
    return replace(
        asked,
        columns=tuple(name for name in columns if name in COLUMNS),
        sort=sort if sort in COLUMNS else "created",
        descending=descending,
        page=1,
        said=frozenset(ListPart),
    )


async def _turn(reception: Reception, answering: Answering, visit: Visit, command: str) -> None:
    """Another page or view, in the place of the one under which it was chosen."""
    answer = await reception.hear(visit, command)
    message = await reception.message(answer, visit.place.user)
    await answering.deliver(message, visit.place, replace=isinstance(answer, LinkList))


async def _show(reception: Reception, answering: Answering, visit: Visit, asked: ListLinks) -> None:
    answer = await reception.ask(visit, asked)
    message = await reception.message(answer, visit.place.user)
    await answering.deliver(message, visit.place, replace=isinstance(answer, LinkList))


async def _export(reception: Reception, answering: Answering, visit: Visit, command: str) -> None:
    answer = await reception.hear(visit, command)
    await answering.deliver(await reception.message(answer, visit.place.user), visit.place)


async def _open(reception: Reception, visit: Visit, command: str, asked: ListLinks) -> None:
    """The form, while the press's trigger lives. Where Slack does not open it, nothing is lost: it is pressed again."""
    place = visit.place
    told = {"channel": place.channel, "thread_ts": place.thread_ts, "response_url": place.response_url}
    view = columns_form(asked, json.dumps({**told, "command": command}))
    try:
        await reception.client.views_open(trigger_id=visit.delivery, view=view)
    except UNREACHABLE as error:
        log.warning("slack.form_not_opened", why=str(trouble_of(error)))
