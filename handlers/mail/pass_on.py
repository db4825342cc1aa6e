"""A payer wrote to the intake address: their words are passed to whoever made the link, in its thread and by mail.

They are information, whatever they say. A few a link and day, since a stranger may have written them; nothing is ever
answered, so there is no loop to fall into (docs/decisions/030).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import timedelta

from tortoise.transactions import in_transaction

from handlers.links.tell import owe_news
from handlers.links.trail import note
from handlers.mail.claim_letter import WaitingLetter
from handlers.mail.settle_letter import silence_letter
from handlers.owed import owe
from handlers.payments.whom_to_ask import creator_address
from handlers.people.identify import mail_asker, may_hear
from handlers.ports import Ports, StaffLetter
from handlers.requests import Actor, Door
from models.addresses import address_or_blank
from models.card_numbers import holds_card_number
from models.money import spell
from models.plain_text import clean, counted, shortened
from models.tables import LinkEvent, PaymentLink, Recipient

MOST_A_DAY = 5  # a link
WROTE = "client_wrote"
_PAYER = Actor("payer", Door.MAIL)
_MOST_IN_THREAD = 300  # characters
_ANSWERED_WITHIN = timedelta(days=90)  # of a letter to an address, where no letter of ours is named
_WEB = re.compile(r"\b(?:[a-z][a-z0-9+.-]{1,15}:/*|www\.)\S+", re.IGNORECASE)
_CARD = "(a card number stood here, so the words are not passed on)"
_NO_WORDS = "(no words)"


@dataclass(frozen=True, slots=True)
class PayerReply:
    """A letter from outside, by whomever."""

    sender: str  # as it says of itself; lower case
    vouched: bool  # our mail provider says that it is from there (DMARC)
    reference: str  # of the link whose letter it answers by our Message-ID; blank: it names none
    text: str  # what is new in it
    files: int = 0  # attached
    cut: bool = False  # it is longer than what was read


async def pass_on(letter: WaitingLetter, reply: PayerReply, ports: Ports) -> bool:
    """Pass it to whoever made the link and settle its fate. False: it is about none of our links.

    Raises LetterTaken.
    """
    link = await _link_of(reply, ports)
    if link is None or await mail_asker(reply.sender, "", ports) is not None:
        return False  # of our own people only what is vouched for is heard, and that as a command
    async with in_transaction():
        link = await PaymentLink.select_for_update().get(id=link.id)
        why_not = await _why_not(link, letter, ports)
        if not why_not:
            await _passed_on(link, letter, reply, ports)
        await silence_letter(letter, why_not or f"passed on to whoever made {link.reference}")
    ports.wake()
    return True


async def _link_of(reply: PayerReply, ports: Ports) -> PaymentLink | None:
    """By our Message-ID; else, where the sender is vouched for, what was mailed to their address last."""
    if reply.reference:
        return await PaymentLink.get_or_none(reference=reply.reference)
    if not reply.vouched:
        return None
    since = ports.clock.now() - _ANSWERED_WITHIN
    newest = await Recipient.filter(address=reply.sender, sent_at__gte=since).order_by("-sent_at", "-id").first()
    return await PaymentLink.get_or_none(id=newest.link_id) if newest else None


async def _why_not(link: PaymentLink, letter: WaitingLetter, ports: Ports) -> str:
    """Why nothing is passed on; blank: nothing stands against it."""
    earlier = await LinkEvent.filter(link_id=link.id, kind=WROTE).order_by("-number").limit(100)
    if any(event.detail.get("letter") == letter.digest for event in earlier):
        return f"the same letter was passed on before, for {link.reference}"
    midnight = ports.firm.start_of(ports.firm.today(ports.clock.now()))
    if sum(event.at >= midnight for event in earlier) >= MOST_A_DAY:
        return f"{MOST_A_DAY} letters of clients about {link.reference} were passed on today"
    return ""


async def _passed_on(link: PaymentLink, letter: WaitingLetter, reply: PayerReply, ports: Ports) -> None:
    now = ports.clock.now()
    text = _safe(reply)
    detail: dict[str, object] = {
        "sender": reply.sender,
        "verified": reply.vouched,
        "said": shortened(_WEB.sub("…", text), _MOST_IN_THREAD),
        "letter": letter.digest,
    }
    await note(link, WROTE, _PAYER, now, detail)
    await owe_news(link, now, ports)
    maker = await creator_address(link) if await may_hear(link.created_by, ports) else ""
    to = maker or address_or_blank(ports.firm.reply_to)
    ours = ports.firm.intake_address.lower()
    if ports.letters is not None and to and to.lower() not in (ours, reply.sender):
        known = await Recipient.filter(link_id=link.id, address=reply.sender).exists()
        await owe("send_answer", asdict(_letter(to, link, letter, reply, text, ports, known=known)), now)


def _safe(reply: PayerReply) -> str:
    """The words without what must not be kept; of somebody nobody vouches for without anything to click, too."""
    if holds_card_number(reply.text):
        return _CARD
    text = clean(reply.text)[0].strip() or _NO_WORDS
    return text if reply.vouched else _WEB.sub("(a web address, left out)", text)


def _letter(
    to: str, link: PaymentLink, letter: WaitingLetter, reply: PayerReply, text: str, ports: Ports, *, known: bool
) -> StaffLetter:
    firm = ports.firm
    doubt = "" if reply.vouched else " (unverified)"
    said = "\n".join(f"> {line}".rstrip() for line in text.split("\n")) + "\n> …" * reply.cut
    parts = [_about(link, reply, ports), *_warnings(reply, known=known), said, *_closing(reply)]
    return StaffLetter(
        to=to,
        message_id=f"told-{link.reference.lower()}-{letter.id}@{firm.mail_domain}",
        subject=f"{link.reference}: the client wrote{doubt}",
        text="\n\n".join(parts) + "\n",
        html="",
        reply_to=address_or_blank(reply.sender) if reply.vouched else "",
    )


def _about(link: PaymentLink, reply: PayerReply, ports: Ports) -> str:
    invoice = f"invoice {link.invoice_number}" if link.invoice_number else ""
    facts = (link.payer_name, spell(link.amount, ports.firm.locale), invoice, link.state.spoken)
    return (
        f"{reply.sender} wrote to Paylink's address about {link.reference} ({', '.join(filter(None, facts))}). "
        "What clients write is passed on and never read as a command."
    )


def _warnings(reply: PayerReply, *, known: bool) -> Iterator[str]:
    if not reply.vouched:
        yield (
            f"UNVERIFIED: our mail provider does not vouch that {reply.sender} wrote this. "
            "Ask them in another way before you act on it."
        )
    if not known:
        yield f"The request was not mailed to {reply.sender}."


def _closing(reply: PayerReply) -> Iterator[str]:
    if reply.files:
        yield (
            f"With it came {counted(reply.files, 'file')}, not passed on: the letter lies in the folder Processed of "
            "Paylink's mailbox."
        )
    if reply.vouched:
        yield f"To answer, reply to this letter: it goes to {reply.sender}."
    else:
        yield f"A reply to this letter does not reach them: write to {reply.sender}."
