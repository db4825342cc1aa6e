"""A payer's own wish: no more reminders to their address. Payment requests go out all the same."""

from __future__ import annotations

from dataclasses import dataclass

from tortoise.transactions import in_transaction

from handlers.links.tell import owe_news
from handlers.links.trail import note
from handlers.ports import Ports
from handlers.requests import PAYER
from models.by_key import by_key
from models.link_states import LinkState
from models.tables import PayerAddress, PaymentLink, Recipient

_MOST_TOLD = 20  # links whose threads hear of it


@dataclass(frozen=True, slots=True)
class Subscription:
    """What the page says of an address."""

    address: str  # so much of it as its owner needs to know it: who has the page's address need not be them
    stopped: bool


async def subscription(token: str) -> Subscription | None:
    """The address of a token; None: there is none."""
    payer = await by_key(PayerAddress, "token", token)
    return Subscription(_veiled(payer.address), payer.stopped_at is not None) if payer else None


async def stop_reminders(token: str, ports: Ports) -> Subscription | None:
    """No more reminders to the address of a token, from now on and for good; asked twice it is the same.

    None: there is no such token.
    """
    payer = await by_key(PayerAddress, "token", token)
    if payer is None:
        return None
    now = ports.clock.now()
    async with in_transaction():
        if await PayerAddress.filter(id=payer.id, stopped_at=None).update(stopped_at=now):
            of_links = await Recipient.filter(address__iexact=payer.address).values_list("link_id", flat=True)
            links = PaymentLink.filter(id__in=sorted(of_links)[-1000:], state=LinkState.OPEN)
            for link in await links.order_by("-id").limit(_MOST_TOLD):
                await note(link, "unsubscribed", PAYER, now, {"to": payer.address})
                await owe_news(link, now, ports)
    return Subscription(_veiled(payer.address), stopped=True)


def _veiled(address: str) -> str:
    """`j…@client.example`."""
    name, _, domain = address.partition("@")
    return f"{name[:1]}…@{domain}"
