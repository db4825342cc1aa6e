"""App Home: published when somebody opens it, in two steps where the database takes its time, and when links change."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass, field, replace
from typing import Any

import structlog
from slack_bolt.async_app import AsyncApp

from bot.slack.answering import Ack, Answering, Place
from bot.slack.blocks import home
from bot.slack.blocks.card import SHOW
from bot.slack.listeners import windows
from bot.slack.listeners.actions import request_of, visit_of
from bot.slack.listeners.onlookers import Onlooker, Onlookers
from bot.slack.listeners.reception import Reception, Visit
from bot.slack.trouble import UNREACHABLE, trouble_of, word_of
from handlers.answers import HomePage, Refusal
from handlers.grammar import read_command
from handlers.ports import DeliveryTrouble
from handlers.requests import CopyLink, ListLinks, OpenHome, Request, ShowLink, ShowQuarantine
from models.errors import PaylinkError

log = structlog.get_logger()
BARE_AFTER = 0.7  # seconds without an answer, after which the tab says that it is loading
_MOST_TURNS = 1000  # people


@dataclass(slots=True)
class HomeTab:
    """Publishes App Homes. The newest thing a person asked for is what they see, whichever answer comes last."""

    reception: Reception
    onlookers: Onlookers
    _turns: dict[str, int] = field(default_factory=dict)

    async def show(self, user: str, delivery: str, asked: ListLinks, *, opened: bool = False) -> None:
        """Show a list; `opened`: the tab was just opened, so something must stand there soon."""
        turn, as_of = self._next_turn(user), self.onlookers.newest
        self.onlookers.leaves(user)
        asking = asyncio.ensure_future(self.reception.ask(Visit(Place(user), delivery), OpenHome(asked)))
        if opened:
            await asyncio.wait({asking}, timeout=BARE_AFTER)
            if not asking.done():
                await self._publish(user, turn, home.waiting_view(self.reception.book.firm))
        answer = await asking
        view = self._view(answer)
        view_hash = await self._publish(user, turn, view)
        if view_hash and isinstance(answer, HomePage) and self._turns.get(user) == turn:
            self.onlookers.opened(user, answer, view, view_hash, as_of)

    async def draw_anew(self, one: Onlooker) -> bool:
        """Show somebody their page as it is by now, as far as they may still see it. True: it was published.

        What they ask for meanwhile goes before, here and at another replica. A page that is the same stays.

        Raises DeliveryTrouble: not now.
        """
        as_of = self.onlookers.newest
        answer = await self.reception.ask(Visit(Place(one.user), "", unasked=True), OpenHome(one.asked))
        if isinstance(answer, HomePage):
            answer = replace(answer, listed=replace(answer.listed, note=one.note))
        elif not isinstance(answer, Refusal) or answer.code != "not_allowed":
            raise DeliveryTrouble(getattr(answer, "sentence", "no page"))
        view = self._view(answer)
        if not self.onlookers.has(one):
            return False
        if view == one.view:
            one.as_of = as_of
            return False
        view_hash = await self._put_in_place(one, view)
        if not view_hash or not self.onlookers.has(one):
            return bool(view_hash)
        if isinstance(answer, HomePage):
            one.sees(answer, view, view_hash, as_of)
        else:
            self.onlookers.leaves(one.user)
        return True

    async def _put_in_place(self, one: Onlooker, view: dict[str, Any]) -> str:
        """The hash of the view, published in the place of the one they see; blank where that is not there any more."""
        try:
            answer = await self.reception.client.views_publish(user_id=one.user, view=view, hash=one.hash)
        except UNREACHABLE as error:
            if word_of(error) != "hash_conflict":
                raise trouble_of(error) from error
            if self.onlookers.has(one):
                self.onlookers.leaves(one.user)
            return ""
        return str(answer["view"]["hash"])

    def _view(self, answer: object) -> dict[str, Any]:
        firm = self.reception.book.firm
        match answer:
            case HomePage():
                return home.home_view(answer, firm)
            case Refusal(code="not_allowed"):
                return home.closed_view(answer, firm)
            case Refusal():
                return home.trouble_view(answer.sentence, firm)
            case _:
                raise TypeError(f"{answer!r} is no Home")

    def _next_turn(self, user: str) -> int:
        if len(self._turns) >= _MOST_TURNS and user not in self._turns:
            self._turns.clear()
        self._turns[user] = self._turns.get(user, 0) + 1
        return self._turns[user]

    async def _publish(self, user: str, turn: int, view: dict[str, Any]) -> str:
        """The hash that Slack gave it; blank where they see something else."""
        if self._turns.get(user, turn) != turn:
            return ""
        try:
            answer = await self.reception.client.views_publish(user_id=user, view=view)
        except UNREACHABLE as error:
            trouble = trouble_of(error)
            log.warning("slack.home_not_published", who=user, why=str(trouble))
            if trouble.retry_after is not None:
                self.onlookers.rest(trouble.retry_after)
            return ""
        return str(answer["view"]["hash"])


def register(bolt: AsyncApp, reception: Reception, answering: Answering, tab: HomeTab) -> None:
    async def opened(ack: Ack, event: dict[str, Any], body: dict[str, Any]) -> None:
        if event.get("tab") != "home" or not event.get("user"):
            await ack()
            return
        own_view = ListLinks(said=frozenset())  # nothing is said, so it opens as they last set it
        shown = tab.show(str(event["user"]), str(body.get("event_id") or ""), own_view, opened=True)
        await answering.aside(shown, ack)

    async def pressed(ack: Ack, action: dict[str, Any], body: dict[str, Any]) -> None:
        request = _request(action)
        if request is None:
            await ack()
            return
        await answering.aside(_answered(reception, answering, tab, body, request), ack)

    bolt.event("app_home_opened")(opened)
    bolt.action(re.compile("^"), matchers=[_in_a_window])(pressed)


async def _in_a_window(action: dict[str, Any], body: dict[str, Any]) -> bool:
    """A button of a link's card or row, in App Home or in a window over it: its answer belongs into a window, too."""
    return windows.in_ours(body) and _request(action) is not None


def _request(action: dict[str, Any]) -> Request | None:
    action_id = str(action.get("action_id"))
    if action_id == home.QUARANTINE:
        return ShowQuarantine()
    return request_of(SHOW if action_id == home.OPEN else action_id, str(action.get("value") or ""))


async def _answered(
    reception: Reception, answering: Answering, tab: HomeTab, body: dict[str, Any], request: Request
) -> None:
    """What was asked, answered in a window; then the list behind it as it is after that."""
    visit = visit_of(body)
    tab.onlookers.used(visit.place.user)
    await windows.answered(reception, answering, visit, body, request)
    shown = list_of(reception, windows.home_command(body))
    if shown is not None and not isinstance(request, (ShowLink, CopyLink, ShowQuarantine)):
        await tab.show(visit.place.user, visit.delivery, shown)


def read(reception: Reception, command: str) -> object:
    """What a command of ours asks for; None where it no longer can, as its account is gone."""
    try:
        return read_command(command, reception.desk.house()) if command else None
    except PaylinkError:
        return None


def list_of(reception: Reception, command: str) -> ListLinks | None:
    """The list that a command of ours asks for."""
    asked = read(reception, command)
    return asked if isinstance(asked, ListLinks) else None
