"""The trail of a link in words, for its thread in Slack and for `show`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any

from handlers.answers import HistoryLine
from handlers.firm import Firm
from models.link_states import LinkState
from models.money import Money, spell
from models.payment_methods import method_in_words
from models.stripe_words import dispute_in_words, failure_in_words, refund_failure_in_words
from models.tables import LinkEvent, PaymentLink, StaffMember

_WORDS: dict[str, str] = {
    "created": "Created by {who} for {amount}.",
    "approved": "{who} confirmed it, as it is above the approval limit.",
    "mailed": "The letter to {to} was sent.",
    "mail_failed": "The letter to {to} could not be delivered: {why}.{fix}",
    "bounced": "The letter to {to} came back: {why}.{fix}",
    "delayed": "The letter to {to} is delayed, their mail server says: {why}.",
    "resent": "{who} sent the letter again to {to}.",
    "reminded": "A reminder was sent to {to}{for_whom}.",
    "address_fixed": "{who} corrected the address: the letter goes to {to}, and nothing more to {wrong}.",
    "reminder_failed": "The reminder to {to} could not be delivered: {why}.{fix}",
    "reminders_paused": "{who} paused the reminders until {until}.",
    "reminders_resumed": "{who} let the reminders go on.",
    "unsubscribed": "{to} asked for no more reminders.",
    "opened": "The client went to the checkout page to pay {amount}.",
    "processing": "The client paid {amount} by bank debit; the bank has yet to confirm it.",
    "paid": "Paid: {amount}{by}.",
    "part_paid": "Partly paid: {amount}{by}. {balance} is still owed.",
    "failed": "A payment did not go through: {why}",
    "tried_often": "Tried {count} times, perhaps to test stolen cards, so the checkout page was closed. "
    "If the client cannot pay, send them another link.",
    "form_refused": "Somebody sent the payment page a form that is not its own ({why}). Nothing was charged.",
    "refused": "The client could not pay, as Stripe would not open the page: {why}",
    "balance": "{who} asked for the balance of {amount} with {balance_link}.",
    "replaced": "{who} replaced it with {replacement}.",
    "in_place_of": "It takes the place of {replaces}.",
    "reopened": "The bank debit failed; the client can pay again. The bank said: {why}",
    "receipt_sent": "The receipt was sent to {to}.",
    "receipt_copied": "The firm's copy of the receipt was sent to {to}.",
    "receipt_failed": "The receipt for {to} could not be delivered: {why}.",
    "receipt_resent": "{who} sent the receipt again to {to}.",
    "debit_told": "{to} was told by letter that the bank debit failed, with the link to pay again.",
    "cancel_told": "{to} was told by letter that it is cancelled.",
    "cancel_untold": "The letter to {to} that it is cancelled could not be delivered: {why}.",
    "letter_held": "The payment was found late, so no letter about it went to the client by itself.",
    "client_wrote": "The client wrote ({sender}{doubt}): “{said}”",
    "closing": "{who} asked to close it{fix}.",
    "cancelled": "Cancelled by {who}. The client can no longer pay with it.",
    "expired": "Expired. The client can no longer pay with it.",
    "late_money": "MONEY ARRIVED ON A CLOSED LINK: {amount}{by}. The buttons Keep and Refund decide.",
    "refunding": "{who} asked for a refund of {amount}.",
    "refund_pending": "A refund of {amount} is on its way back to the client{asked}; the bank takes some days.",
    "refunded": "Refunded: {amount}{asked}.",
    "refund_failed": "THE REFUND OF {amount} FAILED: {why}",
    "disputed": "DISPUTED: the client's bank wants {amount} back ({reason}).{answer_by}",
    "dispute_won": "The dispute over {amount} was won: the money stays.",
    "dispute_lost": "The dispute over {amount} was lost: the money is gone.",
    "dispute_ended": "The dispute over {amount} has ended without a decision.",
    "review": "NEEDS A LOOK: {why}",
    "kept": "{who} decided that {amount} stays. It can still go back by `refund`.",
    "seen": "{who} has seen to it: no look is needed any more.",
}
KINDS = frozenset(_WORDS)


# What a link's maker is told by name (N1): the others stand in the thread for whoever looks.
FOR_THE_MAKER = frozenset(
    "processing paid part_paid reopened failed tried_often refused bounced mail_failed cancelled expired late_money "
    "refunded refund_failed disputed dispute_won dispute_lost dispute_ended review client_wrote".split()
)
_UNREACHED = frozenset({"bounced", "mail_failed", "reminder_failed"})  # their address may be put right
_NO_PEOPLE = {"payer": "the client", "stripe": "Stripe", "paylink": "Paylink"}
_BEFORE_A_STOP = _UNREACHED | {"receipt_failed", "cancel_untold"}
_SLACK_ID = re.compile(r"[UW][A-Z0-9]{2,}")


def line(
    event: LinkEvent, link: PaymentLink, firm: Firm, names: Mapping[str, str] = MappingProxyType({})
) -> HistoryLine:
    """One event in words. `names`: of people by key, where the event itself does not say who it was."""
    known = {**names, **_NO_PEOPLE, link.created_by: link.creator_name}
    who = known.get(event.who) or ("somebody of the firm" if _SLACK_ID.fullmatch(event.who) else event.who)
    wrong = str(event.detail.get("to", "")) if event.kind in _UNREACHED and link.state is LinkState.OPEN else ""
    fix = f" To send it to another address type `resend {link.reference} new@address`." if wrong else ""
    if event.kind == "closing" and link.state is LinkState.CLOSING:  # over once it is closed, or paid after all
        fix = "; waiting for Stripe"
    words = sentence(event.kind, event.detail, firm, who, fix)
    return HistoryLine(event.number, event.at, event.kind, words, wrong, event.who)


def sentence(kind: str, detail: dict[str, Any], firm: Firm, who: str = "", fix: str = "") -> str:
    """What an event of a kind and with that detail says."""
    method, to, due = str(detail.get("method") or ""), detail.get("to", ""), detail.get("due")
    sums: dict[str, str] = {
        key: spell(Money.of_plain(detail[key], detail["currency"]), firm.locale)
        for key in ("amount", "balance")
        if key in detail
    }
    answer_by = firm.spell_moment(datetime.fromisoformat(due)) if due else ""
    facts = {
        **detail,
        **sums,
        "who": detail.get("name") or who,
        "to": ", ".join(to) if isinstance(to, list) else to,
        "by": f" by {method_in_words(method)}" if method else "",
        "for_whom": f", as {detail['asked_by']} asked" if detail.get("asked_by") else "",
        "why": _why(kind, detail),
        "fix": fix,
        "doubt": "" if detail.get("verified", True) else ", unverified",
        "asked": f", {_asked(detail)}" if _asked(detail) else "",
        "reason": dispute_in_words(str(detail.get("reason") or "")) or "no reason was given",
        "answer_by": f" Answer it in Stripe's dashboard by {answer_by}." if answer_by else "",
    }
    return _WORDS[kind].format_map(facts)


def _why(kind: str, detail: dict[str, Any]) -> str:
    why = str(detail.get("why") or "")
    words = refund_failure_in_words(why) if kind == "refund_failed" else failure_in_words(why)
    words = words or "no reason was given"
    return words.rstrip(".") if kind in _BEFORE_A_STOP else words


def _asked(detail: dict[str, Any]) -> str:
    """Who asked for a refund, or where it was asked for."""
    return f"asked for by {detail['asked_by']}" if detail.get("asked_by") else str(detail.get("where", ""))


async def history(link: PaymentLink, firm: Firm, after: int = 0) -> tuple[HistoryLine, ...]:
    """What happened to a link, oldest first, from the event after number `after` on."""
    events = await LinkEvent.filter(link_id=link.id, number__gt=after).order_by("number")
    nameless = {event.who for event in events if "name" not in event.detail and _SLACK_ID.fullmatch(event.who)}
    people = await StaffMember.filter(slack_id__in=nameless - {link.created_by}) if nameless - {link.created_by} else []
    names = {person.key: person.name for person in people}
    return tuple(line(event, link, firm, names) for event in events)
