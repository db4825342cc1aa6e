"""Expiry, and closes that Stripe did not answer at once."""

from __future__ import annotations

from handlers.jobs.steps import TryLater
from handlers.links.trail import LinkNotOpen
from handlers.payments.close_link import ask_to_close, close_link
from handlers.ports import Ports, ProcessorTrouble
from handlers.requests import PAYLINK
from models.job_queue import Claimed
from models.link_states import LinkState
from models.tables import PaymentLink


async def expire_link(job: Claimed, ports: Ports) -> None:
    """The link's time is over: close it through the same protocol as a cancel, so that no payment is cut off (M15)."""
    link = await PaymentLink.get(id=job.payload["link"])
    now = ports.clock.now()
    if link.expires_at is None or link.expires_at > now:  # given more time meanwhile, or the clock stepped back (F35)
        if link.expires_at is not None:
            raise TryLater("not yet", (link.expires_at - now).total_seconds())
        return
    try:
        await ask_to_close(link, LinkState.EXPIRED, PAYLINK, "Paylink", ports)
    except LinkNotOpen:
        return
    await _close(link.id, ports)


async def finish_closing(job: Claimed, ports: Ports) -> None:
    """The sweeper of closes (F08): until Stripe says who was first."""
    await _close(int(job.payload["link"]), ports)


async def _close(link_id: int, ports: Ports) -> None:
    try:
        await close_link(link_id, ports)
    except ProcessorTrouble as trouble:
        raise TryLater(str(trouble), 30) from trouble
