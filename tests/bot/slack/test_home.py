"""App Home with the real desk behind it: who sees what, and what slowness and trouble show."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

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
from handlers.requests import Asker, CancelLinks, ListLinks, OpenHome, Request, Role, View
from models.tables import PaymentLink
from tests.bot.slack.home_rig import as_role, clients, home, labels, twelve_links, window
from tests.bot.slack.rig import CARD, FakeDesk, Rig, rigged, words
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


async def filled(rig: Rig) -> None:
    """Sam's Home, opened and showing its page; that may come after the answer to Slack."""
    await rig.slack.open_home(SAM)
    await eventually(lambda: rig.slack.home_of(SAM) and CARD.reference in words(home(rig)), "the home to be filled")


async def in_window(rig: Rig, said: str) -> None:
    await eventually(lambda: said in words(window(rig)), f"the window to say {said!r}")


async def test_an_answer_whose_window_was_closed_comes_as_a_message() -> None:
    """It was done: whoever looked away must hear of it."""
    desk = FakeDesk(answers=[page_of(CARD), LinkShown(CARD, ())])
    async with rigged(desk, patience=0.05) as rig:
        await filled(rig)
        desk.hold = asyncio.Event()
        await rig.slack.click_in_home(SAM, "home_open")
        await in_window(rig, "Working on it")
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
        await filled(rig)
        await rig.slack.click_in_home(SAM, "list_select")
        await in_window(rig, CARD.reference)
        [boxes] = [block for block in window(rig)["blocks"] if block["block_id"].startswith("rows")]
        chosen: dict[str, Any] = {boxes["block_id"]: {"value": [CARD.reference]}, "act": {"value": "cancel"}}
        await rig.slack.submit(SAM, chosen)
        await in_window(rig, "will be cancelled")
        desk.hold = asyncio.Event()
        await rig.slack.submit(SAM, {})
        await in_window(rig, "Working on it")
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
        await eventually(lambda: desk.asked, "the first")
        await rig.slack.open_home(SAM)
        desk.leave[1].set()
        await eventually(lambda: rig.slack.home_of(SAM) and "*Cancelled*" in words(home(rig)), "the second")
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
