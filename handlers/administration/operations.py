"""Which operation serves which request of an admin's."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from handlers.administration.account_form import open_accounts, set_account
from handlers.administration.firm_settings import change_setting, open_settings, save_settings, show_settings
from handlers.administration.merchant_accounts import choose_default, map_channels, rule_parts, show_accounts
from handlers.administration.notifications import open_notifications, route_news, show_notifications, try_news
from handlers.administration.quarantine import show_quarantine
from handlers.administration.users import add_user, open_users, remove_user, show_users
from handlers.answers import Answer
from handlers.ports import Ports
from handlers.requests import (
    AddUser,
    Asker,
    ChangeSetting,
    DefaultAccount,
    MapChannels,
    OpenAccounts,
    OpenNotifications,
    OpenSettings,
    OpenUsers,
    PartialRule,
    RemoveUser,
    RouteNews,
    SaveSettings,
    SetAccount,
    ShowAccounts,
    ShowNotifications,
    ShowQuarantine,
    ShowSettings,
    ShowUsers,
    TryNews,
)

_Looks = Callable[[Any, Ports], Awaitable[Answer]]
_Changes = Callable[[Any, Asker, Ports], Awaitable[Answer]]


def _looking(look: _Looks) -> _Changes:
    """Who looks is told the same, whoever they are."""
    return lambda asked, by, ports: look(asked, ports)


ADMINISTRATION: Mapping[type, _Changes] = {
    ShowSettings: _looking(show_settings),
    OpenSettings: _looking(open_settings),
    ChangeSetting: change_setting,
    SaveSettings: save_settings,
    ShowAccounts: _looking(show_accounts),
    OpenAccounts: _looking(open_accounts),
    DefaultAccount: choose_default,
    MapChannels: map_channels,
    PartialRule: rule_parts,
    SetAccount: set_account,
    ShowUsers: _looking(show_users),
    OpenUsers: _looking(open_users),
    AddUser: add_user,
    RemoveUser: remove_user,
    ShowNotifications: _looking(show_notifications),
    OpenNotifications: _looking(open_notifications),
    RouteNews: route_news,
    TryNews: try_news,
    ShowQuarantine: _looking(show_quarantine),
}
