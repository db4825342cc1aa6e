"""Waiting for something to come true, with a deadline."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar, overload

T = TypeVar("T")


@overload
async def eventually(look: Callable[[], Awaitable[T | None]], what: str, seconds: float = ...) -> T: ...


@overload
async def eventually(look: Callable[[], object], what: str, seconds: float = ...) -> Any: ...


async def eventually(look: Callable[[], object], what: str, seconds: float = 60.0) -> Any:
    """Look again and again until there is something, and give it. Raises AssertionError after `seconds`."""
    deadline = asyncio.get_running_loop().time() + seconds
    while True:
        found = look()
        if inspect.isawaitable(found):
            found = await found
        if found:
            return found
        assert asyncio.get_running_loop().time() < deadline, f"waited {seconds} s for {what}"
        await asyncio.sleep(0.01)
