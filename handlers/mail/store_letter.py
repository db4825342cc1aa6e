"""Storing a letter of the mailbox before anything is done about it, and how far the mailbox is stored."""

from __future__ import annotations

import hashlib
import re
import zlib
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from tortoise.exceptions import IntegrityError
from tortoise.expressions import F
from tortoise.transactions import in_transaction

from models.card_numbers import holds_card_number
from models.plain_text import clean, plain_line
from models.tables import InboundLetter, MailboxMark

WAITING, DONE, SILENT = "waiting", "done", "silent"
ASIDE, QUARANTINED = "aside", "quarantined"  # in the Quarantine folder: nobody we know; unreadable, told at once

_STAMPS = re.compile(rb"(?im)^(?:received|return-path|delivered-to|x-original-to|x-received):.*\n(?:[ \t].*\n)*")


@dataclass(frozen=True, slots=True)
class Arrival:
    """A letter as it lies in the mailbox."""

    mailbox: str  # a name that stays the same as long as it is the same mailbox
    uidvalidity: int
    uid: int
    size: int  # bytes of the whole
    raw: bytes  # of one too large, its header only
    message_id: str  # without angle brackets; blank where it has none
    sender: str
    subject: str


@dataclass(frozen=True, slots=True)
class Mark:
    """How far a mailbox is stored: every UID up to `uid` of this UIDVALIDITY."""

    uidvalidity: int
    uid: int


async def mailbox_mark(mailbox: str) -> Mark | None:
    """Where reading goes on; None for a mailbox never read before."""
    row = await MailboxMark.get_or_none(mailbox=mailbox)
    return Mark(row.uidvalidity, row.uid) if row else None


async def forget_numbers(mailbox: str, mark: Mark) -> bool:
    """The server gave UIDs out anew under the same UIDVALIDITY: what is stored bears none of them (F22).

    False: another process noticed first.
    """
    async with in_transaction():
        stale = MailboxMark.filter(mailbox=mailbox, uidvalidity=mark.uidvalidity, uid=mark.uid)
        if not await stale.delete():
            return False
        letters = InboundLetter.filter(mailbox=mailbox, uidvalidity=mark.uidvalidity)
        await letters.update(uidvalidity=F("id") * -1)  # a number no server gives, and each another
    return True


class Stored(StrEnum):
    """What became of storing a letter."""

    NEW = "new"  # it waits to be judged
    KNOWN = "known"  # this very one is stored already
    REPEAT = "repeat"  # it was delivered before, and that one waits or was obeyed


async def store_letter(found: Arrival, at: datetime, unreadable: str = "") -> Stored:
    """Store a letter and move the mark past it, in one transaction (M13, F22).

    `unreadable`: why the server would not give it; it is set aside then.

    A letter that waits or was obeyed is not judged again, whatever UID it bears now and however often it is delivered.
    One that was set aside is: somebody who moves it back to the inbox wants it tried again.
    """
    digest = hashlib.sha256(_as_written(found)).hexdigest()
    async with in_transaction():
        await _advance(found)
        seen = not unreadable and await InboundLetter.filter(digest=digest, fate__in=(WAITING, DONE)).exists()
        row = InboundLetter(
            mailbox=found.mailbox,
            uidvalidity=found.uidvalidity,
            uid=found.uid,
            message_id=(found.message_id or f"sha256:{digest}")[:255],
            digest=digest,
            sender=found.sender[:254],
            subject=_keepable(found.subject),
            size=found.size,
            content=None if seen or unreadable else zlib.compress(found.raw, 1),
            received_at=at,
            fate=QUARANTINED if unreadable else SILENT if seen else WAITING,
            reason=plain_line(unreadable)[:300] or ("the same letter arrived before" if seen else ""),
        )
        try:
            async with in_transaction():  # a savepoint: on PostgreSQL the error would spoil the whole transaction
                await row.save()
        except IntegrityError:
            return Stored.KNOWN
    return Stored.REPEAT if seen else Stored.NEW


def _as_written(found: Arrival) -> bytes:
    """Its bytes, without what every delivery stamps anew where a Message-ID says which letter it is.

    The provider's verdict stays: a forgery is another letter.
    """
    end = found.raw.find(b"\r\n\r\n") + 2 if found.message_id else 0
    return _STAMPS.sub(b"", found.raw[:end]) + found.raw[end:]


def _keepable(subject: str) -> str:
    return "(a card number, not kept)" if holds_card_number(subject) else clean(subject)[0][:300]


async def _advance(found: Arrival) -> None:
    mark = MailboxMark.filter(mailbox=found.mailbox)
    if await mark.filter(uidvalidity=found.uidvalidity, uid__lt=found.uid).update(uid=found.uid):
        return
    if await mark.exclude(uidvalidity=found.uidvalidity).update(uidvalidity=found.uidvalidity, uid=found.uid):
        return
    await MailboxMark.get_or_create({"uidvalidity": found.uidvalidity, "uid": found.uid}, mailbox=found.mailbox)
