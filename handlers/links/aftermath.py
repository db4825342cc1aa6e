"""What became of a link's money after it came: the words that stand beside the state, the same at every front."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from handlers.answers import DisputeLine, LinkCard, RefundOffer
from handlers.firm import Firm
from handlers.payments.offers import ENDED, awaiting_refund, unseen
from models.money import Money, spell
from models.tables import Dispute, Payment, PaymentLink


@dataclass(frozen=True, slots=True)
class Aftermath:
    """What is read for a card beside its link."""

    disputes: tuple[DisputeLine, ...] = ()
    offers: tuple[RefundOffer, ...] = ()
    look: int = 0  # as LinkCard.look


async def aftermath_of(links: Sequence[PaymentLink], firm: Firm) -> dict[int, Aftermath]:
    """By link id; nothing is read for links whose money came as it should and stayed."""
    offers = await awaiting_refund(links, firm)
    disputes = await _open_disputes([link.id for link in links if link.disputed])
    troubles = await unseen(links)
    return {
        link.id: Aftermath(tuple(disputes[link.id]), offers.get(link.id, ()), troubles.get(link.id, 0))
        for link in links
    }


async def _open_disputes(links: list[int]) -> dict[int, list[DisputeLine]]:
    found: dict[int, list[DisputeLine]] = defaultdict(list)
    if not links:
        return found
    link_of = {payment.id: payment.link_id for payment in await Payment.filter(link_id__in=links)}
    for dispute in await Dispute.filter(payment_id__in=list(link_of)).order_by("id"):
        if dispute.status not in ENDED:
            line = DisputeLine(dispute.amount, dispute.reason, dispute.evidence_due)
            found[link_of[dispute.payment_id]].append(line)
    return found


def beside_state(card: LinkCard, firm: Firm) -> Iterator[str]:
    """'the balance paid by PL-7F3K9Q', '$40.00 of $100.00 refunded', 'disputed: answer by Nov 30, 2026, 18:59'."""
    if card.balance_paid_by:
        yield f"the balance paid by {card.balance_paid_by}"
    if card.kept is not None:
        yield f"{spell(card.kept, firm.locale)}{' more' * bool(card.paid.minor)} came and was kept"
    if card.refunded is not None:
        yield refunded_words(card.refunded, card.paid, firm.locale)
    for dispute in card.disputes:
        by = f": answer by {firm.spell_moment(dispute.answer_by)}" if dispute.answer_by else ""
        yield f"disputed{by}"


def refunded_words(refunded: Money, paid: Money, locale: str) -> str:
    """A part is said to be one of what was paid; money that came late was not."""
    if refunded.minor < paid.minor:
        return f"{spell(refunded, locale)} of {spell(paid, locale)} refunded"
    return f"{spell(refunded, locale)} refunded"
