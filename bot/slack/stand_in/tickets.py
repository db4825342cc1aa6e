"""The short-lived keys Slack hands out: trigger ids (3 s, once) and response URLs (30 minutes, five uses)."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from handlers.ports import Clock

TRIGGER_LIFE = timedelta(seconds=3)
RESPONSE_LIFE = timedelta(minutes=30)
RESPONSE_USES = 5


class TicketRefused(Exception):
    """A key that is unknown, used up or too old; `error` is Slack's word for it."""

    def __init__(self, error: str) -> None:
        super().__init__(error)
        self.error = error


@dataclass(slots=True)
class Trigger:
    user: str
    at: datetime
    spent: bool = False


@dataclass(slots=True)
class ResponseTicket:
    """Where an answer sent to a response URL goes."""

    user: str
    channel: str
    at: datetime
    command: str = ""  # what was typed, for a slash command
    original: str = ""  # ts of the message clicked on, or of the last answer given through this ticket
    ephemeral: bool = True  # whether the original is for one person's eyes
    thread_ts: str = ""
    uses: int = 0
    shown: dict[str, Any] = field(default_factory=dict)  # the last message that came through it


@dataclass(slots=True)
class Tickets:
    clock: Clock
    trigger_life: timedelta = TRIGGER_LIFE  # Slack's own, unless a slow machine is to be given more
    _triggers: dict[str, Trigger] = field(default_factory=dict)
    _responses: dict[str, ResponseTicket] = field(default_factory=dict)

    def trigger(self, user: str) -> str:
        """A new trigger id for what this person just did."""
        now = self.clock.now()
        self._triggers = {key: t for key, t in self._triggers.items() if now - t.at < timedelta(minutes=5)}
        key = f"{secrets.randbelow(10**12)}.{secrets.randbelow(10**11)}.{secrets.token_hex(16)}"
        self._triggers[key] = Trigger(user, now)
        return key

    def spend_trigger(self, key: str) -> str:
        """The person a trigger id belongs to; it works once.

        Raises TicketRefused: invalid_trigger_id, expired_trigger_id (3 s), exchanged_trigger_id.
        """
        trigger = self._triggers.get(key)
        if trigger is None:
            raise TicketRefused("invalid_trigger_id")
        if self.clock.now() - trigger.at > self.trigger_life:
            raise TicketRefused("expired_trigger_id")
        if trigger.spent:
            raise TicketRefused("exchanged_trigger_id")
        trigger.spent = True
        return trigger.user

    def response(self, ticket: ResponseTicket) -> str:
        """A new response URL's last part, for this ticket."""
        now = self.clock.now()
        self._responses = {key: t for key, t in self._responses.items() if now - t.at < 2 * RESPONSE_LIFE}
        key = secrets.token_urlsafe(18)
        self._responses[key] = ticket
        return key

    def use_response(self, key: str) -> ResponseTicket:
        """The ticket, counted as used once more.

        Raises TicketRefused: no_such_url, expired_url (30 minutes), used_url (five uses).
        """
        ticket = self._responses.get(key)
        if ticket is None:
            raise TicketRefused("no_such_url")
        if self.clock.now() - ticket.at > RESPONSE_LIFE:
            raise TicketRefused("expired_url")
        if ticket.uses >= RESPONSE_USES:
            raise TicketRefused("used_url")
        ticket.uses += 1
        return ticket
