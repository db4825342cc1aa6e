"""The fate of a letter, written in one transaction with the answer it is owed."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime

from tortoise.transactions import in_transaction

from handlers.mail.claim_letter import WaitingLetter
from handlers.mail.heard import Heard, kept_words
from handlers.mail.store_letter import ASIDE, DONE, QUARANTINED, SILENT, WAITING
from handlers.mail.troubles import NO_MORE_HELP, helps_left
from handlers.owed import owe
from handlers.people.messages import owe_admins
from handlers.ports import Ports, StaffLetter
from models.plain_text import plain_line
from models.tables import InboundLetter
from models.turns import HELPING, take_turn


class LetterTaken(Exception):
    """Another process settled the letter meanwhile; nothing of this try was kept."""


async def answer_letter(letter: WaitingLetter, answer: StaffLetter, reason: str, heard: Heard, ports: Ports) -> bool:
    """It was heard: owe the answer. False: their help and error answers of today are used up, so there is none.

    Raises LetterTaken.
    """
    async with in_transaction():
        if heard.limited:
            await take_turn(HELPING)  # two of their letters may be read at once
        answered = not heard.limited or await helps_left(heard.sender, ports) > 0
        if answered:
            await _settle(letter, DONE, reason, heard)
            await _owe(answer, ports)
        else:
            await _settle(letter, SILENT, NO_MORE_HELP, heard)
    ports.wake()
    return answered


async def silence_letter(letter: WaitingLetter, reason: str) -> None:
    """No answer is due to it. Raises LetterTaken."""
    await _settle(letter, SILENT, reason)


async def put_aside(letter: WaitingLetter, reason: str) -> None:
    """Nobody we know wrote it: no answer, and admins are told of all such letters once a day. Raises LetterTaken."""
    await _settle(letter, ASIDE, reason)


async def quarantine_letter(letter: WaitingLetter, reason: str, answer: StaffLetter | None, ports: Ports) -> None:
    """It cannot be read: set it aside, tell the admins, and its sender where we know them. Raises LetterTaken."""
    async with in_transaction():
        if answer is not None:
            await take_turn(HELPING)
            answer = answer if await helps_left(answer.to, ports) > 0 else None
        await _settle(letter, QUARANTINED, reason)
        if answer is not None:
            await _owe(answer, ports)
        words = (
            f"A letter to Paylink (L-{letter.id}) was set aside: {reason}. It lies in the mailbox's Quarantine folder."
        )
        await owe_admins(words, ports.clock.now(), ports, about=f"letter-{letter.id}")
    ports.wake()


async def _settle(letter: WaitingLetter, fate: str, reason: str, heard: Heard | None = None) -> None:
    mine = InboundLetter.filter(id=letter.id, tries=letter.tries, fate=WAITING)
    facts: dict[str, object] = {"fate": fate, "reason": plain_line(reason)[:300], "content": None}
    if heard is not None:
        facts |= {"asked": kept_words(heard.asked), "outcome": kept_words(heard.outcome), "links": heard.links}
    if not await mine.update(**facts):
        raise LetterTaken


async def _owe(answer: StaffLetter, ports: Ports) -> None:
    now: datetime = ports.clock.now()
    await owe("send_answer", asdict(answer), now)
