"""What admins ask."""

from __future__ import annotations

from dataclasses import dataclass

from handlers.requests.people import Role
from models.money import Money


@dataclass(frozen=True, slots=True)
class ShowSettings:
    name: str = ""  # of one setting; blank: all


@dataclass(frozen=True, slots=True)
class ChangeSetting:
    name: str  # one of handlers.administration.catalogue.SETTINGS
    value: str | None  # as it was typed; None: what the operator has set, or the usual


@dataclass(frozen=True, slots=True)
class ShowAccounts:
    pass


@dataclass(frozen=True, slots=True)
class DefaultAccount:
    """The account of the channel it is asked in, where a command names none."""

    account: str  # KEY, lower case; blank: none


@dataclass(frozen=True, slots=True)
class PartialRule:
    """Whether links of an account may be paid in parts, where their maker says nothing."""

    account: str  # KEY, lower case
    allowed: bool
    minimum: Money | None = None


@dataclass(frozen=True, slots=True)
class ShowUsers:
    pass


@dataclass(frozen=True, slots=True)
class AddUser:
    person: str  # Slack user id, or mail address (lower case)
    role: Role


@dataclass(frozen=True, slots=True)
class RemoveUser:
    person: str  # Slack user id, or mail address (lower case)


@dataclass(frozen=True, slots=True)
class ShowNotifications:
    pass


@dataclass(frozen=True, slots=True)
class RouteNews:
    """The channel that hears of every link."""

    channel: str  # Slack channel id; blank: none
