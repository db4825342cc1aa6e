"""What is owed is done: retried, shared, given back, and told to admins when it cannot be."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from structlog.testing import capture_logs

from handlers.jobs.steps import GiveUp, Step, TryLater
from handlers.jobs.worker import WAITS, Pace, Worker
from handlers.owed import milliseconds, owe
from handlers.ports import Ports
from models import job_queue
from models.engines.endings import EngineTrouble
from models.job_queue import Claimed
from models.tables import Job
from tests.cast import Surroundings
from tests.fakes import FakeClock
from tests.waiting import eventually

pytestmark = pytest.mark.usefixtures("database")


class Steps:
    """A step that records what it was asked for and does what it is told."""

    def __init__(self, *outcomes: Exception | None) -> None:
        self.seen: list[Claimed] = []
        self.outcomes = list(outcomes)

    async def __call__(self, job: Claimed, ports: Ports) -> None:
        self.seen.append(job)
        outcome = self.outcomes.pop(0) if self.outcomes else None
        if outcome is not None:
            raise outcome


def worker(around: Surroundings, step: Step, pace: Pace | None = None, admins: Step | None = None) -> Worker:
    return Worker({"send_letter": step, "tell_admins": admins or Steps(), "tell_channel": step}, around.ports, pace)


async def test_a_job_is_done_once_and_gone() -> None:
    around, step = Surroundings(), Steps()
    await owe("send_letter", {"to": "a@x.example"}, around.clock.now())
    assert await worker(around, step).run_due() == 1
    assert await worker(around, step).run_due() == 0
    assert [job.payload for job in step.seen] == [{"to": "a@x.example"}]
    assert await Job.all().count() == 0


async def test_a_job_waits_for_its_time() -> None:
    around, step = Surroundings(), Steps()
    await owe("send_letter", {}, around.clock.now() + timedelta(hours=1))
    assert await worker(around, step).run_due() == 0
    around.clock.tick(timedelta(hours=1))
    assert await worker(around, step).run_due() == 1


async def test_a_step_that_fails_is_tried_again_later_and_later() -> None:
    around, step = Surroundings(), Steps(RuntimeError("boom"), RuntimeError("boom"))
    await owe("send_letter", {}, around.clock.now())
    for wait in (5, 30):
        await worker(around, step).run_due()
        job = await Job.get()
        assert "boom" in job.last_error
        assert wait * 0.9 <= (job.run_at - milliseconds(around.clock.now())) / 1000 <= wait * 1.1
        around.clock.tick(wait * 1.1)
    assert await worker(around, step).run_due() == 1
    assert await Job.all().count() == 0


async def test_a_pause_the_other_side_asks_for_is_obeyed_and_is_no_failed_try() -> None:
    """(F14)"""
    around, step = Surroundings(), Steps(*[TryLater("slow down", after=30)] * 40)
    await owe("send_letter", {}, around.clock.now())
    for _ in range(40):
        assert await worker(around, step).run_due() == 1
        around.clock.tick(29.9)
        assert await worker(around, step).run_due() == 0
        around.clock.tick(0.1)
    assert await worker(around, step).run_due() == 1
    assert len(step.seen) == 41


async def test_after_twelve_tries_a_job_is_dead_and_the_admins_are_told() -> None:
    """(F15)"""
    around, step, admins = Surroundings(), Steps(*[RuntimeError("no way")] * 20), Steps()
    await owe("send_letter", {}, around.clock.now())
    for wait in (*WAITS, 0):
        await worker(around, step, admins=admins).run_due()
        around.clock.tick(wait * 1.1)
    assert len(step.seen) == 12
    dead = await Job.get(kind="send_letter")
    assert dead.state == "dead"
    told = {job.payload["to"]: job.payload["words"] for job in admins.seen}
    assert set(told) == {"U0NOOR", "noor@harborfinch.example"}
    assert "no way" in told["U0NOOR"]


async def test_what_will_never_work_is_dead_at_once() -> None:
    around = Surroundings()
    await owe("send_letter", {}, around.clock.now())
    await worker(around, Steps(GiveUp("the channel is archived"))).run_due()
    assert (await Job.get(kind="send_letter")).state == "dead"


async def test_two_workers_never_do_the_same_job() -> None:
    around, one, two = Surroundings(), Steps(), Steps()
    for number in range(200):
        await owe("send_letter", {"n": number}, around.clock.now())
    pace = Pace(batch=7)

    async def all_of_it(step: Steps) -> None:
        while await worker(around, step, pace).run_due():
            pass

    await asyncio.gather(all_of_it(one), all_of_it(two))
    done = [job.payload["n"] for job in one.seen + two.seen]
    assert sorted(done) == list(range(200))


async def test_a_job_whose_worker_died_is_done_by_another_after_the_lease() -> None:
    around, step = Surroundings(), Steps()
    await owe("send_letter", {}, around.clock.now())
    now = milliseconds(around.clock.now())
    assert len(await job_queue.claim("mail", 5, now, lease=60_000)) == 1  # and this process is never heard of again
    assert await worker(around, step).run_due() == 0
    around.clock.tick(60.001)
    assert await worker(around, step).run_due() == 1
    assert step.seen[0].attempts == 2


async def test_a_worker_that_lost_its_lease_cannot_finish_the_job() -> None:
    around = Surroundings()
    await owe("send_letter", {}, around.clock.now())
    now = milliseconds(around.clock.now())
    [late] = await job_queue.claim("mail", 5, now, lease=1_000)
    [fresh] = await job_queue.claim("mail", 5, now + 2_000, lease=60_000)
    assert not await job_queue.finish(late)
    assert await job_queue.finish(fresh)


async def test_what_is_owed_again_while_it_waits_is_done_once() -> None:
    around, step = Surroundings(), Steps()
    for _ in range(5):
        await owe("tell_channel", {"link": 1}, around.clock.now(), dedup="tell:1:C1")
    assert await worker(around, step).run_due() == 1
    assert len(step.seen) == 1
    assert await Job.all().count() == 0


async def test_what_is_owed_again_while_it_is_being_done_is_done_again() -> None:
    around = Surroundings()
    seen = []

    async def step(job: Claimed, ports: Ports) -> None:
        seen.append(job.id)
        if len(seen) == 1:
            await owe("tell_channel", {"link": 1}, around.clock.now(), dedup="tell:1:C1")

    await owe("tell_channel", {"link": 1}, around.clock.now(), dedup="tell:1:C1")
    assert await worker(around, step).run_due() == 1
    assert await worker(around, step).run_due() == 1
    assert await worker(around, step).run_due() == 0
    assert len(seen) == 2


async def test_new_news_does_not_shorten_a_pause_the_other_side_asked_for() -> None:
    """(F14)"""
    around, step = Surroundings(), Steps(TryLater("slow down", after=30))
    await owe("tell_channel", {"link": 1}, around.clock.now(), dedup="tell:1:C1")
    await worker(around, step).run_due()
    await owe("tell_channel", {"link": 1}, around.clock.now(), dedup="tell:1:C1")
    assert await worker(around, step).run_due() == 0
    around.clock.tick(30)
    assert await worker(around, step).run_due() == 1


async def test_a_stopped_worker_finishes_the_step_under_way_and_gives_the_rest_back() -> None:
    """(F31)"""
    around = Surroundings()
    begun, go_on = asyncio.Event(), asyncio.Event()
    done = []

    async def step(job: Claimed, ports: Ports) -> None:
        begun.set()
        await go_on.wait()
        done.append(job.id)

    for _ in range(5):
        await owe("send_letter", {}, around.clock.now())
    working = worker(around, step, Pace(at_once=1))
    running = asyncio.create_task(working.run())
    await begun.wait()
    working.stop()
    go_on.set()
    await asyncio.wait_for(running, 30)
    assert len(done) == 1
    assert await Job.filter(lease_until=0, attempts=0).count() == 4


async def test_a_job_written_in_this_process_is_begun_without_waiting_for_the_poll() -> None:
    around = Surroundings()
    done = asyncio.Event()

    async def step(job: Claimed, ports: Ports) -> None:
        done.set()

    working = worker(around, step, Pace(poll=3600))
    running = asyncio.create_task(working.run())
    await asyncio.sleep(0.05)  # let every lane find nothing and lie down
    await owe("send_letter", {}, around.clock.now())
    working.wake()
    await asyncio.wait_for(done.wait(), 30)
    working.stop()
    await asyncio.wait_for(running, 30)
    assert await Job.all().count() == 0


async def test_a_database_that_goes_away_stops_neither_the_other_steps_nor_the_worker(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """(F34) Nor is a step cut off in the middle: its letter may have left by then."""
    around = Surroundings()
    away, done = asyncio.Event(), asyncio.Event()

    async def gone(*_: object, **__: object) -> None:
        away.set()
        raise EngineTrouble(cause="connection lost")

    async def step(job: Claimed, ports: Ports) -> None:
        if job.payload["n"] == 0:
            raise RuntimeError("boom")
        await away.wait()
        await asyncio.sleep(0.05)
        done.set()

    for number in range(2):
        await owe("send_letter", {"n": number}, around.clock.now())
    monkeypatch.setattr(job_queue, "postpone", gone)
    working = worker(around, step)
    running = asyncio.create_task(working.run())
    await asyncio.wait_for(done.wait(), 30)
    assert not running.done()
    working.stop()
    await asyncio.wait_for(running, 30)


async def test_a_step_that_is_done_is_not_done_again_for_a_hiccup_of_the_database(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """(F34) An answer would be mailed twice."""
    around, step = Surroundings(), Steps()
    real, hiccups = job_queue.finish, [EngineTrouble(again=True, cause="connection lost")]

    async def finish(job: Claimed) -> bool:
        if hiccups:
            raise hiccups.pop()
        return await real(job)

    monkeypatch.setattr(job_queue, "finish", finish)
    await owe("send_letter", {}, around.clock.now())
    await worker(around, step).run_due()
    around.clock.tick(60)
    await worker(around, step).run_due()
    assert len(step.seen) == 1


async def test_leases_are_renewed_again_after_a_renewal_that_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    around, renewed = Surroundings(), asyncio.Event()
    real, tries = job_queue.renew, []

    async def renew(*args: object) -> None:
        tries.append(args)
        if len(tries) == 1:
            raise EngineTrouble(cause="connection lost")
        await real(*args)  # type: ignore[arg-type]  # what the worker gave
        renewed.set()

    async def step(job: Claimed, ports: Ports) -> None:
        await asyncio.wait_for(renewed.wait(), 30)

    monkeypatch.setattr(job_queue, "renew", renew)
    await owe("send_letter", {}, around.clock.now())
    assert await worker(around, step, Pace(lease=1)).run_due() == 1
    assert await Job.all().count() == 0


async def test_a_worker_renews_no_job_that_another_has_by_now() -> None:
    around = Surroundings()
    await owe("send_letter", {}, around.clock.now())
    now = milliseconds(around.clock.now())
    late = await job_queue.claim("mail", 5, now, lease=1_000)
    await job_queue.claim("mail", 5, now + 2_000, lease=60_000)
    await job_queue.renew(late, now + 10**9)
    assert (await Job.get()).lease_until == now + 62_000


async def test_a_side_that_asks_for_no_pause_at_all_is_not_asked_as_fast_as_we_can() -> None:
    """A Retry-After of 0, with a try that is not counted, would go round and round."""
    around, step = Surroundings(), Steps(*[TryLater("again", after=0)] * 5)
    await owe("send_letter", {}, around.clock.now())
    assert await worker(around, step).run_due() == 1
    assert await worker(around, step).run_due() == 0
    around.clock.tick(1)
    assert await worker(around, step).run_due() == 1


async def test_an_error_that_no_database_keeps_as_it_stands_is_kept_all_the_same() -> None:
    """A mail server's words may hold anything."""
    around = Surroundings()
    await owe("send_letter", {}, around.clock.now())
    await worker(around, Steps(RuntimeError("no\x00such \udce9 box"))).run_due()
    job = await Job.get(kind="send_letter")
    assert (job.lease_until, job.last_error) == (0, "RuntimeError: nosuch box")
    around.clock.tick(timedelta(hours=1))
    await worker(around, Steps(GiveUp("no\x00such \udce9 box"))).run_due()
    assert (await Job.get(kind="send_letter")).state == "dead"


async def test_a_job_is_not_dead_before_the_admins_are_owed_the_news(monkeypatch: pytest.MonkeyPatch) -> None:
    around = Surroundings()

    async def gone(*_: object, **__: object) -> None:
        raise EngineTrouble(cause="connection lost")

    await owe("send_letter", {}, around.clock.now())
    monkeypatch.setattr("handlers.jobs.worker.owe_admins", gone)
    await worker(around, Steps(GiveUp("no"))).run_due()
    assert (await Job.get(kind="send_letter")).state == "due"


async def test_the_backlog_counts_what_is_due_waiting_and_dead() -> None:
    around = Surroundings()
    now = around.clock.now()
    await owe("send_letter", {}, now)
    await owe("send_letter", {}, now + timedelta(days=1))
    await owe("send_letter", {}, now)
    await worker(around, Steps(GiveUp("no"), TryLater("not now", after=60))).run_due()
    assert await job_queue.backlog(milliseconds(now)) == {"due": 0, "waiting": 2, "dead": 1}


@pytest.mark.parametrize(
    ("trouble", "level", "traced"),
    [(EngineTrouble(cause="connection refused"), "warning", False), (ValueError("a fault of ours"), "error", True)],
)
async def test_a_lane_that_fails_says_whether_the_database_is_away_or_the_fault_is_ours(
    trouble: Exception, level: str, traced: bool
) -> None:
    """It goes on either way; a fault comes with its traceback."""
    around, step = Surroundings(), Steps()
    await owe("send_letter", {}, around.clock.now())
    clock = FailsOnce(around.clock, trouble)
    working = Worker({"send_letter": step}, replace(around.ports, clock=clock), Pace(poll=0.01))
    with capture_logs() as lines:
        running = asyncio.create_task(working.run())
        await eventually(lambda: step.seen, "the job to be done")
        working.stop()
        await running
    [line] = [line for line in lines if line["event"] == "jobs.lane_failed"]
    assert line["log_level"] == level
    assert ("exc_info" in line) is traced


class FailsOnce:
    """A clock that fails the first lane that asks it."""

    def __init__(self, clock: FakeClock, trouble: Exception) -> None:
        self.clock = clock
        self.troubles = [trouble]

    def now(self) -> datetime:
        if self.troubles:
            raise self.troubles.pop()
        return self.clock.now()
