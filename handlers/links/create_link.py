"""Making payment links: one from a command, hundreds from a file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from tortoise.transactions import in_transaction

from handlers.answers import LinkMade
from handlers.firm import Firm
from handlers.links.approval import within_approval, within_mail_caps
from handlers.links.cards import card_of
from handlers.links.link_draft import LinkDraft
from handlers.links.tell import channel_debts
from handlers.links.trail import first_event
from handlers.once import not_alike, remember
from handlers.owed import Debt, owe_all
from handlers.ports import Ports
from handlers.requests import Actor, Asker, CreateLink
from models.money import Money, within_limits
from models.part_payment import checked_parts, part_bounds
from models.parts import in_parts
from models.reference import new_reference, new_token
from models.statements import insert_all
from models.tables import LinkEvent, PaymentLink, Recipient


async def create_link(asked: CreateLink, by: Asker, ports: Ports) -> LinkMade:
    """Make one link and owe its letters, its card and its expiry, in one transaction.

    Raises AmountUnclear: Stripe would not charge it, or not in such parts. Raises LooksTheSame, AlreadyDone: see
    handlers.once.
    """
    draft = draft_of(asked, by)
    now = ports.clock.now()
    [reference] = await fresh_references(1)
    draft = replace(draft, reference=reference)
    async with in_transaction():
        await remember(by, reference, now)
        await not_alike(by, repr(replace(asked, again=False)), reference, now, again=asked.again)
        [link] = await make_links([draft], by.actor, ports)
    recipients = [Recipient(link_id=link.id, address=address) for address in draft.emails]
    ports.wake()
    return LinkMade(card_of(link, recipients, ports.firm), draft.emails, notes_on(asked))


def draft_of(asked: CreateLink, by: Asker) -> LinkDraft:
    """What a request decides about its link. Raises AmountUnclear: Stripe would not charge it, or not in such parts."""
    within_limits(asked.amount)
    if asked.partial:
        checked_parts(asked.amount, asked.partial_minimum)
    return LinkDraft(
        amount=asked.amount,
        account=asked.account,
        creator_name=by.name,
        emails=() if asked.link_only else asked.emails,
        payer_name=asked.payer_name,
        invoice_number=asked.invoice_number,
        due_on=asked.due_on,
        message=asked.message,
        partial=asked.partial,
        partial_minimum=asked.partial_minimum,
        expires_on=asked.expires_on,
        channel=by.channel,
        confirmed_by=by.confirmed_by,
    )


def notes_on(asked: CreateLink) -> tuple[str, ...]:
    """What its maker is told of a link besides that it was made."""
    notes = []
    if asked.bad_emails:
        notes.append(f"Not an e-mail address, so nothing was sent there: {', '.join(asked.bad_emails)}")
    if asked.link_only and asked.emails:
        notes.append("Nothing was mailed, as you asked: copy the link and send it yourself.")
    elif not asked.emails:
        notes.append("Nothing was mailed: no address was given. Copy the link and send it yourself.")
    if asked.removed:
        notes.append(asked.removed)
    return tuple(notes)


async def make_links(drafts: Sequence[LinkDraft], by: Actor, ports: Ports) -> list[PaymentLink]:
    """Save links with their recipients, first events and everything owed, in the caller's transaction; in order.

    Raises NeedsSecond: one of them is above the approval limit, and nobody has confirmed it. Raises NeedsPress: it is
    more than a letter may have made.
    """
    within_approval(drafts, ports.firm)
    now = ports.clock.now()
    await within_mail_caps(drafts, by, ports)
    references = [draft.reference for draft in drafts]
    if "" in references:
        references = await fresh_references(len(drafts))
    rows = [_row(draft, reference, by, now, ports) for draft, reference in zip(drafts, references, strict=True)]
    await insert_all(PaymentLink, rows)
    links = await _read_back(references)
    pairs = list(zip(links, drafts, strict=True))
    recipients = [{"link_id": link.id, "address": address} for link, draft in pairs for address in draft.emails]
    await insert_all(Recipient, recipients)
    await insert_all(LinkEvent, [first_event(link, by, _detail(link)) for link in links])
    debts = [debt for link, draft in pairs for debt in _letters_and_expiry(link, draft, now)]
    debts += [debt for link in links for debt in await channel_debts(link, now)]
    await owe_all(debts)
    return links


async def fresh_references(count: int) -> list[str]:
    """References that no link has."""
    found: list[str] = []
    while len(found) < count:
        tries = {new_reference() for _ in range(count - len(found))} - set(found)
        for part in in_parts(list(tries)):
            taken = {link.reference for link in await PaymentLink.filter(reference__in=part).only("reference")}
            found += [reference for reference in part if reference not in taken]
    return found


def _row(draft: LinkDraft, reference: str, by: Actor, now: datetime, ports: Ports) -> dict[str, object]:
    partial, least = part_payment(draft, ports.firm)
    return {
        "reference": reference,
        "token": new_token(),
        "account": draft.account,
        "amount_minor": draft.amount.minor,
        "currency": draft.amount.currency,
        "payer_name": draft.payer_name,
        "invoice_number": draft.invoice_number,
        "email": draft.emails[0] if draft.emails else "",
        "due_on": draft.due_on,
        "message": draft.message,
        "partial_allowed": partial,
        "partial_minimum": least.minor if least else None,
        "created_at": now,
        "expires_at": expiry(draft, now, ports),
        "created_by": by.who,
        "creator_name": draft.creator_name,
        "door": by.door.value,
        "channel": draft.channel,
        "batch_id": draft.batch_id,
        "parent_id": draft.parent_id,
    }


def part_payment(draft: LinkDraft, firm: Firm) -> tuple[bool, Money | None]:
    """Whether a part may be paid, and the least: as asked for, else as the account's links usually are.

    An account's usual rule is left where this amount has no such part, or where its least part is in another currency:
    the client is then asked for the whole.
    """
    if draft.partial is not None:
        return draft.partial, draft.partial_minimum
    account = firm.accounts.get(draft.account)
    if account is None or account.partial == "off":
        return False, None
    least = None if account.partial_minimum is None else Money(account.partial_minimum, account.currency)
    if least and least.currency != draft.amount.currency:
        return False, None
    return (True, least) if part_bounds(draft.amount, least) else (False, None)


def expiry(draft: LinkDraft, now: datetime, ports: Ports) -> datetime:
    """The end of the link's last day in the firm's time zone; at least its due day is covered."""
    firm = ports.firm
    last = draft.expires_on
    if last is None:
        last = firm.today(now) + timedelta(days=firm.link_days)
        if draft.due_on is not None:
            last = max(last, draft.due_on)
    return firm.start_of(last + timedelta(days=1))


def _detail(link: PaymentLink) -> dict[str, object]:
    return {"amount": link.amount.plain, "currency": link.currency, "account": link.account}


async def _read_back(references: Sequence[str]) -> list[PaymentLink]:
    """The links of these references, in their order."""
    found: dict[str, PaymentLink] = {}
    for part in in_parts(references):
        found |= {link.reference: link for link in await PaymentLink.filter(reference__in=part)}
    return [found[reference] for reference in references]


def _letters_and_expiry(link: PaymentLink, draft: LinkDraft, now: datetime) -> list[Debt]:
    letters = [Debt("send_letter", {"link": link.id, "to": address}, now) for address in draft.emails]
    assert link.expires_at is not None  # noqa: S101  expiry() always gives one
    return [*letters, Debt("expire_link", {"link": link.id}, link.expires_at)]
