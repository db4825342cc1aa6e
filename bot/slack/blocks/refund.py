"""Refunds: what can go back, each with its button; money that came late or wrong is kept or sent back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from slack_sdk.models.blocks import ActionsBlock, Block, ButtonElement, ConfirmObject, SectionBlock

from bot.slack.blocks.buttons import button, confirmation
from bot.slack.blocks.message import Message, message, plain
from bot.slack.blocks.wording import filled, money, mrkdwn, said, section, small, typed, with_names
from handlers.answers import Decided, RefundAsked, RefundOffer, RefundProposed
from handlers.firm import Firm
from models.payment_methods import method_in_words
from models.plain_text import counted

REFUND, KEEP = "send_refund", "keep_money"
_MOST = 5  # payments of one link that are offered at once
_PART = 2500  # characters of a section; names of people and channels make it longer


def refund_proposed(answer: RefundProposed, firm: Firm) -> Message:
    """A row a payment. Nothing has moved, and nothing does before a button is pressed and confirmed."""
    payer = f" ({typed(answer.payer_name, 100)})" if answer.payer_name else ""
    blocks: list[Block] = [section(f"↩️ *What can go back of {answer.reference}*{payer}")]
    for number, offer in enumerate(answer.offers[:_MOST]):
        accessory = _offer_button(offer, firm, number)
        blocks.append(SectionBlock(text=mrkdwn(_offer_words(offer, firm)), accessory=accessory))
    blocks += [small(said(note, 600)) for note in answer.notes]
    count = counted(len(answer.offers), "payment")
    return message(f"{count} of {answer.reference} can be refunded; nothing has moved yet.", blocks)


def refund_asked(answer: RefundAsked) -> Message:
    return plain(answer.sentence, "▫️" if answer.repeated else "↩️")


def decided(answer: Decided) -> Message:
    return plain(answer.sentence, "▫️" if answer.repeated else "✅")


def with_offers(words: str, offers: Sequence[RefundOffer], firm: Firm, named: Sequence[str] = ()) -> Message:
    """A sentence for somebody who may refund, with a button to each offer. `named`: ids in it, shown as names."""
    lines = filled((said(line, _PART) for line in words.split("\n")), _PART)
    blocks: list[Block] = [section(with_names(part, named)) for part in lines]
    blocks += [section(_offer_words(offer, firm)) for offer in offers[:_MOST]]
    if offers:
        blocks.append(ActionsBlock(elements=offer_buttons(offers, firm)))
    return message(words, blocks)


def offer_buttons(offers: Iterable[RefundOffer], firm: Firm) -> list[ButtonElement]:
    """Refund, and Keep where an admin has yet to decide; with the sums, where there are several."""
    these = [*offers][:_MOST]
    buttons = []
    for number, offer in enumerate(these):
        sum_ = f" {money(offer.amount, firm)}" if len(these) > 1 else ""
        buttons.append(_offer_button(offer, firm, number, f"Refund{sum_}"))
        if offer.undecided:
            value = f"{offer.reference} {offer.payment}"
            buttons.append(button(f"Keep{sum_}", f"{KEEP}_{number}", value, confirm=_stays(offer, firm)))
    return buttons


def _offer_words(offer: RefundOffer, firm: Firm) -> str:
    by = f" by {typed(method_in_words(offer.method), 40)}" if offer.method else ""
    came = f"of {money(offer.received, firm)}, paid{by} on {firm.spell_moment(offer.at)}"
    why = f"\n{said(offer.why, 300)}" if offer.why else ""
    return f"*{money(offer.amount, firm)}* {came}, into {typed(offer.account, 60)}{why}"


def _offer_button(offer: RefundOffer, firm: Firm, number: int, label: str = "Refund") -> ButtonElement:
    """The value names the payment, the sum and the turn: pressed ten times, it is one refund."""
    value = f"{offer.reference} {offer.payment} {offer.amount.minor} {offer.turn}"
    asks = _sure(offer, firm)
    return button(label, f"{REFUND}_{number}", value, style="danger", confirm=asks)


def _sure(offer: RefundOffer, firm: Firm) -> ConfirmObject:
    text = (
        f"*{money(offer.amount, firm)}* goes back to the client from {typed(offer.account, 60)}. "
        "This cannot be undone. Stripe keeps its fee for the payment."
    )
    return confirmation(f"Refund {offer.reference}?", text, "Refund", "Keep the money", danger=True)


def _stays(offer: RefundOffer, firm: Firm) -> ConfirmObject:
    counts = "" if offer.late else " A link that is still open counts as paid by it."
    text = (
        f"*{money(offer.amount, firm)}* stays in {typed(offer.account, 60)}, and needs no look any more.{counts} "
        "It can still be refunded later."
    )
    return confirmation(f"Keep the money of {offer.reference}?", text, "Keep it", "Not yet")
