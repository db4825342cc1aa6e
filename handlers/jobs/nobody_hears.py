"""News of a link whose maker may hear no more of it, their role having been taken away: the admins hear it instead."""

from __future__ import annotations

from tortoise.transactions import in_transaction

from handlers.answers import HistoryLine
from handlers.links.chain import links_before
from handlers.links.history import FOR_THE_MAKER, history
from handlers.links.tell import MAKER, channels_of, events_heard
from handlers.news_kinds import wanted
from handlers.people.identify import may_hear
from handlers.people.messages import owe_admins
from handlers.ports import Ports
from models.slack_ids import is_person
from models.tables import ChannelPost, PaymentLink


async def tell_admins_instead(link: PaymentLink, place: str, ports: Ports) -> None:
    """Each line once, where it was the maker's to hear and nobody else hears it; `place` is where theirs went.

    What their own thread was told of stays as it is: with a role again they are told what they missed.
    """
    post, _ = await ChannelPost.get_or_create(link_id=link.id, channel=place)
    lines = await history(link, ports.firm, after=max(post.told, post.told_elsewhere))
    if not lines:
        return
    theirs = [line for line in lines if line.kind in FOR_THE_MAKER]
    fresh = [line for line in theirs if not await _heard_elsewhere(link, line, place, ports)]
    news = " ".join(line.words for line in fresh)
    words = (
        f"{link.reference}: {news}\n{link.creator_name}, who made it, has no role here any more, and nobody else hears "
        "of it: so the admins do. `notifications` in Slack says who hears of what."
    )
    async with in_transaction():
        if fresh:
            about = f"left-{link.id}-{fresh[-1].number}"
            await owe_admins(words, ports.clock.now(), ports, about)
        post.told_elsewhere = lines[-1].number
        await post.save(update_fields=["told_elsewhere"])
    ports.wake()


async def _heard_elsewhere(link: PaymentLink, line: HistoryLine, place: str, ports: Ports) -> bool:
    """Whether a channel hears of it, or a person who may: by what admins have named, or in the thread of its chain."""
    before = await links_before(link) if link.parent_id is not None else []
    posts = await ChannelPost.filter(link_id__in=[one.id for one in before]).exclude(ts="")
    for channel in {*await channels_of(link), *(post.channel for post in posts)} - {place, MAKER}:
        if is_person(channel) and not await may_hear(channel, ports):
            continue
        if wanted(line.kind, await events_heard(link, channel)):
            return True
    return False
