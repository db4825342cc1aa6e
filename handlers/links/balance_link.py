"""The balance of a partly paid link: one new link asks for it, and only when a person says so (F4, M08)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from tortoise.exceptions import IntegrityError
from tortoise.expressions import Q
from tortoise.transactions import in_transaction

from handlers.answers import LinkMade
from handlers.links.cards import card_for
from handlers.links.chain import Chain, chain_of, left_open, owing, standing
from handlers.links.create_link import fresh_references, make_links
from handlers.links.find import find_for
from handlers.links.link_draft import LinkDraft
from handlers.links.tell import owe_news
from handlers.links.trail import note
from handlers.once import remember
from handlers.ports import Ports
from handlers.requests import Asker, BalanceLink
from models.currencies import currency
from models.errors import PaylinkError
from models.link_states import LinkState
from models.money import Money, spell
from models.part_payment import part_bounds
from models.tables import LinkEvent, Payment, PaymentLink, Recipient

_UNREACHED = ("failed", "bounced")  # Recipient.delivery of an address that no letter reaches
NOTE = "A partly paid link has one balance link at a time, so no other was made."


class NoBalance(PaylinkError):
    """There is nothing that a balance link of this link could ask for."""

    code = "no_balance"


async def balance_link(asked: BalanceLink, by: Asker, ports: Ports) -> LinkMade:
    """Make the balance link, on the terms of the link before it; where it is there already, show it.

    Any link of a chain may be named. Once a balance link was cancelled or has expired, the next one takes its place.

    Raises NotFound. Raises NoBalance: nothing was paid in part, nothing is left open, or money that came late must be
    decided on first. Raises AlreadyDone: see handlers.once.
    """
    link = await find_for(by, asked.reference, ports)
    chain = await chain_of(link)
    if standing(chain) is None:
        left = await _asked_for(link, chain, ports)
        try:
            return await _make(chain, left, by, ports)
        except IntegrityError:  # somebody else was quicker: the index one_balance_link
            chain = await chain_of(link)
    there = standing(chain)
    if there is None:  # and it is closed again by now
        raise NoBalance(f"The balance of {link.reference} is being seen to just now. Ask again in a moment.")
    return LinkMade(await card_for(there, ports.firm), notes=(NOTE,), balance_of=owing(chain).reference, stood=True)


async def _asked_for(link: PaymentLink, chain: Chain, ports: Ports) -> Money:
    """What the next link of the chain would ask for. Raises NoBalance."""
    left = left_open(chain)
    if left is None:
        raise NoBalance(f"{link.reference} is {link.state.spoken}, so it has no balance. {_INSTEAD[link.state]}")
    if left.minor <= 0:
        raise NoBalance(f"{chain[0].reference} is paid in full by now: nothing of it is left open.")
    await _no_money_undecided(chain, ports)
    if left.minor < currency(left.currency).minimum:
        few = spell(left, ports.firm.locale)
        raise NoBalance(
            f"What is left of {chain[0].reference} is {few}, which is less than Stripe takes: nothing was made."
        )
    ports.firm.account(chain[-1].account)  # raises: it is no longer there
    return left


_INSTEAD = {
    LinkState.OPEN: "The client can still pay all of it with the link as it is.",
    LinkState.PROCESSING: "Its bank has yet to confirm the payment; you will be told.",
    LinkState.PAID: "Nothing of it is left open.",
    LinkState.CLOSING: "Ask again once it is closed.",
    LinkState.CANCELLED: "Nothing was paid on it: `create` makes a new link for the whole.",
    LinkState.EXPIRED: "Nothing was paid on it: `create` makes a new link for the whole.",
}


async def _no_money_undecided(chain: Chain, ports: Ports) -> None:
    """Money that came late, twice or not as asked for may well be the balance: nobody asks for it again meanwhile.

    Raises NoBalance.
    """
    references = {link.id: link.reference for link in chain}
    waiting = Q(late_money=True) | ~Q(review="")
    for payment in await Payment.filter(waiting, link_id__in=list(references), state="succeeded"):
        if payment.refunded_minor < payment.amount_minor:
            amount, reference = spell(payment.amount, ports.firm.locale), references[payment.link_id]
            how = "when it could no longer be paid" if payment.late_money else "otherwise than it was asked for"
            instead = (
                "It was kept: ask for what is missing with `create`."
                if payment.kept
                else "Refund it first, or keep it and ask for what is missing with `create`."
            )
            raise NoBalance(f"{amount} came for {reference} {how}, so the client may have paid the balance. {instead}")


async def _make(chain: Chain, left: Money, by: Asker, ports: Ports) -> LinkMade:
    last = chain[-1]
    now = ports.clock.now()
    [reference] = await fresh_references(1)
    emails, unreached = await mailed_before(last)
    draft = replace(_terms(last, left, by), emails=emails, reference=reference)
    async with in_transaction():
        await remember(by, reference, now)
        detail: dict[str, object] = {"balance_link": reference, "amount": left.plain, "currency": left.currency}
        await note(last, "balance", by.actor, now, {**detail, "name": by.name})
        [link] = await make_links([draft], by.actor, ports)
        await owe_news(last, now, ports)
    ports.wake()
    return LinkMade(
        await card_for(link, ports.firm), draft.emails, _notes(draft, unreached), balance_of=owing(chain).reference
    )


async def mailed_before(last: PaymentLink) -> tuple[tuple[str, ...], list[str]]:
    """Whom a link was mailed to, for the one that follows it; and apart, where its letter did not arrive."""
    recipients = await _recipients(last)
    unreached = [recipient.address for recipient in recipients if recipient.delivery in _UNREACHED]
    return tuple(recipient.address for recipient in recipients if recipient.address not in unreached), unreached


async def _recipients(last: PaymentLink) -> list[Recipient]:
    """Those whom the link before was mailed to; none where it was a link only, even if its receipt was mailed."""
    if not last.email and not await LinkEvent.filter(link_id=last.id, kind__in=["mailed", "resent"]).exists():
        return []
    return await Recipient.filter(link_id=last.id).order_by("id")


def _notes(draft: LinkDraft, unreached: Sequence[str]) -> tuple[str, ...]:
    if unreached:
        return (f"Not mailed to {', '.join(unreached)}, where the letter before did not arrive.",)
    return () if draft.emails else ("Nothing was mailed, as before: copy the link and send it yourself.",)


def _terms(last: PaymentLink, left: Money, by: Asker) -> LinkDraft:
    """As the link before it: the same client, invoice, message, account and due day."""
    in_parts = last.partial_allowed and part_bounds(left, last.smallest_part) is not None
    return LinkDraft(
        amount=left,
        account=last.account,
        creator_name=by.name,
        payer_name=last.payer_name,
        invoice_number=last.invoice_number,
        due_on=last.due_on,
        message=last.message,
        partial=in_parts,
        partial_minimum=last.smallest_part if in_parts else None,
        channel=last.channel or by.channel,
        parent_id=last.id,
        confirmed_by=by.confirmed_by,
    )
