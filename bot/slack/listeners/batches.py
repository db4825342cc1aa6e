"""What stands under a file's review: its pages, its rows, what is added or taken in, the account, the decision."""

from __future__ import annotations

import re
from asyncio import Task
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from slack_bolt.async_app import AsyncApp

from bot.slack.answering import Ack, Answering, Place
from bot.slack.blocks.batch import SHOW, batch_decided
from bot.slack.blocks.batch_forms import ACCOUNT as WHICH
from bot.slack.blocks.batch_forms import (
    ACCOUNT_FORM,
    BY_COLUMN,
    INCLUDE_FORM,
    ROW_FORM,
    ROWS,
    account_form,
    cells_in,
    include_form,
    row_form,
)
from bot.slack.blocks.batch_review import ACCOUNT, ADD, DECISIONS, INCLUDE, NAME_ACCOUNT
from bot.slack.blocks.batch_rows import DELETE, EDIT, INCLUDE_ROW, NEXT, PREVIOUS, ROW, Spot, page_of, pages_of, spot_in
from bot.slack.blocks.fields import ERROR_MAX, held_in, on_fields
from bot.slack.blocks.form import sentence_view, waiting_view
from bot.slack.blocks.message import Message
from bot.slack.listeners.actions import visit_of
from bot.slack.listeners.reception import Reception, Visit
from bot.slack.listeners.views import TOO_LATE, metadata_of, opened, place_of, told_in, updated
from handlers.answers import Answer, BatchDecided, BatchReview, Refusal
from handlers.grammar.house import account_like
from handlers.grammar.row_words import read_numbers
from handlers.requests import (
    AddRow,
    ChooseAccount,
    DecideBatch,
    DeleteRows,
    EditRow,
    IncludeRows,
    Request,
    ShowBatch,
)
from models.errors import CommandUnclear, PaylinkError
from models.plain_text import shortened

_PRESSES = re.compile(f"^(?:{'|'.join([PREVIOUS, NEXT, SHOW, INCLUDE_ROW, ROW, ACCOUNT, *DECISIONS])})$")
_FORMS = re.compile(f"^(?:{ADD}|{INCLUDE}|{NAME_ACCOUNT})$")


def register(bolt: AsyncApp, reception: Reception, answering: Answering) -> None:
    desk = _Reviews(reception, answering)
    bolt.action(_PRESSES)(desk.pressed)
    bolt.action(_FORMS)(desk.form_wanted)
    bolt.view(ROW_FORM)(desk.row_submitted)
    bolt.view(INCLUDE_FORM)(desk.rows_submitted)
    bolt.view(ACCOUNT_FORM)(desk.account_submitted)


def request_of(action_id: str, value: str) -> tuple[Request, Spot] | None:
    """What a press under a review asks for and where it was; None for one we did not make."""
    read = spot_in(value)
    if read is None:
        return None
    spot, said = read
    request: Request | None = None
    match action_id:
        case _ if action_id in (PREVIOUS, NEXT, SHOW) and not said:
            request = ShowBatch(spot.batch, spot.page)
        case _ if action_id in DECISIONS and not said:
            request = DecideBatch(spot.batch, DECISIONS[action_id], spot.seen)
        case _ if action_id == ROW and said == DELETE:
            request = DeleteRows(spot.batch, (spot.row,), spot.seen)
        case _ if action_id == INCLUDE_ROW and not said:
            request = IncludeRows(spot.batch, (spot.row,), spot.seen)
        case _ if action_id == ACCOUNT and said:
            request = ChooseAccount(spot.batch, said, spot.seen)
    return (request, spot) if request else None


class _Reviews:
    """Presses and forms; each answer stands where the review stood."""

    def __init__(self, reception: Reception, answering: Answering) -> None:
        self._reception = reception
        self._answering = answering

    # ── presses ──────────────────────────────────────────────────────────────────────────────────────────────────────

    async def pressed(self, ack: Ack, action: dict[str, Any], body: dict[str, Any]) -> None:
        action_id, value = str(action.get("action_id")), _value(action)
        if action_id == ROW and value.endswith(f" {EDIT}"):
            await self._opened(ack, body, action_id, value.removesuffix(f" {EDIT}"))
            return
        asked = request_of(action_id, value)
        if asked is None:
            await ack()
            return
        request, spot = asked
        await self._answering.aside(self._do(visit_of(body), request, spot), ack)

    async def _do(self, visit: Visit, request: Request, spot: Spot) -> None:
        answer = await self._reception.ask(visit, request)
        if isinstance(request, ShowBatch) and isinstance(answer, BatchDecided):
            answer = replace(answer, repeated=False, notes=())  # looked at, not decided once more
        await self._show(answer, visit, 1 if isinstance(request, DecideBatch) else spot.page)

    async def _show(self, answer: Answer, visit: Visit, page: int) -> None:
        """The answer, where the review stood, open at a page."""
        message = await self._worded(answer, visit, page)
        await self._answering.deliver(message, visit.place, replace=isinstance(answer, (BatchReview, BatchDecided)))

    async def _worded(self, answer: Answer, visit: Visit, page: int) -> Message:
        match answer:
            case BatchReview():
                kept, _ = page_of(answer.lines, page)
                return await self._reception.message(replace(answer, page=kept), visit.place.user)
            case BatchDecided() if not answer.files:
                return batch_decided(answer, self._reception.book.firm, page)
            case _:
                return await self._reception.message(answer, visit.place.user)

    # ── forms ────────────────────────────────────────────────────────────────────────────────────────────────────────

    async def form_wanted(self, ack: Ack, action: dict[str, Any], body: dict[str, Any]) -> None:
        await self._opened(ack, body, str(action.get("action_id")), _value(action))

    async def _opened(self, ack: Ack, body: dict[str, Any], action_id: str, value: str) -> None:
        read = spot_in(value)
        if read is None:
            await ack()
            return
        await self._answering.aside(self._open(visit_of(body), read[0], action_id), ack)

    async def _open(self, visit: Visit, spot: Spot, action_id: str) -> None:
        """Something opens while the press's trigger lives; the row is read after that."""
        client = self._reception.client
        view_id = await opened(client, visit.delivery, waiting_view(f"B-{spot.batch}"))
        if not view_id:
            await self._answering.deliver(TOO_LATE, visit.place)
            return
        answer = await self._reception.ask(visit, ShowBatch(spot.batch, spot.page))
        await updated(client, view_id, self._form(answer, visit, spot, action_id))

    def _form(self, answer: Answer, visit: Visit, spot: Spot, action_id: str) -> dict[str, Any]:
        title = f"B-{spot.batch}"
        if not isinstance(answer, BatchReview):
            why = answer.sentence if isinstance(answer, Refusal) else f"{title} was decided already."
            return sentence_view(why, title=title)
        # the row is shown as it stands now, so that is what its changes are about
        metadata = metadata_of(visit.place, spot=str(replace(spot, seen=answer.revision)))
        if action_id == ADD:
            return row_form(answer, None, metadata)
        if action_id == INCLUDE:
            return include_form(answer, metadata)
        if action_id == NAME_ACCOUNT:
            return account_form(answer, metadata)
        line = next((line for line in answer.lines if line.row == spot.row), None)
        if line is None:
            return sentence_view(f"Row {spot.row} is left out of {title} by now.", title=title)
        return row_form(answer, line, metadata)

    async def row_submitted(self, ack: Any, body: dict[str, Any], view: dict[str, Any]) -> None:
        place, spot = _spot_of(body, view)
        if spot is None:
            await ack()
            return
        if spot.row:
            request: Request = EditRow(spot.batch, spot.row, cells_in(view, changed_only=True), spot.seen)
        else:
            request = AddRow(spot.batch, cells_in(view, changed_only=False), seen=spot.seen)
        await self._submit(ack, view, place, request, spot)

    async def rows_submitted(self, ack: Any, body: dict[str, Any], view: dict[str, Any]) -> None:
        place, spot = _spot_of(body, view)
        if spot is None:
            await ack()
            return
        try:
            rows = read_numbers(held_in(view).get(ROWS, ""), "include")
        except CommandUnclear:
            await ack(response_action="errors", errors={ROWS: "Write row numbers, such as 4, 9, 12-20."})
            return
        await self._submit(ack, view, place, IncludeRows(spot.batch, rows, spot.seen), spot)

    async def account_submitted(self, ack: Any, body: dict[str, Any], view: dict[str, Any]) -> None:
        place, spot = _spot_of(body, view)
        if spot is None:
            await ack()
            return
        open_here = self._reception.desk.house(place.channel).accounts
        try:
            account = account_like(open_here, held_in(view).get(WHICH, ""))
        except PaylinkError as error:
            await ack(response_action="errors", errors=on_fields(view, {WHICH: error.for_staff()}))
            return
        await self._submit(ack, view, place, ChooseAccount(spot.batch, account.key, spot.seen), spot)

    async def _submit(self, ack: Any, view: Mapping[str, Any], place: Place, request: Request, spot: Spot) -> None:
        """Ask, and refuse on the field what is refused in time; else the form closes and the review says it."""
        # the view's id, not the press's: a form that is sent twice changes the batch once
        visit = Visit(place, f"view:{view.get('id')}")
        if isinstance(request, EditRow) and not request.changes:
            await ack()
            return
        task = await self._answering.soon(self._reception.ask(visit, request))
        if task.done() and (found := _on_fields(task.result(), view, spot)):
            await ack(response_action="errors", errors=found)
            return
        self._answering.later(self._told(task, visit, spot.page, added=isinstance(request, AddRow)))
        await ack()

    async def _told(self, task: Task[Answer], visit: Visit, page: int, *, added: bool) -> None:
        answer = await task
        if added and isinstance(answer, BatchReview) and answer.done:
            page = pages_of(len(answer.lines))  # where the new row is
        await self._show(answer, visit, page)


def _value(action: Mapping[str, Any]) -> str:
    option = action.get("selected_option") or {}
    return str(action.get("value") or option.get("value") or "")


def _spot_of(body: Mapping[str, Any], view: Mapping[str, Any]) -> tuple[Place, Spot | None]:
    read = spot_in(str(told_in(view).get("spot")))
    return place_of(body, view), read[0] if read else None


def _on_fields(answer: Answer, view: Mapping[str, Any], spot: Spot) -> dict[str, str]:
    """Why a form is refused, each fault on its field; nothing where it was taken, or is about what is so no more."""
    there = [block["block_id"] for block in view["blocks"] if block.get("type") == "input"]
    if isinstance(answer, Refusal):
        return {there[0]: shortened(answer.sentence, ERROR_MAX)}
    if not isinstance(answer, BatchReview) or answer.done or answer.revision != spot.seen:
        return {}
    found: dict[str, str] = {}
    for fault in answer.faults:
        field = BY_COLUMN.get(fault.column)
        name = field.name if field and field.name in there else there[0]
        found.setdefault(name, shortened(fault.remedy, ERROR_MAX))
    return found or {there[0]: shortened(answer.changed, ERROR_MAX)}
