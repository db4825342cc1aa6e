"""Which channels hear of a link, and owing them the news."""

from __future__ import annotations

from datetime import datetime

from handlers.jobs.owed import Debt, owe_all
from handlers.ports import Ports
from models.by_key import by_key
from models.tables import FirmSetting, PaymentLink

NOTIFICATIONS = "notifications.channel"


async def owe_news(link: PaymentLink, at: datetime, ports: Ports) -> None:
    """Owe the link's channels whatever its trail holds that they were not told; part of the caller's transaction."""
    await owe_all(await channel_debts(link, at, news=True))
    ports.wake()


async def channel_debts(link: PaymentLink, at: datetime, *, news: bool = False) -> list[Debt]:
    """The debts of telling a link's channels.

    A link of a batch is told from its first news on, not at its making: 500 cards at once would bury the channel, and
    Slack takes one message a second (docs/decisions/004).
    """
    if link.batch_id is not None and not news:
        return []
    return [
        Debt("tell_channel", {"link": link.id, "channel": channel}, at, dedup=f"tell:{link.id}:{channel}")
        for channel in await channels_of(link)
    ]


async def channels_of(link: PaymentLink) -> list[str]:
    """The channel the link was asked for in, and the firm's notifications channel; else its creator in person."""
    setting = await by_key(FirmSetting, "name", NOTIFICATIONS)
    named = [link.channel, setting.value if setting else ""]
    channels = [channel for channel in dict.fromkeys(named) if channel]
    if not channels and "@" not in link.created_by:
        return [link.created_by]
    return channels
