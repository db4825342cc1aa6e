"""The sent pages of Home: views, pages, order, columns, filters, one row."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from bot.slack.stand_in import PAYMENTS, SAM
from handlers.desk import Desk
from handlers.requests import Role
from models.link_states import LinkState
from models.tables import PaymentLink
from tests.bot.slack.home_rig import as_role, clients, home, labels, reference_of, twelve_links, window
from tests.bot.slack.rig import Rig, rigged, words
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


async def test_views_and_pages_are_turned_in_place(rig: Rig) -> None:
    """(F42, F45-F49)"""
    await rig.slack.open_home(SAM)
    await rig.slack.click_in_home(SAM, "list_next")
    assert clients(home(rig)) == ["Client 02", "Client 01"]
    await rig.slack.click_in_home(SAM, "list_view_cancelled")
    assert "*Cancelled*  ·  2 links, $30.00" in words(home(rig))
    await rig.slack.click_in_home(SAM, "list_view_expired")
    assert "*Expired*  ·  no links" in words(home(rig))
    assert "Reset" not in words(home(rig))
    assert "All (12)" in labels(home(rig))


async def test_what_was_asked_for_is_not_taken_for_what_came_in(rig: Rig) -> None:
    """(F46) Of the 120.00 of a link, 40.00 were paid."""
    await PaymentLink.filter(payer_name="Client 12").update(state=LinkState.PART_PAID, paid_minor=4_000)
    await rig.slack.open_home(SAM)
    await rig.slack.click_in_home(SAM, "list_view_received")
    assert "*Payment received*  ·  1 link, $120.00 asked for" in words(home(rig))


async def test_the_order_is_chosen_in_a_menu_and_kept(rig: Rig) -> None:
    """(F52, F54) Over the whole result, not the page."""
    await rig.slack.open_home(SAM)
    await rig.slack.click_in_home(SAM, "list_sort", "amount asc")
    assert clients(home(rig))[:2] == ["Client 01", "Client 02"]
    await rig.slack.open_home(SAM)
    assert clients(home(rig))[0] == "Client 01"
    assert "sort amount asc" in words(home(rig))
    await rig.slack.click_in_home(SAM, "list_reset")
    assert clients(home(rig))[0] == "Client 12"
    assert "This is the usual list again" in words(home(rig))


async def test_columns_are_chosen_in_a_form_over_home(rig: Rig) -> None:
    """(F50, F51)"""
    await rig.slack.open_home(SAM)
    await rig.slack.click_in_home(SAM, "list_columns")
    await rig.slack.submit(SAM, {"columns": {"value": ["client", "amount"]}})
    await eventually(lambda: "columns client, amount" in words(home(rig)), "the columns")
    assert clients(home(rig))[0] == "Client 12"


async def test_filters_are_chosen_in_a_form_and_kept(rig: Rig) -> None:
    """(F53, F54) Text, amounts, days, maker; the form begins with those there are, and blank ones are no filter."""
    await rig.slack.open_home(SAM)
    await rig.slack.click_in_home(SAM, "list_filter")
    fields = [block["label"]["text"] for block in window(rig)["blocks"]]
    assert fields == [
        *("View", "Client name", "Invoice number", "Reference", "Email", "Amount over", "Amount under"),
        *("Made from", "Made until", "Due from", "Due until", "Account", "Made by"),
    ]
    await rig.slack.submit(
        SAM, {"view": "outstanding", "for": "client", "over": "50", "under": "80.00 USD", "email": "acme", "by": "sam"}
    )
    await eventually(lambda: clients(home(rig)) == ["Client 07", "Client 06"], "the filters")
    await rig.slack.open_home(SAM)
    assert clients(home(rig)) == ["Client 07", "Client 06"]
    await rig.slack.click_in_home(SAM, "list_filter")
    now = {block["block_id"]: block["element"] for block in window(rig)["blocks"]}
    assert (now["over"]["initial_value"], now["email"]["initial_value"]) == ("50.00 USD", "acme")
    assert now["view"]["initial_option"]["value"] == "outstanding"


async def test_a_kept_filter_that_leaves_nothing_is_not_taken_for_an_empty_list(rig: Rig) -> None:
    """(F54) Whoever searched once and comes back tomorrow sees why nothing is there, and the way out."""
    await rig.slack.type_command(SAM, PAYMENTS, "list for nobody")
    await rig.slack.open_home(SAM)
    assert "no links as they are filtered; Reset shows the usual list" in words(home(rig))
    await rig.slack.click_in_home(SAM, "list_reset")
    assert clients(home(rig))[0] == "Client 12"


async def test_a_filter_that_is_wrong_is_said_on_its_field(rig: Rig) -> None:
    await rig.slack.open_home(SAM)
    await rig.slack.click_in_home(SAM, "list_filter")
    answer = await rig.slack.submit(SAM, {"over": "ten", "for": "4242 4242 4242 4242", "invoice": 'a "quoted" 7'})
    assert set(answer["errors"]) == {"over", "for"}
    assert "not a number" in answer["errors"]["over"]
    again = await rig.slack.submit(SAM, {"over": "90", "under": "80"})
    assert "Nothing is over 90.00" in again["errors"]["under"]
    twisted = await rig.slack.submit(SAM, {"from": "2026-11-20", "to": "2026-11-01"})
    assert "is after" in twisted["errors"]["to"]


async def test_a_list_in_a_channel_has_the_same_filter_form(rig: Rig) -> None:
    listed = await rig.slack.type_command(SAM, PAYMENTS, "list")
    await rig.slack.click(SAM, PAYMENTS, listed["ts"], "list_filter")
    await rig.slack.submit(SAM, {"for": "Client 05"})
    await eventually(lambda: "1 link, $50.00" in words(rig.slack.ephemerals(SAM)[0]), "the list is narrowed down")
    assert len(rig.slack.ephemerals(SAM)) == 1


async def test_a_row_opens_in_a_window_with_its_buttons(rig: Rig) -> None:
    """(F55, F57) What its buttons do is answered in a window over it, and the list behind follows."""
    await rig.slack.open_home(SAM)
    reference = await reference_of("Client 12")
    await rig.slack.click_in_home(SAM, "home_open", reference)
    assert "Client 12" in words(window(rig))
    await rig.slack.click_in_view(SAM, "copy_link", reference)
    token = (await PaymentLink.get(reference=reference)).token
    assert f"/p/{token}" in words(window(rig))
    await rig.slack.close_view(SAM)
    await rig.slack.click_in_view(SAM, "cancel_link", reference)
    assert "is cancelled" in words(window(rig))
    assert "Cancelled (3)" in labels(home(rig))
    assert not rig.slack.messages(SAM), "nothing is said twice"


async def test_an_export_from_home_says_where_it_is(rig: Rig) -> None:
    """(F58)"""
    await rig.slack.open_home(SAM)
    await rig.slack.click_in_home(SAM, "list_export")
    await eventually(lambda: "is in your direct messages" in words(window(rig)), "the window says so")
    assert [file["name"] for message in rig.slack.messages(SAM) for file in message.get("files", [])]
