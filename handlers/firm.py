"""The firm as every operation sees it: its name, its ways with numbers and days, its merchant accounts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo

from models.calendar import DateStyle
from models.money import NumberStyle

DEFAULT_MESSAGE = "Please use the button below to pay securely online. Thank you."


@dataclass(frozen=True, slots=True)
class Account:
    """A merchant account without its keys."""

    key: str  # lower case
    name: str
    kind: str  # operating, trust
    currency: str


@dataclass(frozen=True, slots=True)
class Firm:
    """Set by the operator; what admins change in Slack is laid over it."""

    name: str
    public_url: str  # without a slash at its end
    timezone: str = "UTC"
    locale: str = "en_US"
    currency: str = "USD"
    accounts: Mapping[str, Account] = field(default_factory=dict)
    admins: frozenset[str] = frozenset()  # Slack user ids and mail addresses (lower case) that are always admins
    intake_address: str = ""  # where staff mail commands to; blank: the mail front is off
    message: str = DEFAULT_MESSAGE
    disclaimer: str = ""
    link_days: int = 90  # a link's life where nobody said otherwise
    sheet_encoding: str = "cp1252"  # of files that are neither UTF-8 nor UTF-16

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    @property
    def numbers(self) -> NumberStyle:
        return NumberStyle.of(self.locale)

    @property
    def dates(self) -> DateStyle:
        return DateStyle.of(self.locale)

    def today(self, now: datetime) -> date:
        """The firm's calendar day at a moment."""
        return now.astimezone(self.zone).date()

    def page_url(self, token: str) -> str:
        """The payer's page of a link."""
        return f"{self.public_url}/p/{token}"
