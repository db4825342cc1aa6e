"""App Home by itself: what changes elsewhere is seen within seconds, never over what the person asked for."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from tortoise.transactions import in_transaction

from bot.slack import app, home_watch
from bot.slack.home_watch import Newest
from bot.slack.listeners.onlookers import MOST, Onlookers
from bot.slack.stand_in import NOOR, PAYMENTS, SAM
from bot.slack.stand_in.faults import Fault
from handlers.answers import Answer, HomePage, LinkList, Refusal
from handlers.desk import Desk
from handlers.links.create_link import create_link
from handlers.links.newest_change import newest_change
from handlers.links.trail import become
from handlers.people.add_staff import add_staff
from handlers.people.identify import slack_asker
from handlers.requests import STRIPE, Asker, CreateLink, Door, ListLinks, OpenHome, Request, Role, View
from models.errors import DatabaseTrouble
from models.link_states import LinkState
from models.money import Money
from models.tables import FirmEvent, ListView, PaymentLink, StaffMember
from tests.bot.slack.rig import CARD, Json, Rig, rigged, words
from tests.cast import SAM as STAFF
from tests.cast import Surroundings
from tests.waiting import eventually

SOON = 0.01  # seconds between looks
real = pytest.mark.usefixtures("database")


@pytest.fixture
async def around() -> Surroundings:
    around = Surroundings()
    await a_link(around, "Client 1")
    return around


async def a_link(around: Surroundings, client: str, maker: str = SAM) -> None:
    by = replace(STAFF.in_slack(PAYMENTS), key=maker)
    await create_link(CreateLink(Money(1000, "USD"), "operating", payer_name=client), by, around.ports)


async def paid(around: Surroundings, client: str = "Client 1") -> None:
    """Stripe told another replica."""
    link = await PaymentLink.get(payer_name=client)
    async with in_transaction():
        await become(link, LinkState.PAID, STRIPE, around.clock.now(), paid_minor=link.amount_minor)


async def anybody(user_id: str, name: str, email: str, channel: str, delivery: str) -> Asker:
    """Noor is an admin, everybody else is staff."""
    role = Role.ADMIN if user_id == NOOR else Role.STAFF
    return Asker(user_id, name, role, Door.SLACK, channel, email, delivery)


@asynccontextmanager
async def watched(around: Surroundings, desk: Desk | None = None, **how: Any) -> AsyncIterator[Rig]:
    how = {"identify": anybody, "newest": newest_change, **how}
    async with rigged(desk or Desk(around.ports), clock=around.clock, look_every=SOON, **how) as rig:
        await eventually(lambda: rig.front.state() == "ok", "connecting")
        yield rig


class Moving:
    """Links that change when they are told to."""

    at: int | None = None

    async def __call__(self) -> object:
        return self.at


def home(rig: Rig, user: str = SAM) -> str:
    return words(rig.slack.home_of(user) or {})


def published(rig: Rig, user: str = SAM) -> list[Json]:
    return [call.args for call in rig.slack.calls if call.method == "views.publish" and call.args["user_id"] == user]


async def opened(rig: Rig, user: str = SAM) -> None:
    await rig.slack.open_home(user)
    await eventually(lambda: "Sent pages" in home(rig, user), "the home")


async def shows(rig: Rig, what: str, user: str = SAM) -> None:
    await eventually(lambda: what in home(rig, user), f"{what!r} in the home of {user}")


async def comes(rig: Rig, what: str, user: str = SAM) -> None:
    """It is shown once some time has passed; less than after which nobody is taken to be looking."""
    passing = iter(range(600))

    def look() -> bool:
        rig.clock.tick(0.0 if next(passing, None) is None else 1.0)
        return what in home(rig, user)

    await eventually(look, f"{what!r} in the home of {user}")


# ── what changed elsewhere is there ──────────────────────────────────────────────────────────────────────────────────


@real
@pytest.mark.parametrize("socket_mode", [False, True], ids=["http", "socket"])
async def test_a_payment_is_seen_without_a_press(around: Surroundings, socket_mode: bool) -> None:
    """(F42) Whoever heard of it."""
    async with watched(around, socket_mode=socket_mode) as rig:
        await opened(rig)
        await shows(rig, "Payment received (0)")
        await paid(around)
        await shows(rig, "Payment received (1)")
        await a_link(around, "Client 2")
        await comes(rig, "Client 2")
        assert len(published(rig)) == 3, "one for the press, one for each change"


@real
async def test_the_page_they_look_at_stays_theirs_and_their_own_view_as_it_is(around: Surroundings) -> None:
    async with watched(around) as rig:
        await opened(rig)
        await rig.slack.click_in_home(SAM, "list_sort", "amount asc")
        await shows(rig, "Kept as your own view")
        await rig.slack.type_command(SAM, PAYMENTS, "list default")
        await paid(around)
        await shows(rig, "Payment received (1)")
        assert "sort amount asc" in home(rig)
        assert "Kept as your own view" in home(rig), "nothing moves but what changed"
        assert not await ListView.exists()


class NotingDesk(Desk):
    """Notes whose Homes it has answered."""

    def __init__(self, around: Surroundings) -> None:
        super().__init__(around.ports)
        self.answered: list[str] = []

    async def ask(self, by: Asker, request: Request) -> Answer:
        answer = await super().ask(by, request)
        self.answered += [by.key] if isinstance(request, OpenHome) else []
        return answer


@real
async def test_a_page_that_is_the_same_is_not_published_again(around: Surroundings) -> None:
    """Of links that somebody may not see, nothing is seen."""
    desk, moving = NotingDesk(around), Moving()
    async with watched(around, desk, newest=moving) as rig:
        await opened(rig)
        await opened(rig, NOOR)
        before = desk.answered.count(SAM)
        await a_link(around, "Client 2", maker="U0OTHER")
        await PaymentLink.filter(payer_name="Client 2").update(channel="C0SECRET")
        moving.at = 1
        await shows(rig, "Client 2", NOOR)
        await eventually(lambda: desk.answered.count(SAM) > before, "Sam's page to be read")
        await paid(around)
        moving.at = 2
        await shows(rig, "Payment received (1)")
        assert len(published(rig)) == 2


# ── it stays within bounds ───────────────────────────────────────────────────────────────────────────────────────────


@real
async def test_a_burst_of_changes_is_a_few_publishes_the_last_of_them_whole(around: Surroundings) -> None:
    async with watched(around) as rig:
        await opened(rig)
        for number in range(2, 52):
            await a_link(around, f"Client {number}")
            around.clock.tick(0.2)
        around.clock.tick(5)
        await shows(rig, "All (51)")
        assert 2 <= len(published(rig)) <= 5


@real
async def test_while_slack_asks_us_to_wait_nothing_is_published_and_then_the_newest(around: Surroundings) -> None:
    """(F14)"""
    async with watched(around) as rig:
        await opened(rig)
        rig.slack.faults.plan("views.publish", Fault(status=429, retry_after=60))
        await paid(around)
        refused = around.clock.now()
        await eventually(lambda: len(published(rig)) == 2, "the refusal")
        around.clock.tick(55)
        await a_link(around, "Client 2")
        await comes(rig, "Client 2")
        assert around.clock.now() >= refused + timedelta(seconds=60)
        assert len(published(rig)) == 3
        assert "Payment received (1)" in home(rig)


@real
async def test_after_a_quarter_of_an_hour_nobody_is_looking(around: Surroundings) -> None:
    moving = Moving()
    async with watched(around, newest=moving) as rig:
        await opened(rig, NOOR)
        around.clock.tick(timedelta(minutes=14))
        await opened(rig)
        around.clock.tick(timedelta(minutes=2))
        await paid(around)
        moving.at = 1
        await shows(rig, "Payment received (1)")
        assert "Payment received (0)" in home(rig, NOOR)


@real
async def test_a_database_or_slack_that_is_away_is_waited_for(around: Surroundings) -> None:
    failing = 1

    async def newest() -> object:
        nonlocal failing
        if failing:
            failing = 0
            raise DatabaseTrouble
        return await newest_change()

    async with watched(around, newest=newest) as rig:
        await opened(rig)
        await eventually(lambda: not failing, "the failure")
        rig.slack.faults.plan("views.publish", Fault(status=500))
        around.clock.tick(home_watch.PAUSE)
        await paid(around)
        await eventually(lambda: len(published(rig)) == 2, "Slack's failure")
        assert "Payment received (0)" in home(rig)
        await comes(rig, "Payment received (1)")


async def test_the_most_recent_fifty_are_followed() -> None:
    onlookers = Onlookers(Surroundings().clock)
    for number in range(MOST + 1):
        onlookers.opened(f"U{number}", page_of(), {}, "1", None)
        onlookers.used("U0")
    followed = [one.user for one in onlookers.present()]
    assert len(followed) == MOST
    assert "U0" in followed
    assert "U1" not in followed


# ── whom it never moves ──────────────────────────────────────────────────────────────────────────────────────────────


@real
async def test_somebody_who_lost_their_role_reads_why_once(around: Surroundings) -> None:
    """(T12) What they saw is taken from their screen."""
    await add_staff("Sam Ortiz", Role.STAFF, SAM)
    await add_staff("Noor Haddad", Role.VIEWER, NOOR)
    moving = Moving()
    async with watched(around, newest=moving, identify=partial(slack_asker, ports=around.ports)) as rig:
        await opened(rig)
        await opened(rig, NOOR)
        await StaffMember.filter(slack_id=SAM).update(role=Role.NOBODY.value)
        await paid(around)
        moving.at = 1
        await shows(rig, "You are not set up to use Paylink")
        assert "Client 1" not in home(rig)
        await a_link(around, "Client 2", maker=NOOR)
        moving.at = 2
        await comes(rig, "Client 2", NOOR)
        assert len(published(rig)) == 2
        assert await FirmEvent.filter(kind="refused").count() == 1


@real
async def test_while_slack_does_not_say_which_channels_they_are_in_nothing_vanishes(around: Surroundings) -> None:
    await PaymentLink.all().update(created_by="U0OTHER", channel=PAYMENTS)
    async with watched(around) as rig:
        await opened(rig)
        assert "Client 1" in home(rig)
        around.clock.tick(61)
        rig.slack.faults.plan("users.conversations", Fault(status=500))
        await paid(around)
        await eventually(lambda: [c.method for c in rig.slack.calls].count("users.conversations") == 2, "the failure")
        await comes(rig, "Payment received (1)")
        assert len(published(rig)) == 2


@real
async def test_what_another_replica_showed_them_since_stays(around: Surroundings) -> None:
    async with watched(around) as rig:
        await opened(rig)
        await eventually(lambda: rig.slack.home_of(SAM), "the home")
        other = {"type": "home", "blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": "page 7"}}]}
        await rig.line.client.views_publish(user_id=SAM, view=other)
        await paid(around)
        await eventually(lambda: len(published(rig)) == 3, "the late one")
        assert published(rig)[-1]["hash"]
        assert home(rig) == "page 7"


class Gated:
    """Each answer waits for its own leave."""

    def __init__(self, *answers: Answer) -> None:
        self.answers, self.leave = answers, [asyncio.Event() for _ in answers]
        self.asked: list[Request] = []

    async def ask(self, by: Asker, request: Request) -> Answer:
        turn = len(self.asked)
        self.asked.append(request)
        await self.leave[turn].wait()
        return self.answers[turn]


def page_of(view: View = View.ALL) -> HomePage:
    listed = LinkList(view, (CARD,), 1, 1, 1, (CARD.amount,), f"list {view}", asked=ListLinks(view))
    return HomePage(listed, admin=False)


def gated(*answers: Answer) -> tuple[Any, Moving, Newest]:
    desk, moving = Gated(*answers), Moving()
    return desk, moving, moving


async def test_what_the_person_asks_for_meanwhile_is_what_they_see() -> None:
    desk, moving, newest = gated(page_of(), page_of(View.EXPIRED), page_of(View.CANCELLED))
    async with watched(Surroundings(), desk, newest=newest, patience=0.05) as rig:
        desk.leave[0].set()
        await opened(rig)
        moving.at = 1
        await eventually(lambda: len(desk.asked) == 2, "the page to be read anew")
        await rig.slack.open_home(SAM)
        desk.leave[2].set()
        await shows(rig, "*Cancelled*")
        desk.leave[1].set()
        await rig.front.drain()
        assert "*Cancelled*" in home(rig)
        assert len(published(rig)) == 2


async def test_trouble_never_takes_the_place_of_a_page() -> None:
    trouble = Refusal("database_trouble", "The database did not answer just now.")
    desk, moving, newest = gated(page_of(), trouble, page_of(View.CANCELLED))
    for leave in desk.leave:
        leave.set()
    around = Surroundings()
    async with watched(around, desk, newest=newest) as rig:
        await opened(rig)
        moving.at = 1
        await eventually(lambda: len(desk.asked) == 2, "the trouble")
        await comes(rig, "*Cancelled*")
        assert len(published(rig)) == 2


async def test_stopping_waits_for_no_drawing_and_leaves_no_task(monkeypatch: pytest.MonkeyPatch) -> None:
    """(F31)"""
    monkeypatch.setattr(app, "LAST_MOMENT", 0.05)
    before = asyncio.all_tasks()
    desk, moving, newest = gated(page_of(), page_of())
    async with watched(Surroundings(), desk, newest=newest) as rig:
        desk.leave[0].set()
        await opened(rig)
        moving.at = 1
        await eventually(lambda: len(desk.asked) == 2, "a drawing that never ends")
    await eventually(lambda: asyncio.all_tasks() <= before, "the last task ending")
    assert len(desk.asked) == 2, "nothing was begun after that"
