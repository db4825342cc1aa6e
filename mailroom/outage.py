"""The mailbox out of reach: since when, and that admins hear of it (F20)."""

from __future__ import annotations

import contextlib
from datetime import datetime, timedelta

import structlog

from handlers.mail.tell_mailbox import tell_down, tell_up
from handlers.ports import Ports

TELL_AFTER = timedelta(minutes=5)

log = structlog.get_logger()


class Outage:
    """What this process knows of it. It is taken for one until the mailbox was first read."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports
        self.since: datetime | None = ports.clock.now()
        self._told = False

    async def goes_on(self, why: str) -> None:
        """Another try failed."""
        now = self._ports.clock.now()
        self.since = self.since or now
        log.warning("intake.down", why=why, since=self.since.isoformat())
        if not self._told and now - self.since >= TELL_AFTER:
            with contextlib.suppress(Exception):  # the database may be away as well; the next try tells
                await tell_down(self.since, why, self._ports)
                self._told = True

    async def ends(self) -> None:
        """The mailbox was read."""
        if self.since is not None:
            await tell_up(self._ports)
            self.since, self._told = None, False
