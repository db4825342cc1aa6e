"""An unpaid link cancelled and another made in its place: Stripe says first whether the client was quicker (M03)."""

from __future__ import annotations

from dataclasses import replace

from tortoise.exceptions import IntegrityError
from tortoise.transactions import in_transaction

from handlers.answers import LinkMade
from handlers.grammar.amounts import read_money
from handlers.links.approval import within_approval, within_mail_caps
from handlers.links.balance_link import mailed_before
from handlers.links.cancel_link import may_cancel, why_not
from handlers.links.cards import card_for
from handlers.links.create_link import fresh_references, make_links
from handlers.links.find import find_for
from handlers.links.link_draft import LinkDraft
from handlers.links.tell import owe_news
from handlers.links.trail import LinkNotOpen, note
from handlers.once import remember
from handlers.payments.close_link import UNTOLD, ask_to_close, close_link
from handlers.payments.payer_letters import owe_cancelled_letters
from handlers.ports import Ports, ProcessorTrouble
from handlers.requests import Asker, ReplaceLink
from models.errors import CommandUnclear, PaylinkError
from models.link_states import LinkState
from models.money import Money, spell
from models.part_payment import checked_parts, part_bounds
from models.plain_text import shortened
from models.tables import LinkEvent, PaymentLink

_NONE_MADE = "No new link was made."


class NotReplaced(PaylinkError):
    """No link was made in the place of another."""

    code = "not_replaced"


async def replace_link(asked: ReplaceLink, by: Asker, ports: Ports) -> LinkMade:
    """Cancel the link as `cancel` does and make another with what was said, the rest as before; once.

    One that was cancelled or has expired is followed by another as well: so a replacement that was cut off after the
    cancel is gone through with by asking once more.

    Raises NotFound, NotAllowed. Raises NotReplaced: it is paid or being paid, was replaced before, or Stripe does not
    say. Raises AmountUnclear, CurrencyUnknown, CommandUnclear, AccountUnclear: the new link cannot be. Raises
    NeedsSecond, AlreadyDone: nothing was cancelled then, or it was done before.
    """
    old = await find_for(by, asked.reference, ports)
    may_cancel(old, by)
    draft, unreached = await _draft(old, asked, by, ports)
    within_approval([draft], ports.firm)
    await within_mail_caps([draft], by.actor, ports)
    await _close(old, by, ports)
    link = await _make(old, draft, by, ports, tell_others=not asked.link_only)
    ports.wake()
    notes = tuple(_notes(asked, draft, unreached))
    return LinkMade(await card_for(link, ports.firm), draft.emails, notes, in_place_of=old.reference)


async def _draft(old: PaymentLink, asked: ReplaceLink, by: Asker, ports: Ports) -> tuple[LinkDraft, list[str]]:
    """The new link's terms, and the addresses that the old one's letters did not reach."""
    amount = _money(asked.amount, old, ports) if asked.amount else old.amount
    if old.parent_id is not None and amount != old.amount:
        stays = spell(old.amount, ports.firm.locale)
        raise NotReplaced(
            f"{old.reference} asks for a balance, and that stays {stays}: leave the amount out. {_NONE_MADE}"
        )
    ports.firm.account(asked.account or old.account)  # raises: it is no longer there
    emails, unreached = asked.emails, list[str]()
    if not emails:
        emails, unreached = await mailed_before(old)
    partial, least = _parts(old, asked, amount, ports)
    draft = LinkDraft(
        amount=amount,
        account=asked.account or old.account,
        creator_name=by.name,
        emails=() if asked.link_only else emails,
        payer_name=old.payer_name if asked.payer_name is None else asked.payer_name,
        invoice_number=old.invoice_number if asked.invoice_number is None else asked.invoice_number,
        due_on=None if asked.no_due else asked.due_on or old.due_on,
        message=old.message if asked.message is None else asked.message,
        partial=partial,
        partial_minimum=least,
        expires_on=asked.expires_on,
        channel=old.channel or by.channel,
        parent_id=old.id if old.parent_id is not None else None,
        confirmed_by=by.confirmed_by,
    )
    return _lasting(draft, old, ports), unreached


def _lasting(draft: LinkDraft, old: PaymentLink, ports: Ports) -> LinkDraft:
    """As long as the old one, where nothing else is said and that is not over."""
    if draft.expires_on is not None or old.expires_at is None:
        return draft
    last = ports.firm.last_day(old.expires_at)
    if last < ports.firm.today(ports.clock.now()):
        return draft
    return replace(draft, expires_on=max(last, draft.due_on) if draft.due_on else last)


def _money(typed: str, old: PaymentLink, ports: Ports) -> Money:
    return read_money(typed.split(), old.currency, ports.firm.numbers, _no_amount)


def _no_amount(word: str) -> CommandUnclear:
    return CommandUnclear(
        f"“{shortened(word)}” is not understood. After the reference come the words of `create`, such as "
        "`replace PL-7F3K9Q 300 due friday`; `due none` takes the due date out."
    )


def _parts(old: PaymentLink, asked: ReplaceLink, amount: Money, ports: Ports) -> tuple[bool, Money | None]:
    """Whether a part may be paid, and the least: as said, else as before where this amount has such parts."""
    if asked.partial is None:
        least = old.smallest_part
        fits = (least is None or least.currency == amount.currency) and part_bounds(amount, least) is not None
        return (True, least) if old.partial_allowed and fits else (False, None)
    least = _money(asked.partial_minimum, old, ports) if asked.partial_minimum else None
    if least is not None and least.currency != amount.currency:
        raise CommandUnclear(f"The least part is in {least.currency} but the amount in {amount.currency}.")
    if asked.partial:
        checked_parts(amount, least, ports.firm.locale)
    return asked.partial, least


async def _close(old: PaymentLink, by: Asker, ports: Ports) -> None:
    """Bring the old link to its end, if it has none yet. Raises NotReplaced: money came, or may yet."""
    try:
        await ask_to_close(old, LinkState.CANCELLED, by.actor, by.name, ports, tell_payer=False)
    except LinkNotOpen as error:
        if error.state is not LinkState.CLOSING and not error.state.taken_back:
            raise NotReplaced(f"{await why_not(old, ports)} {_NONE_MADE}") from error
    try:
        await close_link(old.id, ports)
    except ProcessorTrouble as error:
        raise NotReplaced(
            f"{old.reference} is being cancelled, but Stripe does not answer yet. {_NONE_MADE} You will be told; "
            "ask again then."
        ) from error
    await old.refresh_from_db()
    if not old.state.taken_back:
        raise NotReplaced(f"{await why_not(old, ports)} {_NONE_MADE}")


async def _make(old: PaymentLink, draft: LinkDraft, by: Asker, ports: Ports, *, tell_others: bool) -> PaymentLink:
    """The new link and both trails' word of it, in one transaction. Raises NotReplaced, AlreadyDone.

    `tell_others`: whoever had the old request and gets no new one is told that it is cancelled.
    """
    now = ports.clock.now()
    [reference] = await fresh_references(1)
    try:
        async with in_transaction():
            await remember(by, reference, now)
            # whoever else replaces it at this moment waits here, and then finds our event
            await note(old, "replaced", by.actor, now, {"replacement": reference, "name": by.name})
            await _first_and_unpaid(old, reference)
            [link] = await make_links([replace(draft, reference=reference)], by.actor, ports)
            await note(link, "in_place_of", by.actor, now, {"replaces": old.reference, "name": by.name})
            if tell_others and await _untold(old):
                await owe_cancelled_letters(old, ports, beside=draft.emails)
            await owe_news(old, now, ports)
    except IntegrityError as error:  # the index one_balance_link
        raise NotReplaced(f"Another balance link follows {old.reference} already. {_NONE_MADE}") from error
    return link


async def _untold(old: PaymentLink) -> bool:
    """Whether it was closed for this; one that was cancelled before had its letters then."""
    closing = await LinkEvent.filter(link_id=old.id, kind="closing").order_by("-number").first()
    return closing is not None and closing.detail.items() >= UNTOLD.items()


async def _first_and_unpaid(old: PaymentLink, reference: str) -> None:
    """Raises NotReplaced: another took its place before, or money came for it after all."""
    for event in await LinkEvent.filter(link_id=old.id, kind="replaced").order_by("number"):
        if event.detail["replacement"] != reference:
            raise NotReplaced(f"{old.reference} was replaced already, by {event.detail['replacement']}. {_NONE_MADE}")
    if old.late_money:
        raise NotReplaced(f"Money came for {old.reference} after it was closed: decide on that first. {_NONE_MADE}")


def _notes(asked: ReplaceLink, draft: LinkDraft, unreached: list[str]) -> list[str]:
    notes = []
    if asked.bad_emails:
        notes.append(f"Not an e-mail address, so nothing was sent there: {', '.join(asked.bad_emails)}")
    if unreached and not asked.link_only:
        notes.append(f"Not mailed to {', '.join(unreached)}, where the letter before did not arrive.")
    elif not draft.emails:
        notes.append("Nothing was mailed: copy the link and send it yourself.")
    return [*notes, asked.removed] if asked.removed else notes
