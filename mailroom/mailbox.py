"""What the intake needs of a mailbox."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Protocol


class MailboxTrouble(Exception):
    """The mailbox cannot be used now: unreachable, refused, dropped. Open it again later."""


class FilingRefused(MailboxTrouble):
    """The mailbox works but would not move a letter: over quota, or no right to (F24)."""


class Folder(StrEnum):
    """Where letters go once their fate is known."""

    PROCESSED = "Processed"
    QUARANTINE = "Quarantine"


@dataclass(frozen=True, slots=True)
class Found:
    """A letter in the mailbox."""

    uid: int
    size: int  # bytes of the whole
    raw: bytes  # the whole; of one too large only the beginning of its header


class Mailbox(Protocol):
    """One folder of a mail server. Calls are made one at a time; each may raise MailboxTrouble."""

    @property
    def name(self) -> str:
        """The same for as long as it is the same mailbox; holds no secret."""
        ...

    @property
    def next_uid(self) -> int | None:
        """Above every UID there was when it was last opened; None: the server does not say."""
        ...

    async def open(self) -> int:
        """Connect where need be, and look afresh. Gives UIDVALIDITY: when that changes, UIDs mean other letters."""
        ...

    async def uids(self, after: int, since: date | None = None) -> list[int]:
        """The letters above a UID, in order, whether anybody has read them or not; those that came from `since` on."""
        ...

    async def fetch(self, uid: int) -> Found | None:
        """A letter, without marking it read; None when it is gone."""
        ...

    async def file(self, uid: int, folder: Folder) -> None:
        """Move a letter out of the inbox; one that is gone is fine. Raises FilingRefused."""
        ...

    async def wait(self, seconds: float) -> None:
        """Until something may have come, at most so long. Only a hint: look afterwards."""
        ...

    async def close(self) -> None:
        """Drop the connection and end any wait at once. Raises nothing."""
        ...
