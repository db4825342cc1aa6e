"""Transactions survive cancelled tasks on both engines."""

from __future__ import annotations

import asyncio
import contextlib
import random
import time

import pytest
from tortoise.backends.asyncpg.client import AsyncpgDBClient
from tortoise.backends.sqlite.client import SqliteClient
from tortoise.connection import get_connection
from tortoise.transactions import in_transaction

from models.engines.endings import to_its_end
from models.tables import MerchantAccount
from tests.models.engine_rows import account, rename, still_works


async def bulk_insert(rows: list[MerchantAccount]) -> None:
    await MerchantAccount.bulk_create(rows)


async def keys() -> set[str]:
    return {row.key for row in await MerchantAccount.all()}


# ── cancelled tasks ───────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_storm_of_cancelled_transactions_leaves_the_database_usable(database: str) -> None:
    """500 tasks cancelled at random moments, some twice: each transaction is whole or not there."""
    await account("operating")
    moments = random.Random(20261123)
    done: set[str] = set()

    async def pair(number: int) -> None:
        async with in_transaction():
            await account(f"a{number}")
            await account(f"b{number}")
        done.add(str(number))

    async def run_and_cancel(number: int) -> None:
        task = asyncio.create_task(pair(number))
        for _ in range(moments.randint(1, 2)):
            for _ in range(moments.randint(0, 30)):
                await asyncio.sleep(0)
            if moments.random() < 0.5:
                await asyncio.sleep(moments.random() * 0.01)
            task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task

    for start in range(0, 500, 10):
        await asyncio.gather(*(run_and_cancel(number) for number in range(start, start + 10)))
    await still_works()
    kept = await keys() - {"operating"}
    assert {key[1:] for key in kept if key[0] == "a"} == {key[1:] for key in kept if key[0] == "b"}
    assert done <= {key[1:] for key in kept}
    assert 25 <= len(kept) / 2 <= 475, "the storm hit only one side of the commits"


@pytest.mark.parametrize("turns", range(12))
async def test_a_transaction_cancelled_while_it_begins_is_undone(database: str, turns: int) -> None:
    await account("operating")

    async def change() -> None:
        async with in_transaction():
            await rename("operating", "changed")
            await asyncio.Event().wait()

    task = asyncio.create_task(change())
    for _ in range(turns):
        await asyncio.sleep(0)
    task.cancel()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (await MerchantAccount.get(key="operating")).name == "Operating"
    await still_works()


async def test_a_timeout_around_a_transaction_leaves_its_task_usable(database: str) -> None:
    """What a listener does that gives up after two seconds and answers all the same."""
    await account("operating")
    for _ in range(20):
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(random.random() * 0.01):
                async with in_transaction():
                    await rename("operating", "late")
                    await asyncio.sleep(0.005)
        assert (await MerchantAccount.get(key="operating")).name in ("Operating", "late")
    await still_works()


async def test_a_bulk_insert_cancelled_half_way_is_undone(database: str) -> None:
    await account("operating")
    rows = [MerchantAccount(key=f"k{number}", name="x", currency="USD") for number in range(5000)]
    for milliseconds in range(0, 40, 4):
        task = asyncio.create_task(bulk_insert(rows))
        await asyncio.sleep(milliseconds / 1000)
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        assert await MerchantAccount.filter(name="x").count() in (0, 5000)
        await MerchantAccount.filter(name="x").delete()
    await still_works()


async def test_work_is_seen_through_however_often_it_is_cancelled() -> None:
    over = asyncio.Event()
    steps: list[str] = []

    async def work() -> None:
        steps.append("begun")
        await over.wait()
        steps.append("done")

    task = asyncio.create_task(to_its_end(work()))
    for _ in range(3):
        await asyncio.sleep(0)
        task.cancel()
    await asyncio.sleep(0)
    assert not task.done()
    over.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert steps == ["begun", "done"]


async def test_work_seen_through_gives_its_result_and_its_error() -> None:
    async def work(error: Exception | None) -> str:
        if error:
            raise error
        return "fine"

    assert await to_its_end(work(None)) == "fine"
    with pytest.raises(ValueError, match="no"):
        await to_its_end(work(ValueError("no")))


@pytest.mark.only_sqlite
async def test_a_cancelled_statement_does_not_lend_its_rows_to_the_next(database: str) -> None:
    """The winner of a race is who changed exactly one row: a loser must not be credited another's change."""
    await account("operating")
    await account("trust")
    raw = get_connection("default")._connection

    def slowly(name: str) -> str:
        time.sleep(0.2)  # in SQLite's thread, as a big UPDATE would
        return name

    await raw.create_function("slowly", 1, slowly)
    update = "UPDATE merchant_account SET name = slowly('mine') WHERE key = 'trust'"

    async def slow() -> None:
        await get_connection("default").execute_query(update)

    task = asyncio.create_task(slow())
    await asyncio.sleep(0.05)
    task.cancel()
    await asyncio.sleep(0)
    assert await rename("nobody", "winner") == 0
    with pytest.raises(asyncio.CancelledError):
        await task


# ── what stock Tortoise does ──────────────────────────────────────────────────────────────────────────────────────────


async def cancel_at_every_turn(seconds: float = 10) -> int:
    """Transactions cancelled at each of their first steps, again and again; how many went through between them.

    Raises TimeoutError: the database hangs.
    """
    done = 0

    async def begin_and_wait() -> None:
        async with in_transaction():
            await asyncio.Event().wait()

    async with asyncio.timeout(seconds):
        for turns in [*range(1, 12)] * 10:
            task = asyncio.create_task(begin_and_wait())
            for _ in range(turns):
                await asyncio.sleep(0)
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
            async with in_transaction():
                done += 1
    return done


async def test_our_engines_do_not_hang(database: str) -> None:
    assert await cancel_at_every_turn() == 110


@pytest.mark.own_rows
async def test_the_stock_engines_do_hang(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control (R4): without our contexts the same cancellations use the database up."""
    ours = type(get_connection("default"))
    monkeypatch.setattr(ours, "_in_transaction", SqliteClient._in_transaction)
    if ours.__module__.endswith("asyncpg_engine"):
        monkeypatch.setattr(ours, "_in_transaction", AsyncpgDBClient._in_transaction)
    with pytest.raises(TimeoutError):
        await cancel_at_every_turn(seconds=2)
    pool = getattr(get_connection("default"), "_pool", None)
    if pool:
        pool.terminate()  # it would wait for the connections it never gets back
