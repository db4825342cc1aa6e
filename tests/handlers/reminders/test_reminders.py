"""Reminders by plan, over days of a clock that does what clocks do (F56, F35, F36; complaint 7)."""

from __future__ import annotations

import asyncio
import json
import random
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from handlers.answers import Refusal
from handlers.desk import Desk
from handlers.jobs import steps
from handlers.jobs.remind_due import begin_reminding, look
from handlers.links.show_link import show_link
from handlers.links.trail import become
from handlers.ports import DeliveryTrouble, PaymentRequest
from handlers.reminders.payers import Reach, claim_for
from handlers.reminders.remind_link import pause_reminders
from handlers.requests import STRIPE, PauseReminders, ShowLink
from models.engines.endings import EngineTrouble
from models.job_queue import Claimed
from models.link_states import LinkState
from models.tables import FirmSetting, Job, PayerAddress, PaymentLink, Recipient, Reminder
from tests.cast import FIRM, NOOR, SAM, Surroundings
from tests.handlers.reminders.days import BOB, JANE, TODAY, ZONE, a_link, at, ledger, live, reminders, work

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def around() -> Surroundings:
    made = Surroundings()
    made.firm = replace(FIRM, reminders="-3, 0, 7, 14")
    return made


async def test_each_reminder_leaves_on_its_day_and_the_letter_says_it_is_one(around: Surroundings) -> None:
    link = await a_link(around, TODAY + timedelta(days=10))  # Thursday, December 3
    await live(around, TODAY, date(2026, 12, 31))
    assert await ledger(link) == [(f"2026-{day}", "sent") for day in ("11-30", "12-03", "12-10", "12-17")]
    letters = reminders(around)
    assert len(letters) == 4
    assert [letter.reminding.overdue for letter in letters if letter.reminding] == [False, False, True, True]
    assert len({letter.message_id for letter in letters}) == 4
    assert letters[0].message_id.startswith(f"reminder-{link.reference.lower()}-")
    assert link.token not in (letters[0].reminding.stop_url if letters[0].reminding else link.token)
    assert [line.words for line in around.poster.threads].count(f"A reminder was sent to {JANE}.") == 4


async def test_reminders_are_off_until_an_admin_sets_a_plan_and_then_nobody_is_written_to_about_the_past(
    around: Surroundings,
) -> None:
    around.firm = FIRM
    link = await a_link(around, TODAY)
    await live(around, TODAY, TODAY + timedelta(days=8))
    assert reminders(around) == []
    around.firm = replace(FIRM, reminders="-3, 0, 7, 14")
    await live(around, TODAY + timedelta(days=9), TODAY + timedelta(days=20))
    assert await ledger(link) == [("2026-12-07", "sent")]


async def test_an_admin_sets_the_plan_in_slack_and_staff_may_not(around: Surroundings) -> None:
    around.firm = FIRM
    await a_link(around, TODAY + timedelta(days=1))
    desk = Desk(around.ports)
    refused = await desk.hear(SAM.in_slack(), "settings reminders 0")
    assert isinstance(refused, Refusal)
    for text in ("settings reminders 0", "settings reminder hour 2 pm", "settings reminder weekdays mon-fri"):
        await desk.hear(NOOR.in_slack(), text)
    tomorrow = TODAY + timedelta(days=1)
    await live(around, tomorrow, tomorrow, hours=(9, 13))
    assert reminders(around) == []
    await live(around, tomorrow, tomorrow, hours=(14,))
    assert len(reminders(around)) == 1


async def test_the_hour_of_the_plan_is_waited_for(around: Surroundings) -> None:
    await a_link(around, TODAY + timedelta(days=1))
    await live(around, TODAY + timedelta(days=1), TODAY + timedelta(days=1), hours=(0, 8))
    assert reminders(around) == []
    await live(around, TODAY + timedelta(days=1), TODAY + timedelta(days=1), hours=(9, 10, 20))
    assert len(reminders(around)) == 1


async def test_an_account_that_gets_a_plan_of_its_own_is_reminded_of_by_that_one(around: Surroundings) -> None:
    """Neither twice on the day of the change nor of what was before it; and back again."""
    around.firm = replace(around.firm, reminders="0, 1, 2")
    link = await a_link(around, TODAY + timedelta(days=1))
    await live(around, TODAY, TODAY + timedelta(days=1), hours=(9, 14, 15))
    around.firm = replace(around.firm, reminders="off; operating: 0, 1, 2, 3 at 14")
    await live(around, TODAY + timedelta(days=1), TODAY + timedelta(days=2), hours=(9, 13))
    assert await ledger(link) == [("2026-11-24", "sent")]
    await live(around, TODAY + timedelta(days=2), TODAY + timedelta(days=2), hours=(14, 15))
    around.firm = replace(around.firm, reminders="2, 3")
    await live(around, TODAY + timedelta(days=3), TODAY + timedelta(days=4), hours=(8, 9, 10))
    assert await ledger(link) == [(f"2026-11-{day}", "sent") for day in (24, 25, 26, 27)]


@pytest.mark.parametrize("days", ["-3, 0, 7, 14", "off; operating: 0, 7"])
async def test_rounds_go_on_from_where_an_older_version_has_left_them(around: Surroundings, days: str) -> None:
    around.firm = replace(around.firm, reminders=days)
    plan = f"{around.firm.reminders} / {around.firm.reminder_weekdays}"
    mark = {"plan": plan, "since": "2026-11-20", "done": TODAY.isoformat()}
    await FirmSetting.create(name="reminders.mark", value=json.dumps(mark))
    link = await a_link(around, TODAY + timedelta(days=1))
    await live(around, TODAY, TODAY + timedelta(days=1))
    assert await ledger(link) == [("2026-11-24", "sent")]


async def test_after_an_outage_the_newest_day_is_caught_up_once_and_the_others_are_told(around: Surroundings) -> None:
    link = await a_link(around, TODAY + timedelta(days=4))  # Friday
    around.firm = replace(around.firm, reminders="0, 3, 4, 5, 30")
    await live(around, TODAY, TODAY + timedelta(days=3))
    await live(around, TODAY + timedelta(days=11), TODAY + timedelta(days=13))  # down for a week
    assert await ledger(link) == [
        ("2026-11-27", "skipped"),
        ("2026-11-30", "skipped"),
        ("2026-12-01", "skipped"),
        ("2026-12-02", "sent"),
    ]
    assert len(reminders(around)) == 1
    shown = await show_link(ShowLink(link.reference), NOOR.in_slack(), around.ports)
    assert any("Nov 27, 2026: not sent: nothing was sent on that day" in line for line in shown.reminders)
    assert shown.reminders[-1].startswith("The next reminder is planned for Dec 28, 2026, 9:00")  # the 27th is a Sunday


async def test_payment_half_way_ends_it(around: Surroundings) -> None:
    link = await a_link(around, TODAY + timedelta(days=4))
    await live(around, TODAY, TODAY + timedelta(days=5))
    await become(link, LinkState.PAID, STRIPE, around.clock.now(), detail={"amount": "100.00", "currency": "USD"})
    before = len(reminders(around))
    await live(around, TODAY + timedelta(days=6), TODAY + timedelta(days=40))
    assert len(reminders(around)) == before == 2
    shown = await show_link(ShowLink(link.reference), NOOR.in_slack(), around.ports)
    assert not any("next" in line for line in shown.reminders)


async def test_a_payment_between_the_round_and_the_letter_keeps_the_letter_back(around: Surroundings) -> None:
    link = await a_link(around, TODAY + timedelta(days=1))
    await work(around)
    around.clock.set(at(TODAY + timedelta(days=1)))
    await look(around.ports)
    await become(link, LinkState.PAID, STRIPE, around.clock.now(), detail={"amount": "100.00", "currency": "USD"})
    await work(around)
    assert reminders(around) == []
    assert await ledger(link) == [("2026-11-24", "skipped")]


async def test_one_payer_gets_one_a_day_and_the_other_links_wait_their_turn(around: Surroundings) -> None:
    links = [await a_link(around, TODAY + timedelta(days=1), number=number) for number in range(4)]
    around.firm = replace(around.firm, reminders="0")
    await live(around, TODAY, TODAY + timedelta(days=1))
    assert len(reminders(around)) == 1
    shown = await show_link(ShowLink(links[1].reference), NOOR.in_slack(), around.ports)
    assert f"of {links[0].reference}, and nobody gets two a day" in shown.reminders[0]
    await live(around, TODAY + timedelta(days=2), TODAY + timedelta(days=9))
    assert [letter.reference for letter in reminders(around)] == [link.reference for link in links]


async def test_who_came_back_or_said_stop_is_left_alone_and_the_other_address_is_not(around: Surroundings) -> None:
    link = await a_link(around, TODAY + timedelta(days=1), JANE, BOB)
    other = await a_link(around, TODAY + timedelta(days=1), "kim@client.example", number=1)
    await work(around)
    await Recipient.filter(address=JANE).update(delivery="bounced")
    await PayerAddress.create(address="kim@client.example", token="t" * 40, stopped_at=around.clock.now())
    await live(around, TODAY + timedelta(days=1), TODAY + timedelta(days=1))
    assert [letter.to for letter in reminders(around)] == [BOB]
    assert await ledger(link) == [("2026-11-24", "sent")]
    [row] = await Reminder.filter(link_id=other.id)
    assert (row.fate, row.why) == ("skipped", "kim@client.example asked for no more reminders")


async def test_a_pause_holds_them_until_its_day(around: Surroundings) -> None:
    link = await a_link(around, TODAY + timedelta(days=1))
    until = TODAY + timedelta(days=3)
    await pause_reminders(PauseReminders(link.reference, until), SAM.in_slack(), around.ports)
    await live(around, TODAY, TODAY + timedelta(days=8))
    assert await ledger(link) == [("2026-11-24", "skipped"), ("2026-12-01", "sent")]


async def test_a_clock_that_steps_back_sends_nothing_twice(around: Surroundings) -> None:
    """(F35)"""
    await a_link(around, TODAY + timedelta(days=1))
    await live(around, TODAY, TODAY + timedelta(days=1))
    await live(around, TODAY - timedelta(days=2), TODAY + timedelta(days=1), hours=(10, 8, 9, 11))
    assert len(reminders(around)) == 1


async def test_a_mail_server_that_is_away_for_days_brings_one_letter_afterwards(around: Surroundings) -> None:
    link = await a_link(around, TODAY + timedelta(days=1))
    await work(around)
    around.letters.troubles.always[JANE] = DeliveryTrouble("away", retry_after=3600)
    await live(around, TODAY + timedelta(days=1), TODAY + timedelta(days=4))
    around.letters.troubles.always.clear()
    await live(around, TODAY + timedelta(days=7), TODAY + timedelta(days=7), hours=(8, 10, 12))
    assert len(reminders(around)) == 1
    assert await ledger(link) == [("2026-11-24", "sent")]


async def test_two_replicas_that_do_the_same_round_send_one_letter(around: Surroundings) -> None:
    """One of them was taken for dead. What it had written down is not overwritten."""
    link = await a_link(around, TODAY + timedelta(days=1))
    await work(around)
    around.clock.set(at(TODAY + timedelta(days=1)))
    await asyncio.gather(look(around.ports), look(around.ports))
    await FirmSetting.filter(name="reminders.mark").delete()  # a round that forgot how far it had come
    await look(around.ports)
    await work(around)
    await FirmSetting.filter(name="reminders.mark").delete()
    await look(around.ports)
    await live(around, TODAY + timedelta(days=1), TODAY + timedelta(days=2))
    assert len(reminders(around)) == 1
    assert await ledger(link) == [("2026-11-24", "sent")]


async def test_a_round_that_dies_half_way_is_gone_on_with_and_reminds_each_once(
    around: Surroundings, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(5):
        await a_link(around, TODAY + timedelta(days=1), f"client{number}@client.example", number=number)
    await work(around)
    around.clock.set(at(TODAY + timedelta(days=1)))
    monkeypatch.setattr("handlers.jobs.remind_due._AT_ONCE", 2)
    calls = 0

    async def dies(link: PaymentLink, today: date, spoken: str) -> Reach:
        nonlocal calls
        calls += 1
        if calls == 4:
            raise EngineTrouble(again=True, cause="connection lost")
        return await claim_for(link, today, spoken)

    monkeypatch.setattr("handlers.jobs.remind_due.claim_for", dies)
    with pytest.raises(EngineTrouble):
        await look(around.ports)
    assert await Reminder.all().count() == 2  # of the third link nothing was kept either
    await look(around.ports)
    await work(around)
    assert sorted(letter.to for letter in reminders(around)) == [f"client{n}@client.example" for n in range(5)]


async def test_a_database_that_hiccups_after_the_letter_left_sends_no_second_one(
    around: Surroundings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """(F34)"""
    await a_link(around, TODAY + timedelta(days=1))
    hiccups = [EngineTrouble(again=True, cause="connection lost")]

    async def paid_off(job: Claimed) -> None:
        if hiccups:
            raise hiccups.pop()
        await steps.paid_off(job)

    monkeypatch.setattr("handlers.jobs.send_reminder.paid_off", paid_off)
    await live(around, TODAY + timedelta(days=1), TODAY + timedelta(days=1))
    assert not hiccups
    assert len(reminders(around)) == 1


async def test_the_look_is_one_job_that_never_ends(around: Surroundings) -> None:
    await begin_reminding(around.ports)
    await begin_reminding(around.ports)
    await work(around)
    around.clock.tick(901)
    await work(around)
    assert await Job.filter(kind="remind_due").count() == 1


@pytest.mark.parametrize("seed", range(3))
async def test_sixty_days_of_any_plan_payments_and_outages(around: Surroundings, seed: int) -> None:
    """Never early, never twice, never after payment, at most one a payer and day; every day is explained."""
    chance = random.Random(seed)
    days = sorted(chance.sample(range(-10, 30), k=chance.randint(1, 6)))
    weekdays = " ".join(chance.sample(["mon", "tue", "wed", "thu", "fri", "sat", "sun"], k=chance.randint(2, 7)))
    around.firm = replace(FIRM, reminders=", ".join(map(str, days)), reminder_weekdays=weekdays, reminder_hour=9)
    around.clock.set(at(date(2026, 10, 20), 8))  # through the end of summer time on November 1
    start = date(2026, 10, 20)
    links = [
        await a_link(around, start + timedelta(days=chance.randint(0, 30)), chance.choice([JANE, BOB]), number=number)
        for number in range(6)
    ]
    paid: dict[str, datetime] = {}
    sent: list[tuple[datetime, PaymentRequest]] = []
    for step in range(60):
        if chance.random() < 0.25:
            continue  # nothing runs on that day
        for hour in (7, 9, 15):
            around.clock.set(at(start + timedelta(days=step), hour))
            before = len(reminders(around))
            await look(around.ports)
            await work(around)
            sent += [(around.clock.now(), letter) for letter in reminders(around)[before:]]
        link = chance.choice(links)
        if chance.random() < 0.1 and link.reference not in paid:
            detail: dict[str, object] = {"amount": "100.00", "currency": "USD"}
            await become(link, LinkState.PAID, STRIPE, around.clock.now(), detail=detail)
            paid[link.reference] = around.clock.now()
    turns = [(moment.astimezone(ZONE).date(), letter.to) for moment, letter in sent]
    assert len(turns) == len(set(turns))
    assert all(moment.astimezone(ZONE).hour >= 9 for moment, _ in sent)
    assert all(moment <= paid.get(letter.reference, datetime.max.replace(tzinfo=UTC)) for moment, letter in sent)
    for link in links:
        rows = await Reminder.filter(link_id=link.id)
        assert all(row.fate in ("sent", "skipped", "planned") for row in rows)
        times = [moment.astimezone(ZONE).date() for moment, letter in sent if letter.reference == link.reference]
        planned = sorted(row.planned_on for row in rows if row.fate == "sent")
        assert len(planned) == len(times)
        assert all(day <= moment for day, moment in zip(planned, times, strict=True))
