"""A file and its decision as the fronts bring them to the desk."""

from __future__ import annotations

import pytest

from handlers.answers import BatchDecided, BatchRefused, BatchReview, FileReady, Refusal
from handlers.desk import Desk
from handlers.requests import AskTemplate, ChooseAccount, DecideBatch, Decision, ReviewFile
from models.tables import Batch, PaymentLink
from tests.cast import NOOR, SAM, STRANGER, VERA, Surroundings
from tests.handlers.batches.samples import JANE, OMAR, as_csv

pytestmark = pytest.mark.usefixtures("database")

FILE = ReviewFile("invoices.csv", as_csv(JANE, OMAR))


@pytest.fixture
def desk() -> Desk:
    return Desk(Surroundings().ports)


async def test_a_file_by_mail_is_reviewed_given_an_account_and_sent_by_replies(desk: Desk) -> None:
    review = await desk.ask(SAM.by_mail("<1>"), FILE)
    assert isinstance(review, BatchReview)
    assert review.account == ""
    refused = await desk.hear_about_batch(SAM.by_mail("<2>"), "send", 1)
    assert isinstance(refused, Refusal)
    assert "account trust" in refused.sentence
    chosen = await desk.hear_about_batch(SAM.by_mail("<3>"), "Account: trust", 1)
    assert isinstance(chosen, BatchReview)
    sent = await desk.hear_about_batch(SAM.by_mail("<4>"), "send", 1)
    assert isinstance(sent, BatchDecided)
    assert sent.letters == 2
    assert {link.account for link in await PaymentLink.all()} == {"trust"}


async def test_the_template_sent_back_is_a_review_with_nothing_to_send(desk: Desk) -> None:
    """(F27)"""
    file = await desk.ask(SAM.by_mail(), AskTemplate())
    assert isinstance(file, FileReady)
    review = await desk.ask(SAM.by_mail(), ReviewFile(file.filename, file.content))
    assert isinstance(review, BatchReview)
    assert (len(review.lines), len(review.left_out)) == (0, 2)
    refused = await desk.ask(SAM.by_mail(), DecideBatch(1, Decision.SEND))
    assert isinstance(refused, Refusal)


@pytest.mark.parametrize(
    ("content", "code"),
    [(b"%PDF-1.7", "sheet_unreadable"), (b"", "sheet_unreadable"), (FILE.content, "already_imported")],
)
async def test_a_file_that_cannot_be_taken_is_a_refusal(desk: Desk, content: bytes, code: str) -> None:
    await desk.ask(SAM.by_mail("<1>"), FILE)
    answer = await desk.ask(SAM.by_mail("<2>"), ReviewFile("invoices.csv", content))
    assert isinstance(answer, Refusal)
    assert answer.code == code


async def test_bad_rows_are_answered_with_row_column_value_and_remedy(desk: Desk) -> None:
    """(F30)"""
    answer = await desk.ask(SAM.by_mail(), ReviewFile("x.csv", as_csv(JANE, (*OMAR[:4], "12,5", *OMAR[5:]))))
    assert isinstance(answer, BatchRefused)
    [error] = answer.errors
    assert (error.row, error.column, error.value) == (3, "amount", "12,5")
    assert "ambiguous" in error.remedy


async def test_viewers_and_strangers_neither_send_nor_decide_files(desk: Desk) -> None:
    await desk.ask(SAM.by_mail(), FILE)
    for person in (VERA, STRANGER):
        for request in (FILE, DecideBatch(1, Decision.SEND), ChooseAccount(1, "trust")):
            answer = await desk.ask(person.by_mail(), request)
            assert isinstance(answer, Refusal)
            assert answer.code == "not_allowed"
    assert (await Batch.get()).state == "review"
    answer = await desk.ask(NOOR.by_mail(), ChooseAccount(1, "trust"))
    assert isinstance(answer, BatchReview)
