"""The merchant accounts as admins see them: their rules, their channels, and whether Stripe takes their keys."""

from __future__ import annotations

from collections.abc import Iterable

from tortoise.transactions import in_transaction

from handlers.administration.firm_settings import mark
from handlers.administration.firm_trail import Change, hold_trail, keep_changes
from handlers.administration.live_firm import refresh
from handlers.administration.stripe_words import last_words, share_last_words
from handlers.answers import AccountLine, AccountsForm, Overview, OverviewLine, Refusal
from handlers.firm import Account
from handlers.ports import LastWord, Ports
from handlers.requests import Asker, DefaultAccount, MapChannels, OpenAccounts, PartialRule, SetAccount, ShowAccounts
from models.errors import CommandUnclear
from models.money import Money, parse_amount, spell
from models.plain_text import listed
from models.tables import ChannelAccount, ChannelMap, MerchantAccount

_HOW = (
    "`accounts default KEY` makes one the account of links asked for in this channel, `accounts default none` takes it "
    "back; `accounts channels KEY #channel` says which channels it serves; `accounts partial KEY off`, `allowed`, "
    "`min 50` or `usual` says whether its links may be paid in parts."
)
USUAL, OFF, ALLOWED = "usual", "off", "allowed"
_Rule = tuple[str, int | None]  # as MerchantAccount keeps it


async def show_accounts(asked: ShowAccounts, ports: Ports) -> Overview:
    """Every account; never a key."""
    words = await _prepared(ports)
    lines = tuple(_line(one, ports, words) for one in ports.firm.accounts.values())
    return Overview("Merchant accounts", lines, (_HOW, *_unserved(ports)))


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
        changes = await _default_in(by.channel, account)
        await keep_changes("account", by, changes, ports)
    words = await _prepared(ports)
    ports.wake()
    if account:
        said = "Links asked for in this channel go to this account, where no other is named."
        return Overview("Default account", (_line(ports.firm.account(account), ports, words),), (said,))
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
        await keep_changes("account", by, await _serve(account.key, channels), ports)
    words = await _prepared(ports)
    ports.wake()
    return Overview(
        "Account", (_line(ports.firm.account(account.key), ports, words),), ("It holds from now on.", *_unserved(ports))
    )


async def rule_parts(asked: PartialRule, by: Asker, ports: Ports) -> Overview:
    """Whether links of an account may be paid in parts where their maker says nothing. Links made before stay as made.

    Raises AccountUnclear: there is no such account.
    """
    account = ports.firm.account(asked.account)
    said = USUAL if asked.allowed is None else ALLOWED if asked.allowed else OFF
    async with in_transaction():
        await hold_trail()
        changes = await _rule(account, _stored(said, asked.minimum), ports)
        await keep_changes("account", by, changes, ports)
    words = await _prepared(ports)
    ports.wake()
    return Overview(
        "Account", (_line(ports.firm.account(account.key), ports, words),), ("It holds for links made from now on.",)
    )


# ── the form ──────────────────────────────────────────────────────────────────────────────────────────────────────────


async def open_accounts(asked: OpenAccounts, ports: Ports) -> AccountsForm:
    """Every account, to be changed."""
    words = await _prepared(ports)
    return _form(ports, words)


async def set_account(asked: SetAccount, by: Asker, ports: Ports) -> AccountsForm | Refusal:
    """Keep an account's form: all that was changed, or nothing.

    Raises AccountUnclear: there is no such account. Raises AmountUnclear: the least part is no amount of its currency.
    A Refusal: somebody else changed it while the form was open.
    """
    await refresh(ports.book)
    account = ports.firm.account(asked.account)
    rule = _stored(asked.partial, _least(asked.minimum, account, ports))
    async with in_transaction():
        await hold_trail()
        if asked.seen and asked.seen != await _mark(account):
            return Refusal(
                "changed_meanwhile",
                f"Somebody changed {account.name} while you had this open, so nothing was kept. Press Back and open it "
                "again to see how it stands.",
            )
        changes = await _rule(account, rule, ports)
        changes += await _serve(account.key, asked.channels)
        before = {row.channel for row in await ChannelAccount.filter(account=account.key)}
        for channel in sorted(before - asked.defaults):
            changes += await _default_in(channel, "")
        for channel in sorted(asked.defaults - before):
            changes += await _default_in(channel, account.key)
        await keep_changes("account", by, changes, ports)
    words = await _prepared(ports)
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
    return AccountsForm(accounts, tuple(part for part in (note, *_unserved(ports)) if part))


def _account(account: Account, ports: Ports, words: dict[str, LastWord]) -> AccountLine:
    defaults, channels = _defaults_of(account, ports), _served_by(account, ports)
    partial = account.partial if account.own_rule else USUAL
    least = account.partial_minimum if account.own_rule else None
    minimum = Money(least, account.currency).plain if least else ""
    return AccountLine(
        account.key,
        account.name,
        (account.kind, account.currency, _mode(account, ports), _answering(account.key, ports, words)),
        account.currency,
        partial,
        minimum,
        tuple(defaults),
        tuple(channels),
        _marked(_stored(partial, Money(least, account.currency) if least else None), defaults, channels),
    )


async def _mark(account: Account) -> str:
    """The mark of what the database has of an account."""
    row = await MerchantAccount.get_or_none(key=account.key)
    rule: _Rule = (OFF, None) if row is None or row.currency != account.currency else (row.partial, row.partial_minimum)
    defaults = [one.channel for one in await ChannelAccount.filter(account=account.key)]
    channels = [one.channel for one in await ChannelMap.filter(account=account.key)]
    return _marked(rule, defaults, channels)


def _marked(rule: _Rule, defaults: Iterable[str], channels: Iterable[str]) -> str:
    return mark(repr((rule, sorted(defaults), sorted(channels))))


# ── what is kept ──────────────────────────────────────────────────────────────────────────────────────────────────────


def _stored(said: str, least: Money | None) -> _Rule:
    """A rule as the table keeps it: `off` with nothing beside it is the firm's usual rule (models.tables.people)."""
    if said == ALLOWED:
        return ALLOWED, least.minor if least else None
    return (OFF, 0) if said == OFF else (OFF, None)


async def _rule(account: Account, rule: _Rule, ports: Ports) -> list[Change]:
    facts = {"name": account.name, "kind": account.kind, "currency": account.currency}
    row, _ = await MerchantAccount.get_or_create(defaults=facts, key=account.key)
    before = (row.partial, row.partial_minimum)
    if before == rule:
        return []
    await MerchantAccount.filter(key=account.key).update(partial=rule[0], partial_minimum=rule[1])
    was, is_now = (_rule_in_words(one, account, ports) for one in (before, rule))
    return [Change(f"payment in parts of the account {account.key}", was, is_now)]


async def _default_in(channel: str, account: str) -> list[Change]:
    row = await ChannelAccount.get_or_none(channel=channel)
    before = row.account if row else ""
    if before == account:
        return []
    if account:
        await ChannelAccount.update_or_create(defaults={"account": account}, channel=channel)
    else:
        await ChannelAccount.filter(channel=channel).delete()
    return [Change(f"the default account of the channel {channel}", before, account)]


async def _serve(account: str, channels: frozenset[str]) -> list[Change]:
    before = {row.channel for row in await ChannelMap.filter(account=account)}
    if before == channels:
        return []
    await ChannelMap.filter(account=account, channel__in=sorted(before - channels)).delete()
    for channel in sorted(channels - before):
        await ChannelMap.create(account=account, channel=channel)
    return [Change(f"the channels that the account {account} serves", listed(sorted(before)), listed(sorted(channels)))]


# ── in words ──────────────────────────────────────────────────────────────────────────────────────────────────────────


async def _prepared(ports: Ports) -> dict[str, LastWord]:
    """The firm as it is now, and what Stripe said last to any replica."""
    await refresh(ports.book)
    await share_last_words(ports)
    return await last_words()


def _line(account: Account, ports: Ports, words: dict[str, LastWord]) -> OverviewLine:
    defaults, channels = _defaults_of(account, ports), _served_by(account, ports)
    facts = [
        f"{account.kind}, {account.currency}",
        _mode(account, ports),
        _parts(account.partial, account.partial_minimum, account, ports),
        _answering(account.key, ports, words),
    ]
    about = [f"default in {listed(defaults)}" if defaults else "", f"serves {listed(channels)}" if channels else ""]
    channel_words = "; ".join(part for part in about if part)
    return OverviewLine(
        f"{account.name} ({account.key})", "; ".join(facts), channel_words, named=(*defaults, *channels)
    )


def _unserved(ports: Ports) -> tuple[str, ...]:
    """Once channels are mapped, an account that none serves is out of reach in all of them."""
    firm = ports.firm
    alone = [account.name for account in firm.accounts.values() if not _served_by(account, ports)]
    if not firm.channel_map or not alone:
        return ()
    where = "links of it can be asked for in direct messages and by mail only"
    return (f"No channel serves {listed(alone)}: {where}. `accounts channels KEY #channel` changes that.",)


def _defaults_of(account: Account, ports: Ports) -> list[str]:
    return [channel for channel, key in ports.firm.channel_accounts.items() if key == account.key]


def _served_by(account: Account, ports: Ports) -> list[str]:
    return [channel for channel, keys in ports.firm.channel_map.items() if account.key in keys]


def _mode(account: Account, ports: Ports) -> str:
    return "live" if ports.cards.livemode(account.key) else "TEST MODE"


def _rule_in_words(rule: _Rule, account: Account, ports: Ports) -> str:
    return "as the firm's settings say" if rule == (OFF, None) else _parts(*rule, account, ports)


def _parts(rule: str, least: int | None, account: Account, ports: Ports) -> str:
    if rule == OFF:
        return "no part payments"
    if not least:
        return "part payments allowed"
    return f"part payments from {spell(Money(least, account.currency), ports.firm.locale)}"


def _answering(key: str, ports: Ports, words: dict[str, LastWord]) -> str:
    last = words.get(key)
    if last is None:
        return "Stripe not asked yet"
    at = ports.firm.spell_moment(last.at)
    return f"Stripe answered on {at}" if not last.trouble else f"STRIPE DID NOT ANSWER on {at}: {last.trouble}"
