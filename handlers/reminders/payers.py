"""The addresses reminders go to: one a day at most, none where the letter came back or their owner wants no more."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from tortoise.expressions import Q

from models.reference import new_token
from models.statements import insert_once
from models.tables import PayerAddress, PaymentLink, Recipient

_UNREACHED = {"bounced": "the letter to {} came back", "failed": "the letter to {} could not be delivered"}


@dataclass(frozen=True, slots=True)
class Reach:
    """Whom a link's reminder may go to today."""

    addresses: tuple[str, ...] = ()
    why_not: tuple[str, ...] = ()  # the others, each with its reason, for staff
    waits: bool = False  # one of them may have it on another day


async def claim_for(link: PaymentLink, today: date) -> Reach:
    """Claim this day for each address of a link that may be reminded; part of the caller's transaction.

    A claim is one conditional UPDATE, so no two links, replicas or clocks that step back remind an address twice a day.
    """
    recipients = await Recipient.filter(link_id=link.id).order_by("id")
    addresses, why_not, waits = list[str](), list[str](), False
    for recipient in recipients:
        trouble = await _trouble(recipient, link, today)
        if not trouble:
            addresses.append(recipient.address)
            continue
        why_not.append(trouble)
        waits = waits or trouble.startswith(_TODAY)
    if not recipients:
        why_not.append(f"it was never mailed to anybody; `resend {link.reference} EMAIL` mails it")
    return Reach(tuple(addresses), tuple(why_not), waits)


_TODAY = "a reminder went today"


async def _trouble(recipient: Recipient, link: PaymentLink, today: date) -> str:
    """Why an address is not reminded; blank: it is claimed."""
    if recipient.delivery in _UNREACHED:
        return _UNREACHED[recipient.delivery].format(recipient.address)
    payer = await payer_of(recipient.address)
    if payer.stopped_at is not None:
        return f"{recipient.address} asked for no more reminders"
    free = PayerAddress.filter(Q(reminded_on__isnull=True) | Q(reminded_on__lt=today), id=payer.id, stopped_at=None)
    if await free.update(reminded_on=today, reminded_for=link.id):
        return ""
    await payer.refresh_from_db()
    other = await PaymentLink.get_or_none(id=payer.reminded_for)
    about = f", of {other.reference}" if other is not None else ""
    return f"{_TODAY} to {recipient.address}{about}, and nobody gets two a day"


async def payer_of(address: str) -> PayerAddress:
    """What is kept of an address; made where nothing is."""
    row = {"address": address.lower(), "token": new_token()}
    await insert_once(PayerAddress, row, unique="address")
    return await PayerAddress.get(address=address.lower())


async def may_remind(recipient_of: PaymentLink, address: str) -> str:
    """Why a reminder that is about to leave must not: what was so when it was owed may have changed. Blank: it may."""
    recipient = await Recipient.get_or_none(link_id=recipient_of.id, address=address)
    if recipient is None:
        return f"another address took the place of {address}"
    if recipient.delivery in _UNREACHED:
        return _UNREACHED[recipient.delivery].format(address)
    payer = await payer_of(address)
    return f"{address} asked for no more reminders" if payer.stopped_at is not None else ""
