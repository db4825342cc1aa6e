"""Keeps the firm up to date: what an admin changes at one replica holds at all of them within half a minute."""

from __future__ import annotations

import asyncio
import contextlib

import structlog

from handlers.administration.live_firm import refresh
from handlers.firm import FirmBook
from models.errors import PaylinkError

log = structlog.get_logger()
EVERY = 30.0  # seconds


class FirmWatch:
    """Reads the firm anew for as long as it runs. A database that is away is waited for: the last firm holds."""

    def __init__(self, book: FirmBook, every: float = EVERY) -> None:
        self._book = book
        self._every = every
        self._stopping = asyncio.Event()

    async def run(self) -> None:
        while not self._stopping.is_set():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), self._every)
                return
            try:
                await refresh(self._book)
            except PaylinkError as error:
                log.warning("firm.not_refreshed", why=str(error))

    def stop(self) -> None:
        self._stopping.set()
