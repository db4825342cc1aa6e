"""A channel that takes nothing: its news goes to the link's maker, and waits until the channel is open again (F16)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import structlog
from tortoise.exceptions import IntegrityError
from tortoise.transactions import in_transaction

from handlers.answers import HistoryLine
from handlers.links.history import history
from handlers.links.tell import own_place
from handlers.news_kinds import wanted
from handlers.people.identify import may_hear
from handlers.people.messages import owe_admins, owe_person
from handlers.ports import ChannelClosed, DeliveryRefused, FrontClosed, Ports
from models.tables import ChannelPost, FirmSetting, PaymentLink

log = structlog.get_logger()
ON_THE_CARD = {"created", "closing", "balance"}  # told by the card itself, not in its thread
KNOCK_AGAIN = 900.0  # seconds between looks at a channel that took nothing
WAITED_FOR = timedelta(days=30)  # so old is the last news of a link for which nobody looks any more
_TOLD = "slack.closed."  # and the channel: the day on which admins were last told that it takes nothing, in FirmSetting


async def told_elsewhere(
    link: PaymentLink, post: ChannelPost, events: frozenset[str], closed: DeliveryRefused, ports: Ports
) -> bool:
    """Tell those who can do something about it; whether the channel is to be tried again.

    The maker of a link hears in person what belonged into its own channel; of a channel that admins have named
    besides, only they hear that it is closed. Nothing is lost when nobody looks any more: news of the link brings all
    that was not told (`ChannelPost.told`).
    """
    lines = await history(link, ports.firm, after=post.told)
    await _tell_admins(post.channel, closed, ports)
    if isinstance(closed, ChannelClosed) and post.channel == own_place(link):
        await _tell_maker(link, post, [line for line in lines if wanted(line.kind, events)], closed, ports)
    ports.wake()
    if lines and ports.clock.now() - lines[-1].at < WAITED_FOR:
        return True
    log.warning("channel.given_up", link=link.reference, channel=post.channel, why=str(closed))
    return False


async def _tell_maker(
    link: PaymentLink, post: ChannelPost, lines: Sequence[HistoryLine], why: DeliveryRefused, ports: Ports
) -> None:
    """Each line once; the admins hear it where the maker is who cannot be told."""
    fresh = [line for line in lines if line.number > post.told_elsewhere and line.kind not in ON_THE_CARD]
    if not fresh:
        return
    news = " ".join(line.words for line in fresh)
    place = "in person" if post.channel == link.created_by else f"in {post.channel}"
    words = f"{link.reference}: {news}\nThis could not be told {place}: {why}. It follows there once that works."
    now, about = ports.clock.now(), f"closed-{link.id}-{post.channel}"
    async with in_transaction():
        if post.channel == link.created_by or not await may_hear(link.created_by, ports):
            await owe_admins(words, now, ports, about, named=(post.channel,))
        else:
            await owe_person(link.created_by, words, now, about, or_admins=True, named=(post.channel,))
        post.told_elsewhere = fresh[-1].number
        await post.save(update_fields=["told_elsewhere"])


async def _tell_admins(channel: str, closed: DeliveryRefused, ports: Ports) -> None:
    """Once a day, not once a card."""
    everywhere = isinstance(closed, FrontClosed)
    now = ports.clock.now()
    name = _TOLD + ("everywhere" if everywhere else channel)
    where = "anywhere in Slack" if everywhere else f"in {channel}"
    words = f"Paylink cannot post {where}: {closed}. Nothing is lost: what belongs there is told once that works again."
    if not everywhere:
        words += " Until then the makers of links that were asked for there are told in person."
    try:
        async with in_transaction():
            if await _first_on(ports.firm.today(now).isoformat(), name):
                await owe_admins(words, now, ports, about=name, named=(channel,))
    except IntegrityError:
        return  # another job is telling them


async def _first_on(day: str, name: str) -> bool:
    if await FirmSetting.filter(name=name).exclude(value=day).update(value=day):
        return True
    if await FirmSetting.exists(name=name):
        return False
    await FirmSetting.create(name=name, value=day)
    return True
