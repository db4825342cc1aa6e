"""Choosing several links of a list, and cancelling, reminding of, copying or exporting them."""

from __future__ import annotations

import re
from asyncio import Task
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from slack_bolt.async_app import AsyncApp

from bot.slack.answering import Ack, Answering, Place
from bot.slack.blocks import selection, windows
from bot.slack.blocks.list_menu import SELECT
from bot.slack.blocks.selection import Selecting
from bot.slack.listeners.actions import visit_of
from bot.slack.listeners.home import HomeTab, list_of
from bot.slack.listeners.lists import Spot, command_in
from bot.slack.listeners.reception import Reception, Visit
from bot.slack.listeners.views import TOO_LATE, opened_over, updated
from handlers.answers import Answer, LinkList, LinksChosen
from handlers.requests import (
    MOST_CHOSEN,
    CancelLinks,
    ChooseLinks,
    CopyLinks,
    ExportLinks,
    ListLinks,
    RemindLinks,
    Request,
)

_TITLE, _DONE = "Select links", "What came of it"
_LEAVES_THE_LIST = (ChooseLinks, CopyLinks, ExportLinks)


def register(bolt: AsyncApp, reception: Reception, answering: Answering, tab: HomeTab) -> None:
    desk = _Choosing(reception, answering, tab)

    async def wanted(ack: Ack, action: dict[str, Any], body: dict[str, Any]) -> None:
        asked = list_of(reception, command_in(action, "list"))
        if asked is not None:
            await answering.aside(desk.begin(body, asked, str(action["value"])), ack)
        else:
            await ack()

    async def turned(ack: Ack, action: dict[str, Any], body: dict[str, Any]) -> None:
        await answering.aside(desk.turn(body, str(action["action_id"])), ack)

    async def chosen(ack: Any, body: dict[str, Any], view: dict[str, Any]) -> None:
        now = Selecting.of(view["private_metadata"]).ticked(*selection.ticks_in(view))
        act = selection.act_in(view)
        wrong = _why_not(now, act)
        if wrong:
            await ack(response_action="errors", errors={Selecting.of(view["private_metadata"]).block: wrong})
            return
        await desk.go_on(ack, body, view, now, act)

    async def cancelled(ack: Any, body: dict[str, Any], view: dict[str, Any]) -> None:
        now = Selecting.of(view["private_metadata"])
        await desk.do(ack, body, view, now, CancelLinks(now.chosen))

    async def reminded(ack: Any, body: dict[str, Any], view: dict[str, Any]) -> None:
        now = Selecting.of(view["private_metadata"])
        await desk.do(ack, body, view, now, RemindLinks(now.chosen))

    bolt.action(SELECT)(wanted)
    bolt.action(re.compile(f"^(?:{selection.TICK_ALL}|{selection.TICK_PREVIOUS}|{selection.TICK_NEXT})$"))(turned)
    bolt.view(selection.CALLBACK)(chosen)
    bolt.view(selection.CANCEL_CALLBACK)(cancelled)
    bolt.view(selection.REMIND_CALLBACK)(reminded)


def _why_not(now: Selecting, act: str) -> str:
    if not now.chosen:
        return "Tick at least one link."
    if len(now.chosen) > MOST_CHOSEN:
        return f"{len(now.chosen)} links are ticked, and {MOST_CHOSEN} at most are dealt with at once."
    return "" if act else "Choose what to do with them, below."


@dataclass(frozen=True, slots=True)
class _Choosing:
    reception: Reception
    answering: Answering
    home: HomeTab

    async def begin(self, body: dict[str, Any], asked: ListLinks, command: str) -> None:
        """Open the form bare, then fill it with the page that the list shows."""
        spot = Spot.of(body)
        opened = await opened_over(self.reception.client, body, windows.working(_TITLE))
        now = Selecting(command.partition(" page ")[0], asked.page, told=spot.told())
        if opened:
            await self._fill(opened, Visit(spot.place, visit_of(body).delivery), now)
        else:
            await self.answering.deliver(TOO_LATE, spot.place)

    async def turn(self, body: dict[str, Any], action: str) -> None:
        """Another page of the form, or this one with all of it ticked."""
        view = body["view"]
        shown, ticks = selection.ticks_in(view)
        before = Selecting.of(view["private_metadata"])
        now = before.ticked(shown, shown if action == selection.TICK_ALL else ticks)
        step = {selection.TICK_PREVIOUS: -1, selection.TICK_NEXT: 1}.get(action, 0)
        spot = Spot.read(str(body["user"]["id"]), now.told)
        await self._fill(view["id"], Visit(spot.place, visit_of(body).delivery), replace(now, page=now.page + step))

    async def _fill(self, view_id: str, visit: Visit, now: Selecting) -> None:
        asked = list_of(self.reception, f"{now.command} page {now.page}")
        answer = await self.reception.ask(visit, asked or ListLinks())
        if isinstance(answer, LinkList) and answer.rows:
            here = replace(now, page=answer.page)
            view = selection.selection_form(answer, here, self.reception.book.firm)
        else:
            view = windows.window(await self.reception.message(answer, visit.place.user), _TITLE)
        await updated(self.reception.client, view_id, view)

    async def go_on(self, ack: Any, body: dict[str, Any], view: dict[str, Any], now: Selecting, act: str) -> None:
        requests: dict[str, Request] = {
            selection.CANCEL: ChooseLinks(now.chosen),
            selection.REMIND: ChooseLinks(now.chosen, to_remind=True),
            selection.COPY: CopyLinks(now.chosen),
        }
        asked = list_of(self.reception, f"{now.command} page 1") or ListLinks()
        await self.do(ack, body, view, now, requests.get(act) or ExportLinks(asked, now.chosen))

    async def do(
        self, ack: Any, body: Mapping[str, Any], view: Mapping[str, Any], now: Selecting, request: Request
    ) -> None:
        """Do it, and put what came of it into the form's place: with the acknowledgement, or after it."""
        spot = Spot.read(str(body["user"]["id"]), now.told)
        # the view's id and showing, not the press's: a form that is sent twice does its work once
        visit = Visit(spot.place, f"view:{view['id']}:{now.turn}")
        task = await self.answering.soon(self.reception.ask(visit, request))
        if task.done() and not isinstance(request, ExportLinks):  # whose file has yet to be handed over
            await ack(response_action="update", view=await self._outcome(task.result(), spot.place, now))
        else:
            await ack(response_action="update", view=windows.working(_TITLE))
            self.answering.later(self._late(task, str(view["id"]), spot.place, now))
        if not isinstance(request, ChooseLinks if spot.at_home else _LEAVES_THE_LIST):
            self.answering.later(self._list_anew(task, spot, visit.delivery, now))

    async def _late(self, task: Task[Answer], view_id: str, place: Place, now: Selecting) -> None:
        """The outcome, where its window is closed by now as a message; a question that nobody waits for is dropped."""
        answer = await task
        shown = await updated(self.reception.client, view_id, await self._outcome(answer, place, now))
        if not shown and not isinstance(answer, LinksChosen):
            await self.reception.deliver(answer, place, self.answering)

    async def _outcome(self, answer: Answer, place: Place, now: Selecting) -> dict[str, Any]:
        if isinstance(answer, LinksChosen) and answer.able:
            return selection.question_form(answer, self.reception.book.firm, now.metadata())
        return windows.window(await self.reception.message(answer, place.user), _DONE)

    async def _list_anew(self, task: Task[Answer], spot: Spot, delivery: str, now: Selecting) -> None:
        """The list behind the form, as it is after what was done. One that Slack no longer lets us change stays."""
        await task
        asked = list_of(self.reception, f"{now.command} page {now.page}")
        if asked is None:
            return
        if spot.at_home:
            await self.home.show(spot.place.user, delivery, asked)
            return
        answer = await self.reception.ask(Visit(spot.place, f"{delivery}:list"), asked)
        if isinstance(answer, LinkList):
            await self.answering.redraw(await self.reception.message(answer, spot.place.user), spot.place)
