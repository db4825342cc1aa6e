"""`settings`, `accounts`, `users`, `notifications` and `quarantine`: what admins say."""

from __future__ import annotations

import re
from difflib import get_close_matches

from handlers.administration.catalogue import ALIASES, SETTINGS
from handlers.grammar.amounts import read_money
from handlers.grammar.house import House
from handlers.news_kinds import ALL, EVENTS
from handlers.requests import (
    AddUser,
    ChangeSetting,
    DefaultAccount,
    MapChannels,
    PartialRule,
    RemoveUser,
    Role,
    RouteNews,
    ShowAccounts,
    ShowNotifications,
    ShowQuarantine,
    ShowSettings,
    ShowUsers,
)
from models.addresses import read_address
from models.errors import AmountUnclear, CommandUnclear
from models.plain_text import shortened

_MOST_PAGES = 999_999
_QUOTES = {'"': '"', "“": "”", "„": "“", "‟": "”"}
_MENTION = re.compile(r"<@(?P<id>[UW][A-Z0-9]{2,30})(?:\|[^<>\n]*)?>")
_CHANNEL = re.compile(r"<#(?P<id>[CG][A-Z0-9]{2,30})(?:\|[^<>\n]*)?>")
_USERS = "`users add @person staff`, `users add name@example.com viewer` or `users remove @person`"
_ACCOUNTS = (
    "`accounts`, `accounts default KEY`, `accounts default none`, `accounts channels KEY #channel`, `all` or `none`, "
    "or `accounts partial KEY off`, `allowed`, `min 50` or `usual`"
)
_NEWS = "`notifications all #channel`, `notifications paid @person`, `notifications paid off`"
_NEWS_MORE = "`account KEY` and `from AMOUNT` before the channel narrow it down"


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


def read_accounts(text: str, house: House) -> ShowAccounts | DefaultAccount | MapChannels | PartialRule:
    """`accounts`, `accounts default KEY|none`, `accounts channels KEY #channel …|all|none`,
    `accounts partial KEY off|allowed|usual|min AMOUNT`; mentions still wrapped.

    Raises CommandUnclear, AccountUnclear, AmountUnclear.
    """
    words = _words_with_mentions(text)
    match [word.lower().strip(",;") for word in words]:
        case []:
            return ShowAccounts()
        case ["default", "none" | "off"]:
            return DefaultAccount("")
        case ["default", _, *_]:
            return DefaultAccount(house.account(" ".join(words[1:])).key)
        case ["channels" | "channel", _, "all" | "everywhere"]:
            return MapChannels(house.account(words[1]).key, frozenset(), everywhere=True)
        case ["channels" | "channel", _, "none" | "off"]:
            return MapChannels(house.account(words[1]).key, frozenset())
        case ["channels" | "channel", _, _, *_]:
            return MapChannels(house.account(words[1]).key, frozenset(map(_channel, words[2:])))
        case ["partial", _, *_]:
            return _partial(words, text, house)
    raise CommandUnclear(f"“{shortened(text)}” is not understood. Write {_ACCOUNTS}.")


def _partial(words: list[str], text: str, house: House) -> PartialRule:
    match [word.lower() for word in words]:
        case ["partial", _, "off" | "no"]:
            return PartialRule(house.account(words[1]).key, allowed=False)
        case ["partial", _, "allowed" | "on" | "yes"]:
            return PartialRule(house.account(words[1]).key, allowed=True)
        case ["partial", _, "usual" | "default"]:
            return PartialRule(house.account(words[1]).key, allowed=None)
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
    words = re.findall(r"<[@#][^<>\n]*>|[^\s<]\S*|<\S*", text)
    return [word for word in words if word.strip(",;")]


def _person(said: str) -> str:
    mention = _MENTION.fullmatch(said)
    if mention:
        return mention["id"]
    if "@" in said.lstrip("@"):
        return read_address(said.strip("<>,;")).lower()
    raise CommandUnclear(
        f"“{shortened(said)}” names nobody: type @ and choose the person from Slack's list, or write a mail address."
    )


def _channel(said: str) -> str:
    """A channel's id. Raises CommandUnclear."""
    found = _CHANNEL.fullmatch(said.strip(",;"))
    if not found:
        raise CommandUnclear(f"“{shortened(said)}” names no channel: type # and choose it from Slack's list.")
    return found["id"]


def read_notifications(text: str, house: House) -> ShowNotifications | RouteNews:
    """`notifications [EVENT] [account KEY] [from AMOUNT] #channel|@person|off`; mentions still wrapped.

    Without an event it is `all`. Raises CommandUnclear, AccountUnclear, AmountUnclear.
    """
    words = [word.rstrip(",;") for word in _words_with_mentions(text)]
    if not words:
        return ShowNotifications()
    event, rest = _event(words)
    off = [word for word in rest if word.lower() in ("off", "none")]
    targets = [word for word in rest if word[:2] in ("<#", "<@")]
    parts = _narrowed([word for word in rest if word not in (*off, *targets)])
    if len(targets) > 1 or len(off) > 1 or not (targets or off) or parts is None:
        raise CommandUnclear(f"“{shortened(text)}” is not understood. Write {_NEWS}; {_NEWS_MORE}.")
    account, amount = parts
    least = read_money(amount, house.firm.currency, house.firm.numbers, _no_least) if amount else None
    return RouteNews(
        event,
        _hearer(targets[0]) if targets else "",
        house.account(" ".join(account)).key if account else "",
        least,
        off=bool(off),
    )


def _event(words: list[str]) -> tuple[str, list[str]]:
    """The kind of news that comes first, and the rest; `all` where a channel or `off` does."""
    first = words[0].lower().strip(":").replace("_", "-")
    if first in EVENTS:
        return first, words[1:]
    if first in ("off", "none") or words[0].startswith("<"):
        return ALL, words
    close = get_close_matches(first, EVENTS, 1)
    hint = f" Did you mean `{close[0]}`?" if close else ""
    raise CommandUnclear(
        f"“{shortened(words[0])}” is no event.{hint} The events are: {', '.join(EVENTS)}. The form is {_NEWS}; "
        "a channel or person is chosen from Slack's list, after # or @."
    )


def _narrowed(words: list[str]) -> tuple[list[str], list[str]] | None:
    """The words after `account` and after `from`; None: there are others, or one of the two has none."""
    account: list[str] = []
    amount: list[str] = []
    current: list[str] | None = None
    for word in words:
        if word.lower() == "account":
            current = account
        elif word.lower() in ("from", "over"):
            current = amount
        elif current is None:
            return None
        else:
            current.append(word)
    said = {word.lower() for word in words}
    empty = ("account" in said and not account) or (said & {"from", "over"} and not amount)
    return None if empty else (account, amount)


def _hearer(said: str) -> str:
    """The id of a channel or person who is to hear of news. Raises CommandUnclear."""
    person = _MENTION.fullmatch(said)
    return person["id"] if person else _channel(said)


def _no_least(word: str) -> CommandUnclear:
    return CommandUnclear(f"“{shortened(word)}” is no amount. Write it as `notifications paid from 1000 #channel`.")


def read_quarantine(text: str, house: House) -> ShowQuarantine:
    """`quarantine [page N]`. Raises CommandUnclear."""
    match text.lower().split():
        case []:
            return ShowQuarantine()
        case ["page", number] if number.isascii() and number.isdecimal() and 1 <= int(number[:9]) <= _MOST_PAGES:
            return ShowQuarantine(int(number))
    raise CommandUnclear(f"“{shortened(text)}” is not understood. Write `quarantine` or `quarantine page 2`.")
