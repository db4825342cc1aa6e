"""The system's clock behind the clock port: the only place that reads it."""

from __future__ import annotations

from datetime import UTC, datetime


class SystemClock:
    def now(self) -> datetime:
        """The moment, aware, in UTC."""
        return datetime.now(UTC)
