"""A list of invoices shared in Slack, with the real desk behind its review."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial

from bot.slack.stand_in import NOOR, SAM, VERA
from handlers.desk import Desk
from handlers.firm import Firm
from handlers.people.identify import slack_asker
from models.tables import StaffMember
from tests.bot.slack.rig import Json, Rig, rigged, words
from tests.cast import ONE_ACCOUNT_FIRM, Surroundings
from tests.handlers.batches.samples import as_csv
from tests.waiting import eventually

Row = Sequence[str]


def clients(count: int) -> list[Row]:
    return [
        (f"INV-{n}", "", "2026-12-15", f"Client {n}", f"{n}.25", f"client{n}@x.example", "")
        for n in range(1, count + 1)
    ]


@asynccontextmanager
async def desk_in_slack(firm: Firm = ONE_ACCOUNT_FIRM) -> AsyncIterator[tuple[Rig, Surroundings]]:
    """Noor is an admin, Sam is staff, Vera looks on."""
    around = Surroundings(firm=replace(firm, admins=frozenset({NOOR})))
    for who, role in ((SAM, "staff"), (VERA, "viewer")):
        await StaffMember.create(slack_id=who, name="", role=role)
    async with rigged(Desk(around.ports), identify=partial(slack_asker, ports=around.ports)) as rig:
        yield rig, around


async def reviewed(rig: Rig, *rows: Row, user: str = SAM, channel: str = "") -> Json:
    """Share a list; the message with its review."""
    mention = "@Paylink" if channel else ""
    await rig.slack.share(user, channel or user, {"may.csv": as_csv(*rows)}, mention)
    return newest(rig, user, channel)


def newest(rig: Rig, user: str = SAM, channel: str = "") -> Json:
    found: Json = (rig.slack.ephemerals(user, channel) if channel else rig.slack.messages(user))[-1]
    return found


async def press(rig: Rig, action: str, value: str = "", *, user: str = SAM, channel: str = "") -> Json:
    """Press something under the newest review; the message as it is then."""
    shown = newest(rig, user, channel)
    await rig.slack.click(user, channel or user, shown["ts"], action, value)
    return newest(rig, user, channel)


async def after(rig: Rig, said: str, user: str = SAM, seconds: float = 60) -> Json:
    """The newest message once it says something: what a form did is told when the form is closed."""

    def look() -> Json | None:
        shown = newest(rig, user)
        return shown if said in words(shown) else None

    found: Json = await eventually(look, f"the review to say {said!r}", seconds)
    return found


def rows_in(message: Json) -> list[int]:
    return [int(block["block_id"][4:]) for block in message["blocks"] if block["block_id"].startswith("row_")]
