"""Opening, closing and migrating the database. SQLite: one process, one connection; PostgreSQL: any number of replicas."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import shutil
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any
from urllib.parse import parse_qsl, unquote, urlsplit

from tortoise import Tortoise
from tortoise.connection import get_connection
from tortoise.context import TortoiseContext
from tortoise.exceptions import OperationalError
from tortoise.migrations.api import migrate as run_migrations
from tortoise.migrations.executor import MigrationExecutor

from models.errors import DatabaseNotReady

APP = "models"
_ADVISORY_LOCK = 7_295_465  # "paylink" on a telephone's keys, shortened; any fixed number will do
_SQLITE_PRAGMAS = {"journal_mode": "WAL", "synchronous": "FULL", "foreign_keys": "ON", "busy_timeout": "5000"}
_PG_SETTINGS = {
    "statement_timeout": "5000",
    "lock_timeout": "2000",
    "idle_in_transaction_session_timeout": "10000",
    "timezone": "UTC",
}


@dataclass(frozen=True, slots=True)
class DatabaseAddress:
    """Where the database is: a SQLite file or a PostgreSQL server."""

    url: str

    @property
    def sqlite_file(self) -> Path | None:
        """The file, when it is SQLite: `sqlite://paylink.db` is relative, `sqlite:////srv/paylink.db` absolute."""
        scheme, _, rest = self.url.partition("://")
        if scheme == "sqlite":
            return Path(unquote(rest.partition("?")[0]))
        return None

    def connection(self, **overrides: str) -> dict[str, Any]:
        """Tortoise's connection entry for it.

        Raises DatabaseNotReady: neither sqlite:// nor postgres://.
        """
        if self.sqlite_file is not None:
            credentials: dict[str, Any] = {"file_path": str(self.sqlite_file), **_SQLITE_PRAGMAS, **overrides}
            return {"engine": "models.engines.sqlite_engine", "credentials": credentials}
        parts = urlsplit(self.url)
        if parts.scheme not in ("postgres", "postgresql"):
            raise DatabaseNotReady("DATABASE_URL must begin with sqlite:// or postgres://")
        query = dict(parse_qsl(parts.query))
        credentials = {
            "host": parts.hostname,
            "port": parts.port or 5432,
            "user": unquote(parts.username or ""),
            "password": unquote(parts.password or ""),
            "database": parts.path.lstrip("/"),
            "minsize": int(query.get("minsize", 1)),
            "maxsize": int(query.get("maxsize", 10)),
            "server_settings": _PG_SETTINGS,
        }
        return {"engine": "models.engines.asyncpg_engine", "credentials": credentials}

    def config(self, **overrides: str) -> dict[str, Any]:
        """Tortoise's whole configuration."""
        app = {"models": ["models.tables"], "migrations": "models.migrations", "default_connection": "default"}
        return {"connections": {"default": self.connection(**overrides)}, "apps": {APP: app}}


@contextlib.contextmanager
def only_process(file: Path) -> Iterator[None]:
    """Hold the lock beside a SQLite file for as long as this process uses it.

    Raises DatabaseNotReady: the folder cannot be written, or another process holds it (named by its pid).
    """
    lock = file.with_name(file.name + ".lock")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        handle: IO[str] = lock.open("a+")
    except OSError as error:
        raise DatabaseNotReady(f"The database folder {file.parent} cannot be written: {error.strerror}.") from error
    with handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            handle.seek(0)
            holder = handle.read().strip() or "unknown"
            raise DatabaseNotReady(
                f"Another process (pid {holder}) uses {file}; SQLite takes one. Stop it, or use PostgreSQL for several."
            ) from None
        handle.seek(0)
        handle.truncate()
        handle.write(str(os.getpid()))
        handle.flush()
        yield


@contextlib.asynccontextmanager
async def opened(url: str) -> AsyncIterator[None]:
    """The database, ready for the tables, until the block ends. SQLite is migrated on the way.

    Raises DatabaseNotReady: held by another process, unwritable, or (PostgreSQL) of another schema version.
    """
    address = DatabaseAddress(url)
    with contextlib.ExitStack() as held:
        if address.sqlite_file is not None:
            held.enter_context(only_process(address.sqlite_file))
            await _migrate(address)
        context = await _connect(address)
        try:
            await _assert_usable(address)
            yield
        finally:
            await context.close_connections()


async def _connect(address: DatabaseAddress) -> TortoiseContext:
    try:
        return await Tortoise.init(config=address.config(), _enable_global_fallback=True)
    except (OSError, OperationalError) as error:
        raise DatabaseNotReady(f"The database cannot be reached: {error}") from error


async def _assert_usable(address: DatabaseAddress) -> None:
    connection = get_connection("default")
    try:
        if address.sqlite_file is not None:
            for pragma, wanted in {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 5000}.items():
                row = (await connection.execute_query_dict(f"PRAGMA {pragma}"))[0]
                if wanted not in row.values():
                    raise DatabaseNotReady(f"SQLite would not take {pragma}={wanted} on {address.sqlite_file}.")
        plan = await MigrationExecutor(connection, address.config()["apps"]).plan()
    except (OSError, OperationalError) as error:
        raise DatabaseNotReady(f"The database cannot be used: {error}") from error
    if plan:
        waiting = ", ".join(step.migration.name for step in plan)
        raise DatabaseNotReady(f"The database lacks these migrations: {waiting}. Run `paylink migrate` first.")


async def migrate(url: str) -> None:
    """Bring the database to this version, alone: others that start meanwhile wait.

    Raises DatabaseNotReady: it cannot be reached or written, or another process uses it.
    """
    address = DatabaseAddress(url)
    with contextlib.ExitStack() as held:
        if address.sqlite_file is not None:
            held.enter_context(only_process(address.sqlite_file))
        await _migrate(address)


async def _migrate(address: DatabaseAddress) -> None:
    # Tortoise rebuilds a SQLite table with DROP TABLE; with foreign keys on, that would delete every child row.
    config = address.config(foreign_keys="OFF") if address.sqlite_file else address.config()
    async with _one_migrator(address), TortoiseContext() as context:
        try:
            await context.init(config=config)
            if await MigrationExecutor(context.db(), config["apps"]).plan():
                _back_up(address)
                await run_migrations(config=config)
            if address.sqlite_file is not None:
                broken = await context.db().execute_query_dict("PRAGMA foreign_key_check")
                if broken:
                    raise DatabaseNotReady(f"Migrating left {len(broken)} broken references; the backup is untouched.")
        except (OSError, OperationalError) as error:
            raise DatabaseNotReady(f"The database cannot be migrated: {error}") from error


def _back_up(address: DatabaseAddress) -> None:
    file = address.sqlite_file
    if file is not None and file.exists() and file.stat().st_size:
        shutil.copyfile(file, file.with_name(file.name + ".before-migration"))


@contextlib.asynccontextmanager
async def _one_migrator(address: DatabaseAddress) -> AsyncIterator[None]:
    if address.sqlite_file is not None:  # the caller holds the lock file
        yield
        return
    import asyncpg  # the extra `postgres`; SQLite does without

    wanted = address.connection()["credentials"]
    keys = ("host", "port", "user", "password", "database")
    try:
        connection = await asyncpg.connect(**{key: wanted[key] for key in keys}, timeout=10)
    except (OSError, asyncpg.PostgresError, asyncio.TimeoutError) as error:
        raise DatabaseNotReady(f"The database cannot be reached: {error}") from error
    try:
        await connection.execute("SELECT pg_advisory_lock($1)", _ADVISORY_LOCK)
        yield
    finally:
        await connection.close()
