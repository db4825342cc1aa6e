"""Hearing one letter: may its sender command us, what do they ask, what does the desk say; its fate is then settled."""

from __future__ import annotations

import asyncio
import hashlib

import structlog

from handlers.answers import Answer, BatchDecided, BatchReview, HelpText, Refusal
from handlers.desk import Desk
from handlers.mail.claim_letter import WaitingLetter
from handlers.mail.heard import Heard, links_made
from handlers.mail.look_back import obeyed_before
from handlers.mail.pass_on import pass_on
from handlers.mail.settle_letter import (
    answer_letter,
    put_aside,
    quarantine_letter,
    silence_letter,
)
from handlers.mail.take_bounce import take_bounce
from handlers.mail.troubles import HELPED, OBEYED, REFUSED, helps_left
from handlers.people.identify import mail_asker
from handlers.ports import Ports, StaffLetter
from handlers.requests import Asker, ReviewFile
from mailroom.asks import AboutBatch, Spoken, batch_of, what_is_asked, words_of
from mailroom.bounces import read_bounce
from mailroom.heads import Head, LetterUnreadable, read_head
from mailroom.letters import MOST_BYTES, Letter, read_letter, too_large
from mailroom.machines import machine_made, no_letter_of_a_person
from mailroom.mailbox import Folder
from mailroom.payer_replies import read_payer_reply
from mailroom.replies import page_of, reply
from mailroom.trust import judge

log = structlog.get_logger()


class Hearing:
    """Decides letters at the desk, one at a time."""

    def __init__(self, desk: Desk, ports: Ports, authserv_id: str) -> None:
        self._desk = desk
        self._ports = ports
        self._authserv_id = authserv_id

    async def decide(self, letter: WaitingLetter) -> Folder:
        """Hear a letter and settle its fate; where it is to be filed. Raises LetterTaken."""
        try:
            head = read_head(letter.raw)
        except LetterUnreadable as error:  # nobody we know: admins would be told of every bomb
            await put_aside(letter, error.sentence)
            return Folder.QUARANTINE
        asker, reason = await self._who(head, letter)
        if asker is None:
            if await self._came_back(head, letter) or await self._passed_on(head, letter):
                return Folder.PROCESSED
            log.info("intake.silent", letter=letter.id, reason=reason)
            await put_aside(letter, reason)
            return Folder.QUARANTINE
        try:
            if letter.size > MOST_BYTES:
                raise too_large(letter.size)
            whole = await asyncio.to_thread(read_letter, letter.raw)
        except LetterUnreadable as error:
            return await self._unreadable(letter, head, asker, error)
        reason = no_letter_of_a_person(whole)
        if reason:
            await silence_letter(letter, reason)
            return Folder.PROCESSED
        return await self._hear(letter, whole, asker)

    async def give_up(self, letter: WaitingLetter, reason: str) -> Folder:
        """Set a letter aside that was tried often enough; its sender is told where we know them (F23).

        Raises LetterTaken.
        """
        answer: StaffLetter | None = None
        try:
            head = read_head(letter.raw)
            asker, _ = await self._who(head, letter)
            if asker is not None and await helps_left(asker.email, self._ports) > 0:
                answer = self._printed(_given_up(letter), head, asker, letter, (None, None), [])
        except Exception:  # what the letter failed at may be just that
            log.exception("intake.sender_not_told", letter=letter.id)
        await quarantine_letter(letter, reason, answer, self._ports)
        return Folder.QUARANTINE

    async def _who(self, head: Head, letter: WaitingLetter) -> tuple[Asker | None, str]:
        """The known person our mail provider vouches for; or the reason of silence."""
        reason = machine_made(head, self._ports.firm.intake_address)
        if reason:
            return None, reason
        verdict = judge(head, self._authserv_id)
        if not verdict.address:
            return None, verdict.reason
        asker = await mail_asker(verdict.address, _delivery(head, letter), self._ports)
        return asker, "not a known user"

    async def _came_back(self, head: Head, letter: WaitingLetter) -> bool:
        """Whether it reports that a letter of ours to a payer did not arrive; what it says is done then (F29)."""
        bounce = await asyncio.to_thread(read_bounce, head, letter.raw, self._ports.firm.intake_address)
        if bounce is None or not await take_bounce(letter, bounce, self._ports):
            return False
        log.info("intake.came_back", letter=letter.id, reference=bounce.reference, permanent=bounce.permanent)
        return True

    async def _passed_on(self, head: Head, letter: WaitingLetter) -> bool:
        """Whether a payer wrote it; whoever made the link gets their words then."""
        ours = self._ports.firm.intake_address
        wrote = await asyncio.to_thread(read_payer_reply, head, letter.raw, ours, self._authserv_id)
        return wrote is not None and await pass_on(letter, wrote, self._ports)

    async def _unreadable(self, letter: WaitingLetter, head: Head, asker: Asker, error: LetterUnreadable) -> Folder:
        answer: StaffLetter | None = None
        if await helps_left(asker.email, self._ports) > 0:
            words = f"{error.sentence} It could not be read, so nothing was done. Our reference is L-{letter.id}."
            answer = self._printed(Refusal(error.code, words), head, asker, letter, (None, None), [])
        await quarantine_letter(letter, error.sentence.rstrip("."), answer, self._ports)
        return Folder.QUARANTINE

    async def _hear(self, letter: WaitingLetter, whole: Letter, asker: Asker) -> Folder:
        answer = await self._answer(letter, whole, asker)
        if answer is None:
            await silence_letter(letter, "another letter with its Message-ID was obeyed before the mailbox changed")
            return Folder.PROCESSED
        reason, notes = OBEYED, list[str]()
        limited = isinstance(answer, Refusal | HelpText)
        if limited:
            reason = REFUSED if isinstance(answer, Refusal) else HELPED
            left = await helps_left(asker.email, self._ports)
            notes = ["No more help and error answers go out to you today."] if left == 1 else []
        printed = self._printed(answer, whole.head, asker, letter, batch_of(whole), notes)
        outcome = answer.sentence if isinstance(answer, Refusal) else page_of(answer, self._ports.firm)[0]
        asked = words_of(whole, self._ports.firm.intake_address)
        heard = Heard(asker.email, asked, outcome, links_made(answer), limited)
        if await answer_letter(letter, printed, reason, heard, self._ports):
            log.info("intake.answered", letter=letter.id, who=asker.key, answer=type(answer).__name__)
        return Folder.PROCESSED

    async def _answer(self, letter: WaitingLetter, whole: Letter, asker: Asker) -> Answer | None:
        """What the desk says; None: the same letter came again in a mailbox whose UIDs changed."""
        if whole.head.message_id:
            earlier = await obeyed_before(asker.email, whole.head.message_id, letter.id)
            if earlier is not None:
                return _ALREADY_USED if earlier == letter.uidvalidity else None
        match what_is_asked(whole, self._ports.firm.intake_address):
            case Spoken(text, account):
                return await self._desk.hear(asker, text, account)
            case AboutBatch(batch, text, seen):
                return await self._desk.hear_about_batch(asker, text, batch, seen)
            case ReviewFile() as request:
                return await self._desk.ask(asker, request)
            case Refusal() as refusal:
                return refusal

    def _printed(
        self,
        answer: Answer,
        head: Head,
        asker: Asker,
        letter: WaitingLetter,
        review: tuple[int | None, int | None],
        notes: list[str],
    ) -> StaffLetter:
        """The answer in the thread of the letter, under a Message-ID that names the batch where there is one.

        `review` is the batch and revision that the letter answered; a refusal hands them on to its own answers.
        """
        firm = self._ports.firm
        batch, revision = review
        if isinstance(answer, BatchReview | BatchDecided):
            batch = int(answer.number.removeprefix("B-"))
            revision = answer.revision if isinstance(answer, BatchReview) else None
        seen = "" if revision is None else f"{revision}."
        name = f"answer-{letter.id}" if batch is None else f"batch-{batch}.{seen}{letter.id}"
        return reply(answer, head, asker.email, f"{name}@{firm.mail_domain}", firm, notes)


_ALREADY_USED = Refusal(
    "already_used",
    "A letter of yours with the same Message-ID was handled before, so this one was not. Send it as a new letter.",
)


def _given_up(letter: WaitingLetter) -> Refusal:
    """What it asked for may have been done all the same: only the answer may have failed."""
    words = (
        f"Your letter could not be read to its end; our reference is L-{letter.id}. It was set aside, and the admins "
        "know. Look whether what it asked for was done (list, in the subject of a new letter) before you send it again."
    )
    return Refusal("letter_unreadable", words)


def _delivery(head: Head, letter: WaitingLetter) -> str:
    """What makes this letter this letter: sender and Message-ID, or its bytes where it has none (B42)."""
    named = f"{head.sender}/{head.message_id or letter.digest}"
    return named if len(named) <= 255 else hashlib.sha256(named.encode()).hexdigest()
