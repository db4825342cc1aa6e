"""App Home with the real desk behind it: who sees what, the sent pages, their tools, and several links at once."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import openpyxl
import pytest

from bot.slack.stand_in import PAYMENTS, SAM
from bot.slack.stand_in.faults import Fault
from handlers.answers import (
    Answer,
    CancelReport,
    HomePage,
    LinkCard,
    LinkList,
    LinksChosen,
    LinkShown,
    Outcome,
    Refusal,
)
from handlers.desk import Desk
from handlers.links.create_link import create_link
from handlers.requests import Asker, CancelLinks, CreateLink, Door, ListLinks, OpenHome, Request, Role, View
from models.link_states import LinkState
from models.money import Money
from models.tables import InboundLetter, PaymentLink, Recipient, Reminder
from tests.bot.slack.rig import CARD, FakeDesk, Json, Rig, rigged, words
from tests.cast import SAM as STAFF
from tests.cast import Surroundings
from tests.waiting import eventually

pytestmark = [pytest.mark.usefixtures("database"), pytest.mark.own_rows]


def as_role(role: Role) -> Any:
    async def identify(user_id: str, name: str, email: str, channel: str, delivery: str) -> Asker:
        return Asker(user_id, name, role, Door.SLACK, channel, email, delivery)

    return identify


@pytest.fixture
async def around() -> Surroundings:
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


@pytest.fixture
async def rig(around: Surroundings) -> AsyncIterator[Rig]:
    async with rigged(Desk(around.ports), identify=as_role(Role.ADMIN)) as built:
        yield built


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


# ── who sees what ────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_an_admin_begins_with_everything(rig: Rig) -> None:
    """(F42, F45-F49)"""
    await rig.slack.open_home(SAM)
    shown = labels(home(rig))
    assert shown[:8] == [
        *("New payment link", "Bulk upload", "Template"),
        *("Settings", "Users", "Notifications", "Accounts", "Quarantine"),
    ]
    assert shown[8:16] == [
        *("All (12)", "Outstanding (10)", "Payment received (0)", "Processing (0)", "Partly paid (0)"),
        *("Cancelled (2)", "Expired (0)", "Needs attention (0)"),
    ]
    assert {"Columns", "Filter", "Select", "Export", "Refresh", "Next ▶"} <= set(shown)
    assert clients(home(rig)) == [f"Client {number:02}" for number in range(12, 2, -1)]
    assert "*All*  ·  12 links, $780.00, page 1 of 2" in words(home(rig))


@pytest.mark.parametrize(
    ("role", "there", "not_there"),
    [
        (Role.STAFF, {"New payment link", "Bulk upload", "Columns"}, {"Settings", "Users"}),
        (Role.VIEWER, {"Columns", "Filter"}, {"New payment link", "Template", "Settings", "Export", "Select"}),
        (Role.NOBODY, {"Ask for access"}, {"New payment link", "Template", "Columns"}),
    ],
)
async def test_everybody_is_offered_what_their_role_may(
    around: Surroundings, role: Role, there: set[str], not_there: set[str]
) -> None:
    """(RELIABILITY section 1) A stranger is told why, and may ask."""
    async with rigged(Desk(around.ports), identify=as_role(role)) as rig:
        await rig.slack.open_home(SAM)
        shown = set(labels(home(rig)))
        assert there <= shown
        assert not there & not_there
        assert not shown & not_there
        if role is Role.NOBODY:
            assert "You are not set up to use Paylink" in words(home(rig))
            assert clients(home(rig)) == []


async def test_somebody_elses_links_of_other_channels_are_not_there_nor_counted(around: Surroundings) -> None:
    """(T12, RELIABILITY section 1)"""
    await PaymentLink.filter(id__gt=3).update(created_by="U0OTHER", channel="C0SECRET")
    await PaymentLink.filter(id=3).update(created_by=SAM)
    await PaymentLink.filter(id__lt=3).update(created_by="U0OTHER", channel="C0SECRET")
    async with rigged(Desk(around.ports), identify=as_role(Role.STAFF)) as rig:
        await rig.slack.open_home(SAM)
        assert clients(home(rig)) == ["Client 03"]
        assert "All (1)" in labels(home(rig))
        assert "an admin sees all of them" in words(home(rig))
        listed = await rig.slack.type_command(SAM, PAYMENTS, "list")
        assert "1 link, $30.00" in words(listed)


# ── it never fails ───────────────────────────────────────────────────────────────────────────────────────────────────


async def test_while_the_database_takes_its_time_it_says_that_it_is_loading(monkeypatch: pytest.MonkeyPatch) -> None:
    """It opens bare and is filled after."""
    monkeypatch.setattr("bot.slack.listeners.home.BARE_AFTER", 0.0)
    desk = FakeDesk(hold=asyncio.Event(), answers=[page_of(CARD)])
    async with rigged(desk, patience=0.05) as rig:
        await rig.slack.open_home(SAM)
        await eventually(lambda: rig.slack.home_of(SAM), "the bare home")
        assert "Loading the sent pages" in words(home(rig))
        assert "New payment link" in labels(home(rig))
        assert desk.hold is not None
        desk.hold.set()
        await eventually(lambda: CARD.reference in words(home(rig)), "the home to be filled")
        assert [request for _, request in desk.asked] == [OpenHome(ListLinks())]


def page_of(*cards: LinkCard, view: View = View.ALL) -> HomePage:
    return HomePage(
        LinkList(view, cards, 1, 1, len(cards), (CARD.amount,), f"list {view}", asked=ListLinks(view)), admin=False
    )


async def test_an_answer_whose_window_was_closed_comes_as_a_message() -> None:
    """It was done: whoever looked away must hear of it."""
    desk = FakeDesk(answers=[page_of(CARD), LinkShown(CARD, ())])
    async with rigged(desk, patience=0.05) as rig:
        await rig.slack.open_home(SAM)
        desk.hold = asyncio.Event()
        await rig.slack.click_in_home(SAM, "home_open")
        assert "Working on it" in words(window(rig))
        await rig.slack.close_view(SAM)
        desk.hold.set()
        await eventually(lambda: rig.slack.messages(SAM), "the message")
        assert CARD.reference in words(rig.slack.messages(SAM)[0])


async def test_a_slow_cancel_whose_form_was_closed_is_reported_as_a_message() -> None:
    """(F57)"""
    done = CancelReport((Outcome(CARD.reference, True, f"{CARD.reference} is cancelled."),))
    desk = FakeDesk(answers=[page_of(CARD), page_of(CARD).listed, LinksChosen((CARD,), (), (CARD.amount,)), done])
    desk.answers.append(page_of(CARD))
    async with rigged(desk, patience=0.05) as rig:
        await rig.slack.open_home(SAM)
        await rig.slack.click_in_home(SAM, "list_select")
        [boxes] = [block for block in window(rig)["blocks"] if block["block_id"].startswith("rows")]
        chosen: dict[str, Any] = {boxes["block_id"]: {"value": [CARD.reference]}, "act": {"value": "cancel"}}
        await rig.slack.submit(SAM, chosen)
        desk.hold = asyncio.Event()
        await rig.slack.submit(SAM, {})
        assert "Working on it" in words(window(rig))
        await rig.slack.close_view(SAM)
        desk.hold.set()
        await eventually(lambda: rig.slack.messages(SAM), "the report")
        assert "is cancelled" in words(rig.slack.messages(SAM)[0])
        assert CancelLinks((CARD.reference,)) in [request for _, request in desk.asked]


class OneByOne(FakeDesk):
    """Each answer waits for its own leave."""

    def __init__(self, *pages: HomePage) -> None:
        super().__init__()
        self.pages, self.leave = pages, [asyncio.Event() for _ in pages]

    async def ask(self, by: Asker, request: Request) -> Answer:
        turn = len(self.asked)
        self.asked.append((by, request))
        await self.leave[turn].wait()
        return self.pages[turn]


async def test_of_two_answers_under_way_the_one_asked_for_last_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.slack.listeners.home.BARE_AFTER", 0.0)
    desk = OneByOne(page_of(CARD, view=View.EXPIRED), page_of(CARD, view=View.CANCELLED))
    async with rigged(desk, patience=0.05) as rig:
        await rig.slack.open_home(SAM)
        await rig.slack.open_home(SAM)
        desk.leave[1].set()
        await eventually(lambda: "*Cancelled*" in words(home(rig)), "the second")
        desk.leave[0].set()
        await rig.front.drain()
        assert "*Cancelled*" in words(home(rig))


async def test_a_guest_reads_why_and_is_offered_nothing(rig: Rig) -> None:
    """(T12) Whatever role they were given; there is nothing to ask for."""
    people = rig.slack.workspace.people
    people[SAM] = replace(people[SAM], is_restricted=True)
    await rig.slack.open_home(SAM)
    assert "Guests cannot use Paylink" in words(home(rig))
    assert labels(home(rig)) == []


async def test_a_database_that_is_away_leaves_a_button_to_try_again() -> None:
    desk = FakeDesk(answers=[Refusal("database_trouble", "The database did not answer just now.")])
    async with rigged(desk) as rig:
        await rig.slack.open_home(SAM)
        assert "did not answer just now" in words(home(rig))
        desk.answers = [HomePage(LinkList(View.ALL, (), 1, 1, 0, (), "list all"), admin=False)]
        await rig.slack.click_in_home(SAM, "list_refresh")
        assert "Sent pages" in words(home(rig))


async def test_slack_that_takes_no_home_costs_nothing(rig: Rig) -> None:
    rig.slack.faults.plan("views.publish", Fault(status=500))
    await rig.slack.open_home(SAM)
    assert rig.slack.home_of(SAM) is None
    await rig.slack.open_home(SAM)
    assert clients(home(rig))


async def test_the_messages_tab_publishes_nothing(rig: Rig) -> None:
    await rig.slack.open_home(SAM, "messages")
    assert rig.slack.home_of(SAM) is None


# ── the sent pages ───────────────────────────────────────────────────────────────────────────────────────────────────


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


# ── several at once ──────────────────────────────────────────────────────────────────────────────────────────────────


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
