"""What the letters of before tell about a new one."""

from __future__ import annotations

from collections.abc import Sequence

from handlers.mail.store_letter import DONE, WAITING
from models.parts import in_parts
from models.tables import InboundLetter


async def obeyed_before(sender: str, message_id: str, letter_id: int) -> int | None:
    """The UIDVALIDITY of another letter of this sender with this Message-ID that was obeyed; None: none was (M13)."""
    rows = InboundLetter.filter(message_id=message_id, sender=sender, fate=DONE).exclude(id=letter_id)
    row = await rows.order_by("-id").first()
    return row.uidvalidity if row else None


async def settled_letters(mailbox: str, uidvalidity: int, uids: Sequence[int]) -> dict[int, str]:
    """The fates of those letters still in the inbox whose fate is known: they wait to be filed (F24)."""
    fates: dict[int, str] = {}
    for part in in_parts(uids):
        rows = InboundLetter.filter(mailbox=mailbox, uidvalidity=uidvalidity, uid__in=part)
        fates |= dict(await rows.exclude(fate=WAITING).values_list("uid", "fate"))
    return fates
