"""A mailbox in memory that can be told to fail."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import date

from mailroom.heads import MOST_HEAD_BYTES
from mailroom.letters import MOST_BYTES
from mailroom.mailbox import FilingRefused, Folder, Found, MailboxTrouble


@dataclass(slots=True)
class FakeMailbox:
    """One inbox and the folders its letters are filed in."""

    name: str = "intake@mail.example/INBOX"
    uidvalidity: int = 1
    most_bytes: int = MOST_BYTES
    letters: dict[int, bytes] = field(default_factory=dict)
    arrived: dict[int, date] = field(default_factory=dict)
    folders: dict[Folder, list[bytes]] = field(default_factory=lambda: {folder: [] for folder in Folder})
    troubles: list[str] = field(default_factory=list)  # the calls that fail next, by name
    refuses_filing: bool = False
    ungiven: set[int] = field(default_factory=set)  # letters whose fetching breaks the connection
    next_uid: int = 1
    opened: int = 0
    fetched: list[int] = field(default_factory=list)
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    def deliver(self, raw: bytes, on: date = date(2026, 11, 23)) -> int:
        """A letter arrives; its UID."""
        uid, self.next_uid = self.next_uid, self.next_uid + 1
        self.letters[uid], self.arrived[uid] = raw, on
        self._news.set()
        return uid

    def renumber(self) -> None:
        """The server lost its numbers: the same letters under other UIDs (F22)."""
        kept = [(raw, self.arrived[uid]) for uid, raw in self.letters.items()]
        self.uidvalidity, self.next_uid = self.uidvalidity + 1, 1
        self.letters, self.arrived = {}, {}
        for raw, on in kept:
            self.deliver(raw, on)

    async def open(self) -> int:
        self._meet("open")
        self.opened += 1
        return self.uidvalidity

    async def uids(self, after: int, since: date | None = None) -> list[int]:
        self._meet("uids")
        return [uid for uid in sorted(self.letters) if uid > after and (since is None or self.arrived[uid] >= since)]

    async def fetch(self, uid: int) -> Found | None:
        self._meet("fetch")
        self.fetched.append(uid)
        if uid in self.ungiven:
            raise MailboxTrouble("the server hung up")
        raw = self.letters.get(uid)
        if raw is None:
            return None
        if len(raw) <= self.most_bytes:
            return Found(uid, len(raw), raw)
        return Found(uid, len(raw), raw.partition(b"\r\n\r\n")[0][:MOST_HEAD_BYTES] + b"\r\n\r\n")

    async def file(self, uid: int, folder: Folder) -> None:
        self._meet("file")
        if self.refuses_filing:
            raise FilingRefused("NO over quota")
        if uid in self.letters:
            self.folders[folder].append(self.letters.pop(uid))

    async def wait(self, seconds: float) -> None:
        self._meet("wait")
        try:
            await asyncio.wait_for(self._news.wait(), seconds)
        except TimeoutError:
            return
        self._news.clear()

    async def close(self) -> None:
        self._news.set()

    def _meet(self, call: str) -> None:
        if self.troubles and self.troubles[0] == call:
            self.troubles.pop(0)
            raise MailboxTrouble(f"the connection broke at {call}")
