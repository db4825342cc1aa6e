"""The clock. It is a port, so that tests can say what time it is."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """The only clock there is; bot.clock reads the machine's."""

    def now(self) -> datetime:
        """The moment, aware, in UTC."""
        ...
