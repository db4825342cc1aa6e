"""A form that none of our pages would send is kept in its link's trail: somebody may be trying the page (B51)."""

from __future__ import annotations

import structlog
from tortoise.transactions import in_transaction

from handlers.links.trail import note
from handlers.ports import Ports
from handlers.requests import PAYER
from models.database import retried
from models.errors import PaylinkError
from models.tables import LinkEvent, PaymentLink

log = structlog.get_logger()
KEPT = 5  # a link; the rest is in the log alone, so that nobody can fill the trail


async def keep_refused_form(token: str, why: str, ports: Ports) -> None:
    """`why` in words of ours: nothing of what was sent is kept. It raises no PaylinkError: the payer is answered."""
    try:
        await retried(lambda: _keep(token, why, ports))
    except PaylinkError:
        log.exception("page.refused_form_not_kept")


async def _keep(token: str, why: str, ports: Ports) -> None:
    async with in_transaction():
        link = await PaymentLink.get_or_none(token=token)
        if link is None or await LinkEvent.filter(link_id=link.id, kind="form_refused").count() >= KEPT:
            return
        await note(link, "form_refused", PAYER, ports.clock.now(), {"why": why})
