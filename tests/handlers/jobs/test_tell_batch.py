"""How a batch's letters fare, told to its sender in Slack in one message (F34)."""

from __future__ import annotations

import pytest

from handlers.answers import BatchReview
from handlers.batches.change_batch import change_batch
from handlers.batches.review_batch import review_file
from handlers.jobs.kinds import STEPS
from handlers.jobs.tell_batch import BETWEEN
from handlers.jobs.worker import Pace, Worker
from handlers.links.cancel_link import cancel_links
from handlers.ports import DeliveryRefused, DeliveryTrouble
from handlers.requests import Asker, CancelLinks, DecideBatch, Decision, ReviewFile
from models.tables import BatchPost, Job, PaymentLink
from tests.cast import BILLING, ONE_ACCOUNT_FIRM, SAM, Surroundings
from tests.handlers.batches.samples import as_csv

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def around() -> Surroundings:
    return Surroundings(firm=ONE_ACCOUNT_FIRM)


def address(number: int) -> str:
    return f"client{number}@x.example"


async def sent(around: Surroundings, count: int, by: Asker | None = None, decision: Decision = Decision.SEND) -> None:
    """A file of so many rows, decided; no letter has left yet."""
    rows = [(f"INV-{n}", "", "", f"Client {n}", f"{n}.25", address(n), "") for n in range(1, count + 1)]
    by = by or SAM.in_slack()
    assert isinstance(await review_file(ReviewFile("may.csv", as_csv(*rows)), by, around.ports), BatchReview)
    await change_batch(DecideBatch(1, decision), by, around.ports)


async def work(around: Surroundings, **pace: int | tuple[int, ...]) -> None:
    worker = Worker(STEPS, around.ports, Pace(**pace) if pace else None)  # type: ignore[arg-type]
    while await worker.run_due():
        pass


async def look_again(around: Surroundings) -> None:
    around.clock.tick(BETWEEN)
    await work(around)


def said(around: Surroundings) -> str:
    """The message about the batch as it stands now."""
    [told] = [words for _, words in around.poster.told if words.startswith("B-1")]
    return [told, *(words for _, words in around.poster.retold if words.startswith("B-1"))][-1]


async def test_the_progress_is_one_message_edited_until_the_last_letter_has_left(around: Surroundings) -> None:
    await sent(around, 3)
    around.letters.troubles.waiting = [DeliveryTrouble("busy", retry_after=2.0)]
    await work(around)
    assert said(around) in ("B-1: 0 of 3 letters sent.", "B-1: 2 of 3 letters sent.")
    await look_again(around)
    await look_again(around)
    assert said(around) == "B-1: 3 of 3 letters sent."
    [(channel, _)] = around.poster.told
    assert channel == BILLING
    assert await Job.filter(kind="tell_batch").count() == 0


async def test_nothing_is_said_anew_while_nothing_has_changed(around: Surroundings) -> None:
    """(F14) Slack takes a message a second, and cards want to be told, too."""
    await sent(around, 2)
    around.letters.troubles.always = {address(n): DeliveryTrouble("down") for n in (1, 2)}
    await work(around)
    for _ in range(5):
        await look_again(around)
    assert around.poster.retold == []
    assert said(around) == "B-1: 0 of 2 letters sent."


async def test_looks_become_rare_where_letters_wait_for_hours(around: Surroundings) -> None:
    await sent(around, 1)
    around.letters.troubles.always = {address(1): DeliveryTrouble("down")}
    await work(around)
    around.clock.tick(3600)
    await work(around)
    job = await Job.get(kind="tell_batch")
    assert job.run_at - around.clock.now().timestamp() * 1000 == pytest.approx(180_000, abs=1000)


async def test_what_failed_is_named_with_its_reason_at_the_end(around: Surroundings) -> None:
    """(F34)"""
    await sent(around, 3)
    around.letters.troubles.always = {address(2): DeliveryRefused("no such mailbox")}
    await work(around)
    await look_again(around)
    reference = (await PaymentLink.get(payer_name="Client 2")).reference
    assert said(around).splitlines() == [
        "B-1: 2 of 3 letters sent, 1 failed:",
        f"Row 3, Client 2, client2@x.example: no such mailbox (`show {reference}`)",
    ]


async def test_many_failures_are_a_file(around: Surroundings) -> None:
    await sent(around, 12)
    around.letters.troubles.always = {address(n): DeliveryRefused("no such mailbox") for n in range(1, 12)}
    await work(around)
    await look_again(around)
    assert said(around).startswith("B-1: 1 of 12 letters sent, 11 failed.")
    [(where, file)] = around.poster.files
    assert (where.channel, file.filename) == (BILLING, "B-1-failures.csv")
    assert file.content.decode("utf-8-sig").count("no such mailbox") == 11


async def test_a_link_that_was_closed_before_its_letter_left_does_not_keep_the_end_waiting(
    around: Surroundings,
) -> None:
    await sent(around, 2)
    link = await PaymentLink.get(payer_name="Client 1")
    await cancel_links(CancelLinks((link.reference,)), SAM.in_slack(), around.ports)
    await work(around)
    await look_again(around)
    assert said(around) == "B-1: 1 of 2 letters sent, 1 not needed any more, as the link was paid or closed before."


async def test_a_letter_that_was_given_up_counts_as_failed(around: Surroundings) -> None:
    await sent(around, 1)
    around.letters.troubles.always = {address(1): DeliveryTrouble("down for good")}
    await work(around, waits=())
    await look_again(around)
    assert "0 of 1 letter sent, 1 failed" in said(around)
    assert "is not tried again: down for good" in said(around)
    assert await Job.filter(kind="tell_batch").count() == 0


async def test_a_slack_that_asks_to_wait_is_waited_for(around: Surroundings) -> None:
    """(F14)"""
    await sent(around, 1)
    around.poster.troubles.waiting = [DeliveryTrouble("Slack asks us to wait", retry_after=30)]
    await work(around)
    assert around.poster.told == []
    around.clock.tick(29)
    await work(around)
    assert around.poster.told == []
    around.clock.tick(1)
    await work(around)
    assert said(around) == "B-1: 1 of 1 letter sent."


async def test_a_restart_in_the_middle_goes_on_in_the_same_message(around: Surroundings) -> None:
    """(F34, X9) Another process has nothing but the database."""
    await sent(around, 2)
    around.letters.troubles.always = {address(2): DeliveryTrouble("down", retry_after=1.0)}
    await work(around)
    later = Surroundings(firm=ONE_ACCOUNT_FIRM, clock=around.clock, poster=around.poster)
    await look_again(later)
    await look_again(later)
    assert said(around) == "B-1: 2 of 2 letters sent."
    assert await BatchPost.all().count() == 1


async def test_in_direct_messages_the_progress_goes_to_the_person(around: Surroundings) -> None:
    await sent(around, 1, SAM.in_slack(channel=""))
    await work(around)
    assert around.poster.told[0][0] == SAM.slack_id


async def test_a_channel_that_was_closed_meanwhile_leaves_the_person_to_tell(around: Surroundings) -> None:
    """(F16) Before the first word, or in the middle."""
    await sent(around, 2)
    around.letters.troubles.always = {address(2): DeliveryTrouble("down", retry_after=1.0)}
    await work(around)
    around.poster.troubles.always = {BILLING: DeliveryRefused("the channel is archived")}
    around.letters.troubles.always = {}
    await look_again(around)
    await look_again(around)
    assert [channel for channel, _ in around.poster.told] == [BILLING, SAM.slack_id]
    assert around.poster.told[-1][1] == "B-1: 2 of 2 letters sent."
    assert await Job.filter(state="dead").count() == 0


@pytest.mark.parametrize(
    ("by", "decision"), [(SAM.by_mail(), Decision.SEND), (SAM.in_slack(), Decision.LINKS)], ids=["by mail", "links"]
)
async def test_without_letters_or_by_mail_slack_is_told_nothing(
    around: Surroundings, by: Asker, decision: Decision
) -> None:
    await sent(around, 1, by, decision)
    assert await Job.filter(kind="tell_batch").count() == 0
