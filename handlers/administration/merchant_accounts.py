"""The merchant accounts as admins see them: their rules, their channels, and whether Stripe takes their keys."""

from __future__ import annotations

from tortoise.transactions import in_transaction

from handlers.administration.account_words import (
    ALLOWED,
    OFF,
    USUAL,
    account_line,
    unserved,
)
from handlers.administration.keep_account import as_stored, keep_channels, keep_default, keep_rule
from handlers.administration.last_words import up_to_date
from handlers.answers import Overview
from handlers.firm_trail import hold_trail, keep_changes
from handlers.ports import Ports
from handlers.requests import Asker, DefaultAccount, MapChannels, PartialRule, ShowAccounts
from models.errors import CommandUnclear
from models.tables import ChannelMap

_HOW = (
    "`accounts default KEY` makes one the account of links asked for in this channel, `accounts default none` takes it "
    "back; `accounts channels KEY #channel` says which channels it serves; `accounts partial KEY off`, `allowed`, "
    "`min 50` or `usual` says whether its links may be paid in parts."
)


async def show_accounts(asked: ShowAccounts, ports: Ports) -> Overview:
    """Every account; never a key."""
    words = await up_to_date(ports)
    lines = tuple(account_line(one, ports, words) for one in ports.firm.accounts.values())
    return Overview("Merchant accounts", lines, (_HOW, *unserved(ports)))


async def choose_default(asked: DefaultAccount, by: Asker, ports: Ports) -> Overview:
    """The account of links that are asked for in the asker's channel without naming one; blank: none.

    Raises CommandUnclear: it was not asked in a channel. Raises AccountUnclear: there is no such account.
    """
    if not by.channel:
        raise CommandUnclear(
            "Write this in the channel it is for, one that Paylink is in: `/invite @Paylink` invites it there."
        )
    account = ports.firm.account(asked.account).key if asked.account else ""
    async with in_transaction():
        await hold_trail()
        changes = await keep_default(by.channel, account)
        await keep_changes("account", by, changes, ports)
    words = await up_to_date(ports)
    ports.wake()
    if account:
        said = "Links asked for in this channel go to this account, where no other is named."
        return Overview("Default account", (account_line(ports.firm.account(account), ports, words),), (said,))
    return Overview("Default account", (), ("This channel has no default account now.",))


async def map_channels(asked: MapChannels, by: Asker, ports: Ports) -> Overview:
    """Say which channels an account serves. Once one is mapped, a channel that is not serves no account at all.

    Raises AccountUnclear: there is no such account.
    """
    account = ports.firm.account(asked.account)
    async with in_transaction():
        await hold_trail()
        channels = asked.channels
        if asked.everywhere:
            others = {row.channel for row in await ChannelMap.all() if row.account != account.key}
            channels = frozenset(others)  # none mapped but its own: then every channel serves every account again
        await keep_changes("account", by, await keep_channels(account.key, channels), ports)
    words = await up_to_date(ports)
    ports.wake()
    return Overview(
        "Account",
        (account_line(ports.firm.account(account.key), ports, words),),
        ("It holds from now on.", *unserved(ports)),
    )


async def rule_parts(asked: PartialRule, by: Asker, ports: Ports) -> Overview:
    """Whether links of an account may be paid in parts where their maker says nothing. Links made before stay as made.

    Raises AccountUnclear: there is no such account.
    """
    account = ports.firm.account(asked.account)
    said = USUAL if asked.allowed is None else ALLOWED if asked.allowed else OFF
    async with in_transaction():
        await hold_trail()
        changes = await keep_rule(account, as_stored(said, asked.minimum), ports)
        await keep_changes("account", by, changes, ports)
    words = await up_to_date(ports)
    ports.wake()
    return Overview(
        "Account",
        (account_line(ports.firm.account(account.key), ports, words),),
        ("It holds for links made from now on.",),
    )
