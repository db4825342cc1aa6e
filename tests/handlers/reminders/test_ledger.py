"""What `show` says of a link's reminders: of every planned day, whether it left and why not."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from handlers.jobs.kinds import STEPS
from handlers.jobs.remind_due import look
from handlers.jobs.worker import Worker
from handlers.links.trail import become
from handlers.requests import STRIPE
from models.link_states import LinkState
from models.tables import Recipient
from tests.cast import FIRM, Surroundings
from tests.handlers.reminders.days import JANE, TODAY, a_link, at, live, told, work

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def around() -> Surroundings:
    made = Surroundings()
    made.firm = replace(FIRM, reminders="-3, 0, 7, 14")
    return made


async def test_a_day_that_waited_for_another_links_turn_says_so_after_the_payment_too(around: Surroundings) -> None:
    around.firm = replace(around.firm, reminders="0, 30")
    first, second = [await a_link(around, TODAY + timedelta(days=1), number=number) for number in range(2)]
    await live(around, TODAY, TODAY + timedelta(days=1))
    waits = "Reminder of Nov 24, 2026: not sent yet: a reminder went on Nov 24"
    assert (await told(second, around))[0].startswith(waits)
    why = f"a reminder went on Nov 24, 2026 to {JANE}, of {first.reference}, and nobody gets two a day"
    detail: dict[str, object] = {"amount": "100.01", "currency": "USD"}
    await become(second, LinkState.PAID, STRIPE, around.clock.now(), detail=detail)
    assert await told(second, around) == (
        f"Reminder of Nov 24, 2026: not sent: {why}; then the link was paid.",
        "No reminder of Dec 24, 2026: the link was paid on Nov 24, 2026.",
    )


async def test_days_that_no_round_was_for_are_explained_all_the_same(around: Surroundings) -> None:
    """The plan was set later; nothing ran; nobody is there to be reminded."""
    around.firm = replace(around.firm, reminders="off")
    link = await a_link(around, TODAY + timedelta(days=1))
    unread = await a_link(around, TODAY + timedelta(days=20), "bad@client.example", number=1)
    await live(around, TODAY, TODAY + timedelta(days=2))
    assert await told(link, around) == ()
    around.firm = replace(around.firm, reminders="0, 3, 6, 20")
    await live(around, TODAY + timedelta(days=3), TODAY + timedelta(days=3))
    around.clock.set(at(TODAY + timedelta(days=5)))
    assert await told(link, around) == (
        "No reminder of Nov 24, 2026: the plan was set later.",
        "No reminder of Nov 27, 2026: nothing was sent on that day; the newest such day is caught up.",
        "The next reminder is planned for Nov 30, 2026, 9:00.",
    )
    await Recipient.filter(link_id=unread.id).update(delivery="failed")
    assert await told(unread, around) == (
        "No further reminder can leave: the letter to bad@client.example could not be delivered.",
    )


async def test_what_was_owed_when_the_mail_front_was_switched_off_is_told(around: Surroundings) -> None:
    link = await a_link(around, TODAY + timedelta(days=1))
    await work(around)
    around.clock.set(at(TODAY + timedelta(days=1)))
    await look(around.ports)
    off = replace(around.ports, letters=None)
    while await Worker(STEPS, off).run_due():
        pass
    assert await told(link, around) == (
        "No reminder of Nov 23, 2026: the link was made on that day.",
        "Reminder of Nov 24, 2026: not sent: the mail front was off by then.",
        "The next reminder is planned for Dec 1, 2026, 9:00.",
    )


async def test_a_link_without_a_due_date_has_no_plan_and_says_so(around: Surroundings) -> None:
    link = await a_link(around, None)
    await live(around, TODAY, TODAY + timedelta(days=3))
    assert await told(link, around) == ("No reminder is planned: the link has no due date.",)
