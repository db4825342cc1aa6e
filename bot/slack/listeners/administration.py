"""The admins' forms: opened by word, by button or in App Home; the settings; pages of letters set aside."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from slack_bolt.async_app import AsyncApp

from bot.slack.answering import Ack, Answering
from bot.slack.blocks.administration import NEXT, PREVIOUS
from bot.slack.blocks.administration_settings import CALLBACK, LOGO, WEEK, settings_form, settings_kept
from bot.slack.blocks.fields import VALUE, held_in, on_fields
from bot.slack.blocks.panels import OPEN, TITLES
from bot.slack.files import FileNotRead, SharedFile, fetch, looked_up, shared_file
from bot.slack.listeners import windows
from bot.slack.listeners.actions import visit_of
from bot.slack.listeners.home import read
from bot.slack.listeners.panels import Reply, in_place, open_panel, refused_on, settle_form, visit_in
from bot.slack.listeners.reception import Reception, Visit
from bot.slack.listeners.views import told_in
from handlers.answers import Answer, Overview, SettingsForm, SettingsRefused
from handlers.reminders.plan import WEEKDAYS
from handlers.requests import Asker, Role, SaveSettings, ShowQuarantine


def panel_named(text: str) -> str:
    """The form that a command asks for by its word alone; blank: another command."""
    word = text.strip().lower()
    return word if word in TITLES else ""


def register(bolt: AsyncApp, reception: Reception, answering: Answering) -> None:
    async def wanted(ack: Ack, action: dict[str, Any], body: dict[str, Any]) -> None:
        visit = Visit(visit_of(body).place, str(body.get("trigger_id") or ""))
        await answering.aside(open_panel(reception, answering, visit, OPEN[action["action_id"]]), ack)

    async def settings_sent(ack: Any, body: dict[str, Any], view: dict[str, Any]) -> None:
        asked = settings_of(view)

        async def reply(answer: Answer) -> Reply:
            return _settings_reply(view, answer)

        work = _save(reception, visit_in(body), asked, logo_in(view))
        await settle_form(ack, reception, answering, view, "settings", work, reply)

    async def turned(ack: Ack, action: dict[str, Any], body: dict[str, Any]) -> None:
        command = str(action.get("value") or "")
        asked = read(reception, command) if windows.in_ours(body) else None
        if isinstance(asked, ShowQuarantine):
            await answering.aside(windows.answered(reception, answering, visit_of(body), body, asked), ack)
        elif command.startswith("quarantine "):
            await answering.aside(_turn(reception, answering, visit_of(body), command), ack)
        else:
            await ack()

    bolt.action(re.compile(f"^(?:{'|'.join(OPEN)})$"))(wanted)
    bolt.view(CALLBACK)(settings_sent)
    bolt.action(re.compile(f"^(?:{PREVIOUS}|{NEXT})$"))(turned)


def settings_of(view: dict[str, Any]) -> SaveSettings:
    """What a sent form of settings holds; the days of the week in their order, whichever was ticked first."""
    typed = held_in(view)
    days = typed.get(WEEK, "").split()
    typed[WEEK] = " ".join(day for day in WEEKDAYS if day in days)
    seen = told_in(view).get("seen") or {}
    return SaveSettings(typed, {str(name): str(mark) for name, mark in seen.items()})


def logo_in(view: dict[str, Any]) -> SharedFile | None:
    """The file that was put in; None: none was."""
    files = view["state"]["values"].get(LOGO, {}).get(VALUE, {}).get("files") or []
    return shared_file(files[0]) if files else None


async def _save(reception: Reception, visit: Visit, asked: SaveSettings, logo: SharedFile | None) -> Answer:
    """Fetched only for somebody who may have it read."""

    async def errand(by: Asker) -> Answer:
        if logo is None or by.role is not Role.ADMIN:
            return await reception.desk.ask(by, asked)
        try:
            content = await fetch(reception.client, await looked_up(reception.client, logo))
        except FileNotRead as error:
            return SettingsRefused({LOGO: error.for_staff()})
        return await reception.desk.ask(by, replace(asked, logo=content))

    return await reception.serve(visit, errand)


def _settings_reply(view: dict[str, Any], answer: Answer) -> Reply:
    match answer:
        case SettingsRefused(errors):
            return {"response_action": "errors", "errors": on_fields(view, errors)}
        case SettingsForm(saved=None):
            return in_place(settings_form(answer))
        case SettingsForm():
            return in_place(settings_kept(answer))
    return refused_on(view, "firm name", answer) or {}


async def _turn(reception: Reception, answering: Answering, visit: Visit, command: str) -> None:
    """Another page, in the place of the one under which it was asked for."""
    answer = await reception.hear(visit, command)
    await reception.deliver(answer, visit.place, answering, replace=isinstance(answer, Overview))
