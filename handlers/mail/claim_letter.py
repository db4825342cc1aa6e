"""Taking a waiting letter to judge it, so that no other process does meanwhile."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from datetime import datetime

from handlers.jobs.owed import milliseconds
from handlers.mail.store_letter import WAITING
from models.tables import InboundLetter

LEASE = 30  # seconds; a process that died holding a letter loses it after that


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
    """Give a letter back, to be tried again in a while; the others go on meanwhile (T19)."""
    mine = InboundLetter.filter(id=letter.id, tries=letter.tries, fate=WAITING)
    await mine.update(lease_until=milliseconds(now) + round(seconds * 1000))
