"""Telling one channel of one link: its card brought up to date, the rest of its trail told in the thread, in order."""

from __future__ import annotations

from handlers.firm import Firm
from handlers.jobs.steps import GiveUp, TryLater
from handlers.links.cards import card_for
from handlers.links.history import history
from handlers.ports import ChannelPoster, DeliveryRefused, DeliveryTrouble, Ports, Posted
from models.database import retried
from models.job_queue import Claimed
from models.tables import ChannelPost, PaymentLink

_ON_THE_CARD = {"created", "closing"}  # told by the card itself, not in its thread


async def tell_channel(job: Claimed, ports: Ports) -> None:
    """One job a link and channel exists at a time, so lines cannot overtake each other.

    A crash between Slack's answer and our commit repeats one message; the card is edited, never posted twice, once its
    place is known.
    """
    if ports.channels is None:
        return
    link = await PaymentLink.get(id=job.payload["link"])
    post, _ = await ChannelPost.get_or_create(link_id=link.id, channel=job.payload["channel"])
    try:
        await _tell(link, post, ports.firm, ports.channels)
    except DeliveryRefused as trouble:
        raise GiveUp(f"{link.reference} could not be told in {post.channel}: {trouble}") from trouble
    except DeliveryTrouble as trouble:
        raise TryLater(str(trouble), trouble.retry_after) from trouble


async def _tell(link: PaymentLink, post: ChannelPost, firm: Firm, channels: ChannelPoster) -> None:
    lines = await history(link, firm, after=post.told)
    await link.refresh_from_db()  # after its trail: the card may know more than the thread, never less
    card = await card_for(link, firm)
    if not post.ts:
        posted = await channels.post_card(post.channel, card)
        post.posted_to, post.ts = posted.channel, posted.ts
        await retried(lambda: post.save(update_fields=["posted_to", "ts"]))  # it stands there: else it is posted twice
    elif lines:
        await channels.edit_card(Posted(post.posted_to, post.ts), card)
    for line in lines:
        if line.kind not in _ON_THE_CARD:
            await channels.tell_in_thread(Posted(post.posted_to, post.ts), line.words)
        post.told = line.number
        await retried(lambda: post.save(update_fields=["told"]))
