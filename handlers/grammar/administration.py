"""`settings`, `accounts`, `users` and `notifications`: what admins say."""

from __future__ import annotations

import re
from difflib import get_close_matches

from handlers.administration.catalogue import ALIASES, SETTINGS
from handlers.grammar.amounts import read_money
from handlers.grammar.house import House
from handlers.requests import (
    AddUser,
    ChangeSetting,
    DefaultAccount,
    PartialRule,
    RemoveUser,
    Role,
    RouteNews,
    ShowAccounts,
    ShowNotifications,
    ShowSettings,
    ShowUsers,
)
from models.addresses import read_address
from models.errors import AmountUnclear, CommandUnclear
from models.plain_text import shortened

_QUOTES = {'"': '"', "“": "”", "„": "“", "‟": "”"}
_MENTION = re.compile(r"<@(?P<id>[UW][A-Z0-9]{2,30})(?:\|[^<>\n]*)?>")
_CHANNEL = re.compile(r"<#(?P<id>[CG][A-Z0-9]{2,30})(?:\|[^<>\n]*)?>")
_USERS = "`users add @person staff`, `users add name@example.com viewer` or `users remove @person`"
_ACCOUNTS = (
    "`accounts`, `accounts default KEY`, `accounts default none` or `accounts partial KEY off`, `allowed` or `min 50`"
)
_NEWS = "`notifications all #channel` or `notifications all off`"


def read_settings(text: str, house: House) -> ShowSettings | ChangeSetting:
    """`settings`, `settings NAME`, `settings NAME VALUE`, `settings NAME default`. Raises CommandUnclear."""
    said = text.strip()
    if not said:
        return ShowSettings()
    name, value = _named(said)
    if not value:
        return ShowSettings(name)
    if value.lower() == "default":
        return ChangeSetting(name, None)
    closing = _QUOTES.get(value[0])
    if closing and len(value) > 1 and value[-1] in (closing, '"'):
        value = value[1:-1]
    return ChangeSetting(name, value)


def _named(said: str) -> tuple[str, str]:
    """The setting that a text begins with, and the rest."""
    names = {**{name: name for name in SETTINGS}, **ALIASES}
    for name in sorted(names, key=len, reverse=True):
        shape = r"[\s_-]*".join(map(re.escape, name.split()))
        found = re.match(rf"{shape}(?:\s*[:=]|(?=\s)|$)", said, re.IGNORECASE)
        if found:
            return names[name], said[found.end() :].strip()
    first = " ".join(said.split()[:2])
    close = get_close_matches(first.lower(), names, 1) or get_close_matches(first.split()[0].lower(), names, 1)
    hint = f" Did you mean `{names[close[0]]}`?" if close else ""
    raise CommandUnclear(
        f"There is no setting “{shortened(first)}”.{hint} The settings are: {', '.join(SETTINGS)}. "
        "The form is `settings link days 60`."
    )


def read_accounts(text: str, house: House) -> ShowAccounts | DefaultAccount | PartialRule:
    """`accounts`, `accounts default KEY|none`, `accounts partial KEY off|allowed|min AMOUNT`.

    Raises CommandUnclear, AccountUnclear, AmountUnclear.
    """
    words = text.split()
    match [word.lower().strip(",;") for word in words]:
        case []:
            return ShowAccounts()
        case ["default", "none" | "off"]:
            return DefaultAccount("")
        case ["default", _, *_]:
            return DefaultAccount(house.account(" ".join(words[1:])).key)
        case ["partial", _, "off" | "no"]:
            return PartialRule(house.account(words[1]).key, allowed=False)
        case ["partial", _, "allowed" | "on" | "yes"]:
            return PartialRule(house.account(words[1]).key, allowed=True)
        case ["partial", _, "min" | "minimum", _, *_]:
            return _least_part(words, house)
    raise CommandUnclear(f"“{shortened(text)}” is not understood. Write {_ACCOUNTS}.")


def _least_part(words: list[str], house: House) -> PartialRule:
    account = house.account(words[1])
    least = read_money(words[3:], account.currency, house.firm.numbers, _no_amount)
    if least.currency != account.currency:
        raise AmountUnclear(f"The account {account.key} is in {account.currency}, so its least part must be, too.")
    return PartialRule(account.key, allowed=True, minimum=least)


def _no_amount(word: str) -> CommandUnclear:
    return CommandUnclear(f"“{shortened(word)}” is no amount. Write it as `accounts partial KEY min 50`.")


def read_users(text: str, house: House) -> ShowUsers | AddUser | RemoveUser:
    """`users`, `users add PERSON ROLE`, `users remove PERSON`; mentions still wrapped. Raises CommandUnclear."""
    words = _words_with_mentions(text)
    match [word.lower() for word in words]:
        case []:
            return ShowUsers()
        case ["add", _, role] if role in (Role.ADMIN, Role.STAFF, Role.VIEWER):
            return AddUser(_person(words[1]), Role(role))
        case ["add", _]:
            raise CommandUnclear(f"As what? Write `users add {shortened(words[1])} staff`, or `admin`, or `viewer`.")
        case ["add", _, role]:
            raise CommandUnclear(f"“{shortened(role)}” is no role: write `admin`, `staff` or `viewer`.")
        case ["remove", _]:
            return RemoveUser(_person(words[1]))
    raise CommandUnclear(f"“{shortened(text)}” is not understood. Write {_USERS}.")


def _words_with_mentions(text: str) -> list[str]:
    """Words parted by blanks; a mention is one, whatever its label holds."""
    return re.findall(r"<[@#][^<>\n]*>|[^\s<]\S*|<\S*", text)


def _person(said: str) -> str:
    mention = _MENTION.fullmatch(said)
    if mention:
        return mention["id"]
    if "@" in said.lstrip("@"):
        return read_address(said.strip("<>,;")).lower()
    raise CommandUnclear(
        f"“{shortened(said)}” names nobody: type @ and choose the person from Slack's list, or write a mail address."
    )


def read_notifications(text: str, house: House) -> ShowNotifications | RouteNews:
    """`notifications`, `notifications all #channel|off`; mentions still wrapped. Raises CommandUnclear."""
    words = _words_with_mentions(text)
    if not words:
        return ShowNotifications()
    if words[0].lower() == "all":
        words = words[1:]
    if len(words) != 1:
        raise CommandUnclear(f"“{shortened(text)}” is not understood. Write {_NEWS}.")
    if words[0].lower() in ("off", "none"):
        return RouteNews("")
    channel = _CHANNEL.fullmatch(words[0])
    if not channel:
        raise CommandUnclear(
            f"“{shortened(words[0])}” names no channel: type # and choose it from Slack's list. The form is {_NEWS}."
        )
    return RouteNews(channel["id"])
