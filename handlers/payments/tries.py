"""How often one link may be tried within a day (T07): whoever tests stolen cards on it meets a stop.

Cards are tried on Stripe's page, so its session is ended, too; the way to another leads through our page, and there
through the check that a person pays, or to the end of the tries.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from tortoise.transactions import in_transaction

from handlers.links.tell import owe_news
from handlers.links.trail import note
from handlers.payments.attempts import live_attempt
from handlers.payments.human_check import first_time
from handlers.payments.settle import MOST_FAILURES, record_truth
from handlers.people.messages import owe_admins
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
    tries = await _tries(link, now)
    if tries.too_many:
        await _tell_once(link, tries, now, ports)
        raise TriedTooOften(tries.again_in(now))


async def end_session_of_many_tries(account: str, intent: dict[str, Any], ports: Ports) -> None:
    """A card was declined: end the session where it was one too many. Raises ProcessorTrouble."""
    metadata = intent.get("metadata") or {}
    link = await PaymentLink.get_or_none(reference=str(metadata.get("reference", "")), account=account)
    if link is None:
        return
    now = ports.clock.now()
    tries = await _tries(link, now)
    if not tries.too_many:
        return
    attempt = await live_attempt(link)
    if attempt is not None and attempt.session_id:
        await record_truth(attempt, await ports.cards.close_checkout(attempt.account, attempt.session_id), ports)
    await _tell_once(link, tries, now, ports)


@dataclass(frozen=True, slots=True)
class _Tries:
    within_a_day: list[datetime]  # oldest first
    declined_ever: int

    @property
    def too_many(self) -> bool:
        """A trail keeps no more than MOST_FAILURES declined cards, so those after them are too many on any day."""
        return len(self.within_a_day) >= MOST_TRIES or self.declined_ever >= MOST_FAILURES

    def again_in(self, now: datetime) -> timedelta:
        return self.within_a_day[-MOST_TRIES] + WITHIN - now if len(self.within_a_day) >= MOST_TRIES else WITHIN


async def _tries(link: PaymentLink, now: datetime) -> _Tries:
    opened = await CheckoutAttempt.filter(link_id=link.id, created_at__gt=now - WITHIN)
    declined = await LinkEvent.filter(link_id=link.id, kind="failed")
    recent = [event.at for event in declined if event.at > now - WITHIN]
    return _Tries(sorted([attempt.created_at for attempt in opened] + recent), len(declined))


async def _tell_once(link: PaymentLink, tries: _Tries, now: datetime, ports: Ports) -> None:
    count = max(len(tries.within_a_day), tries.declined_ever)
    async with in_transaction():
        if not await first_time("told", f"tries {link.reference} {now:%Y-%m-%d}", ports):
            return
        await note(link, "tried_often", PAYER, now, {"count": count})
        words = (
            f"{link.reference} was tried {count} times, perhaps to test stolen cards, so its checkout page was closed. "
            f"`show {link.reference}` has its history."
        )
        await owe_admins(words, now, ports, about=f"tries-{link.reference}")
        await owe_news(link, now, ports)
