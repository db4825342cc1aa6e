"""The worker: claims what is due and runs it, lane by lane, until it is stopped."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import structlog
from tortoise.transactions import in_transaction

from handlers.jobs.never_left import never_left
from handlers.jobs.steps import GiveUp, LeaseLost, Step, TryLater
from handlers.owed import LANES, ONE_BY_ONE, milliseconds
from handlers.people.messages import owe_admins
from handlers.ports import Ports
from models import job_queue
from models.database import retried
from models.errors import DatabaseTrouble
from models.job_queue import Claimed

log = structlog.get_logger()
WAITS = (5, 30, 120, 600, 1800, 3600, 7200, 10800, 14400, 21600, 21600)  # seconds between the 12 tries of a day


@dataclass(frozen=True, slots=True)
class Pace:
    """How the worker goes about it."""

    poll: float = 1.0  # seconds between looks; a job written in this process is run at once
    waits: Sequence[int] = WAITS
    batch: int = 50
    at_once: int = 8  # steps of one lane under way together
    lease: int = 15  # seconds, renewed while a step runs: so long a killed replica's jobs lie idle


class Worker:
    """Runs the jobs of every lane; each lane at its own speed, so one slow party does not hold up the others."""

    def __init__(self, steps: Mapping[str, Step], ports: Ports, pace: Pace | None = None) -> None:
        self._steps = steps
        self._ports = ports
        self._pace = pace or Pace()
        self._stopping = asyncio.Event()
        self._woken = {lane: asyncio.Event() for lane in sorted(set(LANES.values()))}

    def wake(self) -> None:
        """Something was written just now: look at once."""
        for woken in self._woken.values():
            woken.set()

    async def run(self) -> None:
        """Work until `stop`; what is claimed but not begun by then is given back."""
        async with asyncio.TaskGroup() as lanes:
            for lane in self._woken:
                lanes.create_task(self._run_lane(lane), name=f"lane {lane}")

    def stop(self) -> None:
        """Finish the steps under way, then end."""
        self._stopping.set()
        self.wake()

    async def run_due(self) -> int:
        """Run everything that is due now, once, and say how many jobs that was; for tests and benchmarks."""
        return sum([await self._run_batch(lane) for lane in self._woken])

    async def _run_lane(self, lane: str) -> None:
        while not self._stopping.is_set():
            self._woken[lane].clear()
            try:
                found = await self._run_batch(lane)
            except Exception as error:  # nothing is lost: look again later
                _tell("jobs.lane_failed", error, lane=lane)
                found = 0
            if not found:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._woken[lane].wait(), self._pace.poll)

    async def _run_batch(self, lane: str) -> int:
        lease = self._pace.lease * 1000
        jobs = await job_queue.claim(lane, self._pace.batch, self._now(), lease)
        if not jobs:
            return 0
        waiting, held = list(reversed(jobs)), list(jobs)
        renewing = asyncio.create_task(self._renew(held))
        try:
            async with asyncio.TaskGroup() as runners:
                for _ in range(min(1 if lane in ONE_BY_ONE else self._pace.at_once, len(jobs))):
                    runners.create_task(self._drain(waiting, held))
        finally:
            renewing.cancel()
        if waiting:
            await job_queue.give_back(waiting)
        return len(jobs)

    async def _drain(self, waiting: list[Claimed], held: list[Claimed]) -> None:
        while waiting and not self._stopping.is_set():
            job = waiting.pop()
            await self._run_one(job)
            held.remove(job)

    async def _renew(self, held: Sequence[Claimed]) -> None:
        while True:
            await asyncio.sleep(self._pace.lease / 3)
            try:
                await job_queue.renew(held, self._now() + self._pace.lease * 1000)
            except Exception as error:  # the next renewal may still be in time
                _tell("jobs.not_renewed", error)

    async def _run_one(self, job: Claimed) -> None:
        with structlog.contextvars.bound_contextvars(request_id=job.request_id, job=f"{job.kind}-{job.id}"):
            try:
                await self._tried(job)
            except Exception as error:  # the lease ends by itself, and the other steps go on
                _tell("job.outcome_not_kept", error, kind=job.kind)

    async def _tried(self, job: Claimed) -> None:
        try:
            if not await self._steps[job.kind](job, self._ports):
                await retried(lambda: job_queue.finish(job))
        except TryLater as later:
            await self._later(job, str(later), later.after)
        except GiveUp as end:
            await self._bury(job, str(end))
        except LeaseLost:
            log.info("job.lease_lost")
        except Exception as error:  # a fault of ours must not stop the lane; it is told with its traceback
            log.exception("job.failed", kind=job.kind)
            await self._later(job, f"{type(error).__name__}: {error}", None)

    async def _later(self, job: Claimed, why: str, after: float | None) -> None:
        if after is None and job.attempts > len(self._pace.waits):
            await self._bury(job, why)
            return
        wait = after if after is not None else self._pace.waits[job.attempts - 1] * random.uniform(0.9, 1.1)  # noqa: S311  spreads load, guards nothing
        log.info("job.later", kind=job.kind, why=why, seconds=round(wait))
        at = self._now() + round(wait * 1000)
        await retried(lambda: job_queue.postpone(job, at, why, counted=after is None))

    async def _bury(self, job: Claimed, why: str) -> None:
        log.error("job.dead", kind=job.kind, why=why)
        words = f"Paylink gave up on something it owed ({job.kind.replace('_', ' ')}): {why}"
        async with in_transaction():
            if await job_queue.bury(job, why):
                await never_left(job, why, self._ports)
                if job.kind != "tell_admins":
                    await owe_admins(words, self._ports.clock.now(), self._ports, about=f"job-{job.id}")
        self.wake()

    def _now(self) -> int:
        return milliseconds(self._ports.clock.now())


def _tell(what: str, error: Exception, **facts: str) -> None:
    """A database that is away is one line, as long as it is away; a fault of ours comes with its traceback."""
    if isinstance(error, DatabaseTrouble):
        log.warning(what, why="the database is away", error=f"{type(error).__name__}: {error}", **facts)
    else:
        log.error(what, exc_info=error, **facts)
