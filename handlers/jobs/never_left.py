"""A letter to a client that no mail server took for a day: its delivery says so, its thread and its maker are told."""

from __future__ import annotations

from handlers.links.tell import owe_news
from handlers.links.trail import note
from handlers.ports import Ports
from handlers.requests import PAYLINK
from models.by_key import by_key
from models.job_queue import Claimed
from models.plain_text import counted, plain_line
from models.statements import change
from models.tables import PaymentLink, Recipient

# what the trail calls it; a reminder's day is over before its letter is given up, and its ledger says so
_FAILED = {
    "send_letter": "mail_failed",
    "send_debit_failed": "mail_failed",
    "send_receipt": "receipt_failed",
    "send_cancelled": "cancel_untold",
}


async def never_left(job: Claimed, why: str, ports: Ports) -> None:
    """Write down that it is not tried again, as of one that was refused; part of the caller's transaction."""
    if job.kind not in _FAILED or not {"link", "to"} <= job.payload.keys():
        return
    link = await by_key(PaymentLink, "id", job.payload["link"])
    to = str(job.payload["to"])
    if link is None or (job.kind == "send_letter" and not await Recipient.exists(link_id=link.id, address=to)):
        return  # somebody has put the right address in its place
    now = ports.clock.now()
    tried = f"it was tried {counted(job.attempts, 'time')} and is not tried again"
    trouble = f"{tried}: {plain_line(why)}"[:300].rstrip(". ")
    await note(link, _FAILED[job.kind], PAYLINK, now, {"to": to, "why": trouble})
    await change(Recipient, {"link_id": link.id, "address": to}, {"delivery": "failed", "trouble": trouble})
    await owe_news(link, now, ports)
