"""Transactions survive cancelled tasks, failing commits and lost servers, on both engines (LIBRARIES 1.3, F34)."""

from __future__ import annotations

import asyncio
import contextlib
import random
import sqlite3
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from tortoise.backends.asyncpg.client import AsyncpgDBClient
from tortoise.backends.sqlite.client import SqliteClient
from tortoise.connection import get_connection
from tortoise.exceptions import IntegrityError, TransactionManagementError
from tortoise.transactions import in_transaction

from models.database import opened, retried
from models.engines.endings import to_its_end
from models.errors import DatabaseTrouble
from models.tables import MerchantAccount
from tests.servers import postgres_server


async def account(key: str, name: str = "Operating") -> MerchantAccount:
    return await MerchantAccount.create(key=key, name=name, currency="USD")


async def rename(key: str, name: str) -> int:
    return await MerchantAccount.filter(key=key).update(name=name)


async def bulk_insert(rows: list[MerchantAccount]) -> None:
    await MerchantAccount.bulk_create(rows)


async def keys() -> set[str]:
    return {row.key for row in await MerchantAccount.all()}


async def still_works() -> None:
    """The database takes a transaction and a plain statement, soon, and no connection is lost."""
    async with asyncio.timeout(10):
        for _ in range(15):  # more than the pool has
            async with in_transaction():
                await rename("operating", "still here")
        await asyncio.gather(*(MerchantAccount.get(key="operating") for _ in range(15)))
    assert (await MerchantAccount.get(key="operating")).name == "still here"


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
        await MerchantAccount.get(key="operating")
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


async def cancel_at_every_turn(seconds: float = 10) -> None:
    """Transactions cancelled at each of their first steps, again and again. Raises TimeoutError: the database hangs."""

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
                pass


async def test_our_engines_do_not_hang(database: str) -> None:
    await cancel_at_every_turn()


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


# ── failing statements, commits and servers ───────────────────────────────────────────────────────────────────────────


async def test_a_refused_row_in_a_savepoint_spares_the_transaction(database: str) -> None:
    await account("operating")
    async with in_transaction():
        await account("trust")
        with pytest.raises(IntegrityError):
            async with in_transaction():
                await account("operating")
        await rename("trust", "after the refusal")
    assert (await MerchantAccount.get(key="trust")).name == "after the refusal"


@pytest.mark.only_postgres
async def test_a_transaction_spoiled_by_a_swallowed_error_is_not_taken_for_committed(database: str) -> None:
    """PostgreSQL answers its COMMIT with a silent ROLLBACK: money would seem recorded that is not."""
    await account("operating")
    with pytest.raises(TransactionManagementError, match="nothing of it was kept"):
        async with in_transaction():
            await account("trust")
            with pytest.raises(IntegrityError):
                await account("operating")
    assert await MerchantAccount.all().count() == 1
    await still_works()


@pytest.mark.only_sqlite
async def test_a_commit_that_fails_is_undone_and_the_next_transaction_begins(database: str) -> None:
    await account("operating")
    raw = get_connection("default")._connection._conn
    original = get_connection("default")._connection.commit

    async def fails() -> None:
        raise _sqlite_error("database or disk is full", sqlite3.SQLITE_FULL)

    get_connection("default")._connection.commit = fails
    with pytest.raises(DatabaseTrouble, match="disk is full"):
        async with in_transaction():
            await rename("operating", "lost")
    get_connection("default")._connection.commit = original
    assert not raw.in_transaction
    assert (await MerchantAccount.get(key="operating")).name == "Operating"
    await still_works()


def _sqlite_error(words: str, code: int) -> sqlite3.OperationalError:
    error = sqlite3.OperationalError(words)
    error.sqlite_errorcode = code
    return error


@pytest.mark.only_sqlite
async def test_a_full_disk_is_trouble_and_passes_when_there_is_room_again(database: str) -> None:
    """(F32) SQLite's own page limit stands for the disk's end."""
    await account("operating")
    connection = get_connection("default")
    ((pages,),) = await connection._connection.execute_fetchall("PRAGMA page_count")
    await connection._connection.execute_fetchall(f"PRAGMA max_page_count={pages}")
    rows = [MerchantAccount(key=f"k{number}", name="x" * 100, currency="USD") for number in range(5000)]
    with pytest.raises(DatabaseTrouble) as refused:
        await MerchantAccount.bulk_create(rows)
    assert "nothing was saved" in refused.value.for_staff()
    assert not refused.value.again
    await connection._connection.execute_fetchall("PRAGMA max_page_count=1073741823")
    await MerchantAccount.bulk_create(rows)
    assert await MerchantAccount.all().count() == 5001
    assert (await connection.execute_query_dict("PRAGMA integrity_check"))[0]["integrity_check"] == "ok"


async def test_wrong_sql_is_our_fault_and_not_the_databases(database: str) -> None:
    with pytest.raises(Exception, match="no_such_table") as wrong:
        await get_connection("default").execute_query("SELECT * FROM no_such_table")
    assert not isinstance(wrong.value, DatabaseTrouble)


@pytest.mark.only_postgres
async def test_two_that_deadlock_both_get_through_on_a_second_try(database: str) -> None:
    """(F34)"""
    await account("operating")
    await account("trust")
    both_hold_one = asyncio.Barrier(2)
    tries: list[str] = []

    async def swap(first: str, second: str) -> None:
        async with in_transaction():
            tries.append(first)
            await rename(first, "held")
            if len(tries) <= 2:
                await both_hold_one.wait()
            await rename(second, "held")

    await asyncio.gather(retried(lambda: swap("operating", "trust")), retried(lambda: swap("trust", "operating")))
    assert len(tries) == 3
    assert {row.name for row in await MerchantAccount.all()} == {"held"}


@pytest.mark.only_postgres
async def test_inside_another_transaction_nothing_is_tried_again(database: str) -> None:
    tries = 0

    async def step_aside() -> None:
        nonlocal tries
        tries += 1
        raise DatabaseTrouble(again=True)

    with pytest.raises(DatabaseTrouble):
        async with in_transaction():
            await retried(step_aside)
    assert tries == 1


async def test_after_three_tries_the_trouble_is_told(database: str) -> None:
    tries = 0

    async def step_aside() -> None:
        nonlocal tries
        tries += 1
        raise DatabaseTrouble(again=True)

    with pytest.raises(DatabaseTrouble):
        await retried(step_aside)
    assert tries == 3


@pytest.mark.only_postgres
async def test_connections_that_the_server_ends_are_replaced(database: str) -> None:
    """A restart or a failover seen from the pool: open transactions are lost, whole ones are run again (F34)."""
    await account("operating")
    ended = False

    async def change() -> None:
        nonlocal ended
        async with in_transaction() as transaction:
            await rename("operating", "changed")
            if not ended:
                ended = True
                async with opened_apart(database) as other:
                    await other.execute(
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                    )
            await transaction.execute_query("SELECT 1")

    await retried(change)
    assert (await MerchantAccount.get(key="operating")).name == "changed"
    await still_works()


@contextlib.asynccontextmanager
async def opened_apart(url: str) -> AsyncIterator[Any]:
    """A connection of its own, outside the pool."""
    import asyncpg

    connection = await asyncpg.connect(url)
    try:
        yield connection
    finally:
        await connection.close()


@pytest.mark.only_postgres
async def test_statements_and_lock_waits_have_an_end(database: str) -> None:
    """(F34) A statement 5 s, a lock 2 s, an idle transaction 10 s."""
    shown = {
        name: (await get_connection("default").execute_query_dict(f"SHOW {name}"))[0][name]
        for name in ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout", "TimeZone")
    }
    assert list(shown.values()) == ["5s", "2s", "10s", "UTC"]
    await account("operating")
    async with opened_apart(database) as other, other.transaction():
        await other.execute("UPDATE merchant_account SET name = 'held'")
        before = time.monotonic()
        with pytest.raises(DatabaseTrouble) as waited:
            await rename("operating", "mine")
        assert waited.value.again
        assert 1.5 < time.monotonic() - before < 4


@pytest.mark.only_postgres
async def test_a_server_that_goes_away_is_trouble_until_it_is_back(tmp_path: Path) -> None:
    """(F11, F34) No answer hangs; every one is DatabaseTrouble."""
    from models.database import answers, migrate

    with postgres_server() as server:
        await migrate(f"{server}/postgres")
        stack = contextlib.AsyncExitStack()
        await stack.enter_async_context(opened(f"{server}/postgres"))
        await account("operating")
        assert await answers()
    async with stack, asyncio.timeout(20):
        for act in _three_ways_in():
            with pytest.raises(DatabaseTrouble):
                await act()
        assert not await answers()


def _three_ways_in() -> list[Callable[[], Any]]:
    async def read() -> None:
        await MerchantAccount.all().count()

    async def write() -> None:
        async with in_transaction():
            await rename("operating", "x")

    return [read, write, lambda: retried(write)]
