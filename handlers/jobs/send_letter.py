"""Letters: the payment request to a payer, an answer to a staff member."""

from __future__ import annotations

from tortoise.transactions import in_transaction

from handlers.jobs.mailing import mailed
from handlers.jobs.steps import GiveUp, TryLater, letters_of, paid_off
from handlers.links.chain import asked_at_first
from handlers.links.tell import owe_news
from handlers.links.trail import note
from handlers.payments.whom_to_ask import reply_address
from handlers.ports import DeliveryRefused, DeliveryTrouble, PaymentRequest, Ports, Reminding, StaffLetter
from handlers.requests import PAYLINK
from models.by_key import by_key
from models.database import retried
from models.job_queue import Claimed
from models.link_states import LinkState
from models.money import Money
from models.plain_text import plain_line
from models.statements import change
from models.tables import LinkEvent, PaymentLink, Recipient


async def send_letter(job: Claimed, ports: Ports) -> bool:
    """Mail one link to one address. The Message-ID is the job's own, so a repeat after a crash can be recognised."""
    sender = letters_of(ports)
    link = await by_key(PaymentLink, "id", job.payload["link"])
    to = str(job.payload["to"])
    if link is None or link.state is not LinkState.OPEN:
        return False  # paid or closed before the letter left: asking for money now would be wrong
    if not await Recipient.exists(link_id=link.id, address=to):
        return False  # somebody has put the right address in its place
    letter = await payment_request(job, link, to, ports)
    try:
        return await mailed(sender.send_request(letter), lambda refused: _keep(job, link, to, refused, ports))
    except TryLater as later:
        words = plain_line(str(later)) or "no answer"
        await retried(lambda: _keep_waiting(link, to, words))
        raise


async def payment_request(
    job: Claimed,
    link: PaymentLink,
    to: str,
    ports: Ports,
    refused: Money | None = None,
    why: str = "",
    reminding: Reminding | None = None,
) -> PaymentRequest:
    """The letter that asks for a link's money. `refused`: a bank debit of so much has failed, and `why`."""
    firm, kind = ports.firm, "reminder" if reminding else "request"
    return PaymentRequest(
        to=to,
        message_id=f"{kind}-{link.reference.lower()}-{job.id}@{firm.mail_domain}",
        reference=link.reference,
        url=firm.page_url(link.token),
        amount=link.amount,
        payer_name=link.payer_name,
        message=link.message or firm.message,
        invoice_number=link.invoice_number,
        due_on=link.due_on,
        partial_allowed=link.partial_allowed,
        partial_minimum=link.smallest_part,
        reply_to=await reply_address(link, firm),
        refused=refused,
        refused_why=why,
        reminding=reminding,
        whole=await asked_at_first(link),
        replaces=await _replaces(link, to),
    )


async def _replaces(link: PaymentLink, to: str) -> str:
    """The reference of the link it takes the place of, if that one was mailed to this address."""
    made = None
    if link.batch_id is None:
        made = await LinkEvent.filter(link_id=link.id, kind="in_place_of").first()
    if made is None:
        return ""
    old = await PaymentLink.get_or_none(reference=made.detail["replaces"])
    had = old and await Recipient.exists(link_id=old.id, address=to, sent_at__isnull=False)
    return old.reference if old and had else ""


async def _keep_waiting(link: PaymentLink, to: str, why: str) -> None:
    """What stands beside its state while it waits for another try (F26)."""
    waiting = Recipient.filter(link_id=link.id, address=to, delivery="queued")
    await waiting.update(trouble=f"not taken yet, it is tried again (their server says: {why})"[:300])


async def _keep(job: Claimed, link: PaymentLink, to: str, trouble: str, ports: Ports) -> None:
    """Write down what became of a letter; `trouble` is why it was refused, blank where it was sent."""
    now = ports.clock.now()
    recipient = {"link_id": link.id, "address": to}
    async with in_transaction():
        if trouble:
            await note(link, "mail_failed", PAYLINK, now, {"to": to, "why": trouble})
            await change(Recipient, recipient, {"delivery": "failed", "trouble": trouble[:300], "sent_at": None})
        else:
            await note(link, "mailed", PAYLINK, now, {"to": to})
            # unless the report that it came back was quicker than we
            arrived = Recipient.filter(**recipient).exclude(delivery="bounced")
            await arrived.update(delivery="sent", trouble="", sent_at=now)
        if link.batch_id is None or trouble:
            await owe_news(link, now, ports)
        await paid_off(job)


async def send_answer(job: Claimed, ports: Ports) -> None:
    """Mail an answer that was printed when it was owed."""
    sender = letters_of(ports)
    payload = dict(job.payload)
    attachments = tuple((str(a[0]), str(a[1]), str(a[2])) for a in payload.pop("attachments", ()))
    letter = StaffLetter(**payload, attachments=attachments)
    try:
        await sender.send_answer(letter)
    except DeliveryRefused as trouble:
        raise GiveUp(f"An answer to {letter.to} was refused: {trouble}") from trouble
    except DeliveryTrouble as trouble:
        raise TryLater(str(trouble), trouble.retry_after) from trouble
