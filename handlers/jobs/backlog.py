"""How much is owed, for the figures and `doctor`."""

from __future__ import annotations

from handlers.owed import milliseconds
from handlers.ports import Clock
from models import job_queue


async def job_backlog(clock: Clock) -> dict[str, int]:
    """How many jobs are due, waiting for their time, and dead."""
    return await job_queue.backlog(milliseconds(clock.now()))
