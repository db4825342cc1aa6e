"""What Stripe said last of each account, kept where every replica finds it: admins see the same wherever they ask."""

from __future__ import annotations

from datetime import datetime

from handlers.administration.live_firm import refresh
from handlers.ports import LastWord, Ports
from models.tables import FirmSetting

_PREFIX = "stripe.word."


async def share_last_words(ports: Ports) -> None:
    """Write down what this process heard last, where it is news. Two at once: the older word goes at the next time."""
    kept = await last_words()
    for key in ports.firm.accounts:
        own = ports.cards.last_word(key)
        there = kept.get(key)
        if own is not None and (there is None or there.at < own.at):
            value = f"{own.at.isoformat()} {own.trouble}"
            await FirmSetting.update_or_create(defaults={"value": value}, name=f"{_PREFIX}{key}")


async def last_words() -> dict[str, LastWord]:
    """By account's KEY."""
    words = {}
    for row in await FirmSetting.filter(name__startswith=_PREFIX):
        at, _, trouble = row.value.partition(" ")
        words[row.name.removeprefix(_PREFIX)] = LastWord(datetime.fromisoformat(at), trouble)
    return words


async def up_to_date(ports: Ports) -> dict[str, LastWord]:
    """The firm as it is now, and what Stripe said last to any replica."""
    await refresh(ports.book)
    await share_last_words(ports)
    return await last_words()
