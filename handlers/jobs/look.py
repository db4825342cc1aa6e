"""Looking at the database and the backlog, for probes, figures and `doctor`."""

from __future__ import annotations

from tortoise.exceptions import BaseORMException

from handlers.jobs.owed import milliseconds
from handlers.ports import Clock
from models import job_queue
from models.database import answers


async def database_answers() -> bool:
    """Whether the database answers a question now."""
    try:
        return await answers()
    except (BaseORMException, OSError):
        return False


async def job_backlog(clock: Clock) -> dict[str, int]:
    """How many jobs are due, waiting for their time, and dead."""
    return await job_queue.backlog(milliseconds(clock.now()))
