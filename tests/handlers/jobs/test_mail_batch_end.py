"""How a mailed file's letters fared, in one letter to its sender once the last has left (F34)."""

from __future__ import annotations

import base64
from datetime import timedelta

import pytest

from handlers.answers import BatchReview
from handlers.batches.change_batch import change_batch
from handlers.batches.owe_news import FIRST_LOOK
from handlers.batches.review_batch import review_file
from handlers.jobs.kinds import STEPS
from handlers.jobs.worker import Pace, Worker
from handlers.ports import DeliveryRefused, DeliveryTrouble, StaffLetter
from handlers.requests import Asker, DecideBatch, Decision, ReviewFile
from models.tables import Job
from tests.cast import NOOR, ONE_ACCOUNT_FIRM, SAM, Surroundings
from tests.handlers.batches.samples import as_csv

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def around() -> Surroundings:
    return Surroundings(firm=ONE_ACCOUNT_FIRM)


async def sent(around: Surroundings, count: int, by: Asker | None = None, decision: Decision = Decision.SEND) -> None:
    rows = [(f"INV-{n}", "", "", f"Client {n}", f"{n}.25", f"client{n}@x.example", "") for n in range(1, count + 1)]
    content = as_csv(*rows)
    assert isinstance(await review_file(ReviewFile("may.csv", content), SAM.by_mail(), around.ports), BatchReview)
    await change_batch(DecideBatch(1, decision), by or SAM.by_mail(), around.ports)


async def work(around: Surroundings, *, later: timedelta = FIRST_LOOK, **pace: tuple[int, ...]) -> list[StaffLetter]:
    """Clients' letters leave, and a moment after that whoever looks at them looks again."""
    worker = Worker(STEPS, around.ports, Pace(**pace) if pace else None)  # type: ignore[arg-type]
    for step in (later, FIRST_LOOK):
        while await worker.run_due():
            pass
        around.clock.tick(step)
    while await worker.run_due():
        pass
    return [letter for letter in around.letters.answers if letter.to == SAM.email]


async def test_one_letter_says_that_all_are_sent(around: Surroundings) -> None:
    """Whoever sent it off, at whatever door: it is the sender of the file who hears."""
    await sent(around, 3, by=NOOR.in_slack())
    [letter] = await work(around)
    assert letter.to == SAM.email
    assert letter.subject == "B-1: all its letters are sent (may.csv)"
    assert letter.text == "3 of 3 letters of B-1 (may.csv) were sent.\n"
    assert letter.message_id.startswith("batch-1.")
    assert letter.attachments == ()
    assert len(await work(around)) == 1


async def test_it_waits_for_the_last_letter(around: Surroundings) -> None:
    await sent(around, 2)
    around.letters.troubles.always["client2@x.example"] = DeliveryTrouble("greylisted")
    assert await work(around) == []
    around.letters.troubles.always.clear()
    assert len(await work(around, later=timedelta(minutes=1))) == 1


async def test_failures_are_told_with_their_reasons_and_attached(around: Surroundings) -> None:
    """(F34)"""
    await sent(around, 60)
    refused = {f"client{n}@x.example": DeliveryRefused("550 no such user\r\nhere") for n in range(1, 53)}
    around.letters.troubles.always |= refused
    [letter] = await work(around)
    assert letter.subject == "B-1: 52 letters could not be sent (may.csv)"
    assert "8 of 60 letters" in letter.text
    assert "row 2  PL-" in letter.text
    assert "client50@x.example: 550 no such user here" in letter.text
    assert "client51@x.example" not in letter.text
    [(name, kind, content)] = letter.attachments
    assert (name, kind) == ("B-1-failures.csv", "text/csv")
    assert base64.b64decode(content).decode("utf-8-sig").count("550 no such user") == 52


async def test_a_letter_that_was_given_up_is_a_failure_and_one_not_needed_is_none(around: Surroundings) -> None:
    await sent(around, 2)
    around.letters.troubles.always["client1@x.example"] = DeliveryTrouble("down for good")
    for _ in range(3):
        letters = await work(around, later=timedelta(hours=1), waits=(5,))
    *_, letter = letters
    assert "1 letter failed" in letter.text
    assert "client1@x.example: it was tried 2 times and is not tried again: down for good" in letter.text


@pytest.mark.parametrize("decision", [Decision.LINKS, Decision.DISCARD])
async def test_where_no_letter_leaves_nothing_is_told(around: Surroundings, decision: Decision) -> None:
    await sent(around, 2, decision=decision)
    assert await Job.filter(kind="mail_batch_end").count() == 0


async def test_a_mail_server_that_is_down_is_tried_again_and_a_refusal_is_given_up(around: Surroundings) -> None:
    await sent(around, 1)
    around.letters.troubles.always[SAM.email] = DeliveryTrouble("busy", retry_after=10)
    assert await work(around) == []
    assert (await Job.get(kind="mail_batch_end")).state == "due"
    around.letters.troubles.always[SAM.email] = DeliveryRefused("550")
    assert await work(around, later=timedelta(minutes=1)) == []
    assert (await Job.get(kind="mail_batch_end")).state == "dead"
