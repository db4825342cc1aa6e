"""What the listeners of the admins' forms share: a bare view at once, and what the desk says of it afterwards."""

from __future__ import annotations

from asyncio import Task
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any

import structlog

from bot.slack.answering import Answering, Place
from bot.slack.blocks.administration_accounts import accounts_panel
from bot.slack.blocks.administration_notifications import notifications_form
from bot.slack.blocks.administration_settings import settings_form
from bot.slack.blocks.administration_users import users_form
from bot.slack.blocks.fields import on_fields
from bot.slack.blocks.form import sentence_view, waiting_view, words_view
from bot.slack.blocks.panels import TITLES
from bot.slack.blocks.sent_back import sent_back
from bot.slack.listeners.reception import Reception, Visit
from bot.slack.listeners.views import opened, told_in, updated
from handlers.answers import AccountsForm, Answer, NotificationsForm, Overview, Refusal, SettingsForm, UsersForm
from handlers.requests import OpenAccounts, OpenNotifications, OpenSettings, OpenUsers, Request

log = structlog.get_logger()
WANTED: Mapping[str, Request] = {
    "settings": OpenSettings(),
    "users": OpenUsers(),
    "notifications": OpenNotifications(),
    "accounts": OpenAccounts(),
}
_NOT_FILLED = "This could not be filled in just now, so nothing was done. Close it and open it once more."
Reply = dict[str, Any]  # how a form that was sent is acknowledged
Drawn = Callable[[Answer], Awaitable[Reply]]


async def open_panel(reception: Reception, answering: Answering, visit: Visit, name: str) -> None:
    """Open a form bare, while its trigger lives, and fill it once the desk lets somebody in.

    `visit.delivery` is the trigger id. Where Slack opens none, a message says how things stand.
    """
    view_id = await opened(reception.client, visit.delivery, waiting_view(TITLES[name]))
    answer = await reception.ask(visit, WANTED[name])
    if view_id and await updated(reception.client, view_id, await drawn(reception, visit, name, answer)):
        return
    await reception.deliver(answer, visit.place, answering)


async def drawn(reception: Reception, visit: Visit, name: str, answer: Answer, turn: int = 0) -> dict[str, Any]:
    """The form, or in its place why this person gets none."""
    try:
        match answer:
            case SettingsForm():
                return settings_form(answer)
            case UsersForm():
                return users_form(answer, turn)
            case NotificationsForm():
                return notifications_form(answer, reception.book.firm, turn)
            case AccountsForm():
                return accounts_panel(answer)
    except Exception:  # the view stands there bare, and must not for ever
        log.exception("slack.form_not_filled", form=name)
        return sentence_view(_NOT_FILLED, title=TITLES[name])
    return words_view(TITLES[name], (await reception.message(answer, visit.place.user)).blocks)


async def settle_form(
    ack: Any, reception: Reception, answering: Answering, view: Mapping[str, Any], name: str, work: Any, draw: Drawn
) -> None:
    """Do what a sent form asks, and acknowledge it with what came of it; where that takes long, tell it afterwards."""
    task: Task[Answer] = await answering.soon(work)
    if task.done():
        await ack(**await draw(task.result()))
        return
    answering.later(_late(task, reception, view, draw))
    await ack(response_action="update", view=waiting_view(TITLES[name], "Working on it …"))


async def _late(task: Task[Answer], reception: Reception, view: Mapping[str, Any], draw: Drawn) -> None:
    """What came of it, where Slack did not wait for that; a refusal brings the form back with all that was typed."""
    reply = await draw(await task)
    then = reply.get("view") or sent_back(view, reply.get("errors", {}))
    await updated(reception.client, str(view.get("id")), then)


def refused_on(view: Mapping[str, Any], field: str, answer: Answer) -> Reply | None:
    """How a form is sent back with a refusal under a field; None: it was none."""
    if not isinstance(answer, Refusal):
        return None
    return {"response_action": "errors", "errors": on_fields(view, {field: answer.sentence})}


def in_place(view: dict[str, Any]) -> Reply:
    """How a form is acknowledged that another view takes the place of."""
    return {"response_action": "update", "view": view}


def note_of(answer: Answer) -> str:
    """What a form says of what was just done."""
    match answer:
        case Overview():
            done = "; ".join(f"{line.name}: {line.value}" for line in answer.lines[:1])
            return " ".join(part for part in (f"✅ {done}." if done else "✅", *answer.notes) if part)
        case Refusal():
            return f"⚠️ {answer.sentence}"
    return ""


def place_in(body: Mapping[str, Any]) -> Place:
    """Whose form it is. Forms of admins belong to no channel."""
    return Place(str(body["user"]["id"]))


def visit_in(body: Mapping[str, Any]) -> Visit:
    """One press or one sending of a form, as Slack delivers it again."""
    view = body.get("view") or {}
    return Visit(place_in(body), str(body.get("trigger_id") or f"view:{view.get('id')}:{view.get('hash')}"))


# ── forms that stay, with a line more or less ─────────────────────────────────────────────────────────────────────────


async def pressed(reception: Reception, body: Mapping[str, Any], asked: Request | None, name: str) -> None:
    """Do what was pressed in a form, and show the form as it is then."""
    answer = None if asked is None else await reception.ask(visit_in(body), asked)
    view = await _again(reception, body, answer, name)
    await updated(reception.client, str((body.get("view") or {}).get("id") or ""), view)


async def sent(
    ack: Any,
    reception: Reception,
    answering: Answering,
    body: Mapping[str, Any],
    asked: Request,
    name: str,
    refused_at: str,
) -> None:
    """Do what a form asks that was sent, and show it as it is then; a refusal stands at the field `refused_at`."""
    view = body["view"]

    async def reply(answer: Answer) -> Reply:
        refused = refused_on(view, refused_at, answer)
        return refused or in_place(await _again(reception, body, answer, name))

    await settle_form(ack, reception, answering, view, name, reception.ask(visit_in(body), asked), reply)


async def _again(reception: Reception, body: Mapping[str, Any], answer: Answer | None, name: str) -> dict[str, Any]:
    """The form as it stands now, with a note of what was done. Its fields are new ones: what stood in them is done."""
    visit = visit_in(body)
    told = told_in(body.get("view") or {})
    shown = OpenUsers(int(told.get("page", 1))) if name == "users" else WANTED[name]
    form = answer if isinstance(answer, (UsersForm, NotificationsForm)) else await reception.ask(visit, shown)
    if isinstance(form, (UsersForm, NotificationsForm)) and isinstance(answer, (Overview, Refusal)):
        form = replace(form, note=note_of(answer))
    return await drawn(reception, visit, name, form, int(told.get("turn", 0)) + 1)
