"""The stand-in's till: sessions, the money that moves in them, and the events that tell of it. No network, no files."""

from __future__ import annotations

import secrets
import string
from collections.abc import Callable
from dataclasses import dataclass, field

from handlers.ports import Clock
from models.money import Money
from paypage.stand_in.things import Dispute, Event, Intent, LedgerLine, Refund, Refused, Session

_LETTERS = string.ascii_letters + string.digits


@dataclass(slots=True)
class Till:
    """All of them, by id. `tell` hears of every event once it is written down; `snapshot` prints what it shows."""

    clock: Clock
    snapshot: Callable[[Session, str, Refund | Dispute | None], dict[str, object]]
    tell: Callable[[Event], None]
    sessions: dict[str, Session] = field(default_factory=dict)
    events: dict[str, Event] = field(default_factory=dict)

    @property
    def now(self) -> int:
        return int(self.clock.now().timestamp())

    @property
    def ledger(self) -> tuple[LedgerLine, ...]:
        return tuple(
            LedgerLine(
                session.account,
                session.id,
                session.intent.id,
                session.reference,
                session.money,
                session.intent.status if session.intent.status != "requires_payment_method" else "failed",
                Money(session.intent.refunded, session.money.currency),
                session.intent.disputes[-1].status if session.intent.disputes else "",
            )
            for session in self.sessions.values()
            if session.intent
        )

    def session(self, session_id: str, account: str = "") -> Session:
        """Raises Refused: unknown, or another account's."""
        self.sweep()
        session = self.sessions.get(session_id)
        if session is None or account not in ("", session.account):
            raise Refused(f"No such checkout.session: '{session_id}'", status=404, code="resource_missing", param="id")
        return session

    def intent(self, intent_id: str, account: str) -> tuple[Session, Intent]:
        """A payment intent and the session it is of. Raises Refused."""
        for session in self.sessions.values():
            if session.account == account and session.intent and session.intent.id == intent_id:
                return session, session.intent
        words = f"No such payment_intent: '{intent_id}'"
        raise Refused(words, status=404, code="resource_missing", param="intent")

    def open(self, session: Session) -> None:
        self.sessions[session.id] = session

    def sweep(self) -> None:
        """Sessions end by themselves at their time."""
        now = self.now
        for session in self.sessions.values():
            if session.status == "open" and session.expires_at <= now:
                self._end(session)

    def expire(self, session: Session) -> None:
        """Raises Refused: it is not open."""
        if session.status != "open":
            raise Refused(
                f'Only Checkout Sessions with a status in ["open"] can be expired. This Checkout Session\'s status is '
                f'"{session.status}".'
            )
        self._end(session)

    def _end(self, session: Session) -> None:
        session.status = "expired"
        self.emit("checkout.session.expired", session)

    def pay(self, session: Session) -> None:
        """A card that works. Raises Refused: the session is not open."""
        self._complete(session, "card", "succeeded")

    def debit(self, session: Session) -> None:
        """A bank debit: complete at once, paid only when the bank says so. Raises Refused: the session is not open."""
        self._complete(session, "us_bank_account", "processing")

    def _complete(self, session: Session, method: str, intent_status: str) -> None:
        intent = self._intent_of(session)
        intent.method, intent.status, intent.failure = method, intent_status, ""
        session.status = "complete"
        self.emit("checkout.session.completed", session)

    def decline(self, session: Session, why: str = "Your card was declined.") -> None:
        """A card that is refused: the session stays open. Raises Refused: it is not open."""
        intent = self._intent_of(session)
        intent.method, intent.failure = "card", why
        self.emit("payment_intent.payment_failed", session)

    def settle_debit(self, session: Session, *, cleared: bool) -> None:
        """What the bank says days later. Raises Refused: no debit is under way."""
        intent = session.intent
        if intent is None or intent.status != "processing":
            raise Refused("No bank debit is under way in this Checkout Session.")
        if cleared:
            intent.status = "succeeded"
            self.emit("checkout.session.async_payment_succeeded", session)
            return
        intent.status, intent.failure = "requires_payment_method", "The bank account could not be debited."
        self.emit("payment_intent.payment_failed", session)
        self.emit("checkout.session.async_payment_failed", session)

    def _intent_of(self, session: Session) -> Intent:
        if session.status != "open":
            raise Refused(f"This Checkout Session is {session.status}.")
        if session.intent is None:
            tail = new_tail(24)
            session.intent = Intent(
                f"pi_{tail}", f"ch_{tail}", session.amount, session.currency, self.now, session.intent_metadata
            )
        return session.intent

    def emit(self, kind: str, session: Session, about: Refund | Dispute | None = None) -> None:
        """Tell of something that happened to a session, or to a refund or a dispute of its money."""
        event_id = f"evt_{new_tail(24)}"
        body: dict[str, object] = {
            "id": event_id,
            "object": "event",
            "api_version": "2026-10-28.endive",
            "created": self.now,
            "data": {"object": self.snapshot(session, kind, about)},
            "livemode": session.livemode,
            "pending_webhooks": 1,
            "request": {"id": None, "idempotency_key": None},
            "type": kind,
        }
        event = self.events[event_id] = Event(event_id, session.account, kind, self.now, body)
        self.tell(event)


def new_tail(length: int) -> str:
    """The random end of an id."""
    return "".join(secrets.choice(_LETTERS) for _ in range(length))
