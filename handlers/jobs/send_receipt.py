"""The letters a payment is followed by: the receipt, the firm's copy of it, and that a bank debit has failed."""

from __future__ import annotations

from tortoise.transactions import in_transaction

from handlers.jobs.mailing import mailed
from handlers.jobs.send_letter import payment_request
from handlers.jobs.steps import letters_of, paid_off
from handlers.links.tell import owe_news
from handlers.links.trail import note
from handlers.payments.read_receipt import receipt_for
from handlers.payments.whom_to_ask import reply_address
from handlers.ports import Ports, ReceiptLetter
from handlers.requests import PAYLINK
from models.job_queue import Claimed
from models.link_states import LinkState
from models.statements import change
from models.tables import LinkEvent, Payment, PaymentLink, Recipient


async def send_receipt(job: Claimed, ports: Ports) -> bool:
    """Mail a payment's receipt to one address. The Message-ID is the job's own, as a request's is."""
    sender = letters_of(ports)
    link = await PaymentLink.get(id=job.payload["link"])
    payment = await Payment.get(id=job.payload["payment"])
    letter = ReceiptLetter(
        to=str(job.payload["to"]),
        message_id=f"receipt-{link.reference.lower()}-{job.id}@{ports.firm.mail_domain}",
        url=f"{ports.firm.page_url(link.token)}/receipt",
        receipt=await receipt_for(payment, link, ports),
        reply_to=await reply_address(link, ports.firm),
        copy=bool(job.payload["copy"]),
    )
    sent = "receipt_copied" if letter.copy else "receipt_sent"
    return await mailed(
        sender.send_receipt(letter),
        lambda refused: _keep(job, link, letter.to, "receipt_failed" if refused else sent, refused, ports),
    )


async def send_debit_failed(job: Claimed, ports: Ports) -> bool:
    """Tell one address that the bank refused, and where to pay again."""
    sender = letters_of(ports)
    link = await PaymentLink.get(id=job.payload["link"])
    to = str(job.payload["to"])
    if link.state is not LinkState.OPEN:
        return False  # paid or closed meanwhile: there is nothing to pay again
    payment = await Payment.get(id=job.payload["payment"])
    reopened = await LinkEvent.filter(link_id=link.id, kind="reopened").order_by("-number").first()
    why = str(reopened.detail.get("why") or "") if reopened else ""
    letter = await payment_request(job, link, to, ports, refused=payment.amount, why=why)
    return await mailed(
        sender.send_request(letter),
        lambda refused: _keep(job, link, to, "mail_failed" if refused else "debit_told", refused, ports),
    )


async def _keep(job: Claimed, link: PaymentLink, to: str, kind: str, refused: str, ports: Ports) -> None:
    """Write down what became of a letter, and strike the debt off with it. The firm's copy goes to no recipient."""
    now = ports.clock.now()
    recipient = {"link_id": link.id, "address": to}
    async with in_transaction():
        await note(link, kind, PAYLINK, now, {"to": to, "why": refused} if refused else {"to": to})
        if refused:
            await change(Recipient, recipient, {"delivery": "failed", "trouble": refused[:300], "sent_at": None})
        else:
            await change(Recipient, recipient, {"delivery": "sent", "trouble": "", "sent_at": now})
        await owe_news(link, now, ports)
        await paid_off(job)
