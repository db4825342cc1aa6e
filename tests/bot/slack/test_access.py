"""Who is let in by a button, and whose right is gone: the real desk and worker behind the front's signed door."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest

from bot.slack.listeners.access import request_of
from bot.slack.stand_in.people import NOOR, PAYMENTS, SAM, VERA
from handlers.desk import Desk
from handlers.jobs.kinds import STEPS
from handlers.jobs.worker import Worker
from handlers.people.add_staff import add_staff
from handlers.people.identify import slack_asker
from handlers.requests import AnswerAccess, AskAccess, DecideProposal, Role
from models.money import Money
from models.tables import AccessRequest, FirmEvent, LinkProposal, PaymentLink, StaffMember
from tests.bot.slack.rig import Json, Rig, rigged, words
from tests.cast import FIRM, Surroundings
from tests.fake_cards import FakeCards

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def around() -> Surroundings:
    firm = replace(FIRM, admins=frozenset({NOOR}), approval_limit=Money(500_000, "USD"))
    return Surroundings(firm=firm, cards=FakeCards())


@pytest.fixture
async def rig(around: Surroundings) -> AsyncIterator[Rig]:
    async with rigged(Desk(around.ports), identify=partial(slack_asker, ports=around.ports)) as built:
        yield built


async def work(rig: Rig, around: Surroundings) -> None:
    worker = Worker(STEPS, replace(around.ports, channels=rig.line.poster))
    while await worker.run_due():
        pass


def button(message: Json, label: str) -> tuple[str, str, str]:
    """Where it is and which: (ts, action, value)."""
    found = [
        (str(message["ts"]), str(element["action_id"]), str(element.get("value", "")))
        for block in message["blocks"]
        for element in block.get("elements", [])
        if element.get("type") == "button" and element["text"]["text"] == label
    ]
    assert len(found) == 1, (label, words(message))
    return found[0]


async def press(rig: Rig, user: str, channel: str, message: Json, label: str) -> str:
    """Press it; the words of what the person is answered."""
    ts, action, _ = button(message, label)
    return words(await rig.slack.click(user, channel, ts, action))


async def test_a_stranger_asks_with_a_button_an_admin_answers_with_one_and_the_next_command_works(
    rig: Rig, around: Surroundings
) -> None:
    """(SPEC 6)"""
    refused = await rig.slack.type_command(SAM, PAYMENTS, "create 100 account operating")
    assert "You are not set up to use Paylink" in words(refused)
    assert "are asked to let you in" in await press(rig, SAM, PAYMENTS, refused, "Ask for access")
    again = await rig.slack.type_command(SAM, PAYMENTS, "list")
    assert "You asked on" in await press(rig, SAM, PAYMENTS, again, "Ask for access")
    await work(rig, around)
    [question] = rig.slack.messages(NOOR)
    assert "Sam Ortiz (sam@firm.example) asks for access" in words(question)
    direct = rig.slack.workspace.direct(NOOR).id
    assert "approved as staff by Noor Haddad" in await press(rig, NOOR, direct, question, "Approve")
    await work(rig, around)
    closed = next(message for message in rig.slack.messages(NOOR) if message["ts"] == question["ts"])
    assert "approved as staff by Noor Haddad" in words(closed)
    assert not [block for block in closed["blocks"] if block["type"] == "actions"]
    assert "let you in, as staff" in words(rig.slack.messages(SAM)[-1])
    assert "Link made" in words(await rig.slack.type_command(SAM, PAYMENTS, "create 100 account operating"))


async def test_app_home_says_that_somebody_asked_and_the_answer_names_the_role(rig: Rig, around: Surroundings) -> None:
    """(SPEC 6) The button is there again once they may ask again."""
    await rig.slack.open_home(SAM)
    await rig.slack.click_in_home(SAM, "ask_access")
    for _ in range(2):
        shown = rig.slack.workspace.homes[SAM]
        assert "You asked on" in words(shown)
        assert "; an admin answers." in words(shown)
        assert "ask_access" not in str(shown)
        await rig.slack.open_home(SAM)
    await work(rig, around)
    [question] = rig.slack.messages(NOOR)
    direct = rig.slack.workspace.direct(NOOR).id
    assert "approved as viewer by Noor Haddad" in await press(rig, NOOR, direct, question, "Approve as viewer")
    await rig.slack.open_home(SAM)
    assert "Sent pages" in words(rig.slack.workspace.homes[SAM])


async def test_whoever_was_denied_sees_in_app_home_from_when_they_may_ask_again(rig: Rig, around: Surroundings) -> None:
    await rig.slack.open_home(SAM)
    await rig.slack.click_in_home(SAM, "ask_access")
    await work(rig, around)
    [question] = rig.slack.messages(NOOR)
    await press(rig, NOOR, rig.slack.workspace.direct(NOOR).id, question, "Deny")
    await rig.slack.open_home(SAM)
    assert "You can ask again from" in words(rig.slack.workspace.homes[SAM])
    assert "ask_access" not in str(rig.slack.workspace.homes[SAM])
    around.clock.tick(timedelta(days=8))
    await rig.slack.open_home(SAM)
    assert "ask_access" in str(rig.slack.workspace.homes[SAM])


async def test_a_guest_cannot_even_ask(rig: Rig) -> None:
    """(T12)"""
    refused = await rig.slack.type_command(VERA, PAYMENTS, "help")
    people = rig.slack.workspace.people
    people[VERA] = replace(people[VERA], is_ultra_restricted=True)
    rig.clock.tick(61)
    assert "Guests cannot" in await press(rig, VERA, PAYMENTS, refused, "Ask for access")
    assert not await AccessRequest.exists()
    assert await FirmEvent.filter(kind="refused").count() == 2


async def test_a_role_that_was_taken_away_ends_buttons_and_open_forms_at_once(rig: Rig, around: Surroundings) -> None:
    """(RELIABILITY 1) Nothing of a role is remembered between two requests, on this replica or another."""
    await add_staff("Sam Ortiz", Role.STAFF, SAM)
    made = await rig.slack.type_command(SAM, PAYMENTS, "create 100 account operating")
    await rig.slack.type_command(SAM, PAYMENTS, "")
    assert rig.slack.workspace.views[SAM]
    await StaffMember.filter(slack_id=SAM).update(active=False)  # as another replica does it
    assert "You are not set up" in await press(rig, SAM, PAYMENTS, made, "Copy link")
    await rig.slack.submit(SAM, {"Amount": "50.00 USD", "account": "operating"})
    assert not [seen for seen in rig.slack.ephemerals(SAM) if "Link made" in words(seen)][1:]
    assert await PaymentLink.all().count() == 1


async def test_what_app_home_showed_goes_with_the_role(rig: Rig, around: Surroundings) -> None:
    await add_staff("Sam Ortiz", Role.STAFF, SAM)
    await rig.slack.type_command(SAM, PAYMENTS, "create 100 account operating for Jane Doe")
    await rig.slack.open_home(SAM)
    assert "Jane Doe" in words(rig.slack.workspace.homes[SAM])
    await rig.slack.type_command(NOOR, PAYMENTS, f"users add <@{SAM}> viewer")
    await work(rig, around)
    assert words(rig.slack.workspace.homes[SAM]).endswith("Open this tab again to see what it shows you.")
    await rig.slack.type_command(NOOR, PAYMENTS, f"users remove <@{SAM}>")
    await work(rig, around)
    shown = rig.slack.workspace.homes[SAM]
    assert "You are not set up" in words(shown)
    assert "Jane Doe" not in words(shown)
    assert "ask_access" in str(shown)


async def test_a_link_above_the_limit_is_confirmed_in_its_channel(rig: Rig, around: Surroundings) -> None:
    for name, person in (("Sam Ortiz", SAM), ("Vera Lind", VERA)):
        await add_staff(name, Role.STAFF, person)
    asked = await rig.slack.type_command(SAM, PAYMENTS, "create 6000 account operating for *Jane* <!channel>")
    assert "P-1 waits for 7 days" in words(asked)
    await work(rig, around)
    [question] = rig.slack.messages(PAYMENTS)
    assert "<!channel>" not in words(question)
    assert "a second person has to confirm it" in await press(rig, SAM, PAYMENTS, question, "Approve")
    assert "Approved by Vera Lind" in await press(rig, VERA, PAYMENTS, question, "Approve")
    [elsewhere] = rig.slack.messages(NOOR)
    direct = rig.slack.workspace.direct(NOOR).id
    assert "Approved by Vera Lind" in await press(rig, NOOR, direct, elsewhere, "Deny")
    await work(rig, around)
    assert await PaymentLink.all().count() == 1
    link = await PaymentLink.get()
    assert any(link.reference in words(message) for message in rig.slack.messages(PAYMENTS))
    assert (await LinkProposal.get()).link_id == link.id


def test_buttons_that_we_did_not_make_ask_for_nothing() -> None:
    assert request_of("ask_access", "whatever") == AskAccess()
    assert request_of("approve_access", "A-12") == AnswerAccess(12, Role.STAFF)
    assert request_of("approve_viewer", "A-12") == AnswerAccess(12, Role.VIEWER)
    assert request_of("deny_access", "A-12") == AnswerAccess(12, None)
    assert request_of("approve_link", "P-5") == DecideProposal(5, approve=True)
    assert request_of("deny_link", "P-5") == DecideProposal(5, approve=False)
    for value in ("", "5", "P-", "P-x", "P-5 ", f"P-{'9' * 13}"):
        assert request_of("approve_link", value) is None
