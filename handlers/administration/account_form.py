"""The form of a merchant account: opened, and kept as a whole or not at all."""

from __future__ import annotations

from collections.abc import Iterable

from tortoise.transactions import in_transaction

from handlers.administration.account_words import (
    OFF,
    USUAL,
    Rule,
    defaults_of,
    mode_of,
    served_by,
    stripes_answer,
    unserved,
)
from handlers.administration.firm_settings import mark
from handlers.administration.keep_account import as_stored, keep_channels, keep_default, keep_rule
from handlers.administration.last_words import up_to_date
from handlers.administration.live_firm import refresh
from handlers.answers import AccountLine, AccountsForm, Refusal
from handlers.firm import Account
from handlers.firm_trail import hold_trail, keep_changes
from handlers.ports import LastWord, Ports
from handlers.requests import Asker, OpenAccounts, SetAccount
from models.money import Money, parse_amount, spell
from models.tables import ChannelAccount, ChannelMap, MerchantAccount


async def open_accounts(asked: OpenAccounts, ports: Ports) -> AccountsForm:
    """Every account, to be changed."""
    words = await up_to_date(ports)
    return _form(ports, words)


async def set_account(asked: SetAccount, by: Asker, ports: Ports) -> AccountsForm | Refusal:
    """Keep an account's form: all that was changed, or nothing.

    Raises AccountUnclear: there is no such account. Raises AmountUnclear: the least part is no amount of its currency.
    A Refusal: somebody else changed it while the form was open.
    """
    await refresh(ports.book)
    account = ports.firm.account(asked.account)
    rule = as_stored(asked.partial, _least(asked.minimum, account, ports))
    async with in_transaction():
        await hold_trail()
        if asked.seen and asked.seen != await _mark(account):
            return Refusal(
                "changed_meanwhile",
                f"Somebody changed {account.name} while you had this open, so nothing was kept. Press Back and open it "
                "again to see how it stands.",
            )
        changes = await keep_rule(account, rule, ports)
        changes += await keep_channels(account.key, asked.channels)
        before = {row.channel for row in await ChannelAccount.filter(account=account.key)}
        for channel in sorted(before - asked.defaults):
            changes += await keep_default(channel, "")
        for channel in sorted(asked.defaults - before):
            changes += await keep_default(channel, account.key)
        await keep_changes("account", by, changes, ports)
    words = await up_to_date(ports)
    ports.wake()
    done = f"{account.name}: kept." if changes else f"{account.name}: nothing was changed."
    return _form(ports, words, done)


def _least(typed: str, account: Account, ports: Ports) -> Money | None:
    if not typed.strip():
        return None
    return parse_amount(
        " ".join(typed.upper().replace(account.currency, " ").split()), account.currency, ports.firm.numbers
    )


def _form(ports: Ports, words: dict[str, LastWord], note: str = "") -> AccountsForm:
    accounts = tuple(_account(one, ports, words) for one in ports.firm.accounts.values())
    return AccountsForm(accounts, tuple(part for part in (note, *unserved(ports)) if part))


def _account(account: Account, ports: Ports, words: dict[str, LastWord]) -> AccountLine:
    defaults, channels = defaults_of(account, ports), served_by(account, ports)
    partial = account.partial if account.own_rule else USUAL
    least = account.partial_minimum if account.own_rule else None
    minimum = Money(least, account.currency).plain if least else ""
    return AccountLine(
        account.key,
        account.name,
        (account.kind, account.currency, mode_of(account, ports), stripes_answer(account.key, ports, words)),
        account.currency,
        partial,
        minimum,
        spell(Money(least, account.currency), ports.firm.locale) if least else "",
        tuple(defaults),
        tuple(channels),
        _marked(as_stored(partial, Money(least, account.currency) if least else None), defaults, channels),
    )


async def _mark(account: Account) -> str:
    """The mark of what the database has of an account."""
    row = await MerchantAccount.get_or_none(key=account.key)
    rule: Rule = (OFF, None) if row is None or row.currency != account.currency else (row.partial, row.partial_minimum)
    defaults = [one.channel for one in await ChannelAccount.filter(account=account.key)]
    channels = [one.channel for one in await ChannelMap.filter(account=account.key)]
    return _marked(rule, defaults, channels)


def _marked(rule: Rule, defaults: Iterable[str], channels: Iterable[str]) -> str:
    return mark(repr((rule, sorted(defaults), sorted(channels))))
