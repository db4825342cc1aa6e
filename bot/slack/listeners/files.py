"""Files of invoices: shared in a message to us, or put into the Bulk upload form; each becomes a batch to review."""

from __future__ import annotations

import re
from asyncio import Task
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from slack_bolt.async_app import AsyncApp

from bot.slack.answering import Ack, Answering
from bot.slack.blocks.batch import batch_known
from bot.slack.blocks.bulk_upload import (
    ACCOUNT,
    AGAIN,
    BULK_UPLOAD,
    CALLBACK,
    FILE,
    TEMPLATE,
    bulk_form,
    bulk_refused,
)
from bot.slack.blocks.fields import VALUE, held_in, on_fields
from bot.slack.files import FileNotRead, SharedFile, fetch, looked_up, shared_file
from bot.slack.listeners.actions import visit_of
from bot.slack.listeners.mentions import after_mention, from_a_person, visit_of_event
from bot.slack.listeners.reception import Errand, Reception, Visit
from bot.slack.listeners.views import TOO_LATE, metadata_of, opened, place_of, updated
from handlers.answers import Answer, Refusal
from handlers.batches.file_kinds import called_a_list
from handlers.grammar import House, is_command
from handlers.grammar.house import account_like
from handlers.requests import Asker, AskTemplate, OpenForm, ReviewFile
from models.errors import AccountUnclear, PaylinkError
from models.plain_text import listed

_ACCOUNT = re.compile(r"\baccount(?:\s*[:=]\s*|\s+)(?P<key>[^\s,;.!]+)", re.IGNORECASE)
_KNOWN = re.compile(r"\bB-([0-9]{1,12})\b")
_FIELD_OF = {"account_unclear": ACCOUNT, "already_imported": AGAIN}  # the file's, where it is no other's
_AGAIN = re.compile(r"\bagain\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Brought:
    """Files and what was said with them."""

    files: tuple[SharedFile, ...]
    account: str = ""
    again: bool = False


def register(bolt: AsyncApp, reception: Reception, answering: Answering) -> None:
    async def shared(ack: Ack, event: dict[str, Any], body: dict[str, Any], context: dict[str, Any]) -> None:
        visit = visit_of_event(event, body)
        text = after_mention(str(event.get("text") or ""), str(context.get("bot_user_id") or ""))
        account, again = said_with_file(text, reception.desk.house(visit.place.channel))
        brought = Brought(_files_of(event), account, again)
        await answering.aside(_review(reception, answering, visit, brought), ack)

    async def wanted(ack: Ack, body: dict[str, Any]) -> None:
        await answering.aside(_open(reception, answering, visit_of(body)), ack)

    async def template_wanted(ack: Ack, body: dict[str, Any], view: dict[str, Any] | None = None) -> None:
        visit = Visit(place_of(body, body.get("view") or {}), str(body.get("trigger_id") or ""))
        await answering.aside(_send_template(reception, answering, visit), ack)

    async def submitted(ack: Any, body: dict[str, Any], view: dict[str, Any]) -> None:
        # the view's id, not the press's: a form that is sent twice makes one batch
        visit = Visit(place_of(body, view), f"view:{view.get('id')}")
        try:
            brought = _filled_in(view, reception.desk.house(visit.place.channel))
        except AccountUnclear as error:
            await ack(response_action="errors", errors=on_fields(view, {ACCOUNT: error.for_staff()}))
            return
        task = await answering.soon(reception.serve(visit, _errand(reception, brought)))
        if task.done() and isinstance(answer := task.result(), Refusal):
            field = _FIELD_OF.get(answer.code, FILE)
            await ack(response_action="errors", errors=on_fields(view, {field: answer.sentence}))
            return
        answering.later(_told(task, reception, answering, visit))
        await ack()

    bolt.event("app_mention", matchers=[brings_a_list])(shared)
    bolt.event("message", matchers=[brings_a_list])(shared)
    bolt.action(BULK_UPLOAD)(wanted)
    bolt.global_shortcut(BULK_UPLOAD)(wanted)
    bolt.action(TEMPLATE)(template_wanted)
    bolt.view(CALLBACK)(submitted)


async def brings_a_list(event: dict[str, Any], context: dict[str, Any]) -> bool:
    """Whether a message to us is about the file in it. A picture beside a command is not what the command is about."""
    if not from_a_person(event) or (event["type"] == "message" and event.get("channel_type") != "im"):
        return False
    files = _files_of(event)
    if any(_is_table(file) for file in files):
        return True
    text = after_mention(str(event.get("text") or ""), str(context.get("bot_user_id") or ""))
    return bool(files) and not is_command(text)


def said_with_file(text: str, house: House) -> tuple[str, bool]:
    """The KEY of the account that the words beside a file name, and whether the same file is meant again.

    Of prose such as "for the account of Jane" nothing is taken; a line that says nothing but an account is an answer,
    right or wrong.
    """
    again = bool(_AGAIN.search(text))
    for line in text.splitlines():
        rest = _AGAIN.sub("", line).strip(" \t.,;!")
        for found in _ACCOUNT.finditer(rest):
            try:
                return house.account(found["key"]).key, again
            except PaylinkError:
                if found[0] == rest:
                    return found["key"].lower(), again
    return "", again


def _files_of(event: Mapping[str, Any]) -> tuple[SharedFile, ...]:
    told = event.get("files")
    return tuple(shared_file(file) for file in told if isinstance(file, dict)) if isinstance(told, list) else ()


def _is_table(file: SharedFile) -> bool:
    return called_a_list(file.name, file.mimetype) or not file.name


def _filled_in(view: Mapping[str, Any], house: House) -> Brought:
    """Raises AccountUnclear."""
    held, file = held_in(view), view["state"]["values"].get(FILE, {}).get(VALUE) or {}
    named = held.get(ACCOUNT, "")
    account = account_like(house.accounts, named).key if named else ""
    return Brought(_files_of(file), account, bool(held.get(AGAIN)))


def _errand(reception: Reception, brought: Brought) -> Errand:
    """Fetch the one list among the files and have it reviewed, for somebody who may bring one."""

    async def errand(by: Asker) -> Answer:
        welcome = await reception.desk.ask(by, OpenForm())  # fetched for nobody else
        if isinstance(welcome, Refusal):
            return welcome
        try:
            file = await looked_up(reception.client, the_list(brought.files))
            await _owned_well(reception, by, file)
            content = await fetch(reception.client, file)
        except FileNotRead as error:
            return Refusal(error.code, error.for_staff())
        return await reception.desk.ask(by, ReviewFile(file.name, content, brought.account, brought.again))

    return errand


def the_list(files: Sequence[SharedFile]) -> SharedFile:
    """The one file that is meant. Raises FileNotRead: there are several lists, or none (B36)."""
    tables = [file for file in files if _is_table(file)] or list(files)
    if not tables:
        raise FileNotRead("There is no file. Add a list of invoices as CSV, TXT or XLSX.")
    if len(tables) > 1:
        names = listed([file.said for file in tables[:5]])
        raise FileNotRead(f"There are {len(tables)} files ({names}). Share one list of invoices at a time.")
    return tables[0]


async def _owned_well(reception: Reception, by: Asker, file: SharedFile) -> None:
    """Raises FileNotRead: the file was put into Slack by a bot, or by somebody from outside (T12)."""
    if file.owner == by.key:
        return
    bar = "Slack does not say who put it there." if not file.owner else ""
    if bar or (bar := (await reception.directory.member(file.owner)).bar):
        raise FileNotRead(
            f"{file.said} is not a colleague's file, so it was not read. {bar} "
            "Download it, look through it, and share it yourself."
        )


async def _review(reception: Reception, answering: Answering, visit: Visit, brought: Brought) -> None:
    await _tell(reception, answering, visit, await reception.serve(visit, _errand(reception, brought)))


async def _told(task: Task[Answer], reception: Reception, answering: Answering, visit: Visit) -> None:
    await _tell(reception, answering, visit, await task)


async def _tell(reception: Reception, answering: Answering, visit: Visit, answer: Answer) -> None:
    known = (
        _KNOWN.search(answer.sentence) if isinstance(answer, Refusal) and answer.code == "already_imported" else None
    )
    if isinstance(answer, Refusal) and known:
        await answering.deliver(batch_known(answer.sentence, int(known[1])), visit.place)
    else:
        await reception.deliver(answer, visit.place, answering)


async def _send_template(reception: Reception, answering: Answering, visit: Visit) -> None:
    await _tell(reception, answering, visit, await reception.ask(visit, AskTemplate()))


async def _open(reception: Reception, answering: Answering, visit: Visit) -> None:
    """The form, bare, while the press's trigger lives; then the accounts, or why this person may not bring a file."""
    metadata = metadata_of(visit.place)
    view_id = await opened(reception.client, visit.delivery, bulk_form(metadata))
    if not view_id:
        await answering.deliver(TOO_LATE, visit.place)
        return
    welcome = await reception.ask(visit, OpenForm())
    if isinstance(welcome, Refusal):
        filled = bulk_refused(welcome.sentence, metadata)
    else:
        filled = bulk_form(metadata, reception.desk.house(visit.place.channel))
    await updated(reception.client, view_id, filled)
