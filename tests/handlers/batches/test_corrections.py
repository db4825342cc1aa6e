"""A file that comes again with corrections bills what is new or changed, and says which (X3)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pytest

from handlers.answers import BatchDecided, BatchReview
from handlers.batches.change_batch import ask_of_batch, change_batch
from handlers.batches.review_batch import review_file
from handlers.links.cancel_link import cancel_links
from handlers.requests import Asker, CancelLinks, DecideBatch, Decision, IncludeRows, ReviewFile
from models.tables import Batch, PaymentLink
from tests.cast import NOOR, ONE_ACCOUNT_FIRM, SAM, Surroundings
from tests.handlers.batches.samples import JANE, OMAR, as_csv

pytestmark = pytest.mark.usefixtures("database")
KIM = ("1044", "", "2026-12-20", "Kim Novak", "10.00", "kim@acme.example", "")


def but(row: Sequence[str], **cells: str) -> list[str]:
    """The row with other cells: number, due, name, amount, email, message."""
    places = {"number": 0, "due": 2, "name": 3, "amount": 4, "email": 5, "message": 6}
    new = list(row)
    for name, text in cells.items():
        new[places[name]] = text
    return new


@pytest.fixture
def around() -> Surroundings:
    return Surroundings(firm=ONE_ACCOUNT_FIRM)


async def review(
    around: Surroundings, *rows: Sequence[str], by: Asker | None = None, filename: str = "november.csv"
) -> BatchReview:
    answer = await review_file(ReviewFile(filename, as_csv(*rows), again=True), by or SAM.by_mail(), around.ports)
    assert isinstance(answer, BatchReview)
    return answer


async def sent(around: Surroundings, *rows: Sequence[str], filename: str = "november.csv") -> BatchDecided:
    batch = int((await review(around, *rows, filename=filename)).number.removeprefix("B-"))
    answer = await change_batch(DecideBatch(batch, Decision.SEND), SAM.by_mail(), around.ports)
    assert isinstance(answer, BatchDecided)
    return answer


def told(review: BatchReview) -> str:
    [note] = [warning for warning in review.warnings if warning.startswith("A corrected copy")]
    return note


async def test_only_changed_and_new_rows_are_billed_and_named(around: Surroundings) -> None:
    """(X3)"""
    first = await sent(around, JANE, OMAR)
    again = await review(around, JANE, but(OMAR, amount="120.00"), KIM)
    assert [line.row for line in again.lines] == [3, 4]
    assert told(again) == (
        "A corrected copy of B-1 (november.csv, Nov 23, 2026): 1 row as before, left out;"
        " changed: row 3 ($99.50 is now $120.00); new: row 4."
    )
    assert (await Batch.get(id=2)).corrects == 1
    omar = first.lines[1].reference
    still = f"Still asking as they were before: {omar}. Once this is sent: `cancel {omar}`."
    assert still in again.warnings
    decided = await change_batch(DecideBatch(2, Decision.SEND), SAM.by_mail(), around.ports)
    assert isinstance(decided, BatchDecided)
    assert f"Still asking as they were before: {omar}. Now: `cancel {omar}`." in decided.notes
    assert await PaymentLink.all().count() == 4


async def test_of_two_rows_with_one_number_each_is_compared_with_the_one_like_it(around: Surroundings) -> None:
    await sent(around, JANE, but(JANE, due="", message=""))
    again = await review(around, JANE, but(JANE, due="", message=""), but(JANE, message="Sorry"))
    first, second, third = (line.note.split(", but ")[1:] for line in again.left_out)
    assert (first, second, third) == ([], [], ["its message changed"])


async def test_another_address_or_name_is_a_change_and_another_day_or_message_is_told(around: Surroundings) -> None:
    await sent(around, JANE, OMAR, KIM)
    changed = but(JANE, email="new@acme.example", name="Jane Roe"), but(OMAR, due="2026-12-24"), but(KIM, message="Hi")
    again = await review(around, *changed)
    assert "changed: row 2 (another address, another name)" in told(again)
    assert [line.note.partition(", but ")[2] for line in again.left_out] == [
        "its due date changed",
        "its message changed",
    ]
    taken = await change_batch(IncludeRows(2, (3,)), SAM.by_mail(), around.ports)
    assert isinstance(taken, BatchReview)
    assert [line.row for line in taken.lines] == [2, 3]


async def test_a_row_whose_link_was_cancelled_is_billed_again(around: Surroundings) -> None:
    first = await sent(around, JANE, OMAR)
    reference = first.lines[0].reference
    await cancel_links(CancelLinks((reference,)), SAM.by_mail(), around.ports)
    again = await review(around, JANE, OMAR)
    assert [line.row for line in again.lines] == [2]
    assert f"changed: row 2 ({reference} is cancelled)" in told(again)
    assert not any("Still asking" in warning for warning in again.warnings)


async def test_rows_without_a_number_are_known_by_payer_amount_and_day_under_the_same_name(
    around: Surroundings,
) -> None:
    retainer, other = but(JANE, number=""), but(KIM, number="")
    first = await sent(around, retainer, retainer, other)
    for name in ("November-marked.csv", "november (1).xlsx.csv", "november - Copy.csv"):
        again = await review(around, retainer, retainer, retainer, but(other, amount="12.00"), filename=name)
        if name.startswith("november (1)"):  # another name after all
            assert len(again.lines) == 4
            continue
        assert [line.row for line in again.lines] == [4, 5]
        assert {line.note for line in again.left_out} == {
            f"already billed by {line.reference}" for line in first.lines[:2]
        }
        assert "2 rows as before, left out; new: rows 4 and 5." in told(again)


@pytest.mark.parametrize("days", [29, 31])
async def test_what_was_sent_over_thirty_days_ago_is_not_corrected(around: Surroundings, days: int) -> None:
    await sent(around, but(JANE, number=""), OMAR)
    around.clock.tick(timedelta(days=days))
    again = await review(around, but(JANE, number=""), but(OMAR, amount="1.00"))
    assert (await Batch.get(id=2)).corrects == (1 if days == 29 else None)
    assert len(again.lines) == (1 if days == 29 else 2)


async def test_somebody_elses_file_a_discarded_one_and_a_different_one_correct_nothing(around: Surroundings) -> None:
    await sent(around, JANE, OMAR)
    theirs = await review(around, but(JANE, amount="1.00"), OMAR, by=NOOR.by_mail())
    assert not any("corrected copy" in warning for warning in theirs.warnings)
    other = await review(around, but(JANE, amount="1.00"), *[but(KIM, number=f"2{n}") for n in range(4)], filename="x")
    assert any("corrected copy" in warning for warning in other.warnings)  # half of the smaller one
    far = await review(around, but(KIM, number="31"), but(KIM, number="32"), but(KIM, number="33"))
    assert far.warnings == ()


async def test_the_same_person_at_the_other_door_corrects_their_own_file(around: Surroundings) -> None:
    await sent(around, JANE, OMAR)
    again = await review(around, but(JANE, amount="1.00"), OMAR, by=SAM.in_slack())
    assert "changed: row 2" in told(again)


async def test_an_earlier_file_that_still_waits_is_pointed_at(around: Surroundings) -> None:
    await review(around, JANE, OMAR)
    again = await review(around, JANE, but(OMAR, amount="120.00"))
    [warning] = again.warnings
    assert warning.startswith("B-1 (november.csv) has rows of this file and still waits for a decision: `discard`")
    assert len(again.lines) == 2
    assert (await Batch.get(id=2)).corrects is None


async def test_of_two_files_with_the_same_rows_the_one_decided_second_is_looked_at_again(around: Surroundings) -> None:
    """Rows without a number, or with another amount, are not known as billed: both reviews were made before either."""
    bare, dear = but(JANE, number=""), but(OMAR, amount="120.00")
    await review(around, bare, OMAR)
    await review(around, bare, dear)
    decide = (DecideBatch(2, Decision.SEND, 0), DecideBatch(1, Decision.SEND, 0))
    assert isinstance(await ask_of_batch(decide[0], SAM.by_mail(), around.ports), BatchDecided)
    second = await ask_of_batch(decide[1], SAM.by_mail(), around.ports)  # the older one, decided after the newer
    assert isinstance(second, BatchReview)
    assert second.changed.startswith("B-2 has rows of B-1 and was decided since this review, so nothing was done.")
    assert [line.row for line in second.lines] == [3]
    assert [(line.row, line.left_out) for line in second.left_out] == [(2, "billed")]
    assert "changed: row 3 ($120.00 is now $99.50)" in told(second)
    assert await PaymentLink.all().count() == 2
    included = await ask_of_batch(IncludeRows(1, (2,), second.revision), SAM.by_mail(), around.ports)
    assert isinstance(included, BatchReview)
    meant = DecideBatch(1, Decision.SEND, included.revision)
    assert isinstance(await ask_of_batch(meant, SAM.by_mail(), around.ports), BatchDecided)
    assert await PaymentLink.all().count() == 4


async def test_a_file_that_waited_is_told_of_once_it_is_sent(around: Surroundings) -> None:
    await review(around, JANE, but(OMAR, amount="120.00"))
    waited = await review(around, JANE, OMAR, KIM)
    assert "still waits for a decision" in waited.warnings[0]
    await change_batch(DecideBatch(1, Decision.LINKS), SAM.by_mail(), around.ports)
    second = await ask_of_batch(DecideBatch(2, Decision.SEND, 0), SAM.by_mail(), around.ports)
    assert isinstance(second, BatchReview)
    assert not any("still waits" in warning for warning in second.warnings)
    assert "changed: row 3 ($120.00 is now $99.50); new: row 4" in told(second)
