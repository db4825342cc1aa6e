"""Which links a person may see where they stand: admins all of them, others their own and those of their channels.

Another link is "not found here" (B17), whatever is asked of it: shown, copied, cancelled, sent again, listed, exported.
"""

from __future__ import annotations

from dataclasses import dataclass

from tortoise.expressions import Q, Subquery

from handlers.firm import Firm
from handlers.requests import Asker, Role
from models.slack_ids import is_channel
from models.tables import ChannelPost, PaymentLink


@dataclass(frozen=True, slots=True)
class Window:
    """Channels through which links are seen: those asked for there, and those whose card stands there."""

    channels: tuple[str, ...]
    accounts: tuple[str, ...] | None  # KEYs that the channels serve; None: every account


@dataclass(frozen=True, slots=True)
class Sight:
    """What one person may see, as a frozen value: the same for a list, its counts, its export and a single link."""

    everything: bool = False
    made_by: tuple[str, ...] = ()  # links made by one of these are their own: a Slack id and a mail address
    windows: tuple[Window, ...] = ()


def sight_of(by: Asker, firm: Firm) -> Sight:
    """In a channel: their own links and that channel's. Elsewhere: their own, and of the channels that they are in."""
    if by.role is Role.ADMIN:
        return Sight(everything=True)
    if by.role is Role.NOBODY:
        return Sight()
    own = tuple(sorted({by.key, by.email} - {""}))
    channels = (by.channel,) if is_channel(by.channel) else tuple(sorted(by.channels))
    if not firm.channel_map:
        return Sight(made_by=own, windows=(Window(channels, None),) if channels else ())
    served = [(channel, firm.channel_map[channel]) for channel in channels if channel in firm.channel_map]
    return Sight(made_by=own, windows=tuple(Window((channel,), tuple(sorted(keys))) for channel, keys in served))


def seen(sight: Sight) -> Q:
    """The filter on PaymentLink that a sight stands for."""
    if sight.everything:
        return Q()
    found = Q(created_by__in=sight.made_by)
    for window in sight.windows:
        posted = Subquery(ChannelPost.filter(channel__in=window.channels).values("link_id"))
        here = Q(channel__in=window.channels) | Q(id__in=posted)
        found |= here if window.accounts is None else here & Q(account__in=window.accounts)
    return found


async def sees(sight: Sight, link: PaymentLink) -> bool:
    """Whether one link is within it."""
    if sight.everything or link.created_by in sight.made_by:
        return True
    return await PaymentLink.filter(seen(sight), id=link.id).exists()
