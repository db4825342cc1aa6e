"""The trail of a link in words, for its thread in Slack and for `show`."""

from __future__ import annotations

from typing import Any

from handlers.answers import HistoryLine
from handlers.firm import Firm
from models.money import Money, spell
from models.payment_methods import method_in_words
from models.tables import LinkEvent, PaymentLink

_WORDS: dict[str, str] = {
    "created": "Created by {who} for {amount}.",
    "mailed": "The letter to {to} was sent.",
    "mail_failed": "The letter to {to} could not be delivered: {why}",
    "resent": "{who} sent the letter again to {to}.",
    "opened": "The client went to the checkout page to pay {amount}.",
    "processing": "The client paid {amount} by bank debit; the bank has yet to confirm it.",
    "paid": "Paid: {amount}{by}.",
    "part_paid": "Partly paid: {amount}{by}. {balance} is still owed.",
    "failed": "A payment did not go through: {why}",
    "tried_often": "Tried {count} times within a day: the payment page takes no more tries for now. "
    "If the client cannot pay, send them another link.",
    "balance": "{who} asked for the balance of {amount} with {balance_link}.",
    "reopened": "The bank debit failed; the client can pay again. The bank said: {why}",
    "receipt_sent": "The receipt was sent to {to}.",
    "receipt_copied": "The firm's copy of the receipt was sent to {to}.",
    "receipt_failed": "The receipt for {to} could not be delivered: {why}",
    "receipt_resent": "{who} sent the receipt again to {to}.",
    "debit_told": "{to} was told by letter that the bank debit failed, with the link to pay again.",
    "letter_held": "The payment was found late, so no letter about it went to the client by itself.",
    "closing": "{who} asked to close it; waiting for Stripe.",
    "cancelled": "Cancelled by {who}. The client can no longer pay with it.",
    "expired": "Expired. The client can no longer pay with it.",
    "late_money": "MONEY ARRIVED ON A CLOSED LINK: {amount}{by}. Decide in Stripe: keep or refund it.",
    "review": "NEEDS A LOOK: {why}",
}


def line(event: LinkEvent, link: PaymentLink, locale: str) -> HistoryLine:
    """One event in words; `who` is named where it is known, else by key."""
    detail: dict[str, Any] = event.detail
    known = {link.created_by: link.creator_name, "payer": "the client", "stripe": "Stripe", "paylink": "Paylink"}
    method = str(detail.get("method") or "")
    to = detail.get("to", "")
    sums: dict[str, str] = {
        key: spell(Money.of_plain(detail[key], detail["currency"]), locale)
        for key in ("amount", "balance")
        if key in detail
    }
    facts = {
        **detail,
        **sums,
        "who": detail.get("name") or known.get(event.who, event.who),
        "to": ", ".join(to) if isinstance(to, list) else to,
        "by": f" by {method_in_words(method)}" if method else "",
        "why": detail.get("why") or "no reason was given",
    }
    return HistoryLine(event.number, event.at, event.kind, _WORDS[event.kind].format_map(facts))


async def history(link: PaymentLink, firm: Firm, after: int = 0) -> tuple[HistoryLine, ...]:
    """What happened to a link, oldest first, from the event after number `after` on."""
    events = await LinkEvent.filter(link_id=link.id, number__gt=after).order_by("number")
    return tuple(line(event, link, firm.locale) for event in events)
