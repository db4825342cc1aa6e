"""SQLite: one connection, transactions that begin IMMEDIATE (a read-then-write never fails with BUSY_SNAPSHOT)."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any

import aiosqlite
from tortoise.backends.base.client import ConnectionWrapper, NestedTransactionContext, TransactionContext
from tortoise.backends.sqlite.client import SqliteClient, SqliteTransactionContext, SqliteTransactionWrapper
from tortoise.connection import get_connections
from tortoise.exceptions import IntegrityError, OperationalError
from tortoise.fields import data

from models.engines.endings import EngineTrouble, to_its_end

# SQLite keeps moments as text, which Tortoise reads with iso8601 unless it finds ciso8601. Python itself takes a tenth
# of the time.
vars(data)["parse_datetime"] = datetime.fromisoformat


def in_our_words(error: BaseException | None) -> Exception | None:
    """The error to raise instead of sqlite3's. None: leave it as it is."""
    if isinstance(error, sqlite3.IntegrityError):
        return IntegrityError(error)
    if isinstance(error, sqlite3.DatabaseError):
        code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
        if code != sqlite3.SQLITE_ERROR:  # disk full, read-only, locked, malformed: not our SQL's fault
            return EngineTrouble(cause=str(error))
        if isinstance(error, sqlite3.OperationalError):
            return OperationalError(error)
    return None


@contextlib.contextmanager
def plainly() -> Iterator[None]:
    """Raise sqlite3's errors in our words."""
    try:
        yield
    except sqlite3.Error as error:
        ours = in_our_words(error)
        if ours is None:
            raise
        raise ours from error


class Turn(ConnectionWrapper[aiosqlite.Connection]):
    """One statement's turn on the connection. It ends when the statement has, even if nobody awaits it any more:

    Tortoise counts changed rows by the connection's running total, and would credit them to the next statement.
    """

    async def __aenter__(self) -> aiosqlite.Connection:
        await self._lock.acquire()
        try:
            await self.ensure_connection()
        except BaseException:
            self._lock.release()
            raise
        return self.connection

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if isinstance(error, asyncio.CancelledError):
                await to_its_end(_idle(self.connection))
        finally:
            self._lock.release()
        ours = in_our_words(error)
        if ours is not None:
            raise ours from error


async def _idle(connection: aiosqlite.Connection) -> None:
    await connection.execute_fetchall("SELECT 1")  # the thread takes statements in order: whatever ran is over then


class Transaction(SqliteTransactionWrapper):
    def acquire_connection(self) -> Turn:
        return Turn(self._lock, self)

    def _in_transaction(self) -> TransactionContext:
        return NestedTransactionContext(Transaction(self))

    async def begin(self) -> None:
        with plainly():
            await self._connection.execute("BEGIN IMMEDIATE")

    async def commit(self) -> None:
        with plainly():
            try:
                await super().commit()
            except sqlite3.Error:
                await super().rollback()  # a COMMIT that failed leaves the transaction open: nobody could begin another
                raise

    async def execute_script(self, query: str) -> None:
        # sqlite3's own executescript() commits the transaction first
        statement = ""
        for part in query.split(";"):
            statement += part + ";"
            if sqlite3.complete_statement(statement):
                await self.execute_query(statement)
                statement = ""


class CancellationSafeContext(SqliteTransactionContext):
    __slots__ = ()

    async def __aenter__(self) -> SqliteTransactionWrapper:
        await self._trxlock.acquire()
        try:
            await self.ensure_connection()
            try:
                await to_its_end(self.connection.begin())
            except asyncio.CancelledError:
                await to_its_end(self.connection.rollback())
                raise
        except BaseException:
            self._trxlock.release()
            raise
        self.token = get_connections().set(self.connection_name, self.connection)
        connection: SqliteTransactionWrapper = self.connection
        return connection

    async def __aexit__(self, exc_type: Any, exc_val: Any, exc_tb: Any) -> None:
        try:
            if not self.connection._finalized:
                await to_its_end(self.connection.rollback() if exc_type else self.connection.commit())
        finally:
            get_connections().reset(self.token)
            self._trxlock.release()


class client_class(SqliteClient):  # noqa: N801  the name tortoise looks up in an engine's module
    _glances: sqlite3.Connection | None = None

    def acquire_connection(self) -> Turn:
        return Turn(self._lock, self)

    async def create_connection(self, with_db: bool) -> None:
        with plainly():
            try:
                await super().create_connection(with_db)
            except BaseException:
                await self.close()  # else it would be used without its pragmas
                raise

    async def close(self) -> None:
        if self._glances is not None:
            self._glances.close()
            self._glances = None
        await super().close()

    def glance(self, query: str, *values: str | int) -> list[dict[str, Any]]:
        """What is committed, read at once, in this thread, over a second connection that cannot write.

        For a row or two by an index: that takes less time than handing the question to the other connection's thread,
        and does not wait for the transaction that may be under way there. WAL never makes readers wait for a writer.
        """
        with plainly():
            if self._glances is None:
                file = Path(self.filename).absolute().as_uri()
                self._glances = sqlite3.connect(f"{file}?mode=ro", uri=True, check_same_thread=False)
                self._glances.row_factory = sqlite3.Row
            return [dict(row) for row in self._glances.execute(query, values)]  # to the end: that ends its snapshot

    def _in_transaction(self) -> CancellationSafeContext:
        return CancellationSafeContext(Transaction(self), self._lock)

    async def execute_many(self, query: str, values: list[list[Any]]) -> None:
        # the stock one leaves its transaction open when it is cancelled
        async with self._in_transaction() as transaction:
            await transaction.execute_many(query, values)
