"""While the letters of a mailed file take long, its sender hears how far they are (F34)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from handlers.answers import BatchDecided
from handlers.batches.change_batch import show_batch
from handlers.batches.owe_news import LOOKS
from handlers.jobs.kinds import STEPS
from handlers.jobs.worker import Worker
from handlers.ports import DeliveryRefused, DeliveryTrouble
from handlers.requests import ShowBatch
from models.tables import Job
from tests.cast import ONE_ACCOUNT_FIRM, SAM, Surroundings
from tests.handlers.jobs.test_mail_batch_end import sent

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def around() -> Surroundings:
    return Surroundings(firm=ONE_ACCOUNT_FIRM)


async def heard(around: Surroundings, after: timedelta) -> list[str]:
    """The subjects of what the sender of the file has had by so long after; what can leave has left before."""
    worker = Worker(STEPS, around.ports)
    for passes in (timedelta(0), after):
        around.clock.tick(passes)
        while await worker.run_due():
            pass
    return [letter.subject for letter in around.letters.answers if letter.to == SAM.email]


async def test_a_file_that_is_soon_through_has_its_last_letter_only(around: Surroundings) -> None:
    await sent(around, 3)
    for after in LOOKS:
        subjects = await heard(around, after)
    assert subjects == ["B-1: all its letters are sent (may.csv)"]


async def test_one_that_takes_long_is_told_of_now_and_then_and_at_its_end(around: Surroundings) -> None:
    await sent(around, 3)
    around.letters.troubles.always |= {
        "client1@x.example": DeliveryTrouble("greylisted"),
        "client2@x.example": DeliveryRefused("550 no such user"),
    }
    so_far = "B-1: 2 of 3 letters so far (may.csv)"
    assert await heard(around, LOOKS[0]) == [so_far]
    assert await heard(around, LOOKS[1] - LOOKS[0]) == [so_far] * 2
    letter = around.letters.answers[-1]
    assert letter.text.startswith("1 of 3 letters of B-1 have left, 1 is to leave, 1 failed.\n")
    assert "`show B-1`" in letter.text
    around.letters.troubles.always.clear()
    await heard(around, timedelta(minutes=10))  # the last letter leaves
    assert (await heard(around, LOOKS[3]))[2:] == ["B-1: 1 letter could not be sent (may.csv)"]
    assert await Job.filter(kind="mail_batch_progress", state="due").count() == 0


async def test_after_an_outage_one_letter_tells_what_several_would_have(around: Surroundings) -> None:
    await sent(around, 2)
    around.letters.troubles.always["client1@x.example"] = DeliveryTrouble("greylisted")
    assert await heard(around, LOOKS[2]) == ["B-1: 1 of 2 letters so far (may.csv)"]


async def test_show_says_how_far_the_letters_are(around: Surroundings) -> None:
    await sent(around, 2)
    around.letters.troubles.always["client1@x.example"] = DeliveryTrouble("greylisted")
    await heard(around, timedelta(0))
    shown = await show_batch(ShowBatch(1), SAM.by_mail(), around.ports)
    assert isinstance(shown, BatchDecided)
    assert "1 of 2 letters of B-1 have left, 1 is to leave." in shown.notes
