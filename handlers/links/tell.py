"""Which channels hear of a link, and owing them the news."""

from __future__ import annotations

from datetime import datetime

from handlers.jobs.owed import Debt, owe_all
from handlers.links.chain import links_before
from handlers.ports import Ports
from models.by_key import by_key
from models.tables import ChannelPost, FirmSetting, PaymentLink

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
    debts = [_debt(link.id, channel, at) for channel in await channels_of(link)]
    return debts if link.parent_id is None else [*debts, *await _chain_debts(link, at)]


async def _chain_debts(link: PaymentLink, at: datetime) -> list[Debt]:
    """A balance link is told where the first link of its chain stands, and the cards before it say how it fares."""
    earlier = await links_before(link)
    posts = await ChannelPost.filter(link_id__in=[one.id for one in earlier]).exclude(ts="").order_by("id")
    own = [_debt(link.id, post.channel, at) for post in posts if post.link_id == earlier[0].id]
    return own + [_debt(post.link_id, post.channel, at) for post in posts]


def _debt(link_id: int, channel: str, at: datetime) -> Debt:
    return Debt("tell_channel", {"link": link_id, "channel": channel}, at, dedup=debt_key(link_id, channel))


def debt_key(link_id: int, channel: str) -> str:
    """What keeps a link from being owed to a channel twice at once."""
    return f"tell:{link_id}:{channel}"


async def channels_of(link: PaymentLink) -> list[str]:
    """The channel the link was asked for in, and the firm's notifications channel; else its creator in person."""
    setting = await by_key(FirmSetting, "name", NOTIFICATIONS)
    named = [link.channel, setting.value if setting else ""]
    channels = [channel for channel in dict.fromkeys(named) if channel]
    if not channels and "@" not in link.created_by:
        return [link.created_by]
    return channels
