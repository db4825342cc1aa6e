"""Two processes read one mailbox, and one is killed over its letters: the other takes them over; each is done once."""

from __future__ import annotations

import os
import random
from collections import defaultdict
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from tests.journeys.house import NOOR_EMAIL, House, furnished
from tests.journeys.letters import letter
from tests.servers import Dovecot, SmtpSink
from tests.waiting import eventually

DEATHS = max(1, int(os.environ.get("PAYLINK_TEST_KILLS", "4")) // 4)
LETTERS = 20  # between two deaths
TAKEN_OVER_WITHIN = 90.0  # seconds; a lease is 15, a busy machine gets more


@pytest.fixture
async def house(tmp_path: Path, database_url: str, smtp_sink: SmtpSink, dovecot: Dovecot) -> AsyncIterator[House]:
    async with furnished(tmp_path, database_url, smtp_sink, dovecot) as house:
        yield house


@pytest.mark.only_postgres
@pytest.mark.timeout(900)
async def test_what_a_killed_replica_held_is_done_once_by_the_other(house: House, dovecot: Dovecot) -> None:
    """(F25, M13) Killed while letters wait, are judged and are answered; no answer is another one's."""
    seed = random.randrange(10**6)
    print(f"seed {seed}")  # noqa: T201  to replay the moments
    moments = random.Random(seed)
    await house.start("--only", "mail,work")
    replica = house.start_another("--only", "mail,work")
    for death in range(DEATHS):
        for number in range(LETTERS):
            house.deliver(letter(f"create {death * LETTERS + number + 1} account operating"))
        least = death * LETTERS + moments.randint(0, LETTERS - 1)
        await _answered(house, least)
        replica.kill()
        replica.wait()
        replica = house.start_another("--only", "mail,work")
    count = DEATHS * LETTERS
    await _answered(house, count)
    await eventually(lambda: not dovecot.letters(), "the inbox to be empty", TAKEN_OVER_WITHIN)
    replica.kill()
    replica.wait()
    assert len({file.read_bytes() for file in dovecot.letters("Processed")}) == count
    assert await _links(house) == len(_answers(house)) == count
    assert all(len(ids) == 1 for ids in _answers(house).values()), "somebody was answered in two ways"


async def _answered(house: House, count: int) -> None:
    """Until at least so many letters are."""
    await eventually(lambda: len(_answers(house)) >= count, f"{count} answers", TAKEN_OVER_WITHIN)


def _answers(house: House) -> dict[str, set[str]]:
    """The Message-IDs of the answers to each letter: one that a kill makes leave twice is the same letter."""
    answers: dict[str, set[str]] = defaultdict(set)
    for came in house.sink.to(NOOR_EMAIL):
        answers[str(came.message["In-Reply-To"])].add(str(came.message["Message-ID"]))
    return answers


async def _links(house: House) -> int:
    connection = await asyncpg.connect(house.database_url)
    try:
        return int(await connection.fetchval("SELECT count(*) FROM payment_link"))
    finally:
        await connection.close()
