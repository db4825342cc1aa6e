"""The letter that takes a request back, to one address that had it."""

from __future__ import annotations

from tortoise.transactions import in_transaction

from handlers.jobs.mailing import mailed
from handlers.jobs.steps import letters_of, paid_off
from handlers.links.tell import owe_news
from handlers.links.trail import note
from handlers.payments.whom_to_ask import reply_address, whom_to_ask
from handlers.ports import CancelledLetter, Ports
from handlers.requests import PAYLINK
from models.job_queue import Claimed
from models.link_states import LinkState
from models.statements import change
from models.tables import PaymentLink, Recipient


async def send_cancelled(job: Claimed, ports: Ports) -> bool:
    """Mail it, if that address had the request at all. The Message-ID is the job's own, as a request's is."""
    sender = letters_of(ports)
    link = await PaymentLink.get(id=job.payload["link"])
    to = str(job.payload["to"])
    if link.state is not LinkState.CANCELLED or link.paid_minor or link.late_money:
        return False  # money came after all: what becomes of it is told by people
    if not await _had_the_request(link, to):
        return False
    letter = CancelledLetter(
        to=to,
        message_id=f"closed-{link.reference.lower()}-{job.id}@{ports.firm.mail_domain}",
        reference=link.reference,
        amount=link.amount,
        payer_name=link.payer_name,
        invoice_number=link.invoice_number,
        contact=await whom_to_ask(link, ports.firm),
        reply_to=await reply_address(link, ports.firm),
    )
    return await mailed(sender.send_cancelled(letter), lambda refused: _keep(job, link, to, refused, ports))


async def _had_the_request(link: PaymentLink, to: str) -> bool:
    recipient = await Recipient.get_or_none(link_id=link.id, address=to)
    return recipient is not None and recipient.sent_at is not None and recipient.delivery not in ("failed", "bounced")


async def _keep(job: Claimed, link: PaymentLink, to: str, trouble: str, ports: Ports) -> None:
    now = ports.clock.now()
    async with in_transaction():
        if trouble:
            await note(link, "cancel_untold", PAYLINK, now, {"to": to, "why": trouble})
            failed = {"delivery": "failed", "trouble": trouble[:300]}
            await change(Recipient, {"link_id": link.id, "address": to}, failed)
        else:
            await note(link, "cancel_told", PAYLINK, now, {"to": to})
        if link.batch_id is None or trouble:  # hundreds of a file cancelled at once would bury the channel
            await owe_news(link, now, ports)
        await paid_off(job)
