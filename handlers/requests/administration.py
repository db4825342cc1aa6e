"""What admins ask."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

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
class OpenSettings:
    """All of them, to be filled into a form."""


@dataclass(frozen=True, slots=True)
class SaveSettings:
    """A form of settings that was sent."""

    typed: Mapping[str, str]  # by name; a blank one is taken back
    seen: Mapping[str, str]  # by name, the mark of what stood there when the form was opened
    logo: bytes = field(default=b"", repr=False)  # a file that was put in; blank: none, so the logo stays as it is


@dataclass(frozen=True, slots=True)
class ShowAccounts:
    pass


@dataclass(frozen=True, slots=True)
class OpenAccounts:
    """All of them, to be changed by form."""


@dataclass(frozen=True, slots=True)
class MapChannels:
    """Which Slack channels an account serves."""

    account: str  # KEY, lower case
    channels: frozenset[str]
    everywhere: bool = False  # in every channel that serves any; `channels` is empty then


@dataclass(frozen=True, slots=True)
class SetAccount:
    """A form of an account's rules that was sent."""

    account: str  # KEY, lower case
    defaults: frozenset[str]  # channels of which it is the default account
    channels: frozenset[str]  # that it serves
    partial: str  # usual, off, allowed
    minimum: str = ""  # as it was typed; blank: none
    seen: str = ""  # the mark of what stood in the form when it was opened


@dataclass(frozen=True, slots=True)
class DefaultAccount:
    """The account of the channel it is asked in, where a command names none."""

    account: str  # KEY, lower case; blank: none


@dataclass(frozen=True, slots=True)
class PartialRule:
    """Whether links of an account may be paid in parts, where their maker says nothing."""

    account: str  # KEY, lower case
    allowed: bool | None  # None: as the firm's settings say
    minimum: Money | None = None


@dataclass(frozen=True, slots=True)
class ShowUsers:
    pass


@dataclass(frozen=True, slots=True)
class OpenUsers:
    """Everybody, to be changed by form."""

    page: int = 1


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
class OpenNotifications:
    """The whole map, to be changed by form."""


@dataclass(frozen=True, slots=True)
class RouteNews:
    """Somebody more hears of one kind of event, or no longer does."""

    event: str  # one of handlers.news_kinds.EVENTS
    target: str  # a Slack channel id, or a person's for a direct message; blank, with `off`: whoever hears of it
    account: str = ""  # KEY, lower case; blank: links of every account
    least: Money | None = None  # of links of that much or more
    off: bool = False


@dataclass(frozen=True, slots=True)
class TryNews:
    """A message to see whether somebody is reached."""

    target: str  # a Slack channel id, or a person's


@dataclass(frozen=True, slots=True)
class ShowQuarantine:
    """The letters that were set aside."""

    page: int = 1
