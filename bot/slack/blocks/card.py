"""The card of a link: the one message in a channel that stands for it. It never shows the URL or its token."""

from __future__ import annotations

from collections.abc import Iterator

from slack_sdk.models.blocks import ActionsBlock, Block, ButtonElement, ConfirmObject, SectionBlock

from bot.slack.blocks.buttons import button, confirmation
from bot.slack.blocks.fix_address import fix_buttons
from bot.slack.blocks.message import Message, message
from bot.slack.blocks.refund import offer_buttons
from bot.slack.blocks.wording import day, day_of, money, mrkdwn, person, said, section, small, typed
from handlers.answers import Delivery, LinkCard, WrongAddress
from handlers.firm import Firm
from handlers.links.aftermath import beside_state, end_in_words
from models.link_states import LinkState

COPY, RESEND, CANCEL, SHOW, BALANCE = "copy_link", "resend_link", "cancel_link", "show_link", "balance_link"
REMIND, ASK_REFUND, SEEN = "remind_link", "ask_refund", "mark_seen"

_STATES = {
    LinkState.OPEN: "🔵 Outstanding",
    LinkState.PROCESSING: "⏳ Processing: a bank debit is under way",
    LinkState.PAID: "✅ Paid",
    LinkState.PART_PAID: "🌓 Partly paid",
    LinkState.CLOSING: "⏳ Being closed: waiting for Stripe",
    LinkState.CANCELLED: "🚫 Cancelled",
    LinkState.EXPIRED: "⌛ Expired",
}
_LETTERS = {"queued": "on its way", "sent": "sent", "failed": "not sent", "bounced": "came back"}
WORTH_RESENDING = frozenset({LinkState.OPEN, LinkState.PAID, LinkState.PART_PAID})  # the request, or the receipt
WORTH_COPYING = frozenset({LinkState.OPEN, LinkState.PROCESSING, LinkState.CLOSING})
_MOST_LETTERS = 5
_MOST_BALANCE_LINKS = 3


def state_words(card: LinkCard, firm: Firm) -> str:
    """The state as a sign and a word, for the sign alone would tell nothing to a screen reader; what went back."""
    return "  ·  ".join([_STATES[card.state], *beside_state(card, firm)])


def link_card(card: LinkCard, firm: Firm) -> Message:
    """The card as a message of its own."""
    return message(summary(card, firm), card_blocks(card, firm))


def summary(card: LinkCard, firm: Firm) -> str:
    """The card in one plain sentence."""
    payer = f" for {card.payer_name}" if card.payer_name else ""
    state = ", ".join([card.state.spoken, *beside_state(card, firm)])
    return f"{card.reference}, {money(card.amount, firm)}{payer}: {state}."


def headline(card: LinkCard, firm: Firm) -> str:
    """What a link is called, how much it asks for and where it stands, in one line."""
    return f"*{card.reference}*  ·  *{money(card.amount, firm)}*  ·  {state_words(card, firm)}"


def thread_line(words: str, wrong: WrongAddress | None = None, whom: str = "") -> Message:
    """A line of the link's history under its card; `whom` is the Slack id of somebody who is to notice it."""
    to = f"  ·  {person(whom)}" if whom else ""
    blocks: list[Block] = [section(f"{said(words)}{to}")]
    if wrong is not None:
        blocks.append(ActionsBlock(elements=fix_buttons([wrong])))
    return message(words, blocks)


def card_blocks(card: LinkCard, firm: Firm, *, buttons: bool = True) -> list[Block]:
    blocks: list[Block] = [
        section(headline(card, firm)),
        SectionBlock(fields=[mrkdwn(f"*{label}*\n{value}") for label, value in _facts(card, firm)]),
    ]
    if card.balance_links:
        blocks.append(section(_balance_links(card, firm)))
    if card.late_money:
        blocks.append(section("🚨 *Money arrived after this link was closed.* An admin keeps it, or sends it back."))
    if card.review:
        blocks.append(section("⚠️ *This link needs a look:* its thread says why."))
    if card.message:
        blocks.append(small(f"Message to the client: {typed(card.message, 300)}"))
    blocks.append(small(_made(card, firm)))
    elements = card_buttons(card, firm) if buttons else []
    return [*blocks, ActionsBlock(elements=elements)] if elements else blocks


def _facts(card: LinkCard, firm: Firm) -> Iterator[tuple[str, str]]:
    yield "Client", typed(card.payer_name) or "(no name)"
    yield "Account", typed(card.account, 60)
    if card.invoice_number:
        yield "Invoice", typed(card.invoice_number, 60)
    if card.due_on:
        yield "Due", day(card.due_on, firm)
    if card.paid.minor:
        yield "Paid", _paid(card, firm)
    if card.state is LinkState.OPEN and part_payment(card, firm):
        yield "Part payment", part_payment(card, firm)
    if card.balance_of:
        yield "Balance of", card.balance_of
    if card.deliveries:
        yield "Mailed to", "\n".join(_letters(card.deliveries))


def part_payment(card: LinkCard, firm: Firm) -> str:
    """Blank where the client must pay all of it."""
    if not card.partial_allowed:
        return ""
    least = f" of at least {money(card.partial_minimum, firm)}" if card.partial_minimum else ""
    return f"a part{least} may be paid"


def _paid(card: LinkCard, firm: Firm) -> str:
    whole = f" of {money(card.amount, firm)}" if card.paid != card.amount else ""
    balance = f", {money(card.left_open, firm)} still owed" if card.left_open else ""
    balance = f", the balance by {card.balance_paid_by}" if card.balance_paid_by else balance
    return f"{money(card.paid, firm)}{whole}{balance}"


def _balance_links(card: LinkCard, firm: Firm) -> str:
    """The newest of them: each takes the place of the one before it, or asks for what that one left open."""
    return "\n".join(
        f"Balance link *{one.reference}*  ·  {money(one.amount, firm)}  ·  {_STATES[one.state]}"
        for one in card.balance_links[-_MOST_BALANCE_LINKS:]
    )


def _letters(deliveries: tuple[Delivery, ...]) -> Iterator[str]:
    for letter in deliveries[:_MOST_LETTERS]:
        why = letter.trouble.partition(" (their server says:")[0]  # the other server's own words are in the thread
        trouble = f" ({typed(why, 80)})" if why else ""
        yield f"{typed(letter.address, 80)}: {_LETTERS.get(letter.state, letter.state)}{trouble}"
    if len(deliveries) > _MOST_LETTERS:
        yield f"and {len(deliveries) - _MOST_LETTERS} more"


def _made(card: LinkCard, firm: Firm) -> str:
    words = f"Made by {typed(card.created_by, 60)} on {day_of(card.created_at, firm)}"
    if card.expires_at and card.state is LinkState.OPEN:
        return f"{words}; open until {day(firm.last_day(card.expires_at), firm)}"
    return f"{words}; {said(over, 200)}" if (over := end_in_words(card, firm)) else words


def card_buttons(card: LinkCard, firm: Firm) -> list[ButtonElement]:
    """What can still be done. A press on a card that has gone stale is answered with what is so by now."""
    buttons = []
    if card.state in WORTH_COPYING:
        buttons.append(button("Copy link", COPY, card.reference))
    if card.state in WORTH_RESENDING and card.deliveries:
        label = "Resend" if card.state is LinkState.OPEN else "Resend receipt"
        buttons.append(button(label, RESEND, card.reference, confirm=_resend(card, firm)))
    if card.state is LinkState.OPEN and card.deliveries:
        buttons.append(button("Remind", REMIND, card.reference, confirm=_remind(card, firm)))
    buttons += fix_buttons(card.wrong_addresses)
    if card.wants_balance:
        buttons.append(button("Balance link", BALANCE, card.reference, style="primary"))
    if card.cancellable:
        buttons.append(button("Cancel", CANCEL, card.reference, style="danger", confirm=_cancel(card, firm)))
    buttons += offer_buttons(card.offers, firm)
    if _refundable(card):
        buttons.append(button("Refund", ASK_REFUND, card.reference))  # it proposes; what it proposes asks once more
    if card.look:
        buttons.append(button("Seen", SEEN, f"{card.reference} {card.look}", confirm=_seen(card)))
    return buttons


def _refundable(card: LinkCard) -> bool:
    """Whether something of what was paid may go back; money that waits for a decision has buttons of its own."""
    if not card.state.received or card.offers or card.disputes:
        return False
    return card.refunded is None or card.refunded.minor < card.paid.minor


def demand(card: LinkCard, firm: Firm) -> str:
    """Amount and client, so that nobody confirms the wrong one."""
    payer = f" for *{typed(card.payer_name, 100)}*" if card.payer_name else ""
    return f"*{money(card.amount, firm)}*{payer}"


def _remind(card: LinkCard, firm: Firm) -> ConfirmObject:
    text = f"{demand(card, firm)}. A letter that reminds them of it leaves now; at most one a client and day."
    return confirmation(f"Remind of {card.reference}?", text, "Send a reminder", "No")


def _cancel(card: LinkCard, firm: Firm) -> ConfirmObject:
    told = " A letter tells them so." if card.deliveries and firm.cancel_letter == "on" else ""
    text = f"{demand(card, firm)}. The client can no longer pay with it.{told}"
    return confirmation(f"Cancel {card.reference}?", text, "Cancel the link", "Keep it", danger=True)


def _seen(card: LinkCard) -> ConfirmObject:
    text = "Its thread says what happened. An admin marks it as seen, and it leaves what needs attention."
    return confirmation(f"Seen {card.reference}?", text, "Seen", "Not yet")


def _resend(card: LinkCard, firm: Firm) -> ConfirmObject:
    count = len(card.deliveries)
    to = typed(card.deliveries[0].address, 100) if count == 1 else f"all {count} addresses"
    if card.state is not LinkState.OPEN:
        text = f"The receipt for *{money(card.paid, firm)}*, to {to}."
        return confirmation(f"Send the receipt of {card.reference} again?", text, "Send again", "No")
    return confirmation(f"Send {card.reference} again?", f"{demand(card, firm)}, to {to}.", "Send again", "No")
