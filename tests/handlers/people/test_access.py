"""Asking to be let in: once, answered once, by a button of an admin's."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from handlers.answers import Decided, Refusal
from handlers.desk import Desk
from handlers.jobs.kinds import STEPS
from handlers.jobs.worker import Worker
from handlers.people.identify import mail_asker, slack_asker
from handlers.people.questions import APPROVE_ACCESS, APPROVE_VIEWER, DENY_ACCESS
from handlers.requests import AnswerAccess, AskAccess, Role
from models.tables import AccessRequest, FirmEvent, QuestionPost, StaffMember
from tests.cast import BILLING, NOOR, SAM, STRANGER, Surroundings

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def around() -> Surroundings:
    return Surroundings()


async def work(around: Surroundings) -> None:
    working = Worker(STEPS, around.ports)
    while await working.run_due():
        pass


async def ask(around: Surroundings) -> str:
    answer = await Desk(around.ports).ask(STRANGER.in_slack(""), AskAccess())
    assert isinstance(answer, Decided)
    await work(around)
    return answer.sentence


async def press(around: Surroundings, role: Role | None) -> Decided:
    request = await AccessRequest.get()
    answer = await Desk(around.ports).ask(NOOR.in_slack(""), AnswerAccess(request.id, role))
    assert isinstance(answer, Decided)
    await work(around)
    return answer


async def role_of_stranger(around: Surroundings) -> Role:
    found = await slack_asker(STRANGER.slack_id, STRANGER.name, STRANGER.email, BILLING, "", around.ports)
    return found.role


async def test_a_member_without_a_role_is_told_so_and_may_ask_for_one(around: Surroundings) -> None:
    answer = await Desk(around.ports).hear(STRANGER.in_slack(), "create 100")
    assert isinstance(answer, Refusal)
    assert answer.may_ask
    assert answer.sentence.startswith("You are not set up to use Paylink for Harbor & Finch LLP. Ask an admin")


async def test_each_admin_gets_one_message_with_buttons_and_asking_again_the_same_day_sends_none(
    around: Surroundings,
) -> None:
    assert (await ask(around)).startswith("The admins of Harbor & Finch LLP are asked to let you in")
    [(to, question)] = around.poster.asked
    assert to == NOOR.slack_id
    assert "Max Fremd (max@elsewhere.example) asks for access" in question.words
    assert [choice.action for choice in question.choices] == [APPROVE_ACCESS, APPROVE_VIEWER, DENY_ACCESS]
    [(by_mail)] = [letter for letter in around.letters.answers if letter.to == NOOR.email]
    assert "by mail nobody is let in" in by_mail.text
    around.clock.tick(timedelta(hours=23))
    assert (await ask(around)).startswith("You asked on Nov 23, 2026, 10:00, and the admins were told.")
    assert len(around.poster.asked) == 1
    around.clock.tick(timedelta(hours=2))
    await ask(around)
    assert len(around.poster.asked) == 2


async def test_an_admin_named_by_address_is_asked_in_slack_once_they_were_seen_there(
    around: Surroundings,
) -> None:
    around.firm = replace(around.firm, admins=frozenset({NOOR.email}))
    assert (await slack_asker(NOOR.slack_id, NOOR.name, NOOR.email, "", "", around.ports)).role is Role.ADMIN
    await ask(around)
    assert [to for to, _ in around.poster.asked] == [NOOR.slack_id]
    assert around.letters.answers == []


async def test_an_admins_button_lets_them_in_at_both_doors_and_the_buttons_go(around: Surroundings) -> None:
    await ask(around)
    assert await role_of_stranger(around) is Role.NOBODY
    await press(around, Role.STAFF)
    assert await role_of_stranger(around) is Role.STAFF
    by_mail = await mail_asker(STRANGER.email, "", around.ports)
    assert by_mail is not None
    assert (by_mail.role, by_mail.key) == (Role.STAFF, STRANGER.slack_id)
    [(_, outcome)] = around.poster.retold
    assert outcome.endswith("asked for access to Paylink: approved as staff by Noor Haddad on Nov 23, 2026, 10:00.")
    assert not await QuestionPost.exists()
    told = [words for to, words in around.poster.told if to == STRANGER.slack_id]
    assert told[0].startswith(
        "You can use Paylink for Harbor & Finch LLP from now on: Noor Haddad let you in, as staff."
    )
    event = await FirmEvent.get(kind="user")
    assert (event.who, event.detail["before"], event.detail["after"]) == (NOOR.slack_id, "nobody", "staff")


async def test_two_answers_at_once_on_two_replicas_are_one(around: Surroundings) -> None:
    await ask(around)
    request = await AccessRequest.get()
    answers = await asyncio.gather(
        *(Desk(around.ports).ask(NOOR.in_slack(""), AnswerAccess(request.id, role)) for role in (Role.STAFF, None))
    )
    assert sorted(answer.repeated for answer in answers if isinstance(answer, Decided)) == [False, True]
    await work(around)
    assert len([words for to, words in around.poster.told if to == STRANGER.slack_id]) == 1
    decided = await AccessRequest.get()
    expected = Role.STAFF if decided.state == "staff" else Role.NOBODY
    assert await role_of_stranger(around) is expected


async def test_a_press_twice_at_once_asks_once(around: Surroundings) -> None:
    desk = Desk(around.ports)
    await asyncio.gather(*(desk.ask(STRANGER.in_slack(""), AskAccess()) for _ in range(3)))
    await work(around)
    assert len(around.poster.asked) == 1


async def test_somebody_denied_may_ask_again_after_a_week(around: Surroundings) -> None:
    await ask(around)
    await press(around, None)
    assert await role_of_stranger(around) is Role.NOBODY
    told = [words for to, words in around.poster.told if to == STRANGER.slack_id]
    assert told == ["Noor Haddad denied your wish to use Paylink for Harbor & Finch LLP."]
    around.clock.tick(timedelta(days=6))
    assert (await ask(around)).startswith("Noor Haddad denied it on Nov 23, 2026, 10:00. You can ask again from Nov 30")
    around.clock.tick(timedelta(days=2))
    assert (await ask(around)).startswith("The admins of")
    await press(around, Role.VIEWER)
    assert await role_of_stranger(around) is Role.VIEWER


async def test_a_denial_stands_in_the_firms_trail_once(around: Surroundings) -> None:
    await ask(around)
    await press(around, None)
    await press(around, None)
    [event] = await FirmEvent.filter(kind="access")
    assert (event.who, event.detail["name"], event.detail["after"]) == (NOOR.slack_id, "Noor Haddad", "denied")
    assert event.detail["what"] == "the wish of Max Fremd (max@elsewhere.example) to be let in"


async def test_a_role_that_was_given_meanwhile_stays(around: Surroundings) -> None:
    await ask(around)
    await StaffMember.create(slack_id=STRANGER.slack_id, name=STRANGER.name, role="viewer")
    await press(around, Role.STAFF)
    assert await role_of_stranger(around) is Role.VIEWER
    assert any(words.endswith("as viewer. `/paylink help` shows what can be typed.") for _, words in around.poster.told)


async def test_an_address_that_is_somebody_elses_is_not_taken_over(around: Surroundings) -> None:
    await StaffMember.create(email=STRANGER.email, slack_id="U0OTHER", name="Other", role="staff")
    await ask(around)
    await press(around, Role.STAFF)
    assert (await StaffMember.get(slack_id=STRANGER.slack_id)).email is None


async def test_whoever_has_a_role_is_told_so_and_nobody_is_asked(around: Surroundings) -> None:
    answer = await Desk(around.ports).ask(SAM.in_slack(), AskAccess())
    assert answer == Decided("", "You are set up already: your role here is staff.", repeated=True)
    assert not await AccessRequest.exists()


async def test_only_admins_answer_and_an_unknown_number_is_not_found(around: Surroundings) -> None:
    await ask(around)
    request = await AccessRequest.get()
    by_staff = await Desk(around.ports).ask(SAM.in_slack(), AnswerAccess(request.id, Role.ADMIN))
    assert isinstance(by_staff, Refusal)
    assert (await AccessRequest.get()).state == "waiting"
    unknown = await Desk(around.ports).ask(NOOR.in_slack(), AnswerAccess(999, Role.STAFF))
    assert isinstance(unknown, Refusal)
    assert unknown.code == "not_found"
