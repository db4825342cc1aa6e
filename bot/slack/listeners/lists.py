"""What stands under a list, in a channel or in App Home: other pages and views, columns, order, filters, export."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from slack_bolt.async_app import AsyncApp

from bot.slack.answering import Ack, Answering, Place
from bot.slack.blocks import filter_form, home, list_menu
from bot.slack.blocks.fields import FieldsRefused
from bot.slack.blocks.list_menu import EXPORT, FILTER, NEXT, PREVIOUS, SET_COLUMNS, VIEW
from bot.slack.listeners import windows
from bot.slack.listeners.actions import visit_of
from bot.slack.listeners.home import HomeTab, list_of, read
from bot.slack.listeners.list_filters import read_filters
from bot.slack.listeners.reception import Reception, Visit
from bot.slack.listeners.views import TOO_LATE, opened_over, told_in
from handlers.answers import LinkList
from handlers.grammar import COLUMNS
from handlers.requests import ExportLinks, ListLinks, ListPart


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a list stands: in a message, or in somebody's App Home. Forms over it carry this along."""

    place: Place
    at_home: bool = False

    @classmethod
    def of(cls, body: Mapping[str, Any]) -> Spot:
        return cls(visit_of(dict(body)).place, windows.in_ours(body))

    def told(self) -> str:
        if self.at_home:
            return "home"
        place = self.place
        return json.dumps([place.channel, place.thread_ts, place.response_url])

    @classmethod
    def read(cls, user: str, told: str) -> Spot:
        if told == "home":
            return cls(Place(user), at_home=True)
        channel, thread_ts, response_url = json.loads(told)
        return cls(Place(user, channel, thread_ts, response_url))


def register(bolt: AsyncApp, reception: Reception, answering: Answering, tab: HomeTab) -> None:
    shelf = _Shelf(reception, answering, tab)

    async def turned(ack: Ack, action: dict[str, Any], body: dict[str, Any]) -> None:
        command = command_in(action, "list")
        if command:
            await answering.aside(shelf.turn(body, command), ack)
        else:
            await ack()

    async def sorted_otherwise(ack: Ack, action: dict[str, Any], body: dict[str, Any]) -> None:
        asked = list_of(reception, windows.home_command(body))
        column, _, order = str((action.get("selected_option") or {}).get("value") or "").partition(" ")
        if asked is not None and column in COLUMNS:
            as_shown = frozenset({ListPart.SORT, ListPart.FILTERS})
            wanted = replace(asked, sort=column, descending=order == "desc", page=1, said=as_shown)
            await answering.aside(shelf.show(Spot.of(body), visit_of(body).delivery, wanted), ack)
        else:
            await ack()

    async def exported(ack: Ack, action: dict[str, Any], body: dict[str, Any]) -> None:
        command = command_in(action, "export")
        if command:
            await answering.aside(shelf.export(body, command), ack)
        else:
            await ack()

    async def form_wanted(ack: Ack, action: dict[str, Any], body: dict[str, Any]) -> None:
        command = command_in(action, "list")
        asked = list_of(reception, command)
        if asked is not None:
            await shelf.open_form(body, command, asked, filters=action["action_id"] == FILTER)
        await ack()

    bolt.action(re.compile(f"^(?:{PREVIOUS}|{NEXT}|{home.REFRESH}|{home.RESET}|{VIEW}(?:_[a-z-]+)?)$"))(turned)
    bolt.action(home.SORT)(sorted_otherwise)
    bolt.action(EXPORT)(exported)
    bolt.action(re.compile(f"^(?:{SET_COLUMNS}|{FILTER})$"))(form_wanted)
    _listen_to_forms(bolt, reception, answering, shelf)


def _listen_to_forms(bolt: AsyncApp, reception: Reception, answering: Answering, shelf: _Shelf) -> None:
    async def columns_chosen(ack: Ack, body: dict[str, Any], view: dict[str, Any]) -> None:
        told = told_in(view)
        asked = list_of(reception, told["command"])
        if asked is not None:
            shown = shelf.show(_spot(body, told), f"view:{view['id']}", _as_chosen(asked, view))
            answering.later(shown)
        await ack()

    async def filters_chosen(ack: Any, body: dict[str, Any], view: dict[str, Any]) -> None:
        told = told_in(view)
        asked = list_of(reception, told["command"]) or ListLinks()
        try:
            wanted = read_filters(filter_form.filters_in(view), asked, reception.desk.house())
        except FieldsRefused as refused:
            await ack(response_action="errors", errors=refused.errors)
            return
        answering.later(shelf.show(_spot(body, told), f"view:{view['id']}", wanted))
        await ack()

    bolt.view(list_menu.CALLBACK)(columns_chosen)
    bolt.view(filter_form.CALLBACK)(filters_chosen)


def command_in(action: Mapping[str, Any], verb: str) -> str:
    """The command that a button or a menu's option carries; blank for one we did not make."""
    chosen = action.get("selected_option") or {}
    command = str(action.get("value") or chosen.get("value") or "")
    return command if command.split(" ")[0] == verb else ""


def _spot(body: Mapping[str, Any], told: Mapping[str, Any]) -> Spot:
    return Spot.read(str(body["user"]["id"]), str(told["told"]))


def _as_chosen(asked: ListLinks, view: Mapping[str, Any]) -> ListLinks:
    """The list with the columns and order of a submitted form, which may name what is no column by now."""
    columns, sort, descending = list_menu.chosen_in(view)
    return replace(
        asked,
        columns=tuple(name for name in columns if name in COLUMNS),
        sort=sort if sort in COLUMNS else "created",
        descending=descending,
        page=1,
        said=frozenset(ListPart),
    )


@dataclass(frozen=True, slots=True)
class _Shelf:
    """Where lists are put: in the place of the one under which something was chosen."""

    reception: Reception
    answering: Answering
    home: HomeTab

    async def show(self, spot: Spot, delivery: str, asked: ListLinks) -> None:
        if spot.at_home:
            await self.home.show(spot.place.user, delivery, asked)
            return
        answer = await self.reception.ask(Visit(spot.place, delivery), asked)
        await self.reception.deliver(answer, spot.place, self.answering, replace=isinstance(answer, LinkList))

    async def turn(self, body: dict[str, Any], command: str) -> None:
        """Another page or view. A command that can no longer be read is answered as if it were typed."""
        spot, visit = Spot.of(body), visit_of(body)
        if spot.at_home:
            asked = list_of(self.reception, command) or ListLinks(said=frozenset())
            await self.home.show(spot.place.user, visit.delivery, asked)
            return
        answer = await self.reception.hear(visit, command)
        await self.reception.deliver(answer, spot.place, self.answering, replace=isinstance(answer, LinkList))

    async def export(self, body: dict[str, Any], command: str) -> None:
        visit, asked = visit_of(body), read(self.reception, command)
        if windows.in_ours(body) and isinstance(asked, ExportLinks):
            await windows.answered(self.reception, self.answering, visit, body, asked)
            return
        answer = await self.reception.hear(visit, command)
        await self.reception.deliver(answer, visit.place, self.answering)

    async def open_form(self, body: dict[str, Any], command: str, asked: ListLinks, *, filters: bool) -> None:
        """The form, while the press's trigger lives."""
        metadata = json.dumps({"told": Spot.of(body).told(), "command": command}, ensure_ascii=False)
        house = self.reception.desk.house(visit_of(body).place.channel)
        view = filter_form.filter_form(asked, house, metadata) if filters else list_menu.columns_form(asked, metadata)
        if not await opened_over(self.reception.client, body, view):
            await self.answering.deliver(TOO_LATE, visit_of(body).place)
