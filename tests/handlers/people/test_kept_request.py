"""What waits for a second person outlives the version that it was asked for in, or ends with a clear word."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from handlers.answers import Decided, Waiting
from handlers.desk import Desk
from handlers.jobs.kinds import STEPS
from handlers.jobs.worker import Worker
from handlers.people.kept_request import KeptOtherwise, request_of
from handlers.requests import DecideProposal
from models.money import Money
from models.tables import Job, LinkProposal, PaymentLink, QuestionPost, StaffMember
from tests.cast import FIRM, NOOR, SAM, Surroundings

CREATE = "create 6000 jane@acme.example for Jane Doe account operating"
OTHERWISE = {
    "another name": {"is": "MakeLink", "amount": 1},
    "another field": {"is": "CreateLink", "sum": {"is": "Money", "minor": 1, "currency": "USD"}},
    "a field more": {"is": "Money", "minor": 1, "currency": "USD", "rate": 1},
    "another word": {"is": "DecideBatch", "batch": 1, "decision": {"is": "Decision", "value": "post"}},
    "no day": {"is": "date", "value": "tomorrow"},
    "no request": {"is": "Money", "minor": 1, "currency": "USD"},
    "nothing": {},
    "a word": "create",
}


@pytest.mark.parametrize("stored", OTHERWISE.values(), ids=OTHERWISE)
def test_what_another_version_wrote_is_told_from_what_this_one_knows(stored: Any) -> None:
    with pytest.raises(KeptOtherwise):
        request_of(stored)


@pytest.fixture
async def around(database: str) -> Surroundings:
    """Sam asked for a link above the limit; then Paylink was brought up to date."""
    await StaffMember.create(slack_id=SAM.slack_id, email=SAM.email, name=SAM.name, role="staff")
    around = Surroundings(firm=replace(FIRM, approval_limit=Money(500_000, "USD")))
    assert isinstance(await Desk(around.ports).hear(SAM.in_slack(), CREATE), Waiting)
    await work(around)
    return around


async def work(around: Surroundings) -> None:
    working = Worker(STEPS, around.ports)
    while await working.run_due():
        pass


async def brought_up_to_date() -> None:
    proposal = await LinkProposal.get()
    await LinkProposal.filter(id=1).update(terms={**proposal.terms, "request": OTHERWISE["another field"]})


async def told(around: Surroundings, who: str) -> list[str]:
    return [words for to, words in around.poster.told if to == who]


async def test_whoever_presses_is_told_that_it_must_be_asked_for_anew_and_so_is_the_asker(around: Surroundings) -> None:
    await brought_up_to_date()
    answer = await Desk(around.ports).ask(NOOR.in_slack(), DecideProposal(1, approve=True))
    assert isinstance(answer, Decided)
    assert "cannot be read any more. Nothing was made: ask for it anew." in answer.sentence
    await work(around)
    assert await told(around, SAM.slack_id) == [answer.sentence]
    assert (await LinkProposal.get()).state == "expired"
    assert not await QuestionPost.exists()  # its buttons are gone
    again = await Desk(around.ports).ask(NOOR.in_slack(), DecideProposal(1, approve=True))
    assert isinstance(again, Decided)
    assert again.repeated


async def test_brought_up_to_date_between_the_press_and_the_making_nothing_is_stuck(around: Surroundings) -> None:
    await Desk(around.ports).ask(NOOR.in_slack(), DecideProposal(1, approve=True))
    await brought_up_to_date()
    await work(around)
    for who in (SAM.slack_id, NOOR.slack_id):
        [words] = await told(around, who)
        assert words.startswith("P-1 was approved by Noor Haddad, but it could not be made: it was asked for before")
    assert not await Job.filter(kind="make_proposed").exists()
    assert not await PaymentLink.exists()


async def test_what_cannot_be_read_can_still_be_denied(around: Surroundings) -> None:
    await brought_up_to_date()
    answer = await Desk(around.ports).ask(NOOR.in_slack(), DecideProposal(1, approve=False))
    assert isinstance(answer, Decided)
    assert "Denied by Noor Haddad" in answer.sentence


async def test_an_admin_whose_address_slack_does_not_tell_cannot_confirm_what_came_by_mail(
    around: Surroundings,
) -> None:
    """(T16) The operator named Noor twice, by Slack id and by address: it may be her own."""
    await Desk(around.ports).hear(NOOR.by_mail(), CREATE.replace("6000", "7000"))
    nameless = replace(NOOR.in_slack(""), email="")
    refused = await Desk(around.ports).ask(nameless, DecideProposal(2, approve=True))
    assert "P-2 was asked for by mail, and Slack tells no address of yours" in str(refused)
    known = await Desk(around.ports).ask(NOOR.in_slack(""), DecideProposal(2, approve=True))
    assert "You asked for P-2 yourself" in str(known)
    other = replace(NOOR.in_slack(""), key="U0KIM", email="kim@harborfinch.example", name="Kim Lee")
    assert isinstance(await Desk(around.ports).ask(other, DecideProposal(2, approve=True)), Decided)
    await work(around)
    assert (await PaymentLink.get()).amount == Money(700_000, "USD")
