"""Showing one link with its history, and its bare URL."""

from __future__ import annotations

from handlers.answers import LinkCopied, LinkShown
from handlers.links.cards import card_for
from handlers.links.find import find_for
from handlers.links.history import history
from handlers.ports import Ports
from handlers.reminders.ledger import reminder_lines
from handlers.requests import Asker, CopyLink, ShowLink


async def show_link(asked: ShowLink, by: Asker, ports: Ports) -> LinkShown:
    """Raises NotFound."""
    link = await find_for(by, asked.reference, ports)
    reminders = await reminder_lines(link, ports)
    return LinkShown(await card_for(link, ports.firm), await history(link, ports.firm), reminders)


async def copy_link(asked: CopyLink, by: Asker, ports: Ports) -> LinkCopied:
    """Raises NotFound."""
    link = await find_for(by, asked.reference, ports)
    return LinkCopied(link.reference, ports.firm.page_url(link.token))
