"""The merchant accounts as admins see them: their rules, their channels, and whether Stripe takes their keys."""

from __future__ import annotations

from tortoise.transactions import in_transaction

from handlers.administration.firm_trail import hold_trail, keep_change
from handlers.administration.live_firm import refresh
from handlers.answers import Overview, OverviewLine
from handlers.firm import Account
from handlers.ports import Ports
from handlers.requests import Asker, DefaultAccount, PartialRule, ShowAccounts
from models.errors import CommandUnclear
from models.money import Money, spell
from models.plain_text import listed
from models.tables import ChannelAccount, MerchantAccount

_HOW = (
    "`accounts default KEY` makes one the account of links asked for in this channel, `accounts default none` takes it "
    "back; `accounts partial KEY off`, `allowed` or `min 50` says whether its links may be paid in parts."
)


async def show_accounts(asked: ShowAccounts, ports: Ports) -> Overview:
    """Every account; never a key."""
    await refresh(ports.book)
    return Overview("Merchant accounts", tuple(_line(one, ports) for one in ports.firm.accounts.values()), (_HOW,))


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
        row = await ChannelAccount.get_or_none(channel=by.channel)
        before = row.account if row else ""
        if account:
            await ChannelAccount.update_or_create(defaults={"account": account}, channel=by.channel)
        else:
            await ChannelAccount.filter(channel=by.channel).delete()
        if before != account:
            await keep_change("account", by, f"the default account of the channel {by.channel}", before, account, ports)
    await refresh(ports.book)
    ports.wake()
    if account:
        said = "Links asked for in this channel go to this account, where no other is named."
        return Overview("Default account", (_line(ports.firm.account(account), ports),), (said,))
    return Overview("Default account", (), ("This channel has no default account now.",))


async def rule_parts(asked: PartialRule, by: Asker, ports: Ports) -> Overview:
    """Whether links of an account may be paid in parts where their maker says nothing. Links made before stay as made.

    Raises AccountUnclear: there is no such account.
    """
    account = ports.firm.account(asked.account)
    rule = ("allowed" if asked.allowed else "off", asked.minimum.minor if asked.minimum else None)
    async with in_transaction():
        await hold_trail()
        facts = {"name": account.name, "kind": account.kind, "currency": account.currency}
        row, _ = await MerchantAccount.get_or_create(defaults=facts, key=account.key)
        before = (row.partial, row.partial_minimum)
        if before != rule:
            await MerchantAccount.filter(key=account.key).update(partial=rule[0], partial_minimum=rule[1])
            what = f"payment in parts of the account {account.key}"
            was, is_now = (_parts(partial, least, account, ports) for partial, least in (before, rule))
            await keep_change("account", by, what, was, is_now, ports)
    await refresh(ports.book)
    ports.wake()
    return Overview(
        "Account", (_line(ports.firm.account(account.key), ports),), ("It holds for links made from now on.",)
    )


def _line(account: Account, ports: Ports) -> OverviewLine:
    firm = ports.firm
    channels = [channel for channel, key in firm.channel_accounts.items() if key == account.key]
    facts = [
        f"{account.kind}, {account.currency}",
        "live" if ports.cards.livemode(account.key) else "TEST MODE",
        _parts(account.partial, account.partial_minimum, account, ports),
        _answering(account.key, ports),
    ]
    usual = f"default in {listed(channels)}" if channels else ""
    return OverviewLine(f"{account.name} ({account.key})", "; ".join(facts), usual)


def _parts(rule: str, least: int | None, account: Account, ports: Ports) -> str:
    if rule == "off":
        return "no part payments"
    if least is None:
        return "part payments allowed"
    return f"part payments from {spell(Money(least, account.currency), ports.firm.locale)}"


def _answering(key: str, ports: Ports) -> str:
    last = ports.cards.last_word(key)
    if last is None:
        return "Stripe not asked since the start"
    at = ports.firm.spell_moment(last.at)
    return f"Stripe answered on {at}" if not last.trouble else f"STRIPE DID NOT ANSWER on {at}: {last.trouble}"
