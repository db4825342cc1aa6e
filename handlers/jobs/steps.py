"""What a step of a job may say instead of being done, and what it is handed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from handlers.ports import LetterSender, Ports
from models import job_queue
from models.job_queue import Claimed

SHORTEST_PAUSE = 1.0  # seconds, where the other side asks for a pause and says 0


class TryLater(Exception):
    """Not now. `after`: seconds the other side asked us to wait; None: the usual wait for this many tries."""

    def __init__(self, why: str, after: float | None = None) -> None:
        super().__init__(why)
        self.after = None if after is None else max(after, SHORTEST_PAUSE)


class GiveUp(Exception):
    """It will never work; admins are told why."""


class LeaseLost(Exception):
    """Another process has the job, so nothing of this try may be kept."""


Step = Callable[[Claimed, Ports], Awaitable[bool | None]]  # True: it struck its debt off itself, by paid_off


async def paid_off(job: Claimed) -> None:
    """Strike the debt in the caller's transaction, together with what paying it changed.

    Raises LeaseLost: somebody else is at it; the caller's transaction must not commit.
    """
    if not await job_queue.finish(job):
        raise LeaseLost


def letters_of(ports: Ports) -> LetterSender:
    """The way out for letters. Raises GiveUp: the mail front was switched off since the letter was owed."""
    if ports.letters is None:
        raise GiveUp("The mail front is off: no letter can be sent.")
    return ports.letters
