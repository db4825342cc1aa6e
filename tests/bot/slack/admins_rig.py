"""An admin at the forms, with the real desk behind them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from typing import Any

from bot.slack.poster import SlackPoster
from bot.slack.stand_in.people import NOOR, PAYMENTS
from handlers.answers import Answer
from handlers.desk import Desk
from handlers.firm import Firm
from handlers.people.identify import slack_asker
from handlers.ports import Ports
from handlers.requests import Asker, Request
from tests.bot.slack.rig import UNHURRIED, Rig, rigged
from tests.cast import FIRM, Surroundings
from tests.fake_cards import FakeCards

OPERATED = replace(FIRM, admins=frozenset({NOOR}), captcha_provider="altcha")


class Held:
    """A desk over ports that are known only once the front stands: its poster is the front's own."""

    def __init__(self, around: Surroundings) -> None:
        self.around = around
        self.poster: SlackPoster | None = None
        self.hold = asyncio.Event()  # answers come once it is set
        self.hold.set()

    @property
    def ports(self) -> Ports:
        return replace(self.around.ports, channels=self.poster)

    async def ask(self, by: Asker, request: Request) -> Answer:
        await self.hold.wait()
        return await Desk(self.ports).ask(by, request)

    def __getattr__(self, name: str) -> Any:
        return getattr(Desk(self.ports), name)


@asynccontextmanager
async def admins_rig(firm: Firm = OPERATED, patience: float = UNHURRIED) -> AsyncIterator[tuple[Rig, Surroundings]]:
    around = Surroundings(firm=firm, cards=FakeCards())
    desk = Held(around)
    async with rigged(desk, identify=partial(slack_asker, ports=around.ports), patience=patience) as rig:
        desk.poster = rig.line.poster
        yield rig, around


async def opened(rig: Rig, word: str, user: str = NOOR) -> dict[str, Any]:
    await rig.slack.type_command(user, PAYMENTS, word)
    return front(rig, user)


def front(rig: Rig, user: str = NOOR) -> dict[str, Any]:
    view = rig.slack.view_of(user)
    assert view is not None
    return view


def initial(view: dict[str, Any], label: str) -> str:
    """What a field began with."""
    [element] = [b["element"] for b in view["blocks"] if b["type"] == "input" and b["label"]["text"] == label]
    if "initial_options" in element:
        return " ".join(option["value"] for option in element["initial_options"])
    return str(element.get("initial_value") or (element.get("initial_option") or {}).get("value") or "")
