"""Stripe will not open a payer's page, and only the firm can mend it: the people there are told (F05, F06)."""

from __future__ import annotations

from tortoise.transactions import in_transaction

from handlers.links.tell import owe_news
from handlers.links.trail import note
from handlers.payments.human_check import first_time
from handlers.people.messages import owe_admins
from handlers.ports import Ports, ProcessorDenied, ProcessorTrouble
from handlers.requests import STRIPE
from models.plain_text import plain_line
from models.tables import CheckoutAttempt, PaymentLink


async def tell_refusal(attempt: CheckoutAttempt, trouble: ProcessorTrouble, ports: Ports) -> None:
    """A key that is revoked is the admins' matter, told once an hour; a request that is refused is the link's.

    The limits of amounts are checked when a link is made. What can be known at the payment only is, for one, whether an
    amount in another currency is worth Stripe's minimum in the one that the account is paid out in.
    """
    why = plain_line(str(trouble))[:300]
    if isinstance(trouble, ProcessorDenied):
        await _tell_admins(attempt.account, why, ports)
    else:
        await _tell_channel(attempt, why, ports)
    ports.wake()


async def _tell_admins(account: str, why: str, ports: Ports) -> None:
    now = ports.clock.now()
    words = f"Nobody can pay into the account {account} at the moment: Stripe does not take its key. {why}"
    async with in_transaction():
        if await first_time("told", f"key {account} {now:%Y-%m-%d %H}", ports):
            await owe_admins(words, now, ports, about=f"key-{account}")


async def _tell_channel(attempt: CheckoutAttempt, why: str, ports: Ports) -> None:
    now = ports.clock.now()
    async with in_transaction():
        if not await first_time("told", f"refused {attempt.idempotency_key}", ports):
            return
        link = await PaymentLink.get(id=attempt.link_id)
        await note(link, "refused", STRIPE, now, {"why": why})
        await owe_news(link, now, ports)
