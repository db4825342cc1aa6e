"""The trail of a link in words, for its thread in Slack and for `show`."""

from __future__ import annotations

from typing import Any

from handlers.answers import HistoryLine
from handlers.firm import Firm
from models.money import Money, spell
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
    "reopened": "The bank debit failed; the client can pay again. The bank said: {why}",
    "closing": "{who} asked to close it; waiting for Stripe.",
    "cancelled": "Cancelled by {who}. The client can no longer pay with it.",
    "expired": "Expired. The client can no longer pay with it.",
    "late_money": "MONEY ARRIVED ON A CLOSED LINK: {amount}{by}. Decide in Stripe: keep or refund it.",
    "review": "NEEDS A LOOK: {why}",
}


# Stripe's names of payment methods that are no English (docs.stripe.com/api/payment_methods/object, type).
_METHODS = {"link": "Link"} | dict.fromkeys(
    ("us_bank_account", "acss_debit", "au_becs_debit", "bacs_debit", "nz_bank_account", "sepa_debit"), "bank debit"
)


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
        "by": f" by {_METHODS.get(method, method.replace('_', ' '))}" if method else "",
        "why": detail.get("why") or "no reason was given",
    }
    return HistoryLine(event.number, event.at, event.kind, _WORDS[event.kind].format_map(facts))


async def history(link: PaymentLink, firm: Firm, after: int = 0) -> tuple[HistoryLine, ...]:
    """What happened to a link, oldest first, from the event after number `after` on."""
    events = await LinkEvent.filter(link_id=link.id, number__gt=after).order_by("number")
    return tuple(line(event, link, firm.locale) for event in events)
