"""The kinds of news of a link by the words that admins know, and which events of its trail each stands for. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from models.money import Money

ALL = "all"
EVENTS: Mapping[str, str] = {
    "created": "a link was made",
    "sent": "a letter or receipt went out",
    "opened": "the client went to the checkout page",
    "paid": "all of it was paid",
    "part-paid": "a part was paid",
    "processing": "a bank debit is under way",
    "wrote": "the client answered a letter to Paylink's address",
    "failed": "a payment did not go through",
    "cancelled": "it was cancelled",
    "expired": "it can no longer be paid",
    "reminder": "the client was reminded, or reminders were paused or stopped",
    "bounced": "a letter did not arrive",
    "refunded": "money goes back to the client",
    "disputed": "the client's bank wants money back",
    "late-money": "money came late, twice or wrong, and somebody must decide",
    ALL: "every event",
}
_KINDS: Mapping[str, str] = {
    "created": "created approved balance replaced in_place_of",
    "sent": "mailed resent receipt_sent receipt_copied receipt_resent debit_told cancel_told address_fixed",
    "opened": "opened",
    "paid": "paid letter_held",
    "part-paid": "part_paid",
    "processing": "processing",
    "failed": "failed tried_often form_refused refused reopened",
    "cancelled": "cancelled",
    "expired": "expired",
    "reminder": "reminded reminders_paused reminders_resumed unsubscribed",
    "bounced": "bounced mail_failed delayed reminder_failed receipt_failed cancel_untold",
    "wrote": "client_wrote",
    "refunded": "refunding refund_pending refunded refund_failed",
    "disputed": "disputed dispute_won dispute_lost dispute_ended",
    "late-money": "late_money review kept seen",
}
_EVENT_OF = {kind: event for event, kinds in _KINDS.items() for kind in kinds.split()}


def event_of(kind: str) -> str:
    """The word for an event of a link's trail; of one that no word stands for, only those hear who hear of all."""
    return _EVENT_OF.get(kind, ALL)


@dataclass(frozen=True, slots=True)
class Route:
    """Who hears of one kind of event, of which links."""

    event: str  # one of EVENTS
    target: str  # a Slack channel id, or a person's
    account: str = ""  # KEY; blank: of every account
    least: Money | None = None

    def takes_in(self, account: str, amount: Money) -> bool:
        """Whether it is about links like this. One in another currency than `least` cannot be compared: it is."""
        if self.account not in ("", account):
            return False
        return self.least is None or self.least.currency != amount.currency or amount.minor >= self.least.minor


def events_for(target: str, routes: Iterable[Route]) -> frozenset[str]:
    """Of what somebody hears, by these routes."""
    return frozenset(route.event for route in routes if route.target == target)


def wanted(kind: str, events: frozenset[str]) -> bool:
    """Whether whoever hears of these events hears of one of that kind."""
    return ALL in events or event_of(kind) in events
