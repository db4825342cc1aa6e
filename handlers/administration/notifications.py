"""Which channel hears of every link, besides the one it was asked for in."""

from __future__ import annotations

from tortoise.transactions import in_transaction

from handlers.administration.firm_trail import hold_trail, keep_change
from handlers.answers import Overview, OverviewLine
from handlers.links.tell import NOTIFICATIONS
from handlers.ports import DeliveryRefused, DeliveryTrouble, Ports
from handlers.requests import Asker, RouteNews, ShowNotifications
from models.errors import PaylinkError
from models.tables import FirmSetting

_HOW = (
    "`notifications all #channel` names the channel that hears of every link, `notifications all off` none. "
    "The channel that a link is asked for in hears of it always; else its maker does, in person."
)


class ChannelUnfit(PaylinkError):
    """Paylink cannot post there."""

    code = "channel_unfit"


async def show_notifications(asked: ShowNotifications, ports: Ports) -> Overview:
    """The map as it is."""
    row = await FirmSetting.get_or_none(name=NOTIFICATIONS)
    return Overview("Notifications", (_line(row.value if row else ""),), (_HOW,))


async def route_news(asked: RouteNews, by: Asker, ports: Ports) -> Overview:
    """Name the channel, or none. Paylink says so there first, so that a channel it cannot post to is never kept.

    Raises ChannelUnfit.
    """
    row = await FirmSetting.get_or_none(name=NOTIFICATIONS)
    if asked.channel and asked.channel != (row.value if row else ""):
        await _greet(asked.channel, by, ports)
    async with in_transaction():
        await hold_trail()
        row = await FirmSetting.get_or_none(name=NOTIFICATIONS)
        before = row.value if row else ""
        if before != asked.channel:
            await notify_channel(asked.channel)
            await keep_change("notifications", by, "the channel that hears of every link", before, asked.channel, ports)
    ports.wake()
    note = "It was so before; nothing was changed." if before == asked.channel else "It holds from now on."
    return Overview("Notifications", (_line(asked.channel),), (note,))


async def notify_channel(channel: str) -> None:
    """Set the channel, a Slack channel id; blank: none. By itself for the sandbox, where nobody has to be asked."""
    await FirmSetting.update_or_create(defaults={"value": channel}, name=NOTIFICATIONS)


async def _greet(channel: str, by: Asker, ports: Ports) -> None:
    if ports.channels is None:
        raise ChannelUnfit("Slack is off here, so no channel can be told anything.")
    try:
        await ports.channels.tell(
            channel, f"This channel hears of every payment link from now on, as {by.name} wishes."
        )
    except DeliveryRefused as refused:
        raise ChannelUnfit(
            f"Paylink cannot post there ({refused}), so nothing was changed. Invite it with `/invite @Paylink`; "
            "a channel shared with another company cannot be used."
        ) from refused
    except DeliveryTrouble as trouble:
        raise ChannelUnfit(
            "Slack does not answer just now, so nothing was changed. Try again in a minute."
        ) from trouble


def _line(channel: str) -> OverviewLine:
    return OverviewLine("all", channel or "off", "every event of every link", channel=channel)
