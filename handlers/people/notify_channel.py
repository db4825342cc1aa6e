"""Naming the channel that hears of every link, besides the one it was asked for in."""

from __future__ import annotations

from handlers.links.tell import NOTIFICATIONS
from models.tables import FirmSetting


async def notify_channel(channel: str) -> None:
    """Set the firm's notifications channel, a Slack channel id."""
    await FirmSetting.update_or_create(defaults={"value": channel}, name=NOTIFICATIONS)
