"""What every part of the workspace has: whose it is, what time it is, and a number that grows with each change."""

from __future__ import annotations

from dataclasses import dataclass

from handlers.ports import Clock

_MICRO = 1_000_000


@dataclass
class Versioned:
    """`version` grows with every change, so that a page can ask whether anything is new."""

    team_id: str
    clock: Clock
    version: int = 1
    _last: int = 0  # the newest ts, in microseconds

    def changed(self) -> None:
        self.version += 1

    def new_ts(self) -> str:
        """A message's name: seconds and a counter, never the same twice, always later than the one before."""
        self._last = max(self._last + 1, int(self.clock.now().timestamp() * _MICRO))
        return f"{self._last // _MICRO}.{self._last % _MICRO:06}"
