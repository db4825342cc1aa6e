"""Everything that people do in Slack goes the same way over HTTP and over Socket Mode, down to what is stored."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from bot.slack.manifest import ASK_SHORTCUT, BULK_SHORTCUT, NEW_LINK_SHORTCUT
from bot.slack.stand_in import PAYMENTS, SAM, SlackStandIn
from handlers.desk import Desk
from models.tables import Batch, PaymentLink
from tests.bot.slack.rig import Rig, rigged, words
from tests.cast import ONE_ACCOUNT_FIRM, Surroundings
from tests.handlers.batches.samples import JANE, OMAR, as_csv
from tests.waiting import eventually

pytestmark = pytest.mark.usefixtures("database")
CSV = as_csv(JANE, OMAR)


@pytest.fixture(params=[False, True], ids=["http", "socket"])
async def rig(request: pytest.FixtureRequest) -> AsyncIterator[Rig]:
    """The real desk behind one front and the other."""
    around = Surroundings(firm=replace(ONE_ACCOUNT_FIRM, public_url="https://pay.example.com"))
    async with rigged(Desk(around.ports), socket_mode=request.param, clock=around.clock) as built:
        await eventually(lambda: built.front.state() == "ok", "connecting")
        yield built


async def references() -> list[str]:
    return [link.reference for link in await PaymentLink.all().order_by("id")]


async def test_commands_mentions_and_direct_messages(rig: Rig) -> None:
    made = await rig.slack.type_command(SAM, PAYMENTS, "create 1250 for Jane Doe")
    (reference,) = await references()
    assert reference in words(made)
    await rig.slack.say(SAM, PAYMENTS, f"@Paylink show {reference}")
    await said_to(rig.slack, f"{reference}")
    await rig.slack.say(SAM, SAM, "list outstanding")
    await eventually(lambda: [m for m in rig.slack.messages(SAM) if "Outstanding" in words(m)], "the list")


async def said_to(slack: SlackStandIn, what: str, count: int = 2) -> None:
    await eventually(lambda: len([m for m in slack.ephemerals(SAM) if what in words(m)]) >= count, f"{what} to be said")


async def test_a_press_is_done_once_however_often_it_comes(rig: Rig) -> None:
    """(M14)"""
    made = await rig.slack.type_command(SAM, PAYMENTS, "create 1250 for Jane Doe")
    for _ in range(5):
        assert (await rig.slack.redeliver(rig.slack.sent[-1])).failure == ""
    assert len(await references()) == 1
    answer = await rig.slack.click(SAM, PAYMENTS, made["ts"], "cancel_link")
    assert "cancelled" in words(answer).lower()
    before = (await PaymentLink.get()).event_count
    for _ in range(5):
        assert (await rig.slack.redeliver(rig.slack.sent[-1])).failure == ""
    assert (await PaymentLink.get()).event_count == before


async def test_forms_from_the_command_the_menu_and_a_message(rig: Rig) -> None:
    await rig.slack.type_command(SAM, PAYMENTS, "")
    await filled_in(rig, "100")
    await rig.slack.take_shortcut(SAM, NEW_LINK_SHORTCUT)
    await filled_in(rig, "200")
    message = await rig.slack.say(SAM, PAYMENTS, "Jane Doe owes us $300 for invoice 1042")
    await rig.slack.take_message_shortcut(SAM, PAYMENTS, message["ts"], ASK_SHORTCUT)
    await filled_in(rig, "300")
    assert [link.amount_minor for link in await PaymentLink.all().order_by("id")] == [10_000, 20_000, 30_000]


async def filled_in(rig: Rig, amount: str) -> None:
    """Send the form in front once it has its fields; a wrong amount is said on its field first."""

    def ready() -> dict[str, Any] | None:
        view = rig.slack.view_of(SAM)
        return view if view and any(block["block_id"] == "amount" for block in view["blocks"]) else None

    await eventually(ready, "the form")
    assert set((await rig.slack.submit(SAM, {"amount": "abc"}))["errors"]) == {"amount"}
    assert await rig.slack.submit(SAM, {"amount": amount}) == {}
    wanted = int(amount) * 100

    async def stored() -> bool:
        return await PaymentLink.filter(amount_minor=wanted).exists()

    await eventually(stored, "the link")


async def test_files_in_a_direct_message_beside_a_mention_and_in_a_form(rig: Rig) -> None:
    await rig.slack.share(SAM, SAM, {"may.csv": CSV})
    await batches(1)
    await rig.slack.share(SAM, PAYMENTS, {"june.csv": CSV}, "@Paylink again")
    await batches(2)
    await rig.slack.take_shortcut(SAM, BULK_SHORTCUT)

    def ready() -> dict[str, Any] | None:
        view = rig.slack.view_of(SAM)
        return view if view and any(b.get("element", {}).get("type") == "file_input" for b in view["blocks"]) else None

    form = await eventually(ready, "the form")
    field = next(b["block_id"] for b in form["blocks"] if b.get("element", {}).get("type") == "file_input")
    again = {"again": ["again"]} if any(b["block_id"] == "again" for b in form["blocks"]) else {}
    await rig.slack.submit(SAM, {field: [rig.slack.upload(SAM, "july.csv", CSV + b" ")], **again})
    await batches(3)
    assert [batch.filename for batch in await Batch.all().order_by("id")] == ["may.csv", "june.csv", "july.csv"]


async def batches(count: int) -> None:
    async def stored() -> bool:
        return await Batch.all().count() >= count

    await eventually(stored, f"batch {count}")


async def test_the_home_tab_and_what_is_in_it(rig: Rig) -> None:
    await rig.slack.type_command(SAM, PAYMENTS, "create 1250 for Jane Doe")
    (reference,) = await references()
    await rig.slack.open_home(SAM)
    await eventually(lambda: reference in words(rig.slack.home_of(SAM) or {}), "the link in Home")
    new = next(
        element
        for block in (rig.slack.home_of(SAM) or {})["blocks"]
        for element in block.get("elements", ())
        if element.get("text", {}).get("text") == "New payment link"
    )
    await rig.slack.click_in_home(SAM, new["action_id"])
    await filled_in(rig, "200")
    assert [link.amount.minor for link in await PaymentLink.all().order_by("id")] == [125_000, 20_000]
