"""Forms that no page of ours would send stand in the link's trail, and do not fill it (B51)."""

from __future__ import annotations

from handlers.links.create_link import create_link
from handlers.links.history import history
from handlers.links.verify_trail import verify_trails
from handlers.payments.refused_form import KEPT, keep_refused_form
from handlers.requests import CreateLink
from models.money import Money
from models.tables import PaymentLink
from tests.cast import SAM, Surroundings


async def test_a_refused_form_is_in_the_trail_and_a_flood_of_them_is_not(database: str) -> None:
    around = Surroundings()
    await create_link(CreateLink(Money(10000, "USD"), "operating"), SAM.in_slack(), around.ports)
    link = await PaymentLink.get()
    for _ in range(KEPT + 20):
        await keep_refused_form(link.token, "it has fields that the page does not have", around.ports)
    await keep_refused_form("no-such-token-0123456789", "it holds a NUL", around.ports)
    await link.refresh_from_db()
    told = [line.words for line in await history(link, around.ports.firm) if line.kind == "form_refused"]
    assert len(told) == KEPT
    assert told[0].endswith("(it has fields that the page does not have). Nothing was charged.")
    assert await verify_trails() == (1 + KEPT, ())
