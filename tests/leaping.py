"""A loop without a clock: where nothing happens it leaps to what is due next, so how long something waits is exact."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")
A_LOOK = 0.02  # real seconds in which what other tasks of the same process sent arrives


class _Selector(selectors.DefaultSelector):
    """Passes over the time in which a selector would wait."""

    passed = 1000.5

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            return super().select()
        found = super().select(min(timeout, A_LOOK))
        if not found and timeout > 0:
            self.passed += timeout
        return found


class LeapingLoop(asyncio.SelectorEventLoop):
    """Its seconds are those that were waited; work takes none of them, however slow the machine is.

    Not for what works in threads: nothing waits for them.
    """

    def __init__(self) -> None:
        self._leaping = _Selector()
        super().__init__(self._leaping)

    def time(self) -> float:
        return self._leaping.passed


def run_leaping(main: Coroutine[Any, Any, T]) -> T:
    """asyncio.run on such a loop."""
    with asyncio.Runner(loop_factory=LeapingLoop) as runner:
        return runner.run(main)
