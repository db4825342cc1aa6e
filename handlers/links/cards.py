"""Links as staff see them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace

from handlers.answers import BalanceLinkLine, Delivery, LinkCard
from handlers.firm import Firm
from handlers.links.aftermath import Aftermath, aftermath_of
from handlers.links.chain import Chain, chains_of, left_open, owing, paid_since
from models.money import Money
from models.tables import PaymentLink, Recipient


def card_of(
    link: PaymentLink,
    recipients: Iterable[Recipient],
    firm: Firm,
    chain: Chain = (),
    aftermath: Aftermath = Aftermath(),  # noqa: B008  frozen
) -> LinkCard:
    """One link as a card; `chain` where it has, or is, a balance link."""
    ended_at, ended_by = aftermath.ended or (None, "")
    card = LinkCard(
        reference=link.reference,
        url=firm.page_url(link.token),
        state=link.state,
        amount=link.amount,
        paid=link.paid,
        account=firm.account_shown(link.account),
        created_at=link.created_at,
        created_by=link.creator_name,
        payer_name=link.payer_name,
        invoice_number=link.invoice_number,
        due_on=link.due_on,
        expires_at=link.expires_at,
        message=link.message,
        partial_allowed=link.partial_allowed,
        partial_minimum=link.smallest_part,
        deliveries=tuple(Delivery(r.address, r.delivery, r.trouble) for r in recipients),
        ended_at=ended_at,
        ended_by=ended_by,
        late_money=link.late_money,
        review=link.review,
        look=aftermath.look,
        kept=Money(link.kept_minor, link.currency) if link.kept_minor else None,
        refunded=Money(link.refunded_minor, link.currency) if link.refunded_minor else None,
        disputes=aftermath.disputes,
        offers=aftermath.offers,
    )
    return _in_its_chain(card, link, chain) if chain else card


def _in_its_chain(card: LinkCard, link: PaymentLink, chain: Chain) -> LinkCard:
    """The card with the links before and after it, and what all of them together left open."""
    place = next((number for number, one in enumerate(chain) if one.id == link.id), 0)
    left = left_open(chain)
    return replace(
        card,
        balance_of=owing(chain[:place]).reference if place else "",
        balance_links=tuple(BalanceLinkLine(one.reference, one.state, one.amount) for one in chain[place + 1 :]),
        left_open=left if left and left.minor > 0 else None,
        balance_paid_by=paid_since(chain[place:]) if left and left.minor <= 0 else "",
    )


async def card_for(link: PaymentLink, firm: Firm) -> LinkCard:
    """One link as a card, its recipients read."""
    [card] = await cards_for([link], firm)
    return card


async def cards_for(links: Sequence[PaymentLink], firm: Firm) -> tuple[LinkCard, ...]:
    """Several links as cards, in order, with one read for all their recipients and few for their balance links."""
    recipients: dict[int, list[Recipient]] = defaultdict(list)
    for recipient in await Recipient.filter(link_id__in=[link.id for link in links]).order_by("id"):
        recipients[recipient.link_id].append(recipient)
    chains = await chains_of(links)
    after = await aftermath_of(links, firm)
    return tuple(card_of(link, recipients[link.id], firm, chains[link.id], after[link.id]) for link in links)
