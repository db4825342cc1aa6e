"""What stands under a list in Slack, with the real desk behind it: views, columns, pages, export."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from bot.slack.stand_in import PAYMENTS, SAM
from bot.slack.stand_in.elements import Given, NoSuchElement, Raw
from bot.slack.stand_in.faults import Fault
from handlers.desk import Desk
from handlers.links import count_views
from handlers.links.create_link import create_link
from handlers.requests import CreateLink
from models.link_states import LinkState
from models.money import Money
from models.tables import PaymentLink
from tests.bot.slack.rig import Json, Rig, rigged, words
from tests.cast import SAM as STAFF
from tests.cast import Surroundings
from tests.waiting import eventually

pytestmark = [pytest.mark.usefixtures("database"), pytest.mark.own_rows]


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    """Twelve links of 10 to 120 dollars; the two oldest are cancelled."""
    around = Surroundings()
    for number in range(1, 13):
        asked = CreateLink(Money(number * 1000, "USD"), "operating", payer_name=f"Client {number:02}")
        await create_link(asked, STAFF.in_slack(PAYMENTS), around.ports)
        around.clock.tick(timedelta(hours=1))
    await PaymentLink.filter(id__lte=2).update(state=LinkState.CANCELLED)
    async with rigged(Desk(around.ports)) as built:
        yield built


def menu(message: Json) -> dict[str, str]:
    """The views under a list, each with the command that it stands for."""
    elements = [one for block in message["blocks"] if block["type"] == "actions" for one in block["elements"]]
    [select] = [one for one in elements if one["action_id"] == "list_view"]
    return {option["text"]["text"]: option["value"] for option in select["options"]}


async def shown(rig: Rig) -> Json:
    """The one list that Sam sees now."""
    (message,) = rig.slack.ephemerals(SAM)
    return message


async def test_f45_the_views_stand_under_the_list_with_their_counts(rig: Rig) -> None:
    """(F45-F49) Choosing one shows it in the same place."""
    listed = await rig.slack.type_command(SAM, PAYMENTS, "list")
    assert list(menu(listed))[:6] == [
        *("All (12)", "Outstanding (10)", "Payment received (0)", "Processing (0)", "Partly paid (0)", "Cancelled (2)"),
    ]
    await rig.slack.click(SAM, PAYMENTS, listed["ts"], "list_view", "list cancelled")
    now = words(await shown(rig))
    assert "*Cancelled*  ·  2 links, $30.00" in now
    assert "Client 01" in now


async def test_a_list_names_the_account_of_each_link_where_the_firm_has_several(rig: Rig) -> None:
    """(F12)"""
    assert "Client 12  ·  Harbor &amp; Finch Operating" in words(await rig.slack.type_command(SAM, PAYMENTS, "list"))


async def test_f45_a_view_with_nothing_in_it_offers_the_others(rig: Rig) -> None:
    listed = await rig.slack.type_command(SAM, PAYMENTS, "list expired")
    assert "no links" in words(listed)
    assert "Understood as `list expired`" in words(listed)
    assert menu(listed)["All (12)"] == "list all"


async def test_f45_counts_stop_where_counting_would_take_long(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    """(F45) The statement stops counting; who has more learns that there are more."""
    monkeypatch.setattr(count_views, "MOST_COUNTED", 5)
    assert "Outstanding (5+)" in menu(await rig.slack.type_command(SAM, PAYMENTS, "list"))


async def test_f50_columns_and_order_are_chosen_in_a_form_and_kept(rig: Rig) -> None:
    """(F50-F52, F54) The list changes in its place, and opens so from then on."""
    listed = await rig.slack.type_command(SAM, PAYMENTS, "list outstanding over 100")
    pressed = await rig.slack.click(SAM, PAYMENTS, listed["ts"], "list_columns")
    view = pressed["view"]
    assert [block["label"]["text"] for block in view["blocks"]] == ["Columns", "Sort by", "Order"]
    given: dict[str, dict[str, Raw]] = {
        "columns": {"value": ["amount", "client"]},
        "sort": {"value": "amount"},
        "order": {"value": "asc"},
    }
    await rig.slack.submit(SAM, given)
    await eventually(lambda: "sort amount" in str(rig.slack.ephemerals(SAM)), "the list is shown anew")
    now = words(await shown(rig))
    assert "$110.00  ·  Client 11" in now
    assert now.index("Client 11") < now.index("Client 12")
    assert "Kept as your own view" in now
    again = await rig.slack.type_command(SAM, PAYMENTS, "list")
    assert "over 100.00 USD sort amount asc columns amount, client" in words(again)
    assert "This is your own view" in words(again)


async def test_f50_the_form_begins_with_what_the_list_shows(rig: Rig) -> None:
    """(F50, F51)"""
    listed = await rig.slack.type_command(SAM, PAYMENTS, "list sort client asc columns due, client")
    view = (await rig.slack.click(SAM, PAYMENTS, listed["ts"], "list_columns"))["view"]
    columns, sort, order = (block["element"] for block in view["blocks"])
    assert [option["value"] for option in columns["initial_options"]] == ["due", "client"]
    assert (sort["initial_option"]["value"], order["initial_option"]["value"]) == ("client", "asc")


@pytest.mark.parametrize("opens", ["list_columns", "list_filter", "list_select"])
async def test_a_form_that_slack_opens_too_late_leaves_the_list_and_says_so(rig: Rig, opens: str) -> None:
    """(F17) In the channel beside the list; from App Home in direct messages."""
    listed = await rig.slack.type_command(SAM, PAYMENTS, "list")
    rig.slack.faults.plan("views.open", Fault(error="expired_trigger_id"), times=2)
    told = await rig.slack.click(SAM, PAYMENTS, listed["ts"], opens)
    assert "Nothing was done: press once more" in words(told)
    (before, _) = rig.slack.ephemerals(SAM)
    assert "Client 12" in words(before)
    await rig.slack.open_home(SAM)
    await rig.slack.click_in_home(SAM, opens)
    assert "Nothing was done: press once more" in words(rig.slack.messages(SAM)[-1])


async def test_a_list_in_a_channel_follows_what_was_done_to_links_chosen_from_it(rig: Rig) -> None:
    """(F57) In its own place."""
    listed = await rig.slack.type_command(SAM, PAYMENTS, "list outstanding")
    await rig.slack.click(SAM, PAYMENTS, listed["ts"], "list_select")
    newest = await PaymentLink.get(payer_name="Client 12")
    to_cancel: Given = {"rows_0": {"value": [newest.reference]}, "act": {"value": "cancel"}}
    await rig.slack.submit(SAM, to_cancel)
    assert "*Outstanding*  ·  10 links" in words(await shown(rig)), "as long as it is only asked"
    await rig.slack.submit(SAM, {})
    await eventually(lambda: "Cancelled (3)" in str(rig.slack.ephemerals(SAM)), "the list is shown anew")
    now = words(await shown(rig))
    assert "*Outstanding*  ·  9 links" in now
    assert "Client 12" not in now


async def test_a_list_that_slack_no_longer_lets_us_change_is_not_posted_a_second_time(rig: Rig) -> None:
    """(F18) The window says what was done."""
    listed = await rig.slack.type_command(SAM, PAYMENTS, "list outstanding")
    await rig.slack.click(SAM, PAYMENTS, listed["ts"], "list_select")
    newest = await PaymentLink.get(payer_name="Client 12")
    rig.clock.tick(timedelta(minutes=31))
    to_cancel: Given = {"rows_0": {"value": [newest.reference]}, "act": {"value": "cancel"}}
    await rig.slack.submit(SAM, to_cancel)
    await rig.slack.submit(SAM, {})
    assert "is cancelled" in words(rig.slack.view_of(SAM) or {})
    await rig.front.close()
    assert "Client 12" in words(await shown(rig))


async def test_f58_the_list_is_exported_as_it_stands_by_a_button(rig: Rig) -> None:
    """(F58) One's own view has no say in a list that is shown already."""
    listed = await rig.slack.type_command(SAM, PAYMENTS, "list cancelled")
    await rig.slack.type_command(SAM, PAYMENTS, "list columns due")
    answer = await rig.slack.click(SAM, PAYMENTS, listed["ts"], "list_export")
    assert "2 links." in words(answer)
    assert "your own view" not in words(answer)
    [file] = [file for message in rig.slack.messages(SAM) for file in message.get("files", [])]
    assert file["name"] == "paylink-cancelled-2026-11-23.xlsx"


async def test_nothing_to_export_is_no_button(rig: Rig) -> None:
    listed = await rig.slack.type_command(SAM, PAYMENTS, "list expired")
    with pytest.raises(NoSuchElement):
        await rig.slack.click(SAM, PAYMENTS, listed["ts"], "list_export")
