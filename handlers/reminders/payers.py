"""The addresses reminders go to: one a day at most, none where the letter came back or their owner wants no more."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from tortoise.expressions import Q

from models.reference import new_token
from models.statements import insert_once
from models.tables import LinkEvent, PayerAddress, PaymentLink, Recipient

_UNREACHED = {"bounced": "the letter to {} came back", "failed": "the letter to {} could not be delivered"}
_MOST_LOOKED_AT = 100  # letters that came back


@dataclass(frozen=True, slots=True)
class Reach:
    """Whom a link's reminder may go to today."""

    addresses: tuple[str, ...] = ()
    why_not: tuple[str, ...] = ()  # the others, each with its reason, for staff
    waits: bool = False  # one of them may have it on another day


async def claim_for(link: PaymentLink, today: date, spoken: str = "today") -> Reach:
    """Claim this day for each address of a link that may be reminded; part of the caller's transaction.

    `spoken` is how the reasons name the day: they may be read on another.

    A claim is one conditional UPDATE, so no two links, replicas or clocks that step back remind an address twice a day.
    """
    recipients = await Recipient.filter(link_id=link.id).order_by("id")
    addresses, why_not, waits = list[str](), list[str](), False
    for recipient in recipients:
        trouble = await trouble_of(recipient)
        if not trouble and await _claimed(recipient.address, link, today):
            addresses.append(recipient.address)
            continue
        waits = waits or not trouble
        why_not.append(trouble or await _had_one(recipient.address, spoken))
    if not recipients:
        why_not.append(f"it was never mailed to anybody; `resend {link.reference} EMAIL` mails it")
    return Reach(tuple(addresses), tuple(why_not), waits)


async def may_remind(recipient_of: PaymentLink, address: str) -> str:
    """Why a reminder that is about to leave must not: what was so when it was owed may have changed. Blank: it may."""
    recipient = await Recipient.get_or_none(link_id=recipient_of.id, address=address)
    return f"another address took the place of {address}" if recipient is None else await trouble_of(recipient)


async def payer_of(address: str) -> PayerAddress:
    """What is kept of an address; made where nothing is."""
    row = {"address": address.lower(), "token": new_token()}
    await insert_once(PayerAddress, row, unique="address")
    return await PayerAddress.get(address=address.lower())


async def trouble_of(recipient: Recipient) -> str:
    """Why nothing may be sent to an address; blank: it may."""
    if recipient.delivery in _UNREACHED:
        return _UNREACHED[recipient.delivery].format(recipient.address)
    if await PayerAddress.exists(address=recipient.address.lower(), stopped_at__isnull=False):
        return f"{recipient.address} asked for no more reminders"
    return await _came_back_since(recipient)


async def _came_back_since(recipient: Recipient) -> str:
    """Whether another link's letter to the address came back after this link's letter had left (SPEC 5).

    `resend` of either link takes it away.
    """
    others = Recipient.filter(address__in={recipient.address, recipient.address.lower()}, delivery="bounced")
    links = await others.order_by("-id").limit(_MOST_LOOKED_AT).values_list("link_id", flat=True)
    if not links or recipient.sent_at is None:
        return ""
    events = LinkEvent.filter(link_id__in=links, kind="bounced", at__gt=recipient.sent_at)
    for event in await events.order_by("-id").limit(_MOST_LOOKED_AT):
        if str(event.detail["to"]).lower() == recipient.address.lower():
            link = await PaymentLink.get(id=event.link_id)
            return f"another letter to {recipient.address} came back, that of {link.reference}"
    return ""


async def _claimed(address: str, link: PaymentLink, today: date) -> bool:
    payer = await payer_of(address)
    free = PayerAddress.filter(Q(reminded_on__isnull=True) | Q(reminded_on__lt=today), id=payer.id, stopped_at=None)
    return bool(await free.update(reminded_on=today, reminded_for=link.id))


async def _had_one(address: str, spoken: str) -> str:
    payer = await payer_of(address)
    other = await PaymentLink.get_or_none(id=payer.reminded_for)
    about = f", of {other.reference}" if other is not None else ""
    return f"a reminder went {spoken} to {address}{about}, and nobody gets two a day"
