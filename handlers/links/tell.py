"""Which channels hear of a link, and owing them the news."""

from __future__ import annotations

from datetime import datetime

from handlers.links.chain import links_before
from handlers.links.routes import routes_of
from handlers.news_kinds import ALL, events_for
from handlers.owed import Debt, owe_all
from handlers.ports import Ports
from models.tables import ChannelPost, PaymentLink

MAKER = "maker"  # ChannelPost.channel of what a link's maker was told by mail; no channel of Slack's is called so


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
    if news and "@" in link.created_by:  # who has no Slack is told by mail
        debts.append(Debt("mail_news", {"link": link.id}, at, dedup=f"news:{link.id}"))
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
    """Whoever hears of everything, as the link is theirs; then the channels and people that admins have named.

    Whether those hear of the very event that is told is the step's to find out (handlers.jobs.tell_channel).
    """
    named = [own_place(link), *(route.target for route in await routes_of(link))]
    return [channel for channel in dict.fromkeys(named) if channel]


def own_place(link: PaymentLink) -> str:
    """The channel the link was asked for in; else its maker in person; blank: they have no Slack."""
    return link.channel or ("" if "@" in link.created_by else link.created_by)


async def events_heard(link: PaymentLink, channel: str) -> frozenset[str]:
    """Of which events a channel or person hears. A balance link belongs to the places of the links before it, too."""
    own = {own_place(one) for one in (link, *(await links_before(link) if link.parent_id is not None else ()))}
    return frozenset({ALL}) if channel in own else events_for(channel, await routes_of(link))
