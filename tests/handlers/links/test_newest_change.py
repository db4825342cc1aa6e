"""What tells the fronts that links have changed."""

from __future__ import annotations

import pytest

from handlers.links.create_link import create_link
from handlers.links.newest_change import newest_change
from handlers.links.trail import note
from handlers.requests import PAYLINK, CreateLink
from models.money import Money
from models.tables import LinkEvent, PaymentLink
from tests.cast import SAM, Surroundings


async def test_it_moves_with_each_change_and_only_then(database: str) -> None:
    """(F42)"""
    around = Surroundings()
    before = await newest_change()
    await create_link(CreateLink(Money(10000, "USD"), "operating"), SAM.in_slack(), around.ports)
    made = await newest_change()
    assert made != before
    assert await newest_change() == made
    await note(await PaymentLink.get(), "mailed", PAYLINK, around.clock.now(), {"to": "jane@acme.example"})
    assert await newest_change() != made


@pytest.mark.own_rows
async def test_it_moves_when_of_two_transactions_the_older_one_ends_last(database: str) -> None:
    """On PostgreSQL an event may appear after one with a higher id."""
    around = Surroundings()
    event = LinkEvent(link_id=1, number=1, kind="mailed", who="x", door="slack", at=around.clock.now(), hash="0" * 64)
    await LinkEvent.bulk_create([event.clone(pk=5001)])
    before = await newest_change()
    await LinkEvent.bulk_create([event.clone(pk=5000).update_from_dict({"number": 2})])
    assert await newest_change() != before
