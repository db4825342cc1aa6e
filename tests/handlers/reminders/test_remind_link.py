"""`remind REF`: a reminder at once, and a pause."""

from __future__ import annotations

import asyncio
from datetime import date, timedelta

import pytest

from handlers.answers import LinkMade, Refusal, Reminded, RemindReport
from handlers.desk import Desk
from handlers.grammar import read_command
from handlers.jobs.kinds import STEPS
from handlers.jobs.worker import Worker
from handlers.links.cancel_link import cancel_links
from handlers.links.create_link import create_link
from handlers.links.trail import note
from handlers.ports import DeliveryRefused
from handlers.requests import PAYLINK, CancelLinks, CreateLink, PauseReminders, RemindLink, RemindLinks, ReplaceLink
from mailroom.replies import page_of
from models.errors import PaylinkError
from models.link_states import LinkState
from models.money import Money
from models.tables import LinkEvent, PayerAddress, PaymentLink, Recipient, Reminder
from tests.cast import SAM, VERA, Surroundings
from tests.handlers.houses import TWO

JANE, BOB = "jane@client.example", "bob@client.example"


@pytest.fixture
def around() -> Surroundings:
    return Surroundings()


async def a_link(around: Surroundings, *emails: str, cents: int = 10000) -> PaymentLink:
    made = await create_link(CreateLink(Money(cents, "USD"), "operating", emails), SAM.in_slack(), around.ports)
    await work(around)
    return await PaymentLink.get(reference=made.card.reference)


async def work(around: Surroundings) -> None:
    working = Worker(STEPS, around.ports)
    while await working.run_due():
        pass


async def said(around: Surroundings, text: str) -> str:
    """What the desk answers, in a sentence."""
    answer = await Desk(around.ports).hear(SAM.in_slack(), text)
    await work(around)
    assert isinstance(answer, Refusal | Reminded)
    return answer.sentence


def reminded(around: Surroundings) -> list[str]:
    return [letter.to for letter in around.letters.requests if letter.reminding is not None]


async def test_everyone_the_link_went_to_is_reminded_at_once(around: Surroundings, database: str) -> None:
    link = await a_link(around, JANE, BOB)
    assert await said(around, f"remind {link.reference}") == (
        f"A reminder of {link.reference} is on its way to {JANE} and {BOB}."
    )
    assert sorted(reminded(around)) == sorted([JANE, BOB])
    assert [row.fate for row in await Reminder.all()] == ["sent"]
    words = [line.words for line in around.poster.threads]
    assert f"A reminder was sent to {JANE}, as {SAM.name} asked." in words


async def test_a_payer_gets_one_a_day_whatever_the_link_and_may_have_another_tomorrow(
    around: Surroundings, database: str
) -> None:
    first, second = await a_link(around, JANE), await a_link(around, JANE, cents=20000)
    await said(around, f"remind {first.reference}")
    for link in (first, second):
        answer = await said(around, f"remind {link.reference}")
        assert f"a reminder went today to {JANE}, of {first.reference}" in answer
        assert answer.endswith(f"Send `remind {link.reference}` again tomorrow.")
    assert reminded(around) == [JANE]
    around.clock.tick(timedelta(days=1))
    await said(around, f"remind {second.reference}")
    assert reminded(around) == [JANE, JANE]


async def test_ten_people_who_remind_at_once_send_one_letter(around: Surroundings, database: str) -> None:
    link = await a_link(around, JANE)
    desk = Desk(around.ports)
    answers = await asyncio.gather(*(desk.hear(SAM.in_slack(), f"remind {link.reference}") for _ in range(10)))
    await work(around)
    assert sum(isinstance(answer, Reminded) for answer in answers) == 1
    assert reminded(around) == [JANE]


async def test_the_same_press_delivered_twice_sends_one_letter(around: Surroundings, database: str) -> None:
    link = await a_link(around, JANE)
    desk = Desk(around.ports)
    for _ in range(2):
        await desk.ask(SAM.in_slack(delivery="trigger-1"), RemindLink(link.reference))
    await work(around)
    assert reminded(around) == [JANE]


@pytest.mark.parametrize(
    ("delivery", "words"),
    [("bounced", f"the letter to {JANE} came back"), ("failed", f"the letter to {JANE} could not be delivered")],
)
async def test_an_address_that_takes_no_letters_is_not_reminded_and_the_answer_says_so(
    around: Surroundings, database: str, delivery: str, words: str
) -> None:
    link = await a_link(around, JANE, BOB)
    await Recipient.filter(address=JANE).update(delivery=delivery)
    assert words in await said(around, f"remind {link.reference}")
    assert reminded(around) == [BOB]


async def test_who_asked_for_no_more_reminders_gets_none(around: Surroundings, database: str) -> None:
    link = await a_link(around, "Jane@client.example")
    await PayerAddress.create(address=JANE, token="t" * 40, stopped_at=around.clock.now())
    assert "asked for no more reminders" in await said(around, f"remind {link.reference}")
    assert reminded(around) == []


async def test_who_says_stop_while_the_letter_waits_gets_none(around: Surroundings, database: str) -> None:
    link = await a_link(around, JANE)
    await Desk(around.ports).hear(SAM.in_slack(), f"remind {link.reference}")
    await PayerAddress.filter(address=JANE).update(stopped_at=around.clock.now())
    await work(around)
    assert reminded(around) == []
    assert [(row.fate, row.why) for row in await Reminder.all()] == [("skipped", f"{JANE} asked for no more reminders")]


async def test_a_cancelled_link_is_not_reminded_of(around: Surroundings, database: str) -> None:
    link = await a_link(around, JANE)
    await cancel_links(CancelLinks((link.reference,)), SAM.in_slack(), around.ports)
    assert "already cancelled" in await said(around, f"remind {link.reference}")
    assert reminded(around) == []


async def test_the_link_that_took_its_place_is_named(around: Surroundings, database: str) -> None:
    link = await a_link(around, JANE)
    made = await Desk(around.ports).ask(SAM.in_slack(), ReplaceLink(link.reference))
    assert isinstance(made, LinkMade)
    answer = await said(around, f"remind {link.reference}")
    assert answer.endswith(f"nothing was changed. It was replaced by {made.card.reference}: remind of that one.")


@pytest.mark.own_rows
async def test_of_a_partly_paid_link_the_balance_is_what_can_be_asked_for(around: Surroundings, database: str) -> None:
    link = await a_link(around, JANE)
    await PaymentLink.filter(id=link.id).update(state=LinkState.PART_PAID, paid_minor=4000)
    answer = await said(around, f"remind {link.reference}")
    assert answer.endswith(f"nothing was changed. `balance {link.reference}` asks for what is still owed.")


async def test_a_link_that_was_never_mailed_says_so(around: Surroundings, database: str) -> None:
    link = await a_link(around)
    assert "never mailed" in await said(around, f"remind {link.reference}")


async def test_a_reminder_that_is_refused_is_told_and_marks_the_address(around: Surroundings, database: str) -> None:
    link = await a_link(around, JANE)
    around.letters.troubles.always[JANE] = DeliveryRefused("550 no such user")
    await said(around, f"remind {link.reference}")
    assert (await Recipient.get()).delivery == "failed"
    assert [row.fate for row in await Reminder.all()] == ["skipped"]
    assert await LinkEvent.filter(kind="reminder_failed").exists()


async def test_reminders_are_paused_and_go_on(around: Surroundings, database: str) -> None:
    link = await a_link(around, JANE)
    assert "December 15, 2026" in await said(around, f"remind {link.reference} pause until 15 Dec")
    await link.refresh_from_db()
    assert link.reminders_from == date(2026, 12, 15)
    await said(around, f"remind {link.reference} resume")
    await link.refresh_from_db()
    assert link.reminders_from is None


async def test_a_viewer_reminds_nobody(around: Surroundings, database: str) -> None:
    link = await a_link(around, JANE)
    answer = await Desk(around.ports).hear(VERA.in_slack(), f"remind {link.reference}")
    assert isinstance(answer, Refusal)
    assert reminded(around) == []


@pytest.mark.parametrize(
    ("text", "request_"),
    [
        ("remind pl-7f3k9q", RemindLink("PL-7F3K9Q")),
        ("Remind: PL-7F3K9Q", RemindLink("PL-7F3K9Q")),
        ("remind PL-7F3K9Q pause until 2026-12-15", PauseReminders("PL-7F3K9Q", date(2026, 12, 15))),
        ("remind PL-7F3K9Q Pause until Dec 15", PauseReminders("PL-7F3K9Q", date(2026, 12, 15))),
        ("remind PL-7F3K9Q resume", PauseReminders("PL-7F3K9Q", None)),
        ("remind PL-7F3K9Q PL-7F3K9Q", RemindLink("PL-7F3K9Q")),
        ("remind PL-7F3K9Q, pl-0m4xtr;PL-8888AA", RemindLinks(("PL-7F3K9Q", "PL-0M4XTR", "PL-8888AA"))),
    ],
)
def test_how_it_is_typed(text: str, request_: RemindLink | RemindLinks | PauseReminders) -> None:
    assert read_command(text, TWO) == request_


@pytest.mark.parametrize(
    "text",
    [
        "remind",
        "remind Jane",
        "remind PL-7F3K9Q PL-0M4X",
        "remind PL-7F3K9Q PL-0M4XTR pause until 15 Dec",
        "remind PL-7F3K9Q tomorrow",
        "remind PL-7F3K9Q pause",
        "remind PL-7F3K9Q pause until yesterday",
    ],
)
def test_what_is_unclear_reminds_nobody(text: str) -> None:
    with pytest.raises(PaylinkError):
        read_command(text, TWO)


async def test_nobody_is_reminded_while_a_person_must_look_at_money_that_came(
    around: Surroundings, database: str
) -> None:
    """(B62) The page takes no second payment then, so no letter may ask for one."""
    link = await a_link(around, JANE)
    await PaymentLink.filter(id=link.id).update(review=True)
    assert "a person must look at first" in await said(around, f"remind {link.reference}")
    await PaymentLink.filter(id=link.id).update(review=False)
    around.letters.requests.clear()
    await Desk(around.ports).hear(SAM.in_slack(), f"remind {link.reference}")
    await PaymentLink.filter(id=link.id).update(review=True)  # it came while the letter waited
    await work(around)
    assert reminded(around) == []


@pytest.mark.own_rows
async def test_several_are_reminded_of_at_once_and_each_has_its_own_answer(around: Surroundings, database: str) -> None:
    first, second = await a_link(around, JANE), await a_link(around, BOB, cents=20000)
    paid = await a_link(around, JANE, cents=30000)
    await PaymentLink.filter(id=paid.id).update(state=LinkState.PAID)
    text = f"remind {first.reference}, {second.reference} {paid.reference} PL-000000"
    report = await Desk(around.ports).hear(SAM.in_slack(delivery="trigger-2"), text)
    await work(around)
    assert isinstance(report, RemindReport)
    assert [one.done for one in report.outcomes] == [True, True, False, False]
    assert reminded(around) == [JANE, BOB]
    assert page_of(report, around.firm)[0] == "2 of 4 reminded of"


async def test_another_letter_that_came_back_since_stops_reminders_to_the_address(
    around: Surroundings, database: str
) -> None:
    """(F29) Until either link is sent again."""
    first, second = await a_link(around, JANE, BOB), await a_link(around, JANE, cents=20000)
    around.clock.tick(timedelta(days=1))
    await Recipient.filter(link_id=first.id, address=JANE).update(delivery="bounced")
    await note(first, "bounced", PAYLINK, around.clock.now(), {"to": JANE, "why": "there is no such mailbox"})
    answer = await said(around, f"remind {second.reference}")
    assert f"another letter to {JANE} came back, that of {first.reference}" in answer
    around.clock.tick(timedelta(hours=1))
    await Desk(around.ports).hear(SAM.in_slack(), f"resend {second.reference}")
    await work(around)
    await said(around, f"remind {second.reference}")
    assert reminded(around) == [JANE]


async def test_a_link_past_its_last_day_is_not_reminded_of_even_before_its_expiry_was_seen_to(
    around: Surroundings, database: str
) -> None:
    link = await a_link(around, JANE)
    await PaymentLink.filter(id=link.id).update(expires_at=around.clock.now())
    assert await said(around, f"remind {link.reference}") == f"{link.reference} was not reminded of: it has expired."
    assert reminded(around) == []
