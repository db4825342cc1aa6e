"""What the API can be asked, apart from HTTP: parameters in, Stripe's JSON out."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from paypage.stand_in.checks import new_session
from paypage.stand_in.deliveries import StandInAccount
from paypage.stand_in.forms import Params, group, text
from paypage.stand_in.till import Refused, Till
from paypage.stand_in.wire import Json, intent_json, list_json, session_json


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

    def expire_session(self, asked: Asked) -> Json:
        session = self._till.session(asked.ident, asked.account)
        self._till.expire(session)
        return session_json(session, asked.expand)

    def retrieve_intent(self, asked: Asked) -> Json:
        session, intent = self._till.intent(asked.ident, asked.account)
        return intent_json(intent, session, asked.expand)

    def list_events(self, asked: Asked) -> Json:
        """Newest first; by type, created[gte] and delivery_success, in pages."""
        params = asked.params
        wanted, kind, after = text(params, "delivery_success"), text(params, "type"), text(params, "starting_after")
        earliest, limit = text(group(params, "created"), "gte") or "0", text(params, "limit") or "10"
        if not (earliest.isdecimal() and limit.isdecimal() and 1 <= int(limit) <= 100):
            raise Refused("Invalid integer", code="parameter_invalid_integer", param="limit")
        found = [
            event.body
            for event in reversed(self._till.events.values())
            if event.account == asked.account
            and event.created >= int(earliest)
            and kind in ("", event.kind)
            and wanted in ("", str(event.delivered).lower())
        ]
        ids = [event["id"] for event in found]
        found = found[ids.index(after) + 1 :] if after in ids else found
        return list_json("/v1/events", found[: int(limit)], has_more=len(found) > int(limit))

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
