"""What the API can be asked, apart from HTTP: parameters in, Stripe's JSON out."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from paypage.stand_in.checks import new_session
from paypage.stand_in.deliveries import StandInAccount
from paypage.stand_in.forms import Params, group, text
from paypage.stand_in.money_back import new_refund
from paypage.stand_in.things import Refused
from paypage.stand_in.till import Till
from paypage.stand_in.wire import Json, dispute_json, intent_json, list_json, refund_json, session_json


@dataclass(frozen=True, slots=True)
class Asked:
    """A request, understood as far as every operation needs it."""

    account: str
    ident: str  # from the path
    params: Params
    pages: str  # where the hosted pages are, for the caller's client

    @property
    def expand(self) -> tuple[str, ...]:
        named = self.params.get("expand", [])
        return tuple(path for path in named if isinstance(path, str)) if isinstance(named, list) else ()


class Operations:
    """One method an endpoint. Each raises Refused with what Stripe would say."""

    def __init__(self, accounts: Mapping[str, StandInAccount], till: Till) -> None:
        self._accounts = accounts
        self._till = till

    def create_session(self, asked: Asked) -> Json:
        livemode = self._accounts[asked.account].livemode
        session = new_session(asked.params, asked.account, livemode=livemode, pages=asked.pages, now=self._till.now)
        self._till.open(session)
        return session_json(session, asked.expand)

    def retrieve_session(self, asked: Asked) -> Json:
        return session_json(self._till.session(asked.ident, asked.account), asked.expand)

    def list_sessions(self, asked: Asked) -> Json:
        """Newest first; those of one payment intent, in pages."""
        session, _ = self._till.intent(text(asked.params, "payment_intent"), asked.account)
        return _page("/v1/checkout/sessions", [session_json(session)], asked.params)

    def expire_session(self, asked: Asked) -> Json:
        session = self._till.session(asked.ident, asked.account)
        self._till.expire(session)
        return session_json(session, asked.expand)

    def retrieve_intent(self, asked: Asked) -> Json:
        session, intent = self._till.intent(asked.ident, asked.account)
        return intent_json(intent, session, asked.expand)

    def list_events(self, asked: Asked) -> Json:
        """Newest first; by type or types, created[gte] and delivery_success, in pages."""
        params = asked.params
        wanted, kind, kinds = text(params, "delivery_success"), text(params, "type"), params.get("types", [])
        earliest = text(group(params, "created"), "gte") or "0"
        if not earliest.isdecimal():
            raise Refused("Invalid integer", code="parameter_invalid_integer", param="created[gte]")
        if len(kinds) > 20 or (kind and kinds):
            raise Refused("You may specify type, or up to 20 types.", param="types")
        found = [
            event.body
            for event in reversed(self._till.events.values())
            if event.account == asked.account
            and event.created >= int(earliest)
            and kind in ("", event.kind)
            and (not kinds or event.kind in kinds)
            and wanted in ("", str(event.delivered).lower())
        ]
        return _page("/v1/events", found, params)

    def create_refund(self, asked: Asked) -> Json:
        session, intent = self._till.intent(text(asked.params, "payment_intent"), asked.account)
        return refund_json(new_refund(self._till, session, intent, asked.params), intent)

    def list_refunds(self, asked: Asked) -> Json:
        """Newest first; those of one payment intent, in pages."""
        _, intent = self._till.intent(text(asked.params, "payment_intent"), asked.account)
        return _page("/v1/refunds", [refund_json(r, intent) for r in reversed(intent.refunds)], asked.params)

    def list_disputes(self, asked: Asked) -> Json:
        """Newest first; those of one payment intent, in pages."""
        session, intent = self._till.intent(text(asked.params, "payment_intent"), asked.account)
        found = [dispute_json(dispute, intent, session) for dispute in reversed(intent.disputes)]
        return _page("/v1/disputes", found, asked.params)

    def retrieve_event(self, asked: Asked) -> Json:
        event = self._till.events.get(asked.ident)
        if event is None or event.account != asked.account:
            raise Refused(f"No such event: '{asked.ident}'", status=404, code="resource_missing", param="id")
        return event.body

    def retrieve_account(self, asked: Asked) -> Json:
        return {
            "id": f"acct_{hashlib.sha256(asked.account.encode()).hexdigest()[:16]}",
            "object": "account",
            "business_profile": {"name": self._accounts[asked.account].name or asked.account},
            "charges_enabled": True,
            "details_submitted": True,
        }

    def retrieve_balance(self, asked: Asked) -> Json:
        livemode = self._accounts[asked.account].livemode
        return {"object": "balance", "available": [], "pending": [], "livemode": livemode}


def _page(url: str, found: list[Json], params: Params) -> Json:
    """The page of a list that `starting_after` and `limit` ask for. Raises Refused."""
    limit, after = text(params, "limit") or "10", text(params, "starting_after")
    if not (limit.isdecimal() and 1 <= int(limit) <= 100):
        raise Refused("Invalid integer", code="parameter_invalid_integer", param="limit")
    ids = [thing["id"] for thing in found]
    rest = found[ids.index(after) + 1 :] if after in ids else found
    return list_json(url, rest[: int(limit)], has_more=len(rest) > int(limit))
