"""How often one link may be tried within a day (T07): whoever tests stolen cards on it meets a stop."""

from __future__ import annotations

from datetime import datetime, timedelta

from tortoise.transactions import in_transaction

from handlers.jobs.tell_admins import owe_admins
from handlers.links.tell import owe_news
from handlers.links.trail import note
from handlers.payments.human_check import first_time
from handlers.ports import Ports
from handlers.requests import PAYER
from models.by_key import by_key
from models.errors import PaylinkError
from models.tables import CheckoutAttempt, LinkEvent, PaymentLink

# Sessions that were opened, and cards that were declined in them. A payer whose card does not work tries it twice, a
# second card twice, and perhaps comes back in the evening: that is half of it. Who tests cards needs hundreds.
MOST_TRIES = 10
WITHIN = timedelta(days=1)


class TriedTooOften(PaylinkError):
    """The link was tried as often as it may be within a day."""

    code = "tried_too_often"

    def __init__(self, again_in: timedelta) -> None:
        super().__init__("This link was tried very often today.")
        self.again_in = again_in


async def may_be_tried(token: str, ports: Ports) -> None:
    """Raises TriedTooOften: the link's trail, its channels and the admins have been told then, once a day."""
    link = await by_key(PaymentLink, "token", token)
    if link is None:
        return
    now = ports.clock.now()
    tries = await _tries(link, now - WITHIN)
    if len(tries) < MOST_TRIES:
        return
    await _tell_once(link, len(tries), now, ports)
    raise TriedTooOften(tries[-MOST_TRIES] + WITHIN - now)


async def _tries(link: PaymentLink, since: datetime) -> list[datetime]:
    """When the link was tried, oldest first."""
    opened = await CheckoutAttempt.filter(link_id=link.id, created_at__gt=since).values_list("created_at", flat=True)
    declined = LinkEvent.filter(link_id=link.id, kind="failed", at__gt=since)
    return sorted([*opened, *await declined.values_list("at", flat=True)])  # type: ignore[list-item]  # moments, each


async def _tell_once(link: PaymentLink, count: int, now: datetime, ports: Ports) -> None:
    async with in_transaction():
        if not await first_time("told", f"tries {link.reference} {now:%Y-%m-%d}", ports):
            return
        await note(link, "tried_often", PAYER, now, {"count": count})
        words = (
            f"{link.reference} was tried {count} times within a day, so its page takes no more for now. "
            f"`show {link.reference}` has its history."
        )
        await owe_admins(words, now, ports, about=f"tries-{link.reference}")
        await owe_news(link, now, ports)
