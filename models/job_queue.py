"""The job table as a queue: put, claim with lease and fence, finish. The SQL Tortoise cannot say, in one place.

Atomic with the Tortoise transaction on both databases; SKIP LOCKED lets any number of replicas share the work.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tortoise.connection import get_connection
from tortoise.expressions import Q

from models.plain_text import plain_line
from models.statements import insert_all, insert_once, marks
from models.tables.traffic import Job

DUE, DEAD = "due", "dead"


@dataclass(frozen=True, slots=True)
class Claimed:
    """A job this process may do until its lease ends. Times are milliseconds since 1970, UTC."""

    id: int
    kind: str
    payload: dict[str, Any]
    attempts: int  # this try included; also the fence
    revision: int
    request_id: str


# A job in its back-off keeps its time (the other side asked for the pause); a dead one comes to life again.
_JOIN = (
    "UPDATE SET revision = job.revision + 1, state = 'due',"
    " attempts = CASE WHEN job.state = 'dead' THEN 0 ELSE job.attempts END,"
    " run_at = CASE WHEN job.state = 'dead' THEN excluded.run_at"
    " WHEN job.last_error <> '' OR job.run_at < excluded.run_at THEN job.run_at ELSE excluded.run_at END"
)


async def put(jobs: Sequence[Mapping[str, Any]]) -> None:
    """Write jobs in the current transaction; those with a `dedup` key join the one that already waits."""
    await insert_all(Job, [job for job in jobs if job["dedup"] is None])
    for job in jobs:
        if job["dedup"] is not None:
            await insert_once(Job, job, unique="dedup", otherwise=_JOIN)


async def claim(lane: str, most: int, now: int, lease: int) -> list[Claimed]:
    """Take up to `most` due jobs of a lane for `lease` milliseconds."""
    skip = " FOR UPDATE SKIP LOCKED" if shared() else ""
    a, b, c, d = marks(4)
    rows = await get_connection("default").execute_query_dict(
        f"UPDATE job SET lease_until = {a}, attempts = attempts + 1 WHERE id IN ("  # noqa: S608  only marks are put in
        f"SELECT id FROM job WHERE lane = {b} AND state = 'due' AND run_at <= {c} AND lease_until < {d}"
        f" ORDER BY run_at, id LIMIT {int(most)}{skip})"
        " RETURNING id, kind, payload, attempts, revision, request_id",
        [now + lease, lane, now, now],
    )
    jobs = [
        Claimed(r["id"], r["kind"], _read(r["payload"]), r["attempts"], r["revision"], r["request_id"]) for r in rows
    ]
    return sorted(jobs, key=lambda job: job.id)


async def finish(job: Claimed) -> bool:
    """The debt is paid. False: the lease was lost. Owed again meanwhile, it is due again at once."""
    a, b, c = marks(3)
    ours = f"DELETE FROM job WHERE id = {a} AND attempts = {b} AND revision = {c} RETURNING id"  # noqa: S608  only marks are put in
    if await get_connection("default").execute_query_dict(ours, [job.id, job.attempts, job.revision]):
        return True
    again = await Job.filter(id=job.id, attempts=job.attempts).update(lease_until=0, attempts=0, last_error="")
    return bool(again)


async def postpone(job: Claimed, run_at: int, error: str, *, counted: bool = True) -> None:
    """Try again at `run_at`. `counted` False: the other side asked us to wait, which is no failed try."""
    await Job.filter(id=job.id, attempts=job.attempts).update(
        lease_until=0, run_at=run_at, last_error=_kept(error), attempts=job.attempts if counted else job.attempts - 1
    )


async def bury(job: Claimed, error: str) -> bool:
    """No more tries; it stays for people to see. False when the lease was lost."""
    ours = Job.filter(id=job.id, attempts=job.attempts)
    return bool(await ours.update(state=DEAD, lease_until=0, last_error=_kept(error)))


async def renew(jobs: Sequence[Claimed], until: int) -> None:
    """Keep the leases of jobs still being done; one that another worker has by now is left to it."""
    if not jobs:
        return
    ours = [Q(id=job.id, attempts=job.attempts) for job in jobs]
    await Job.filter(Q(*ours, join_type=Q.OR), lease_until__gt=0).update(lease_until=until)


async def give_back(jobs: Sequence[Claimed]) -> None:
    """Return unfinished jobs at shutdown, so that another process has them at once."""
    for job in jobs:
        await Job.filter(id=job.id, attempts=job.attempts).update(lease_until=0, attempts=job.attempts - 1)


async def backlog(now: int) -> dict[str, int]:
    """How many jobs are due, waiting for their time, and dead."""
    due = Job.filter(state=DUE, run_at__lte=now)
    return {
        "due": await due.count(),
        "waiting": await Job.filter(state=DUE, run_at__gt=now).count(),
        "dead": await Job.filter(state=DEAD).count(),
    }


def shared() -> bool:
    """Whether other processes may work on the same jobs: on PostgreSQL, not on SQLite."""
    return bool(get_connection("default").capabilities.dialect == "postgres")


def _kept(error: str) -> str:
    """An error as any database keeps it: another program's words may hold NUL or broken UTF-8."""
    return plain_line(error)[:300]


def _read(payload: object) -> dict[str, Any]:
    return json.loads(payload) if isinstance(payload, str) else dict(payload)  # type: ignore[call-overload,no-any-return]  # text on SQLite
