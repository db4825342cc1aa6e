"""Waiting for something to come true, with a deadline."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable


async def eventually(true: Callable[[], object | Awaitable[object]], what: str, seconds: float = 15.0) -> None:
    """Poll until it is true. Raises AssertionError after `seconds`."""
    deadline = asyncio.get_running_loop().time() + seconds
    while True:
        found = true()
        if await found if inspect.isawaitable(found) else found:
            return
        assert asyncio.get_running_loop().time() < deadline, f"{what} took longer than {seconds} s"
        await asyncio.sleep(0.01)
