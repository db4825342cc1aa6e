"""Keeps the firm up to date: what an admin changes at one replica holds at all of them within half a minute."""

from __future__ import annotations

import asyncio
import contextlib

import structlog

from handlers.administration.last_words import share_last_words
from handlers.administration.live_firm import refresh
from handlers.ports import Ports
from models.errors import PaylinkError

log = structlog.get_logger()
EVERY = 30.0  # seconds


class FirmWatch:
    """Reads the firm anew for as long as it runs, and writes down what Stripe said last of its accounts.

    A database that is away is waited for: the last firm holds.
    """

    def __init__(self, ports: Ports, every: float = EVERY) -> None:
        self._ports = ports
        self._every = every
        self._stopping = asyncio.Event()

    async def run(self) -> None:
        while not self._stopping.is_set():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), self._every)
                return
            try:
                await refresh(self._ports.book)
                await share_last_words(self._ports)
            except PaylinkError as error:
                log.warning("firm.not_refreshed", why=str(error))

    def stop(self) -> None:
        self._stopping.set()
