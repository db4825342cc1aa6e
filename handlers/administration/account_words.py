"""How a merchant account stands, in words for admins."""

from __future__ import annotations

from handlers.answers import OverviewLine
from handlers.firm import Account
from handlers.ports import LastWord, Ports
from models.money import Money, spell
from models.plain_text import listed

USUAL, OFF, ALLOWED = "usual", "off", "allowed"
Rule = tuple[str, int | None]  # as MerchantAccount keeps it


def account_line(account: Account, ports: Ports, words: dict[str, LastWord]) -> OverviewLine:
    """All of it on one line of an overview. `words`: what Stripe said last, by account."""
    defaults, channels = defaults_of(account, ports), served_by(account, ports)
    facts = [
        f"{account.kind}, {account.currency}",
        mode_of(account, ports),
        _parts(account.partial, account.partial_minimum, account, ports),
        stripes_answer(account.key, ports, words),
    ]
    about = [f"default in {listed(defaults)}" if defaults else "", f"serves {listed(channels)}" if channels else ""]
    channel_words = "; ".join(part for part in about if part)
    return OverviewLine(
        f"{account.name} ({account.key})", "; ".join(facts), channel_words, named=(*defaults, *channels)
    )


def unserved(ports: Ports) -> tuple[str, ...]:
    """Once channels are mapped, an account that none serves is out of reach in all of them."""
    firm = ports.firm
    alone = [account.name for account in firm.accounts.values() if not served_by(account, ports)]
    if not firm.channel_map or not alone:
        return ()
    where = "links of it can be asked for in direct messages and by mail only"
    return (f"No channel serves {listed(alone)}: {where}. `accounts channels KEY #channel` changes that.",)


def defaults_of(account: Account, ports: Ports) -> list[str]:
    """The channels in which it need not be named."""
    return [channel for channel, key in ports.firm.channel_accounts.items() if key == account.key]


def served_by(account: Account, ports: Ports) -> list[str]:
    """The channels that are mapped to it."""
    return [channel for channel, keys in ports.firm.channel_map.items() if account.key in keys]


def mode_of(account: Account, ports: Ports) -> str:
    """Whether its key moves real money."""
    return "live" if ports.cards.livemode(account.key) else "TEST MODE"


def rule_in_words(rule: Rule, account: Account, ports: Ports) -> str:
    """Whether its links may be paid in parts."""
    return "as the firm's settings say" if rule == (OFF, None) else _parts(*rule, account, ports)


def _parts(rule: str, least: int | None, account: Account, ports: Ports) -> str:
    if rule == OFF:
        return "no part payments"
    if not least:
        return "part payments allowed"
    return f"part payments from {spell(Money(least, account.currency), ports.firm.locale)}"


def stripes_answer(key: str, ports: Ports, words: dict[str, LastWord]) -> str:
    """Whether Stripe takes its key, as far as anybody has asked."""
    last = words.get(key)
    if last is None:
        return "Stripe not asked yet"
    at = ports.firm.spell_moment(last.at)
    return f"Stripe answered on {at}" if not last.trouble else f"STRIPE DID NOT ANSWER on {at}: {last.trouble}"
