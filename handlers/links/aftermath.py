"""What became of a link and its money in the end: words that stand beside the state, the same at every front."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from handlers.answers import DisputeLine, LinkCard, RefundOffer
from handlers.firm import Firm
from handlers.payments.offers import ENDED, awaiting_refund, unseen
from models.link_states import LinkState
from models.money import Money, spell
from models.tables import Dispute, LinkEvent, Payment, PaymentLink


@dataclass(frozen=True, slots=True)
class Aftermath:
    """What is read for a card beside its link."""

    disputes: tuple[DisputeLine, ...] = ()
    offers: tuple[RefundOffer, ...] = ()
    look: int = 0  # as LinkCard.look
    ended: tuple[datetime, str] | None = None  # as LinkCard.ended_at and .ended_by


async def aftermath_of(links: Sequence[PaymentLink], firm: Firm) -> dict[int, Aftermath]:
    """By link id; nothing is read for links that are open, or whose money came as it should and stayed."""
    offers = await awaiting_refund(links, firm)
    disputes = await _open_disputes([link.id for link in links if link.disputed])
    troubles, ends = await unseen(links), await _ends_of(links)
    return {
        link.id: Aftermath(
            tuple(disputes[link.id]), offers.get(link.id, ()), troubles.get(link.id, 0), ends.get(link.id)
        )
        for link in links
    }


async def _ends_of(links: Sequence[PaymentLink]) -> dict[int, tuple[datetime, str]]:
    """When links were cancelled or expired, and the name of whoever cancelled them."""
    over = [link.id for link in links if link.state.taken_back]
    kinds = [LinkState.CANCELLED.value, LinkState.EXPIRED.value]
    events = await LinkEvent.filter(link_id__in=over, kind__in=kinds).order_by("number") if over else []
    return {event.link_id: (event.at, str(event.detail.get("name") or "")) for event in events}


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


def end_in_words(card: LinkCard, firm: Firm) -> str:
    """'cancelled by Noor Haddad on Nov 30, 2026, 18:59'; blank of a link that is neither cancelled nor expired."""
    if card.ended_at is None:
        return ""
    by = f" by {card.ended_by}" if card.ended_by and card.state is LinkState.CANCELLED else ""
    return f"{card.state.spoken}{by} on {firm.spell_moment(card.ended_at)}"


def refunded_words(refunded: Money, paid: Money, locale: str) -> str:
    """A part is said to be one of what was paid; money that came late was not."""
    if refunded.minor < paid.minor:
        return f"{spell(refunded, locale)} of {spell(paid, locale)} refunded"
    return f"{spell(refunded, locale)} refunded"
