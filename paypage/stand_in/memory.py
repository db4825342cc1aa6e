"""The stand-in's memory in a file, so that a restarted sandbox still knows its sessions."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from paypage.stand_in.things import Dispute, Event, Intent, Refund, Session
from paypage.stand_in.till import Till

KEYS_KEPT = 24 * 60 * 60  # seconds; docs.stripe.com/api/idempotent_requests
EVENTS_KEPT = 30 * 24 * 60 * 60  # seconds; docs.stripe.com/api/events


@dataclass(slots=True)
class Stored:
    """What was answered under an idempotency key, to be answered again."""

    fingerprint: str  # of the method, the path and the parameters
    status: int
    body: dict[str, Any]
    at: int


@dataclass(slots=True)
class Memory:
    """The answers kept under their keys ('account key'), and the file that all of it is saved in."""

    file: Path | None
    answers: dict[str, Stored] = field(default_factory=dict)

    def load(self, till: Till) -> None:
        """Remember. A file of another version, or of somebody else, is put aside and nothing is remembered."""
        if self.file is None or not self.file.exists():
            return
        try:
            kept = json.loads(self.file.read_text(encoding="utf-8"))
            sessions = {raw["id"]: _session(raw) for raw in kept["sessions"]}
            events = {raw["id"]: Event(**raw) for raw in kept["events"]}
            answers = {key: Stored(**raw) for key, raw in kept["answers"].items()}
        except (ValueError, KeyError, TypeError, AttributeError):
            self.file.replace(self.file.with_suffix(".unreadable"))
            return
        till.sessions.update(sessions)
        till.events.update(events)
        self.answers.update(answers)

    def save(self, till: Till) -> None:
        """Replace the file as a whole: a kill leaves the old one or the new one."""
        if self.file is None:
            return
        now = till.now
        kept = {
            "sessions": [asdict(session) for session in till.sessions.values()],
            "events": [asdict(event) for event in till.events.values() if now - event.created < EVENTS_KEPT],
            "answers": {key: asdict(stored) for key, stored in self.answers.items() if now - stored.at < KEYS_KEPT},
        }
        fresh = self.file.with_suffix(".new")
        fresh.write_text(json.dumps(kept), encoding="utf-8")
        fresh.replace(self.file)


def _session(raw: dict[str, Any]) -> Session:
    intent = raw["intent"]
    return Session(**{**raw, "intent": _intent(intent) if intent else None})


def _intent(raw: dict[str, Any]) -> Intent:
    refunds = [Refund(**refund) for refund in raw.get("refunds", [])]
    disputes = [Dispute(**dispute) for dispute in raw.get("disputes", [])]
    return Intent(**{**raw, "refunds": refunds, "disputes": disputes})
