"""kill -9 while 500 invoices are sent: nothing lost, nobody mailed two different links, all resumed afterwards."""

from __future__ import annotations

import asyncio
import os
import random
import sqlite3
import time
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from tests.conftest import ON_POSTGRES
from tests.journeys.house import NOOR_EMAIL, READY_WITHIN, House, furnished
from tests.journeys.letters import csv_of, invoices, letter, link_in, text_of
from tests.journeys.nursery import born, nursery
from tests.servers import Dovecot, SmtpSink
from tests.waiting import eventually

ROWS = 500
DEATHS = 4  # of one send: two early, about the commit, and two among its letters
# 50 kills over both databases; fewer on PostgreSQL, where a killed replica's leases have to run out first.
FILES = max(1, int(os.environ.get("PAYLINK_TEST_KILLS", "12" if ON_POSTGRES else "40")) // DEATHS)
RESUMED_WITHIN = 60.0  # seconds after the restart


@dataclass(slots=True)
class Lives:
    """A product that dies and is born again in the same house."""

    house: House
    process: ForkServerProcess | None = None
    deaths: Counter[str] = field(default_factory=Counter)  # before or after the decision was committed

    def begin(self) -> None:
        self.process = born(nursery(), self.house.environment(), self.house.folder / "paylink.log")

    async def be_born(self) -> None:
        self.begin()
        await eventually(self.house.answers, "the product to be ready", READY_WITHIN)

    async def die(self) -> None:
        self.end()
        self.deaths["after" if await _committed(self.house) else "before"] += 1

    def end(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.join()


@pytest.fixture
async def lives(tmp_path: Path, database_url: str, smtp_sink: SmtpSink, dovecot: Dovecot) -> AsyncIterator[Lives]:
    async with furnished(tmp_path, database_url, smtp_sink, dovecot) as house:
        lives = Lives(house)
        yield lives
        if lives.process is not None and lives.process.is_alive():
            lives.end()


@pytest.mark.timeout(900)
async def test_killed_at_any_moment_of_a_send_nothing_is_lost_and_nobody_gets_two_links(lives: Lives) -> None:
    """(M11, M12, M13, X9) Kills fall on both sides of the commit, or the test proves nothing (R2)."""
    seed = random.randrange(10**6)
    print(f"seed {seed}")  # noqa: T201  to replay the moments
    moments = random.Random(seed)
    await lives.be_born()
    for number in range(FILES):
        await _file(lives, number, moments)
    _nobody_has_two_links(lives)
    least = max(1, FILES * DEATHS // 4)
    assert min(lives.deaths["before"], lives.deaths["after"]) >= least, lives.deaths


async def _file(lives: Lives, number: int, moments: random.Random) -> None:
    """One file is reviewed and sent, and the product killed again and again on the way."""
    house, start = lives.house, len(lives.house.sink.letters)
    before = Counter(letter.recipients[0] for letter in house.sink.letters)
    house.deliver(letter(f"Invoices {number}", file=csv_of(invoices(ROWS, 1 + number * ROWS))))
    [review] = (await eventually(lambda: _answers(house, start, number), "the review")).values()
    house.deliver(letter(f"Re: {review['Subject']}", "send\n", to=review))
    await asyncio.sleep(moments.uniform(0, 0.25))
    await lives.die()
    lives.begin()  # and dies before it is ready, or just then
    await asyncio.sleep(moments.uniform(0, 0.75))
    await lives.die()
    for least, most in ((1, ROWS // 2), (ROWS // 2, ROWS - 1)):
        await lives.be_born()
        await _letters(lives, start, number, moments.randint(least, most))
        await lives.die()
    await lives.be_born()
    born_at = time.monotonic()

    async def everyone() -> bool:
        return _clients(number) <= _mailed(house, start) and len(_answers(house, start, number)) > 1

    await eventually(everyone, f"all letters of file {number}", RESUMED_WITHIN)
    assert time.monotonic() - born_at < RESUMED_WITHIN
    now = Counter(letter.recipients[0] for letter in house.sink.letters)
    # a letter of the file before may come twice only now: its job was at work when the product died
    repeated = sum(now[client] - max(1, before[client]) for client in now if client != NOOR_EMAIL)
    assert repeated <= 8 * DEATHS, f"{repeated} letters went out twice after {DEATHS} kills"


def _clients(number: int) -> set[str]:
    first = 1 + number * ROWS
    return {f"client{n}@acme.example" for n in range(first, first + ROWS)}


def _mailed(house: House, start: int) -> set[str]:
    """Who got a letter since there were `start` of them."""
    return {address for sent in house.sink.letters[start:] for address in sent.recipients}


def _answers(house: House, start: int, number: int) -> dict[str, Any]:
    """What the sender of a file was told of it, each letter once: one may come twice after a kill."""
    told = [sent.message for sent in house.sink.letters[start:] if NOOR_EMAIL in sent.recipients]
    return {str(one["Message-ID"]): one for one in told if str(one["Subject"]).endswith(f"Invoices {number}")}


def _nobody_has_two_links(lives: Lives) -> None:
    """Over all files: a letter may come twice, but it is the same letter with the same link, and one client's only."""
    links: dict[str, set[str]] = {}
    ids: dict[str, set[str]] = {}
    for sent in lives.house.sink.letters:
        [address] = sent.recipients
        if address != NOOR_EMAIL:
            links.setdefault(address, set()).add(link_in(text_of(sent.message)))
            ids.setdefault(address, set()).add(str(sent.message["Message-ID"]))
    assert set(links) == set.union(*map(_clients, range(FILES)))
    assert all(len(found) == 1 for found in links.values()), "somebody was mailed two different links"
    assert all(len(found) == 1 for found in ids.values()), "a repeated letter must be recognisable"
    assert len(set.union(*links.values())) == ROWS * FILES


async def _letters(lives: Lives, start: int, number: int, wanted: int) -> None:
    """Until so many clients have theirs. On PostgreSQL the leases of the dead run out first."""

    async def so_many() -> bool:
        return len(_mailed(lives.house, start) & _clients(number)) >= wanted

    await eventually(so_many, f"{wanted} letters", RESUMED_WITHIN)


async def _committed(house: House) -> bool:
    """Whether the decision was on disk when the product died; asked of the database itself."""
    if house.database_url.startswith("sqlite"):
        with sqlite3.connect(house.database_url.removeprefix("sqlite://")) as database:
            state = database.execute("SELECT state FROM batch ORDER BY id DESC LIMIT 1").fetchone()[0]
        database.close()
        return bool(state == "sent")
    connection = await asyncpg.connect(house.database_url)
    try:
        return bool(await connection.fetchval("SELECT state = 'sent' FROM batch ORDER BY id DESC LIMIT 1"))
    finally:
        await connection.close()
