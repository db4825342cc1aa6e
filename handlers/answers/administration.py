"""Answers to admins."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from models.money import Money


@dataclass(frozen=True, slots=True)
class OverviewLine:
    """One thing that admins look after, and how it stands. A front may show ids in its own way."""

    name: str
    value: str
    about: str = ""
    person: str = ""  # Slack user id, or mail address, of whom `name` names
    channel: str = ""  # Slack id, of a channel or a person, that `value` is
    named: tuple[str, ...] = ()  # Slack ids that we put into `about`


@dataclass(frozen=True, slots=True)
class Overview:
    """Settings, accounts, people or notifications, all of them or the one that was changed."""

    title: str
    lines: tuple[OverviewLine, ...]
    notes: tuple[str, ...] = ()
    previous: str = ""  # the command for the page before; blank: there is none
    next: str = ""


@dataclass(frozen=True, slots=True)
class SettingField:
    """One setting, to be filled in."""

    name: str
    about: str
    value: str  # as it is typed
    mark: str  # of the value that is kept, to tell whether it was changed meanwhile
    example: str
    missing: str = ""  # why there is nothing to fill in yet, and who can change that


@dataclass(frozen=True, slots=True)
class SettingsForm:
    """Every setting, to be filled in."""

    fields: tuple[SettingField, ...]
    moved: tuple[str, ...] = ()  # what others changed meanwhile; nothing was kept
    saved: Overview | None = None  # what was kept


@dataclass(frozen=True, slots=True)
class SettingsRefused:
    """What is wrong with each field of a form; nothing was kept."""

    errors: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class UserLine:
    """Somebody who may use the product."""

    person: str  # Slack user id, or mail address
    name: str
    email: str
    role: str  # admin, staff, viewer
    fixed: bool = False  # by the operator's settings: nobody changes it here


@dataclass(frozen=True, slots=True)
class UsersForm:
    """Everybody who may use the product, to be changed."""

    lines: tuple[UserLine, ...]
    page: int = 1
    pages: int = 1
    note: str = ""  # what was just done, or refused


@dataclass(frozen=True, slots=True)
class RouteLine:
    """Who hears of one kind of event."""

    event: str
    target: str  # a Slack channel id, or a person's
    account: str = ""  # KEY; blank: every account
    least: Money | None = None


@dataclass(frozen=True, slots=True)
class NotificationsForm:
    """Who hears of what, to be changed."""

    routes: tuple[RouteLine, ...]
    accounts: Mapping[str, str]  # KEY: its name
    note: str = ""


@dataclass(frozen=True, slots=True)
class AccountLine:
    """A merchant account with its rules; never a key."""

    key: str
    name: str
    facts: tuple[str, ...]  # its kind, its currency, whether it is live, what Stripe said last
    currency: str
    partial: str  # usual, off, allowed: as an admin has set it
    minimum: str  # as it is typed
    least: str  # the same as people read it
    defaults: tuple[str, ...]  # channels of which it is the default account
    channels: tuple[str, ...]  # that it serves; none where no channel was mapped
    mark: str  # of all that can be changed


@dataclass(frozen=True, slots=True)
class AccountsForm:
    """Every merchant account, to be changed."""

    accounts: tuple[AccountLine, ...]
    notes: tuple[str, ...] = ()
