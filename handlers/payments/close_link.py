"""Closing a link, cancelled or expired: Stripe is the arbiter of whether a payer was first (M03, M15)."""

from __future__ import annotations

from datetime import timedelta

from tortoise.transactions import in_transaction

from handlers.links.tell import owe_news
from handlers.links.trail import LinkNotOpen, become
from handlers.owed import owe
from handlers.payments.attempts import learn_session, live_attempt
from handlers.payments.payer_letters import owe_cancelled_letters
from handlers.payments.settle import record_truth
from handlers.ports import Ports
from handlers.requests import PAYLINK, Actor, Door
from models.link_states import LinkState
from models.tables import CheckoutAttempt, LinkEvent, PaymentLink

SWEEP = timedelta(seconds=30)  # F08: how soon a close that Stripe did not answer is tried again
UNTOLD: dict[str, object] = {"tell_payer": False}  # in the detail of an event of closing


async def ask_to_close(
    link: PaymentLink, closing_as: LinkState, by: Actor, name: str, ports: Ports, *, tell_payer: bool = True
) -> None:
    """From now on nobody can begin to pay; Stripe has yet to say whether somebody was first.

    `tell_payer`: once it is cancelled, by letter. Raises LinkNotOpen.
    """
    now = ports.clock.now()
    async with in_transaction():
        detail: dict[str, object] = {"as": closing_as.value, "name": name, **({} if tell_payer else UNTOLD)}
        await become(link, LinkState.CLOSING, by, now, detail=detail, closing_as=closing_as)
        await owe("finish_closing", {"link": link.id}, now + SWEEP, dedup=f"close:{link.id}")
        await owe_news(link, now, ports)


async def close_link(link_id: int, ports: Ports) -> None:
    """Bring a CLOSING link to its end, if Stripe lets us; a link in any other state is left as it is.

    Raises ProcessorTrouble: Stripe did not answer; the link stays CLOSING and the sweeper comes back.
    """
    link = await PaymentLink.get(id=link_id)
    if link.state is not LinkState.CLOSING:
        return
    attempt = await live_attempt(link)
    if attempt is not None:
        await _close_attempt(attempt, ports)
        await link.refresh_from_db()
    await _finish(link, ports)


async def _close_attempt(attempt: CheckoutAttempt, ports: Ports) -> None:
    if attempt.session_id is None and not await learn_session(attempt, ports):
        return
    assert attempt.session_id is not None  # noqa: S101  just learned
    truth = await ports.cards.close_checkout(attempt.account, attempt.session_id)
    await record_truth(attempt, truth, ports)


async def _finish(link: PaymentLink, ports: Ports) -> None:
    if link.state is not LinkState.CLOSING or link.closing_as is None:
        return
    closing_as = link.closing_as
    asked = await LinkEvent.filter(link_id=link.id, kind="closing").order_by("-number").first()
    by = Actor(asked.who, Door(asked.door)) if asked else PAYLINK
    detail: dict[str, object] = {"name": asked.detail.get("name", "")} if asked else {}
    now = ports.clock.now()
    try:
        async with in_transaction():
            await become(link, closing_as, by, now, detail=detail)
            if closing_as is LinkState.CANCELLED and asked and not asked.detail.items() >= UNTOLD.items():
                await owe_cancelled_letters(link, ports)
            await owe_news(link, now, ports)
    except LinkNotOpen:
        return  # settled or closed elsewhere meanwhile; what happened there is told there
