"""Failing statements, commits and servers: what the engines make of them."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from tortoise.connection import get_connection
from tortoise.exceptions import IntegrityError, TransactionManagementError
from tortoise.transactions import in_transaction

from models.database import opened, retried
from models.errors import DatabaseTrouble
from models.tables import MerchantAccount
from tests.models.engine_rows import account, rename, still_works
from tests.servers import postgres_server


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
        assert 1.5 < time.monotonic() - before < 30


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
