"""Who asks, and through which door."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Door(StrEnum):
    """The way something came in."""

    SLACK = "slack"
    MAIL = "mail"
    PAGE = "page"
    WEBHOOK = "webhook"
    WORK = "work"  # our own jobs


class Role(StrEnum):
    """What a person may do; the desk has the table."""

    ADMIN = "admin"
    STAFF = "staff"
    VIEWER = "viewer"
    NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who did something and through which door, as the audit trail keeps it."""

    who: str  # StaffMember.key, or one of those below
    door: Door


PAYER = Actor("payer", Door.PAGE)


STRIPE = Actor("stripe", Door.WEBHOOK)


PAYLINK = Actor("paylink", Door.WORK)


@dataclass(frozen=True, slots=True)
class Asker:
    """A person at a front, already identified there; the desk decides what they may do."""

    key: str  # Slack user id, or mail address (lower case)
    name: str
    role: Role
    door: Door
    channel: str = ""  # Slack channel id it was typed in, where Paylink can post; blank: news goes to them in person
    email: str = ""
    delivery: str = ""  # unique to this very delivery (trigger id, Message-ID), so that a repeat is noticed
    confirmed_by: str = ""  # the second person's name, where this is above the approval limit
    spoken_in: str = ""  # the channel it was typed in, even one that Paylink cannot post to
    channels: frozenset[str] = frozenset()  # that they are in, where they speak in none: direct messages, App Home

    @property
    def actor(self) -> Actor:
        return Actor(self.key, self.door)
