"""The intake: each new letter is stored, judged, heard at the desk, answered and filed; in that order, once."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections import Counter
from datetime import timedelta

import structlog

from handlers.desk import Desk
from handlers.mail.claim_letter import WaitingLetter, claim_letter, held, release_letter
from handlers.mail.settle_letter import LetterTaken
from handlers.mail.store_letter import Arrival, Mark, Stored, forget_numbers, mailbox_mark, store_letter
from handlers.people.messages import owe_admins
from handlers.ports import Ports
from mailroom.filing import Filing
from mailroom.heads import LetterUnreadable, read_head
from mailroom.hearing import Hearing
from mailroom.mailbox import Folder, Found, Mailbox, MailboxTrouble
from mailroom.outage import Outage
from models import database

LOOK_BACK = timedelta(days=30)  # in a mailbox never read before, or whose UIDs mean other letters now (F22)
STRIKES = 3  # tries of one letter, the last of which failed, before it is set aside (T19, F23)
MOST_CLAIMS = 10  # the same for letters under which the process itself died
MOST_FETCHES = 5  # that fail of one letter, before the ones behind it are read
FIRST_PAUSE, LONGEST_PAUSE = 5.0, 300.0  # seconds between tries to reach the mailbox

log = structlog.get_logger()


class Intake:
    """Reads one mailbox until it is stopped. Several processes may read the same one (F25)."""

    def __init__(self, mailbox: Mailbox, desk: Desk, ports: Ports, authserv_id: str, poll: float = 60) -> None:
        self._mailbox = mailbox
        self._hearing = Hearing(desk, ports, authserv_id)
        self._filing = Filing(mailbox, ports)
        self._outage = Outage(ports)
        self._ports = ports
        self._poll = poll  # seconds between looks where the server does not tell of new letters by itself
        self._stopping = asyncio.Event()
        self._not_given: Counter[int] = Counter()  # by UID

    @property
    def state(self) -> str:
        """ok or down, for /readyz."""
        return "down" if self._outage.since else "ok"

    def stop(self) -> None:
        """Finish the letter under way, then end."""
        self._stopping.set()

    async def run(self) -> None:
        """Round after round until `stop`; trouble is waited out."""
        pause = FIRST_PAUSE
        try:
            while not self._stopping.is_set():
                try:
                    judged = await self.round()
                    pause = FIRST_PAUSE
                    if not judged:  # else look again: the server may have told of new letters while we were busy
                        await self._rest()
                except MailboxTrouble as trouble:
                    await self._outage.goes_on(str(trouble))
                    await self._pause(pause)
                    pause = min(pause * 2, LONGEST_PAUSE)
                except Exception:  # the database, or a fault of ours: letters stay where they are
                    log.exception("intake.failed")
                    if await database.answers():
                        await self._outage.goes_on("a fault of Paylink's own, which its log tells")
                    await self._pause(FIRST_PAUSE)
        finally:
            await self._mailbox.close()

    async def round(self) -> int:
        """Store what is new, judge what waits, file what is done; how many letters were judged."""
        mark = await mailbox_mark(self._mailbox.name)  # before it is looked what UIDs there are
        uidvalidity = await self._mailbox.open()
        await self._store_new(uidvalidity, await self._still_meant(mark, uidvalidity))
        judged = 0
        while not self._stopping.is_set():
            letter = await claim_letter(self._mailbox.name, self._ports.clock.now())
            if letter is None:
                break
            with structlog.contextvars.bound_contextvars(request_id=f"letter-{letter.id}"):
                folder = await self._judge(letter)
                if folder is not None and letter.uidvalidity == uidvalidity:
                    await self._filing.file(letter.uid, folder)
            judged += 1
        await self._filing.tidy_up(uidvalidity)
        await self._outage.ends()
        return judged

    # ── storing ───────────────────────────────────────────────────────────────────────────────────────────────────────

    async def _still_meant(self, mark: Mark | None, uidvalidity: int) -> Mark | None:
        """The mark, where the UIDs are still the ones it was set by (F22)."""
        if mark is None or mark.uidvalidity != uidvalidity:
            return None
        next_uid = self._mailbox.next_uid
        if next_uid is None or next_uid > mark.uid:
            return mark
        log.warning("intake.uids_reused", uidvalidity=uidvalidity, read_up_to=mark.uid, next_uid=next_uid)
        await forget_numbers(self._mailbox.name, mark)
        return None

    async def _store_new(self, uidvalidity: int, mark: Mark | None) -> None:
        if mark is not None:
            uids = await self._mailbox.uids(mark.uid)
        else:
            uids = await self._mailbox.uids(0, since=(self._ports.clock.now() - LOOK_BACK).date())
        for uid in uids:
            if self._stopping.is_set():
                return
            found = await self._fetch(uidvalidity, uid)
            if found is not None and await self._store(uidvalidity, found) is Stored.REPEAT:
                await self._filing.file(uid, Folder.PROCESSED)

    async def _fetch(self, uidvalidity: int, uid: int) -> Found | None:
        """A letter; one that the server fails to give again and again is set aside, and admins are told."""
        try:
            found = await self._mailbox.fetch(uid)
        except MailboxTrouble as trouble:
            self._not_given[uid] += 1
            if self._not_given[uid] < MOST_FETCHES:
                raise
            words = f"Letter {uid} of Paylink's mailbox cannot be fetched, so it was set aside unread: {trouble}"
            log.warning("intake.letter_not_given", uid=uid, why=str(trouble))
            now = self._ports.clock.now()
            await owe_admins(words, now, self._ports, about=f"uid-{uidvalidity}-{uid}")
            bare = Arrival(self._mailbox.name, uidvalidity, uid, 0, b"", "", "", "")
            await store_letter(bare, now, unreadable=f"it cannot be fetched: {trouble}")
            raise
        self._not_given.clear()
        return found

    async def _store(self, uidvalidity: int, found: Found) -> Stored:
        who = ("", "", "")
        try:
            head = read_head(found.raw)
            who = (head.message_id, head.sender, head.subject)
        except LetterUnreadable as unreadable:  # it is kept all the same, and set aside when its turn comes
            log.info("intake.head_unreadable", uid=found.uid, why=str(unreadable))
        except Exception:  # a fault of ours must not keep the letters behind it out
            log.exception("intake.head_failed", uid=found.uid)
        arrival = Arrival(self._mailbox.name, uidvalidity, found.uid, found.size, found.raw, *who)
        return await store_letter(arrival, self._ports.clock.now())

    # ── judging ───────────────────────────────────────────────────────────────────────────────────────────────────────

    async def _judge(self, letter: WaitingLetter) -> Folder | None:
        """Decide a letter's fate; where it is to be filed, None while it waits on."""
        try:
            if letter.tries > MOST_CLAIMS:
                return await self._hearing.give_up(letter, "the program stopped each time it was read")
            async with held(letter, self._ports):
                return await self._hearing.decide(letter)
        except LetterTaken:
            log.info("intake.letter_taken", letter=letter.id)
            return None
        except Exception:
            if not await database.answers():
                raise
            log.exception("intake.letter_failed", letter=letter.id, tries=letter.tries)
            return await self._strike(letter)

    async def _strike(self, letter: WaitingLetter) -> Folder | None:
        """One letter must not stop the others: tried three times, then set aside (T19)."""
        if letter.tries < STRIKES:
            await release_letter(letter, self._ports.clock.now(), 5.0 * letter.tries)
            return None
        with contextlib.suppress(LetterTaken):
            return await self._hearing.give_up(letter, "it could not be handled; the log says why")
        return None

    # ── waiting and trouble ───────────────────────────────────────────────────────────────────────────────────────────

    async def _rest(self) -> None:
        """Until something may have come or the intake is stopped."""
        waiting = asyncio.ensure_future(self._mailbox.wait(self._poll))
        stopped = asyncio.ensure_future(self._stopping.wait())
        try:
            await asyncio.wait([waiting, stopped], return_when=asyncio.FIRST_COMPLETED)
            if self._stopping.is_set():
                await self._mailbox.close()
            await waiting
        finally:
            stopped.cancel()
            waiting.cancel()
            await asyncio.wait([waiting, stopped])

    async def _pause(self, seconds: float) -> None:
        await self._mailbox.close()
        self._filing.begin_anew()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._stopping.wait(), seconds * random.uniform(0.8, 1.2))  # noqa: S311  spreads load
