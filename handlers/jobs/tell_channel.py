"""Telling one channel of one link: its card brought up to date, the rest of its trail told in the thread, in order."""

from __future__ import annotations

from datetime import datetime

from handlers.answers import HistoryLine, LinkCard, WrongAddress
from handlers.firm import Firm
from handlers.jobs.closed_channel import KNOCK_AGAIN, ON_THE_CARD, told_elsewhere
from handlers.jobs.nobody_hears import tell_admins_instead
from handlers.jobs.steps import GiveUp, TryLater
from handlers.links.cards import card_for
from handlers.links.chain import links_before
from handlers.links.history import FOR_THE_MAKER, history
from handlers.links.tell import debt_key, events_heard, own_place
from handlers.news_kinds import ALL, wanted
from handlers.owed import milliseconds
from handlers.people.identify import may_hear
from handlers.ports import ChannelClosed, ChannelPoster, DeliveryRefused, DeliveryTrouble, FrontClosed, Ports, Posted
from models.database import retried
from models.job_queue import DUE, Claimed
from models.slack_ids import is_person
from models.tables import ChannelPost, Job, PaymentLink

_AFTER_THE_FIRST = 1.0  # seconds; the first card of a chain is posted by a job of its own


async def tell_channel(job: Claimed, ports: Ports) -> None:
    """One job a link and channel exists at a time, so lines cannot overtake each other.

    A crash between Slack's answer and our commit repeats one message; the card is edited, never posted twice, once its
    place is known.
    """
    if ports.channels is None:
        return
    link = await PaymentLink.get(id=job.payload["link"])
    channel = str(job.payload["channel"])
    if is_person(channel) and not await may_hear(channel, ports):  # their role was taken away
        if channel == own_place(link):
            await tell_admins_instead(link, channel, ports)
        return
    events = await events_heard(link, channel)
    post = await ChannelPost.get_or_none(link_id=link.id, channel=channel)
    if (post is None or not post.ts) and not await _belongs_there(link, channel, events, ports.firm):
        return  # its card comes with the first news that they want to hear
    if post is None:
        post, _ = await ChannelPost.get_or_create(link_id=link.id, channel=channel)
    try:
        await _tell(link, post, events, ports, ports.channels)
    except (ChannelClosed, FrontClosed) as closed:
        if await told_elsewhere(link, post, events, closed, ports):
            raise TryLater(str(closed), KNOCK_AGAIN) from closed
    except DeliveryRefused as trouble:
        raise GiveUp(f"{link.reference} could not be told in {post.channel}: {trouble}") from trouble
    except DeliveryTrouble as trouble:
        raise TryLater(str(trouble), trouble.retry_after) from trouble


async def _belongs_there(link: PaymentLink, channel: str, events: frozenset[str], firm: Firm) -> bool:
    """Whether its card is to stand there: there is news that they hear of, or the first of its chain stands there."""
    if ALL in events or any(wanted(line.kind, events) for line in await history(link, firm)):
        return True
    first = next(iter(await links_before(link)), None) if link.parent_id is not None else None
    return first is not None and await ChannelPost.filter(link_id=first.id, channel=channel).exclude(ts="").exists()


async def _tell(
    link: PaymentLink, post: ChannelPost, events: frozenset[str], ports: Ports, channels: ChannelPoster
) -> None:
    """Events that nobody there wants to hear of change the card, but have no line in its thread."""
    firm = ports.firm
    lines = await history(link, firm, after=post.told)
    await link.refresh_from_db()  # after its trail: the card may know more than the thread, never less
    card = await card_for(link, firm)
    if not post.ts:
        await _post(link, post, card, channels, ports.clock.now())
    else:
        await channels.edit_card(Posted(post.posted_to, post.ts), card)  # also when a balance link of its has news
    for line in lines:
        if line.kind not in ON_THE_CARD and wanted(line.kind, events):
            await _tell_line(link, post, line, channels)
        post.told = line.number
        await retried(lambda: post.save(update_fields=["told"]))


async def _post(link: PaymentLink, post: ChannelPost, card: LinkCard, channels: ChannelPoster, now: datetime) -> None:
    thread = await _thread_of_the_first(link, post.channel, now)
    posted = await channels.post_card(post.channel, card, thread)
    post.posted_to, post.ts, post.thread_ts = posted.channel, posted.ts, thread.ts if thread else ""
    # it stands there: if that were forgotten, it would be posted twice
    await retried(lambda: post.save(update_fields=["posted_to", "ts", "thread_ts"]))


async def _tell_line(link: PaymentLink, post: ChannelPost, line: HistoryLine, channels: ChannelPoster) -> None:
    """In a thread that several links share, each line says whose it is."""
    words = f"{link.reference}: {line.words}" if post.thread_ts else line.words
    wrong = WrongAddress(link.reference, line.wrong) if line.wrong else None
    await channels.tell_in_thread(
        Posted(post.posted_to, post.thread_ts or post.ts), words, wrong, _whom(link, post, line)
    )


def _whom(link: PaymentLink, post: ChannelPost, line: HistoryLine) -> str:
    """The link's maker, where the news is theirs to act on or was awaited, they did not make it, and are in Slack."""
    maker = link.created_by
    if line.kind not in FOR_THE_MAKER or maker in (line.who, post.channel) or "@" in maker:
        return ""
    return maker


async def _thread_of_the_first(link: PaymentLink, channel: str, now: datetime) -> Posted | None:
    """The thread in which a balance link's card belongs: under the card of the first link of its chain (X2).

    None where none of those stands in this channel, nor will. Raises TryLater: the first one's card is on its way.
    """
    for earlier in await links_before(link):
        post = await ChannelPost.get_or_none(link_id=earlier.id, channel=channel)
        if post is not None and post.ts:
            return Posted(post.posted_to, post.thread_ts or post.ts)
        if owed := await Job.get_or_none(dedup=debt_key(earlier.id, channel), state=DUE):
            wait = (owed.run_at - milliseconds(now)) / 1000  # long, where the channel takes nothing
            raise TryLater(f"the card of {earlier.reference} is to stand there first", max(wait, _AFTER_THE_FIRST))
    return None
