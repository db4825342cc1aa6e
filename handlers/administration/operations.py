"""Which operation serves which request of an admin's."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from handlers import requests
from handlers.administration.account_form import open_accounts, set_account
from handlers.administration.firm_settings import change_setting, open_settings, save_settings, show_settings
from handlers.administration.merchant_accounts import choose_default, map_channels, rule_parts, show_accounts
from handlers.administration.notifications import open_notifications, route_news, show_notifications, try_news
from handlers.administration.quarantine import show_quarantine
from handlers.administration.users import add_user, open_users, remove_user, show_users
from handlers.answers import Answer
from handlers.ports import Ports
from handlers.requests import Asker

_Looks = Callable[[Any, Ports], Awaitable[Answer]]
_Changes = Callable[[Any, Asker, Ports], Awaitable[Answer]]


def _looking(look: _Looks) -> _Changes:
    """Who looks is told the same, whoever they are."""
    return lambda asked, by, ports: look(asked, ports)


ADMINISTRATION: Mapping[type, _Changes] = {
    requests.ShowSettings: _looking(show_settings),
    requests.OpenSettings: _looking(open_settings),
    requests.ChangeSetting: change_setting,
    requests.SaveSettings: save_settings,
    requests.ShowAccounts: _looking(show_accounts),
    requests.OpenAccounts: _looking(open_accounts),
    requests.DefaultAccount: choose_default,
    requests.MapChannels: map_channels,
    requests.PartialRule: rule_parts,
    requests.SetAccount: set_account,
    requests.ShowUsers: _looking(show_users),
    requests.OpenUsers: _looking(open_users),
    requests.AddUser: add_user,
    requests.RemoveUser: remove_user,
    requests.ShowNotifications: _looking(show_notifications),
    requests.OpenNotifications: _looking(open_notifications),
    requests.RouteNews: route_news,
    requests.TryNews: try_news,
    requests.ShowQuarantine: _looking(show_quarantine),
}
