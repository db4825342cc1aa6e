"""Home of an admin at a firm with twelve links."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from bot.slack.stand_in import PAYMENTS, SAM
from handlers.links.create_link import create_link
from handlers.requests import Asker, CreateLink, Door, Role
from models.link_states import LinkState
from models.money import Money
from models.tables import PaymentLink
from tests.bot.slack.rig import Json, Rig
from tests.cast import SAM as STAFF
from tests.cast import Surroundings


async def twelve_links() -> Surroundings:
    """Twelve links of 10 to 120 dollars; the two oldest are cancelled."""
    around = Surroundings()
    for number in range(1, 13):
        asked = CreateLink(
            Money(number * 1000, "USD"),
            "operating",
            emails=(f"client{number}@acme.example",),
            payer_name=f"Client {number:02}",
        )
        await create_link(asked, STAFF.in_slack(PAYMENTS), around.ports)
        around.clock.tick(timedelta(hours=1))
    await PaymentLink.filter(id__lte=2).update(state=LinkState.CANCELLED)
    return around


def as_role(role: Role) -> Any:
    async def identify(user_id: str, name: str, email: str, channel: str, delivery: str) -> Asker:
        return Asker(user_id, name, role, Door.SLACK, channel, email, delivery)

    return identify


def home(rig: Rig) -> Json:
    view = rig.slack.home_of(SAM)
    assert view is not None
    return view


def window(rig: Rig) -> Json:
    view = rig.slack.view_of(SAM)
    assert view is not None
    return view


def labels(view: Json) -> list[str]:
    rows = [block["elements"] for block in view["blocks"] if block["type"] == "actions"]
    return [one["text"]["text"] for row in rows for one in row if "text" in one]


def clients(view: Json) -> list[str]:
    """Those of the rows of a Home, top to bottom."""
    said = [block["text"]["text"] for block in view["blocks"] if block["type"] == "section" and "accessory" in block]
    return [part for text in said for part in text.replace("\n", "  ·  ").split("  ·  ") if part.startswith("Client")]


async def reference_of(client: str) -> str:
    return (await PaymentLink.get(payer_name=client)).reference
