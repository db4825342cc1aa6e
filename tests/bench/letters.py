"""Letters a second to a mail server in another process, from jobs to committed deliveries, beside aiosmtplib sending
letters of the same size over one connection."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path

from aiosmtplib import SMTP

from bot.settings import Settings
from bot.wiring import assembled
from handlers.answers import BatchReview
from handlers.batches.change_batch import change_batch
from handlers.batches.review_batch import review_file
from handlers.requests import DecideBatch, Decision, ReviewFile
from tests.bench.beside import mail_server
from tests.bench.figures import Figure, Size, in_turns
from tests.bench.firm import STAFF, invoices, settings_tree
from tests.bench.processes import aside, folder
from tests.servers import smtp_server

AIM = 0.5


def measure(size: Size) -> Iterator[Figure]:
    letter = asyncio.run(_one_letter())
    with aside(mail_server) as port:
        ours, bare = in_turns(
            lambda: size.letters / asyncio.run(_worked(port, size.letters)),
            lambda: size.letters / asyncio.run(_sent(port, letter, size.letters)),
            size.rounds,
        )
    yield Figure("letters", ours, "letters/s", bare, "aiosmtplib, one connection", least=AIM)


async def _one_letter() -> bytes:
    """A letter of ours as it arrives."""
    async with smtp_server() as sink:
        with folder() as place:
            await _deliver(place, sink.port, 1)
        return sink.letters[0].raw


async def _worked(port: int, count: int) -> float:
    with folder() as place:
        return await _deliver(place, port, count)


async def _deliver(place: Path, port: int, count: int) -> float:
    """The seconds that the worker takes for the letters of a file."""
    async with assembled(Settings.of(settings_tree(place, smtp_port=port)), frozenset({"work"})) as product:
        assert product.worker is not None
        await product.worker.run_due()  # the rounds that every start begins with are not the letters'
        review = await review_file(ReviewFile("invoices.csv", invoices(count)), STAFF, product.ports)
        assert isinstance(review, BatchReview)
        number = int(review.number.removeprefix("B-"))
        await change_batch(DecideBatch(number, Decision.SEND), STAFF, product.ports)
        begun = time.perf_counter()
        done = 0
        while found := await product.worker.run_due():
            done += found
        taken = time.perf_counter() - begun
        assert done >= count  # and whoever tells how they fared
        return taken


async def _sent(port: int, letter: bytes, count: int) -> float:
    async with SMTP(hostname="127.0.0.1", port=port) as connection:
        begun = time.perf_counter()
        for n in range(count):
            await connection.sendmail("pay@firm.example", [f"client{n}@acme.example"], letter)
        return time.perf_counter() - begun
