"""A list of invoices brought to the desk, and what is then asked of it."""

from __future__ import annotations

from collections.abc import Sequence

from handlers.answers import BatchDecided, BatchReview
from handlers.batches.change_batch import change_batch
from handlers.batches.review_batch import review_file
from handlers.desk import Desk
from handlers.requests import (
    Asker,
    DecideBatch,
    Decision,
    Request,
    ReviewFile,
)
from tests.cast import SAM, Surroundings
from tests.handlers.batches.samples import JANE, KIM, OMAR, as_csv


async def shown(desk: Desk, request: Request, by: Asker | None = None) -> BatchReview:
    """The review that is the answer."""
    answer = await desk.ask(by or SAM.by_mail(), request)
    assert isinstance(answer, BatchReview), answer
    return answer


async def three(desk: Desk) -> BatchReview:
    """The review of a list of three."""
    return await shown(desk, ReviewFile("november.csv", as_csv(JANE, OMAR, KIM)))


def rows(review: BatchReview) -> list[tuple[int, str]]:
    """The rows that would be sent, with their amounts."""
    return [(line.row, line.amount.plain) for line in review.lines]


async def reviewed(
    around: Surroundings, *rows: Sequence[str], by: Asker | None = None, content: bytes = b""
) -> BatchReview:
    asked = ReviewFile("invoices.csv", content or as_csv(*rows))
    answer = await review_file(asked, by or SAM.by_mail(), around.ports)
    assert isinstance(answer, BatchReview), answer
    return answer


async def decide(around: Surroundings, decision: Decision, batch: int = 1, by: Asker | None = None) -> BatchDecided:
    answer = await change_batch(DecideBatch(batch, decision), by or SAM.by_mail(), around.ports)
    assert isinstance(answer, BatchDecided)
    return answer


def many(count: int) -> list[list[str]]:
    """So many rows, each with its own number, client and amount."""
    return [
        [f"INV-{n}", "", "2026-12-15", f"Client {n}", f"{n + 1}.25", f"client{n}@x.example", ""] for n in range(count)
    ]
