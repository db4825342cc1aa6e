"""What a client would get of a link that is not made yet: the letter's own words, and nothing is kept or sent."""

from __future__ import annotations

from handlers.answers import LetterPreview
from handlers.firm import Firm
from handlers.links.create_link import draft_of, expiry, part_payment
from handlers.links.link_draft import LinkDraft
from handlers.payments.request_words import request_words
from handlers.payments.whom_to_ask import reply_address_of
from handlers.ports import PaymentRequest, Ports
from handlers.requests import Asker, CreateLink, PreviewLink

_NO_ADDRESS = "Nothing will be mailed: no address was given. You get the link to send yourself."
_LINK_ONLY = "Nothing will be mailed, as you asked. You get the link to send yourself."
_SECOND = "It is above the approval limit, so a second person confirms it before it is made."
_MAIL_OFF = "Mail is not set up here, so nothing can leave: send the link yourself."


async def preview_link(asked: PreviewLink, by: Asker, ports: Ports) -> LetterPreview:
    """The letter and its way. Raises AmountUnclear: no link could be made of it."""
    firm, link = ports.firm, asked.link
    draft = draft_of(link, by)
    partial, _ = part_payment(draft, firm)
    reply_to = await reply_address_of(by.key, firm)
    letter = PaymentRequest(
        to="",
        message_id="",
        reference="",  # it has none before it is made
        url="",
        amount=draft.amount,
        payer_name=draft.payer_name,
        message=draft.message or firm.message,
        invoice_number=draft.invoice_number,
        due_on=draft.due_on,
        partial_allowed=partial,
        reply_to=reply_to,
    )
    words = request_words(letter, firm)
    return LetterPreview(
        mailed_to=draft.emails,
        sender=f"{firm.name} <{firm.intake_address}>" if firm.intake_address else firm.name,
        reply_to=reply_to,
        subject=words.subject,
        greeting=words.greeting,
        paragraphs=words.paragraphs,
        amount=words.amount,
        facts=words.facts,
        button=words.button,
        small_print=words.small_print,
        account=firm.account_shown(draft.account),
        last_day=firm.last_day(expiry(draft, ports.clock.now(), ports)),
        notes=_notes(link, draft, firm),
    )


def _notes(asked: CreateLink, draft: LinkDraft, firm: Firm) -> tuple[str, ...]:
    notes = []
    if not draft.emails:
        notes.append(_LINK_ONLY if asked.emails else _NO_ADDRESS)
    elif not firm.intake_address:
        notes.append(_MAIL_OFF)
    if firm.above_limit(draft.amount):
        notes.append(_SECOND)
    return tuple([*notes, asked.removed] if asked.removed else notes)
