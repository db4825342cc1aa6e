"""Taking over what a process held that is surely dead."""

from __future__ import annotations

from models import job_queue
from models.tables import InboundLetter, Job


async def take_over() -> None:
    """End every lease, where this process is the only one (SQLite): whoever held them was killed.

    On PostgreSQL another replica may hold them; there they end by themselves.
    """
    if job_queue.shared():
        return
    await Job.filter(lease_until__gt=0).update(lease_until=0)
    await InboundLetter.filter(lease_until__gt=0).update(lease_until=0)
