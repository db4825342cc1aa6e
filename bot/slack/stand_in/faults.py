"""Slack on a bad day, on demand: which method fails next, how and how often."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Fault:
    """One way to fail. Blank: not that way."""

    error: str = ""  # the error word of a 200 answer: is_archived, channel_not_found, invalid_auth, …
    status: int = 0  # an HTTP status: 429, 500, 503
    retry_after: int | None = None  # seconds, with a 429
    html: bool = False  # the 5xx comes as a web page, as from a broken proxy
    cut: bool = False  # the work is done, then the connection drops before the answer
    until: asyncio.Event | None = None  # the answer waits for this


@dataclass(slots=True)
class Faults:
    _planned: list[tuple[str, str, Fault]] = field(default_factory=list)

    def plan(self, method: str, fault: Fault, *, times: int = 1, channel: str = "") -> None:
        """Let the next `times` calls of this API method (to this channel) fail so."""
        self._planned += [(method, channel, fault)] * times

    def clear(self) -> None:
        self._planned.clear()

    def next(self, method: str, channel: str) -> Fault | None:
        for number, (wanted, where, fault) in enumerate(self._planned):
            if wanted == method and where in ("", channel):
                del self._planned[number]
                return fault
        return None
