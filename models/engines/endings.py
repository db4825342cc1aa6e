"""What both engines share: work that is seen through, and the trouble they report."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from tortoise.exceptions import OperationalError

from models.errors import DatabaseTrouble

T = TypeVar("T")


class EngineTrouble(DatabaseTrouble, OperationalError):
    """The database's own failure, as our code and as tortoise's knows it; the cause is the driver's error."""


async def to_its_end(work: Coroutine[Any, Any, T]) -> T:
    """Await work that must not be left half done: a cancellation, or several, waits until it is over and then goes on.

    Raises CancelledError: the awaiting task was cancelled meanwhile; the work is over all the same.
    """
    task = asyncio.ensure_future(work)
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.wait([task])
        except asyncio.CancelledError as error:
            cancelled = error
    if cancelled is None:
        return task.result()
    if not task.cancelled():
        task.exception()  # seen, so that asyncio does not report it as lost
    raise cancelled
