"""The trail of a link in words, for its thread in Slack and for `show`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from handlers.answers import HistoryLine
from models.tables import LinkEvent, PaymentLink

Detail = dict[str, Any]

_WORDS: dict[str, Callable[[Detail, str], str]] = {
    "created": lambda d, who: f"Created by {who} for {d['amount']} {d['currency']}.",
    "mailed": lambda d, who: f"The letter to {d['to']} was sent.",
    "mail_failed": lambda d, who: f"The letter to {d['to']} could not be delivered: {d['why']}",
    "resent": lambda d, who: f"{who} sent the letter again to {', '.join(d['to'])}.",
    "opened": lambda d, who: f"The client went to the checkout page to pay {d['amount']} {d['currency']}.",
    "processing": lambda d, who: f"The client paid {d['amount']} {d['currency']} by bank debit; the bank has yet to confirm it.",
    "paid": lambda d, who: f"Paid: {d['amount']} {d['currency']}{_by(d)}.",
    "part_paid": lambda d, who: f"Partly paid: {d['amount']} {d['currency']}{_by(d)}. {d['balance']} {d['currency']} are still owed.",
    "failed": lambda d, who: f"A payment did not go through: {d['why'] or 'the bank gave no reason'}",
    "reopened": lambda d, who: f"The bank debit failed ({d['why'] or 'no reason given'}); the link is open again.",
    "closing": lambda d, who: f"{who} asked to cancel it." if d.get("as") == "cancelled" else "Its time is over.",
    "cancelled": lambda d, who: f"Cancelled by {who}. The client can no longer pay with it.",
    "expired": lambda d, who: "Expired. The client can no longer pay with it.",
    "late_money": lambda d, who: f"MONEY ARRIVED ON A CLOSED LINK: {d['amount']} {d['currency']}. Decide whether to keep or refund it in Stripe.",
    "review": lambda d, who: f"NEEDS A LOOK: {d['why']}",
}


def _by(detail: Detail) -> str:
    return f" by {detail['method'].replace('_', ' ')}" if detail.get("method") else ""


def line(event: LinkEvent, link: PaymentLink) -> HistoryLine:
    """One event in words; `who` is named where it is the link's creator, else by key."""
    known = {link.created_by: link.creator_name, "payer": "the client", "stripe": "Stripe", "paylink": "Paylink"}
    who = str(event.detail.get("name") or known.get(event.who, event.who))
    words = _WORDS[event.kind](event.detail, who)
    return HistoryLine(event.number, event.at, event.kind, words)


async def history(link: PaymentLink, after: int = 0) -> tuple[HistoryLine, ...]:
    """What happened to a link, oldest first, from the event after number `after` on."""
    events = await LinkEvent.filter(link_id=link.id, number__gt=after).order_by("number")
    return tuple(line(event, link) for event in events)
