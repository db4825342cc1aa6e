"""Filing what is done: out of the inbox, into the folder that says what became of it; the mailbox may refuse (F24)."""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog

from handlers.mail.look_back import settled_letters
from handlers.mail.store_letter import ASIDE, QUARANTINED
from handlers.mail.tell_mailbox import tell_filing_refused
from handlers.ports import Ports
from mailroom.mailbox import FilingRefused, Folder, Mailbox

TRY_AGAIN_AFTER = timedelta(hours=1)  # of a refusal: a quota is raised, a right is given

log = structlog.get_logger()


class Filing:
    """Moves letters whose fate is known. Those it could not move are known all the same, and moved later."""

    def __init__(self, mailbox: Mailbox, ports: Ports) -> None:
        self._mailbox = mailbox
        self._ports = ports
        self._refused_at: datetime | None = None
        self._tidy = False  # whether letters left in the inbox by an earlier connection were filed

    def begin_anew(self) -> None:
        """The connection was lost: what it did not come to is still to do."""
        self._refused_at, self._tidy = None, False

    async def file(self, uid: int, folder: Folder) -> None:
        """Move a letter, unless the mailbox refused lately. Raises MailboxTrouble."""
        if self._refused_at is not None:
            return
        try:
            await self._mailbox.file(uid, folder)
        except FilingRefused as refusal:
            log.warning("intake.filing_refused", why=str(refusal))
            self._refused_at, self._tidy = self._ports.clock.now(), False
            await tell_filing_refused(str(refusal), self._ports)

    async def tidy_up(self, uidvalidity: int) -> None:
        """File letters whose fate was known before the connection broke, the process died or the mailbox refused."""
        if self._refused_at is not None and self._ports.clock.now() - self._refused_at >= TRY_AGAIN_AFTER:
            self._refused_at = None
        if self._tidy or self._refused_at is not None:
            return
        self._tidy = True
        left = await settled_letters(self._mailbox.name, uidvalidity, await self._mailbox.uids(0))
        for uid, fate in left.items():
            await self.file(uid, Folder.QUARANTINE if fate in (ASIDE, QUARANTINED) else Folder.PROCESSED)
