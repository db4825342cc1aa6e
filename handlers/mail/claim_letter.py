"""Taking a waiting letter to judge it, so that no other process does meanwhile."""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

import structlog

from handlers.mail.store_letter import WAITING
from handlers.owed import milliseconds
from handlers.ports import Ports
from models.tables import InboundLetter

LEASE = 15  # seconds, renewed while a letter is judged; a process that died holding one loses it after that

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class WaitingLetter:
    """A letter this process may judge until the lease ends."""

    id: int
    uidvalidity: int
    uid: int
    digest: str  # SHA-256 of its bytes
    tries: int  # this one included
    size: int  # bytes of the whole
    raw: bytes  # of one too large, its header only


async def claim_letter(mailbox: str, now: datetime) -> WaitingLetter | None:
    """The oldest letter of the mailbox that waits and that nobody holds; None when there is none."""
    moment = milliseconds(now)
    while True:
        row = await InboundLetter.filter(mailbox=mailbox, fate=WAITING, lease_until__lte=moment).order_by("id").first()
        if row is None:
            return None
        mine = InboundLetter.filter(id=row.id, fate=WAITING, tries=row.tries, lease_until__lte=moment)
        if await mine.update(tries=row.tries + 1, lease_until=moment + LEASE * 1000):
            raw = zlib.decompress(row.content or zlib.compress(b""))
            return WaitingLetter(row.id, row.uidvalidity, row.uid, row.digest, row.tries + 1, row.size, raw)


async def release_letter(letter: WaitingLetter, now: datetime, seconds: float) -> None:
    """Leave a letter to be taken in so many seconds, by anybody; nothing where it was taken or settled by another."""
    mine = InboundLetter.filter(id=letter.id, tries=letter.tries, fate=WAITING)
    await mine.update(lease_until=milliseconds(now) + round(seconds * 1000))


@asynccontextmanager
async def held(letter: WaitingLetter, ports: Ports) -> AsyncIterator[None]:
    """Keep the lease while the letter is judged, however long that takes: a file may be large, a machine slow."""
    renewing = asyncio.create_task(_renew(letter, ports))
    try:
        yield
    finally:
        renewing.cancel()
        await asyncio.wait([renewing])


async def _renew(letter: WaitingLetter, ports: Ports) -> None:
    while True:
        await asyncio.sleep(LEASE / 3)
        try:
            await release_letter(letter, ports.clock.now(), LEASE)
        except Exception as error:  # the next renewal may still be in time; else somebody else takes it over
            log.warning("letter.not_renewed", letter=letter.id, error=f"{type(error).__name__}: {error}")
