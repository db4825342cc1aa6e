"""What the letters of before tell about a new one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time

from handlers.mail.settle_letter import HELPED, REFUSED
from handlers.mail.store_letter import DONE, WAITING
from handlers.ports import Ports
from models.tables import InboundLetter

MOST_TROUBLES = 10  # help and error answers a sender and day (SPEC 8, T17)


async def obeyed_before(sender: str, message_id: str, letter_id: int) -> bool:
    """Whether another letter of this sender with this Message-ID was obeyed (M13, B42)."""
    rows = InboundLetter.filter(message_id=message_id, sender=sender, fate=DONE)
    return await rows.exclude(id=letter_id).exists()


async def may_be_helped(sender: str, ports: Ports) -> bool:
    """Whether the sender had fewer than ten help and error answers on the firm's calendar day."""
    now: datetime = ports.clock.now()
    zone = ports.firm.zone
    midnight = datetime.combine(now.astimezone(zone).date(), time(), tzinfo=zone).astimezone(now.tzinfo)
    rows = InboundLetter.filter(sender=sender, received_at__gte=midnight, fate=DONE, reason__in=(HELPED, REFUSED))
    return await rows.count() < MOST_TROUBLES


async def settled_letters(mailbox: str, uidvalidity: int, uids: Sequence[int]) -> dict[int, str]:
    """The fates of those letters still in the inbox whose fate is known: they wait to be filed (F24)."""
    fates: dict[int, str] = {}
    for start in range(0, len(uids), 500):
        rows = InboundLetter.filter(mailbox=mailbox, uidvalidity=uidvalidity, uid__in=list(uids[start : start + 500]))
        fates |= dict(await rows.exclude(fate=WAITING).values_list("uid", "fate"))
    return fates
