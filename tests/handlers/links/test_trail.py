"""The trail of a link stays whole whoever writes to it at the same time."""

from __future__ import annotations

import asyncio

from tortoise.transactions import in_transaction

from handlers.links.create_link import create_link
from handlers.links.trail import note
from handlers.links.verify_trail import verify_trails
from handlers.requests import PAYLINK, CreateLink
from models.money import Money
from models.tables import PaymentLink
from tests.cast import SAM, Surroundings


async def test_events_of_one_link_written_at_once_follow_one_another(database: str) -> None:
    """(M10) On PostgreSQL each waits for the one before, and must then see what that wrote."""
    around = Surroundings()
    await create_link(CreateLink(Money(10000, "USD"), "operating"), SAM.in_slack(), around.ports)

    async def told(number: int) -> None:
        link = await PaymentLink.get()
        async with in_transaction():
            await note(link, "mailed", PAYLINK, around.clock.now(), {"to": f"{number}@acme.example"})
            await asyncio.sleep(0.01)  # the others come while the transaction is open

    await asyncio.gather(*[told(number) for number in range(8)])
    assert await verify_trails() == (9, ())
