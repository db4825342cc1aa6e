"""kill -9 at named points of create, pay, webhook, settle, cancel and refund: the books end as Stripe's (F30, M01-M11).

The lives are those of `money_life`; the processor, the payers and the clock are here.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import asdict, dataclass, field
from math import gcd
from pathlib import Path

import pytest

from models import database as models_database
from paypage.stand_in import StandInAccount, StripeStandIn
from tests.checker import History, faults
from tests.conftest import ON_POSTGRES
from tests.fakes import FakeClock
from tests.journeys.money_life import ACCOUNTS, APART, Fate, live
from tests.journeys.nursery import nursery

# 200 lives altogether: 150 on SQLite and 50 on PostgreSQL, whose part in it is the same.
LIVES = 5 * int(os.environ.get("PAYLINK_TEST_KILLS", "10" if ON_POSTGRES else "30"))


@dataclass(slots=True)
class Graveyard:
    """Where lives begin and end."""

    url: str
    stand_in: StripeStandIn
    clock: FakeClock
    history: History
    file: Path
    dice: random.Random
    born: int = 0
    ends: Counter[int] = field(default_factory=Counter)  # exit codes

    async def live(self, dies_at: int | None, *, careless: bool = False) -> None:
        self.clock.tick(APART)
        moment = self.clock.now().isoformat()
        seed = self.dice.randrange(10**6)
        fate = Fate(self.url, self.stand_in.base_url, moment, str(self.file), seed, dies_at, careless)
        process = nursery().Process(target=live, args=(json.dumps(asdict(fate)),))
        process.start()
        await asyncio.to_thread(process.join, 300)
        assert process.exitcode in (0, -signal.SIGKILL), f"a life ended with {process.exitcode}: {fate}"
        self.ends[process.exitcode] += 1


@pytest.fixture
async def graveyard(tmp_path: Path, database_url: str) -> AsyncIterator[Graveyard]:
    seed = int(os.environ.get("PAYLINK_TEST_SEED", random.randrange(10**6)))
    print(f"PAYLINK_TEST_SEED={seed}")  # noqa: T201  shown with a failure, to replay it
    clock = FakeClock()
    stand_in = StripeStandIn({name: StandInAccount(key) for name, key in ACCOUNTS.items()}, clock)
    await stand_in.serve()
    file = tmp_path / "history.jsonl"
    yield Graveyard(database_url, stand_in, clock, History(file), file, random.Random(seed))
    await stand_in.close()


POINTS = 90  # about so many a life passes; fewer where the second link is not paid


@pytest.mark.timeout(1800)
async def test_killed_at_any_point_of_its_money_paylink_loses_nothing_and_does_nothing_twice(
    graveyard: Graveyard,
) -> None:
    """(F30, M01-M05, M10, M11)"""
    first = graveyard.dice.randrange(POINTS)
    step = next(step for step in range(POINTS * 2 // 5, POINTS) if gcd(step, POINTS) == 1)
    for number in range(LIVES):
        await graveyard.live((first + number * step) % POINTS)
    await graveyard.live(None)
    await graveyard.live(None)
    said = graveyard.history.read()
    async with models_database.opened(graveyard.url):
        assert await faults(said, graveyard.stand_in.ledger) == []
    deaths = [one for one in said if one.who == "death"]
    sides = Counter(one.about for one in deaths)
    print(Counter(one.what for one in deaths))  # noqa: T201
    assert len(deaths) >= 0.8 * LIVES
    assert min(sides["before"], sides["after"]) >= 0.25 * len(deaths), sides  # or it proves nothing (R2)
    operations = {one.what.partition(":")[0] for one in deaths}
    assert operations == {"create", "pay", "webhook", "settle", "cancel", "refund"}


@pytest.mark.timeout(600)
async def test_the_checker_sees_a_paylink_that_acknowledges_before_it_keeps(graveyard: Graveyard) -> None:
    """(R4) The control: its guards off, the same lives are not forgiven."""
    for dies_at in range(10, 45, 3):
        await graveyard.live(dies_at, careless=True)
    async with models_database.opened(graveyard.url):
        found = await faults(graveyard.history.read(), graveyard.stand_in.ledger)
    assert any("was acknowledged and is lost" in fault or "is in no book" in fault for fault in found), found
