"""Keeps App Homes that somebody has open up to date: a payment is seen there within seconds, without a press (F42)."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from datetime import timedelta

import structlog

from bot.slack.listeners.home import HomeTab
from bot.slack.listeners.onlookers import Onlooker
from handlers.ports import DeliveryRefused, DeliveryTrouble
from handlers.request_id import new_request_id
from models.errors import PaylinkError

log = structlog.get_logger()
EVERY = 3.0  # seconds between two looks at the database
SPACE = 0.75  # seconds after a publish: views.publish takes a hundred a minute, and people who open Home need some
ONE_IN = timedelta(seconds=5)  # publishes of one person's Home by ourselves
AGAIN = timedelta(seconds=30)  # after one that failed
PAUSE = 10.0  # seconds for all, where Slack or the database is away

Newest = Callable[[], Awaitable[object]]


class HomeWatch:
    """One task of the front. It asks the database one question, and only while somebody has Home open.

    Whoever changed a link, at whichever replica or in a job, it is the database that tells. After a burst each Home is
    drawn once more: a page counts as having the changes that were known of before it was read.
    """

    def __init__(self, tab: HomeTab, newest: Newest, *, every: float = EVERY, space: float = SPACE) -> None:
        """`newest` is handlers.links.newest_change."""
        self._tab = tab
        self._people = tab.onlookers
        self._newest = newest
        self._every = every
        self._space = min(space, every)
        self._stopping = asyncio.Event()
        self._running: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._running = asyncio.create_task(self._run(), name="slack homes")

    def stop(self) -> None:
        """Draw nothing more; what is under way is finished."""
        self._stopping.set()

    async def ended(self, seconds: float) -> None:
        """Wait for what is under way, and no longer than this."""
        if self._running is None:
            return
        await asyncio.wait({self._running}, timeout=seconds)
        self._running.cancel()
        await asyncio.gather(self._running, return_exceptions=True)

    async def _run(self) -> None:
        while not await self._told_to_stop(self._every):
            try:
                await self._look()
            except PaylinkError as error:
                log.warning("slack.homes_not_followed", why=str(error))
                self._people.rest(PAUSE)
            except Exception:  # a fault of ours in one drawing must not end all of them
                log.exception("slack.homes_not_followed")
                self._people.rest(PAUSE)

    async def _told_to_stop(self, within: float) -> bool:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._stopping.wait(), within)
        return self._stopping.is_set()

    async def _look(self) -> None:
        people = self._people.present()
        if not people or self._people.resting():
            return
        newest = self._people.newest = await self._newest()
        for one in sorted(people, key=lambda each: each.not_before):
            if one.as_of == newest or one.not_before > self._people.clock.now():
                continue
            published = await self._drawn(one)
            # those whose page is the same cost Slack nothing, but the database
            if self._people.resting() or await self._told_to_stop(self._space if published else self._space / 5):
                return

    async def _drawn(self, one: Onlooker) -> bool:
        """Whether something was published."""
        now = self._people.clock.now()
        try:
            with structlog.contextvars.bound_contextvars(request_id=new_request_id()):
                published = await self._tab.draw_anew(one)
            one.not_before = now + ONE_IN if published else now
            return published
        except DeliveryRefused as refused:
            log.info("slack.home_not_followed", who=one.user, why=str(refused))
            self._people.leaves(one.user)
        except DeliveryTrouble as trouble:
            log.warning("slack.home_not_drawn", who=one.user, why=str(trouble))
            one.not_before = now + AGAIN
            self._people.rest(PAUSE if trouble.retry_after is None else trouble.retry_after)
        return False
