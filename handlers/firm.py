"""The firm as every operation sees it: its name, its ways with numbers and days, its merchant accounts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from models.calendar import DateStyle, spell_short
from models.errors import AccountUnclear
from models.money import Money, NumberStyle
from models.plain_text import shortened
from models.slack_ids import is_channel

DEFAULT_MESSAGE = "We kindly ask for your payment. You can pay securely online. Thank you."
MOST_LINK_DAYS = 366  # that a link may be open, whoever says so


@dataclass(frozen=True, slots=True)
class Account:
    """A merchant account without its keys."""

    key: str  # lower case
    name: str
    kind: str  # operating, trust
    currency: str
    partial: str = "off"  # off, allowed: may a client pay a part, where the command says nothing
    partial_minimum: int | None = None  # the least part of those, in minor units of `currency`
    own_rule: bool = False  # of part payments, set for this account; else they are the firm's usual ones


@dataclass(frozen=True, slots=True)
class Firm:
    """What the operator has set, and the usual where nothing is."""

    name: str
    public_url: str  # without a slash at its end
    timezone: str = "UTC"
    locale: str = "en_US"
    currency: str = "USD"
    accounts: Mapping[str, Account] = field(default_factory=dict)
    channel_accounts: Mapping[str, str] = field(default_factory=dict)  # Slack channel id: KEY meant where none is named
    channel_map: Mapping[str, frozenset[str]] = field(default_factory=dict)  # channel id: KEYs it serves; none: all do
    usual_account: str = ""  # KEY meant where neither the command nor the channel names one; blank: it is asked for
    admins: frozenset[str] = frozenset()  # Slack user ids and mail addresses (lower case) that are always admins
    intake_address: str = ""  # where staff mail commands to; blank: the mail front is off
    message: str = DEFAULT_MESSAGE
    disclaimer: str = ""
    disclaimer_version: int = 0  # DisclaimerVersion.id of that text; 0: it is the operator's own, or none
    link_days: int = 90  # a link's life where nobody said otherwise
    reply_to: str = ""  # where payers' answers to letters go; blank: the address letters are sent from
    receipt_copy: str = ""  # the firm's own address that gets a copy of every receipt; blank: none
    contact: str = ""  # whom payers can ask, on their pages: a phone number, an address
    cancel_letter: str = "on"  # on, off: are payers told by letter that their link is cancelled
    reminders: str = "off"  # days from the due date, as handlers.reminders.plan keeps them
    reminder_hour: int = 9  # of the firm's clock
    reminder_weekdays: str = "mon tue wed thu fri"
    partial: str = "off"  # off, allowed: may a client pay a part, where neither the account nor the command says so
    approval_limit: Money | None = None  # links of more need a second person's word; None: none does
    mail_limit: Money | None = None  # links of more, asked for by mail, need a button in Slack; None: none does
    mail_links: int | None = None  # the most links a person and day by mail without a button; None: any number
    captcha_provider: str = "none"  # what the operator has set up to check that a person pays; none: nothing
    captcha: str = "on"  # on, off: whether that check is used
    colour: str = ""  # '#0f5b4f', white can be read on it; blank: Paylink's own
    logo: bytes = field(default=b"", repr=False)  # a small PNG, as models.logo draws it; blank: none
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

    @property
    def mail_domain(self) -> str:
        """What follows the @ in the ids of our letters: the intake's domain, or one that nobody can ever have."""
        return self.intake_address.partition("@")[2] or "paylink.invalid"

    def account(self, key: str) -> Account:
        """The account of a KEY, lower case.

        Raises AccountUnclear: there is none; those that there are are listed.
        """
        if key not in self.accounts:
            there = f"The accounts are: {', '.join(self.accounts)}." if self.accounts else "No account is set up."
            raise AccountUnclear(f"There is no account “{shortened(key)}”. {there}")
        return self.accounts[key]

    def served_in(self, channel: str) -> Mapping[str, Account]:
        """The accounts that a Slack channel serves: all until an admin maps channels, and all outside of channels."""
        if not self.channel_map or not is_channel(channel):
            return self.accounts
        served = self.channel_map.get(channel, frozenset())
        return {key: account for key, account in self.accounts.items() if key in served}

    def meant_in(self, channel: str) -> str:
        """The KEY of the account that is meant where none is named, in a Slack channel or elsewhere; blank: ask."""
        key = self.channel_accounts.get(channel) or self.usual_account
        served = self.served_in(channel)
        if key in served:
            return key
        return next(iter(served)) if len(served) == 1 else ""

    def above_limit(self, amount: Money) -> bool:
        """Whether a link of it needs a second person. No rate is known here: another currency than the limit's does."""
        return _above(self.approval_limit, amount)

    def above_mail_limit(self, amount: Money) -> bool:
        """Whether a letter may not have such a link made by itself; as with the approval limit."""
        return _above(self.mail_limit, amount)

    def account_shown(self, key: str) -> str:
        """An account's name, with its kind where the firm has both kinds and the name does not say it."""
        account = self.accounts.get(key)
        if account is None:
            return key
        kinds = {one.kind for one in self.accounts.values()}
        told = len(kinds) == 1 or account.kind in account.name.lower()
        return account.name if told else f"{account.name} ({account.kind})"

    def today(self, now: datetime) -> date:
        """The firm's calendar day at a moment."""
        return now.astimezone(self.zone).date()

    def start_of(self, day: date) -> datetime:
        """The first moment of a day of the firm's. In UTC, for SQLite compares times as text."""
        return datetime.combine(day, time(), tzinfo=self.zone).astimezone(UTC)

    def last_day(self, end: datetime) -> date:
        """The day on which something can be done last that ends at a midnight, as links do."""
        return self.today(end - timedelta(seconds=1))

    def spell_moment(self, at: datetime) -> str:
        """Day and time in the firm's time zone: 'Nov 23, 2026, 10:00'."""
        return f"{spell_short(self.today(at), self.locale)}, {at.astimezone(self.zone):%H:%M}"

    def page_url(self, token: str) -> str:
        """The payer's page of a link."""
        return f"{self.public_url}/p/{token}"


def _above(limit: Money | None, amount: Money) -> bool:
    return limit is not None and (amount.currency != limit.currency or amount.minor > limit.minor)


class FirmBook:
    """The firm as it stands now: what the operator has set, overlaid by what admins have set since.

    Ask it each time; whoever keeps something that was printed with a firm keeps it for that object only.
    """

    def __init__(self, by_operator: Firm) -> None:
        self.by_operator = by_operator
        self.firm = by_operator

    def becomes(self, firm: Firm) -> None:
        """From now on. A firm that is the same leaves the object, so that nothing is printed anew."""
        if firm != self.firm:
            self.firm = firm
