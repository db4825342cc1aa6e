"""What is kept of a merchant account: its rule on parts, its channels, and where it is the default."""

from __future__ import annotations

from handlers.administration.account_words import ALLOWED, OFF, Rule, rule_in_words
from handlers.firm import Account
from handlers.firm_trail import Change
from handlers.ports import Ports
from models.money import Money
from models.plain_text import listed
from models.tables import ChannelAccount, ChannelMap, MerchantAccount


def as_stored(said: str, least: Money | None) -> Rule:
    """A rule as the table keeps it: `off` with nothing beside it is the firm's usual rule (models.tables.people)."""
    if said == ALLOWED:
        return ALLOWED, least.minor if least else None
    return (OFF, 0) if said == OFF else (OFF, None)


async def keep_rule(account: Account, rule: Rule, ports: Ports) -> list[Change]:
    """Whether its links may be paid in parts; part of the caller's transaction."""
    facts = {"name": account.name, "kind": account.kind, "currency": account.currency}
    row, _ = await MerchantAccount.get_or_create(defaults=facts, key=account.key)
    before = (row.partial, row.partial_minimum)
    if before == rule:
        return []
    await MerchantAccount.filter(key=account.key).update(partial=rule[0], partial_minimum=rule[1])
    was, is_now = (rule_in_words(one, account, ports) for one in (before, rule))
    return [Change(f"payment in parts of the account {account.key}", was, is_now)]


async def keep_default(channel: str, account: str) -> list[Change]:
    """The account of links asked for in a channel without naming one, blank: none; part of the caller's transaction."""
    row = await ChannelAccount.get_or_none(channel=channel)
    before = row.account if row else ""
    if before == account:
        return []
    if account:
        await ChannelAccount.update_or_create(defaults={"account": account}, channel=channel)
    else:
        await ChannelAccount.filter(channel=channel).delete()
    return [Change(f"the default account of the channel {channel}", before, account)]


async def keep_channels(account: str, channels: frozenset[str]) -> list[Change]:
    """All channels that it serves; part of the caller's transaction."""
    before = {row.channel for row in await ChannelMap.filter(account=account)}
    if before == channels:
        return []
    await ChannelMap.filter(account=account, channel__in=sorted(before - channels)).delete()
    for channel in sorted(channels - before):
        await ChannelMap.create(account=account, channel=channel)
    return [Change(f"the channels that the account {account} serves", listed(sorted(before)), listed(sorted(channels)))]
