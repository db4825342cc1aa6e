"""Rows of a CSV file a second, from bytes to committed links with all that is owed for them, beside the csv module and
sqlite3's executemany writing the very same rows into the same tables."""

from __future__ import annotations

import asyncio
import csv
import io
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bot.settings import Settings
from bot.wiring import assembled
from handlers.answers import BatchDecided, BatchReview
from handlers.batches.change_batch import change_batch
from handlers.batches.review_batch import review_file
from handlers.requests import DecideBatch, Decision, ReviewFile
from models import database
from tests.bench.figures import Figure, Size, in_turns
from tests.bench.firm import STAFF, invoices, settings_tree
from tests.bench.processes import folder

AIM = 0.2
WRITTEN = ("batch", "batch_row", "payment_link", "recipient", "link_event", "job")

Rows = dict[str, list[tuple[Any, ...]]]


def measure(size: Size) -> Iterator[Figure]:
    content = invoices(size.rows)
    with folder() as place:
        written = _imported(place, content)[1]
        ours, bare = in_turns(
            lambda: size.rows / _imported(place, content)[0],
            lambda: size.rows / _inserted(place, content, written),
            size.rounds,
        )
    yield Figure("CSV file, reviewed and sent", ours, "rows/s", bare, "csv + executemany", least=AIM)


def _imported(place: Path, content: bytes) -> tuple[float, Rows]:
    """The seconds that reviewing and sending the file took, and the rows that were written."""
    with folder() as fresh:
        seconds = asyncio.run(_import(fresh, content))
        with sqlite3.connect(fresh / "paylink.db") as connection:
            rows = {table: connection.execute(f"SELECT * FROM {table}").fetchall() for table in WRITTEN}  # noqa: S608
        connection.close()
    return seconds, rows


async def _import(place: Path, content: bytes) -> float:
    async with assembled(Settings.of(settings_tree(place)), frozenset()) as product:
        begun = time.perf_counter()
        review = await review_file(ReviewFile("invoices.csv", content), STAFF, product.ports)
        assert isinstance(review, BatchReview)
        number = int(review.number.removeprefix("B-"))
        decided = await change_batch(DecideBatch(number, Decision.SEND), STAFF, product.ports)
        taken = time.perf_counter() - begun
        assert isinstance(decided, BatchDecided)
        assert decided.letters == len(review.lines)
        return taken


def _inserted(place: Path, content: bytes, written: Rows) -> float:
    """The seconds that reading the file and inserting these rows took, into an empty database of ours."""
    file = place / "bare.db"
    file.unlink(missing_ok=True)
    asyncio.run(database.migrate(f"sqlite://{file}"))
    connection = sqlite3.connect(file)
    connection.execute("PRAGMA synchronous = FULL")
    begun = time.perf_counter()
    rows = list(csv.DictReader(io.StringIO(content.decode(), newline="")))
    for table, values in written.items():
        if values:
            marks = ", ".join("?" * len(values[0]))
            connection.executemany(f"INSERT INTO {table} VALUES ({marks})", values)  # noqa: S608
    connection.commit()
    taken = time.perf_counter() - begun
    connection.close()
    assert len(rows) == len(written["payment_link"])
    return taken
