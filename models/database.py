"""Opening, closing and migrating the database. SQLite takes one process, PostgreSQL any number of replicas."""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import pkgutil
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any, TypeVar

from tortoise.backends.base.client import BaseDBAsyncClient, TransactionalDBClient
from tortoise.connection import get_connection
from tortoise.context import TortoiseContext
from tortoise.exceptions import BaseORMException
from tortoise.migrations.executor import MigrationExecutor
from tortoise.migrations.schema_editor import AsyncpgSchemaEditor, SqliteSchemaEditor
from tortoise.transactions import in_transaction

from models import database_address
from models.database_address import APP, DatabaseAddress
from models.database_file import back_up, only_process
from models.engines.endings import EngineTrouble
from models.errors import DatabaseNotReady, DatabaseTrouble

T = TypeVar("T")

_MIGRATORS = 7_295_465  # "paylink" on a telephone's keys, shortened: PostgreSQL's lock for one migrator at a time
_WAITS = (0.05, 0.5)  # seconds before the second and the third try of a transaction (RELIABILITY F34)


@contextlib.asynccontextmanager
async def opened(url: str, *, reading: bool = False) -> AsyncIterator[None]:
    """The database, ready for the tables, until the block ends. SQLite is migrated on the way.

    `reading` only reads, and on SQLite may do so beside the process that writes.

    Raises DatabaseNotReady: held by another process, out of reach, damaged, not writable, or of another version.
    """
    address = DatabaseAddress(url)
    config = address.config(reading=reading)
    with contextlib.ExitStack() as held:
        if address.sqlite_file is not None and not reading:
            held.enter_context(only_process(address.sqlite_file))
            await _migrate(address)
        elif address.sqlite_file is not None and not address.sqlite_file.exists():
            raise DatabaseNotReady(f"There is no database {address.sqlite_file}.")
        context = TortoiseContext()
        try:
            with _one_clear_line(address):
                await _connect(context, config)
                await _assert_usable(context.db(), reading)
            yield
        finally:
            await context.close_connections()


async def migrate(url: str) -> None:
    """Bring the database to this version, alone: others that start meanwhile wait.

    Raises DatabaseNotReady: it cannot be reached or written, is newer than this version, or is in use (SQLite).
    """
    address = DatabaseAddress(url)
    address.config()  # understood, before anything is touched
    with contextlib.ExitStack() as held:
        if address.sqlite_file is not None:
            held.enter_context(only_process(address.sqlite_file))
        await _migrate(address)


async def answers() -> bool:
    """Whether the open database answers a question now."""
    try:
        return bool(await _value(get_connection("default"), "SELECT 1") == 1)
    except (BaseORMException, OSError):
        return False


async def retried(operation: Callable[[], Awaitable[T]]) -> T:
    """Run a whole transaction, and once or twice more where the database gave it up for another's sake or went away.

    `operation` opens its own transaction and does nothing outside it. Inside another one it is run once: only the
    outermost can be run again.

    Raises DatabaseTrouble: it did not work out.
    """
    for wait in _WAITS:
        try:
            return await operation()
        except DatabaseTrouble as trouble:
            if not trouble.again or isinstance(get_connection("default"), TransactionalDBClient):
                raise
        await asyncio.sleep(wait)
    return await operation()


async def _connect(context: TortoiseContext, config: dict[str, Any]) -> None:
    with context:  # for init alone; afterwards every task and thread finds it as the global one
        await context.init(config=config, _enable_global_fallback=True)
    await context.db().create_connection(with_db=True)


@contextlib.contextmanager
def _one_clear_line(address: DatabaseAddress) -> Iterator[None]:
    """What can go wrong on the way to a usable database, as one DatabaseNotReady."""
    where = address.sqlite_file or "server"
    try:
        yield
    except ModuleNotFoundError as error:
        raise DatabaseNotReady(f"PostgreSQL needs the extra: pip install paylink[postgres] ({error})") from None
    except (BaseORMException, sqlite3.Error, OSError) as error:
        words = " ".join(str(error).split()) or type(error).__name__
        raise DatabaseNotReady(f"The database {where} cannot be used: {words}") from error


async def _assert_usable(connection: BaseDBAsyncClient, reading: bool) -> None:
    missing = await _missing_migrations(connection)
    if missing:
        names = ", ".join(missing)
        raise DatabaseNotReady(f"The database lacks these migrations: {names}. Run `paylink migrate` first.")
    if _is_sqlite(connection):
        await _assert_pragmas(connection)
    elif not reading and (await _value(connection, "SHOW transaction_read_only")) == "on":
        raise DatabaseNotReady("The database server only reads: it is a standby, not the primary.")


async def _assert_pragmas(connection: BaseDBAsyncClient) -> None:
    for pragma, wanted in {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 5000}.items():
        if await _value(connection, f"PRAGMA {pragma}") != wanted:
            raise DatabaseNotReady(f"SQLite would not take {pragma}={wanted}.")
    found = await _value(connection, "PRAGMA quick_check(1)")
    if found != "ok":
        raise EngineTrouble(cause=f"the file is damaged, restore a backup ({found})")


async def _missing_migrations(connection: BaseDBAsyncClient) -> list[str]:
    """This version's migrations that the database lacks, in order.

    Raises DatabaseNotReady: it has some that this version does not know.
    """
    package = importlib.import_module(database_address.MIGRATIONS)
    known = sorted(module.name for module in pkgutil.iter_modules(package.__path__))
    applied = await _applied_migrations(connection)
    newer = sorted(applied - set(known))
    if newer:
        raise DatabaseNotReady(
            f"The database is of a newer version of Paylink (it has {', '.join(newer)}). "
            f"Run that version, or restore the backup made before it."
        )
    return [name for name in known if name not in applied]


async def _applied_migrations(connection: BaseDBAsyncClient) -> set[str]:
    exists = (
        "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = 'tortoise_migrations'"
        if _is_sqlite(connection)
        else "SELECT count(*) FROM pg_class WHERE oid = to_regclass('tortoise_migrations')"
    )
    if not await _value(connection, exists):
        return set()
    rows = await connection.execute_query_dict(f"SELECT name FROM tortoise_migrations WHERE app = '{APP}'")  # noqa: S608  a constant
    return {row["name"] for row in rows}


async def _migrate(address: DatabaseAddress) -> None:
    config = address.config(migrating=True)
    async with TortoiseContext() as context:
        with _one_clear_line(address):
            await context.init(config=config)
            connection = context.db()
            await connection.create_connection(with_db=True)
            if not await _missing_migrations(connection):
                return
            if address.sqlite_file is not None and await _applied_migrations(connection):
                await asyncio.to_thread(back_up, address.sqlite_file)
            async with in_transaction() as transaction:  # all or nothing, the record of it included (F38)
                await _apply_migrations(transaction, config["apps"])


async def _apply_migrations(transaction: BaseDBAsyncClient, apps: dict[str, Any]) -> None:
    editor = SqliteSchemaEditor if _is_sqlite(transaction) else AsyncpgSchemaEditor
    if not _is_sqlite(transaction):
        await transaction.execute_query(f"SELECT pg_advisory_xact_lock({_MIGRATORS})")
        await transaction.execute_query("SET LOCAL lock_timeout = '10s'")  # of the tables: do not stop the replicas
    executor = MigrationExecutor(transaction, apps)
    await executor.recorder.ensure_schema(editor(transaction, atomic=False))
    await executor.migrate(direction="forward")
    if _is_sqlite(transaction):
        broken = await transaction.execute_query_dict("PRAGMA foreign_key_check")
        if broken:
            raise DatabaseNotReady(f"Migrating would break {len(broken)} references, so nothing was changed.")


def _is_sqlite(connection: BaseDBAsyncClient) -> bool:
    return connection.capabilities.dialect == "sqlite"


async def _value(connection: BaseDBAsyncClient, query: str) -> Any:
    """The only value of a query's only row."""
    (row,) = await connection.execute_query_dict(query)
    (value,) = row.values()
    return value
