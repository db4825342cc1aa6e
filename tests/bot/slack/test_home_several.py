"""Several links at once, from Home (F57)."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from typing import Any

import openpyxl
import pytest

from bot.slack.stand_in import SAM
from handlers.desk import Desk
from handlers.requests import Role
from models.link_states import LinkState
from models.tables import InboundLetter, PaymentLink, Recipient, Reminder
from tests.bot.slack.home_rig import as_role, home, labels, reference_of, twelve_links, window
from tests.bot.slack.rig import Json, Rig, rigged, words
from tests.cast import Surroundings
from tests.waiting import eventually

pytestmark = [pytest.mark.usefixtures("database"), pytest.mark.own_rows]


@pytest.fixture
async def around() -> Surroundings:
    return await twelve_links()


@pytest.fixture
async def rig(around: Surroundings) -> AsyncIterator[Rig]:
    async with rigged(Desk(around.ports), identify=as_role(Role.ADMIN)) as built:
        yield built


async def submitted(rig: Rig, act: str, *names: str) -> Json:
    await rig.slack.open_home(SAM)
    await rig.slack.click_in_home(SAM, "list_select")
    return await rig.slack.submit(SAM, {**await ticks(rig, *names), "act": {"value": act}})


async def ticks(rig: Rig, *names: str) -> dict[str, Any]:
    """The boxes of the form in front with these ticked; the block has another id each time it is shown."""
    [boxes] = [block for block in window(rig)["blocks"] if block["block_id"].startswith("rows")]
    assert len(boxes["element"]["options"]) <= 10, "Slack takes no more"
    return {boxes["block_id"]: {"value": [await reference_of(name) for name in names]}}


async def test_an_admin_looks_at_the_letters_set_aside_from_home_page_by_page(rig: Rig, around: Surroundings) -> None:
    now = around.clock.now()
    for uid in range(1, 13):
        await InboundLetter.create(
            mailbox="m", uidvalidity=1, uid=uid, message_id=f"{uid}", digest=f"{uid}", received_at=now, fate="aside"
        )
    await rig.slack.open_home(SAM)
    await rig.slack.click_in_home(SAM, "home_quarantine")
    assert "Letters set aside: 12, page 1 of 2" in words(window(rig))
    await rig.slack.click_in_view(SAM, "overview_next")
    assert "Letters set aside: 12, page 2 of 2" in words(window(rig))
    assert not rig.slack.messages(SAM)


@pytest.mark.parametrize("opens", ["list_select", "list_filter", "list_columns", "bulk_upload", "new_link"])
async def test_a_form_with_nothing_behind_it_is_closed_and_leads_nowhere_back(rig: Rig, opens: str) -> None:
    await rig.slack.open_home(SAM)
    await rig.slack.click_in_home(SAM, opens)
    assert window(rig)["submit"]
    assert window(rig)["close"]["text"] == "Close"


async def test_f57_several_are_cancelled_after_a_question_and_the_list_follows(rig: Rig) -> None:
    """(F57)"""
    await submitted(rig, "cancel", "Client 12", "Client 11")
    assert "*2 links, $230.00*, will be cancelled" in words(window(rig))
    await rig.slack.submit(SAM, {})
    assert words(window(rig)).count("is cancelled") == 2
    await eventually(lambda: "Cancelled (4)" in labels(home(rig)), "the list behind")


async def test_f57_a_mixed_selection_cancels_the_unpaid_and_reports_the_others_by_reference(rig: Rig) -> None:
    """(F57) Also what was paid between the question and the answer."""
    await PaymentLink.filter(payer_name="Client 10").update(state=LinkState.PAID, paid_minor=10_000)
    await submitted(rig, "cancel", "Client 12", "Client 11", "Client 10")
    asked = words(window(rig))
    assert "*2 links, $230.00*" in asked
    assert f"{await reference_of('Client 10')}, $100.00 for Client 10: paid" in asked
    await PaymentLink.filter(payer_name="Client 11").update(state=LinkState.PAID, paid_minor=11_000)
    await rig.slack.submit(SAM, {})
    report = words(window(rig))
    assert f"{await reference_of('Client 12')} ($120.00 for Client 12) is cancelled" in report
    for name in ("Client 11", "Client 10"):
        assert f"{await reference_of(name)} was already paid" in report
    assert await PaymentLink.filter(state=LinkState.PAID).count() == 2


async def test_nothing_that_can_be_cancelled_asks_no_question(rig: Rig) -> None:
    await PaymentLink.filter(payer_name="Client 12").update(state=LinkState.EXPIRED)
    await submitted(rig, "cancel", "Client 12")
    assert "0 of 1 can be cancelled" in words(window(rig))
    assert not window(rig)["submit"]


async def test_several_are_reminded_of_and_each_has_its_own_answer(rig: Rig) -> None:
    """(F56) A second time the same day none leaves, and the report says why."""
    await Recipient.all().update(delivery="sent")
    await PaymentLink.filter(payer_name="Client 11").update(state=LinkState.PAID, paid_minor=11_000)
    await submitted(rig, "remind", "Client 12", "Client 11")
    asked = words(window(rig))
    assert "*1 link, $120.00*, will be reminded of now" in asked
    assert "*1 other* cannot be reminded of, only reported:" in asked
    assert not await Reminder.exists(), "nothing is sent before the answer"
    await rig.slack.submit(SAM, {})
    report = words(window(rig))
    assert f"A reminder of {await reference_of('Client 12')} is on its way to client12@acme.example" in report
    assert f"▫️ {await reference_of('Client 11')}" in report
    await submitted(rig, "remind", "Client 12")
    await rig.slack.submit(SAM, {})
    assert f"▫️ {await reference_of('Client 12')} was not reminded of" in words(window(rig))


async def test_nothing_that_can_be_reminded_of_asks_no_question(rig: Rig) -> None:
    await PaymentLink.filter(payer_name="Client 12").update(state=LinkState.EXPIRED)
    await submitted(rig, "remind", "Client 12")
    assert "0 of 1 can be reminded of" in words(window(rig))
    assert not window(rig)["submit"]


async def test_the_urls_of_several_are_copied_those_of_paid_links_not(rig: Rig) -> None:
    """(F55) Each under its client's name: two addresses that look alike are easily given to the wrong one."""
    await PaymentLink.filter(payer_name="Client 11").update(state=LinkState.PAID, paid_minor=11_000)
    await submitted(rig, "copy", "Client 12", "Client 11")
    link, paid = await PaymentLink.get(payer_name="Client 12"), await PaymentLink.get(payer_name="Client 11")
    assert f"```{link.reference} Client 12\n" in words(window(rig))
    assert link.token in words(window(rig))
    assert paid.token not in words(window(rig))
    assert f"{paid.reference} is paid: nobody can pay with it" in words(window(rig))


async def test_those_that_were_chosen_are_exported(rig: Rig) -> None:
    """(F58)"""
    await submitted(rig, "export", "Client 12", "Client 03")
    await eventually(lambda: "2 links." in words(window(rig)), "the window says so")
    (file,) = [file for message in rig.slack.messages(SAM) for file in message.get("files", [])]
    book = openpyxl.load_workbook(io.BytesIO(rig.slack.workspace.files[file["id"]].content))
    names = [str(row[2]) for row in book["Links"].iter_rows(min_row=2, values_only=True) if row[2]]
    assert sorted(names) == ["Client 03", "Client 12"]


async def test_ticks_are_kept_from_page_to_page(rig: Rig) -> None:
    await rig.slack.open_home(SAM)
    await rig.slack.click_in_home(SAM, "list_select")
    await rig.slack.click_in_view(SAM, "select_next", given=await ticks(rig, "Client 12"))
    assert "page 2 of 2, and 1 link of other pages chosen" in words(window(rig))
    await rig.slack.click_in_view(SAM, "select_all")
    [boxes] = [block for block in window(rig)["blocks"] if block["block_id"].startswith("rows")]
    assert len(boxes["element"]["initial_options"]) == 2
    await rig.slack.click_in_view(SAM, "select_previous", given=await ticks(rig, "Client 01"))
    [boxes] = [block for block in window(rig)["blocks"] if block["block_id"].startswith("rows")]
    assert [one["value"] for one in boxes["element"]["initial_options"]] == [await reference_of("Client 12")]
    await rig.slack.submit(SAM, {**await ticks(rig, "Client 12"), "act": {"value": "cancel"}})
    assert "*1 link, $120.00*" in words(window(rig)), "and Client 01 is cancelled already"


async def test_a_selection_of_nothing_or_for_nothing_is_said_on_the_form(rig: Rig) -> None:
    answer = await submitted(rig, "cancel")
    assert list(answer["errors"].values()) == ["Tick at least one link."]


async def test_staff_do_nothing_to_links_they_may_not_see(around: Surroundings) -> None:
    """(RELIABILITY section 1) Links that went out of sight after they were ticked are not found."""
    async with rigged(Desk(around.ports), identify=as_role(Role.STAFF)) as rig:
        await PaymentLink.all().update(created_by=SAM)
        await rig.slack.open_home(SAM)
        await rig.slack.click_in_home(SAM, "list_select")
        chosen = await ticks(rig, "Client 12")
        await PaymentLink.all().update(created_by="U0OTHER", channel="C0SECRET")
        await rig.slack.submit(SAM, {**chosen, "act": {"value": "copy"}})
        assert "was not found here" in words(window(rig))
        assert "/p/" not in words(window(rig))
