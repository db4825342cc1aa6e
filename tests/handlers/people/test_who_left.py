"""Whose role was taken away hears no more of clients, at no door, whatever they have made."""

from __future__ import annotations

import pytest

from handlers.desk import Desk
from handlers.jobs.kinds import STEPS
from handlers.jobs.worker import Worker
from handlers.links.tell import owe_news
from handlers.links.trail import note
from handlers.people.identify import may_hear
from handlers.requests import PAYER, STRIPE, AddUser, Asker, RemoveUser, Role
from models.tables import NewsRoute, PaymentLink, StaffMember
from tests.cast import NOOR, SAM, STRANGER, VERA, Surroundings


async def work(around: Surroundings) -> None:
    working = Worker(STEPS, around.ports)
    while await working.run_due():
        pass


async def a_link(around: Surroundings, by: Asker) -> PaymentLink:
    await Desk(around.ports).hear(by, "create 120 for Jane Doe account operating link-only")
    await work(around)
    return await PaymentLink.get()


async def fails(around: Surroundings, link: PaymentLink) -> None:
    await note(link, "failed", STRIPE, around.clock.now(), {"why": "declined"})
    await owe_news(link, around.clock.now(), around.ports)
    await work(around)


@pytest.mark.usefixtures("database")
async def test_whose_role_was_taken_away_hears_no_more_of_their_links_in_slack_until_they_have_one_again() -> None:
    around = Surroundings()
    await StaffMember.create(slack_id=SAM.slack_id, email=SAM.email, name=SAM.name, role="staff")
    link = await a_link(around, SAM.in_slack(""))
    assert [where.channel for where in around.poster.cards] == ["D0SAM"]
    await Desk(around.ports).ask(NOOR.in_slack(), RemoveUser(SAM.slack_id))
    await fails(around, link)
    assert around.poster.threads == []
    [words] = [words for to, words in around.poster.told if to == NOOR.slack_id and link.reference in words]
    assert words.startswith(
        f"{link.reference}: A payment did not go through: declined\nSam Okafor, who made it, has no"
    )
    await Desk(around.ports).ask(NOOR.in_slack(), AddUser(SAM.slack_id, Role.STAFF))
    await fails(around, link)
    assert [line.words for line in around.poster.threads] == ["A payment did not go through: declined"] * 2


@pytest.mark.usefixtures("database")
async def test_whose_role_was_taken_away_hears_no_more_of_their_links_by_mail() -> None:
    around = Surroundings()
    await StaffMember.create(email=SAM.email, name=SAM.name, role="staff")
    link = await a_link(around, SAM.by_mail())
    await Desk(around.ports).ask(NOOR.in_slack(), RemoveUser(SAM.email))
    await fails(around, link)
    assert SAM.email not in [letter.to for letter in around.letters.answers]
    [words] = [words for to, words in around.poster.told if to == NOOR.slack_id and link.reference in words]
    assert "A payment did not go through: declined" in words
    await fails(around, link)  # each line is told once
    told = [words for to, words in around.poster.told if to == NOOR.slack_id and link.reference in words]
    assert [words.count("did not go through") for words in told] == [1, 1]


@pytest.mark.usefixtures("database")
async def test_admins_do_not_hear_what_a_channel_hears_that_they_have_named() -> None:
    around = Surroundings()
    await StaffMember.create(slack_id=SAM.slack_id, email=SAM.email, name=SAM.name, role="staff")
    link = await a_link(around, SAM.in_slack(""))
    await Desk(around.ports).ask(NOOR.in_slack(), RemoveUser(SAM.slack_id))
    await NewsRoute.create(event="failed", target="C0MONEY")
    await fails(around, link)
    assert [where.channel for where in around.poster.cards] == ["D0SAM", "C0MONEY"]
    assert not [words for _, words in around.poster.told if link.reference in words]
    await note(link, "client_wrote", PAYER, around.clock.now(), {"sender": "jane@acme.example", "said": "Why?"})
    await owe_news(link, around.clock.now(), around.ports)
    await work(around)
    [words] = [words for to, words in around.poster.told if to == NOOR.slack_id and link.reference in words]
    assert "Why?" in words
    assert "did not go through" not in words


@pytest.mark.usefixtures("database")
async def test_who_may_hear_is_known_by_either_key_and_an_operators_admin_always_may() -> None:
    ports = Surroundings().ports
    await StaffMember.create(slack_id=NOOR.slack_id, email=NOOR.email, name=NOOR.name, role="nobody")
    await StaffMember.create(slack_id=SAM.slack_id, email=SAM.email, name=SAM.name, role="staff", active=False)
    await StaffMember.create(slack_id=VERA.slack_id, email=VERA.email, name=VERA.name, role="viewer")
    people = (NOOR, SAM, VERA, STRANGER)
    assert [await may_hear(one.slack_id, ports) for one in people] == [True, False, True, True]
    assert [await may_hear(one.email, ports) for one in people] == [True, False, True, True]
