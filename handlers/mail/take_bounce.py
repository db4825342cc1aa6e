"""A letter to a payer came back: its delivery is marked, its link's thread told, its creator too.

Nothing vouches for such a letter, so it may do no more than that: it marks a delivery of ours as not arrived, once a
delivery, and `resend` takes the mark away (docs/decisions/013).
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import timedelta

from tortoise.transactions import in_transaction

from handlers.links.tell import owe_news
from handlers.links.trail import note
from handlers.mail.claim_letter import WaitingLetter
from handlers.mail.settle_letter import silence_letter
from handlers.owed import owe
from handlers.payments.whom_to_ask import creator_address
from handlers.people.identify import may_hear
from handlers.ports import Ports, StaffLetter
from handlers.requests import PAYLINK, Door
from models.link_states import LinkState
from models.tables import PaymentLink, Recipient

BOUNCED = "bounced"
_COMES_BACK_WITHIN = timedelta(days=10)  # servers try for five days


@dataclass(frozen=True, slots=True)
class Bounce:
    """What a delivery report says, of whomever it comes from."""

    reference: str  # of the link whose letter it quotes by our Message-ID; blank: it quotes none
    addresses: tuple[str, ...]  # whom the letter was for, the likeliest first
    permanent: bool  # False: the server still tries
    why: str  # for staff


async def take_bounce(letter: WaitingLetter, bounce: Bounce, ports: Ports) -> bool:
    """Mark the delivery that came back and settle the report's fate. False: it fits none of ours.

    Raises LetterTaken.
    """
    found = await _delivery(bounce, ports)
    if found is None:
        return False
    async with in_transaction():
        link = await PaymentLink.select_for_update().get(id=found.link_id)
        recipient = await Recipient.get(id=found.id)
        if bounce.permanent and recipient.delivery != BOUNCED:
            await _came_back(letter, link, recipient, bounce.why, ports)
        elif not bounce.permanent and recipient.delivery != BOUNCED and not recipient.trouble:
            await note(link, "delayed", PAYLINK, ports.clock.now(), {"to": recipient.address, "why": bounce.why})
            await Recipient.filter(id=recipient.id).update(trouble=f"delayed: {bounce.why}"[:300])
        await silence_letter(letter, f"the letter of {link.reference} to {recipient.address} came back")
    ports.wake()
    return True


async def _came_back(letter: WaitingLetter, link: PaymentLink, recipient: Recipient, why: str, ports: Ports) -> None:
    now = ports.clock.now()
    await note(link, "bounced", PAYLINK, now, {"to": recipient.address, "why": why})
    await Recipient.filter(id=recipient.id).update(delivery=BOUNCED, trouble=why[:300])
    await owe_news(link, now, ports)
    if link.door == Door.MAIL.value and link.state is LinkState.OPEN and ports.letters is not None:
        told = await _letter_to_creator(letter, link, recipient.address, why, ports)
        if told is not None:
            await owe("send_answer", asdict(told), now)


async def _delivery(bounce: Bounce, ports: Ports) -> Recipient | None:
    """The delivery that a report is about: by our Message-ID, else by an address with one open delivery (SPEC 8)."""
    if not bounce.reference:
        return await _only_open_one(bounce.addresses, ports)
    link = await PaymentLink.get_or_none(reference=bounce.reference)
    if link is None:
        return None
    recipients = await Recipient.filter(link_id=link.id).order_by("id")
    by_address = {recipient.address.lower(): recipient for recipient in recipients}
    fitting = [by_address[address.lower()] for address in bounce.addresses if address.lower() in by_address]
    if fitting:
        return fitting[0]
    return recipients[0] if len(recipients) == 1 and not bounce.addresses else None


async def _only_open_one(addresses: tuple[str, ...], ports: Ports) -> Recipient | None:
    since = ports.clock.now() - _COMES_BACK_WITHIN
    sent = await Recipient.filter(address__in=addresses, delivery="sent", sent_at__gte=since).order_by("id").limit(50)
    open_ones = PaymentLink.filter(id__in=[one.link_id for one in sent], state=LinkState.OPEN)
    ids = set(await open_ones.values_list("id", flat=True))
    found = [one for one in sent if one.link_id in ids]
    return found[0] if len(found) == 1 else None


async def _letter_to_creator(
    letter: WaitingLetter, link: PaymentLink, address: str, why: str, ports: Ports
) -> StaffLetter | None:
    """For links made by mail: their creators need not be in Slack. None: no address of theirs is known."""
    to = await creator_address(link)
    if not to or not await may_hear(link.created_by, ports):
        return None
    payer = f" for {link.payer_name}" if link.payer_name else ""
    words = (
        f"The letter of {link.reference}{payer} to {address} came back: {why}.\n\n"
        f"To send it to another address, write in the subject of a new letter:\n\nresend {link.reference} new@address\n"
    )
    domain = ports.firm.mail_domain
    message_id = f"told-{link.reference.lower()}-{letter.id}@{domain}"
    return StaffLetter(to, message_id, f"{link.reference}: the letter to {address} came back", words, "")
