"""SQLite: transactions begin IMMEDIATE, so a read-then-write never fails with BUSY_SNAPSHOT."""

from __future__ import annotations

import asyncio
import sqlite3

from tortoise.backends.sqlite.client import SqliteClient, SqliteTransactionContext, SqliteTransactionWrapper
from tortoise.connection import get_connections
from tortoise.exceptions import OperationalError


class ImmediateTransaction(SqliteTransactionWrapper):
    async def begin(self) -> None:
        try:
            await self._connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            raise OperationalError(error) from error


class CancellationSafeContext(SqliteTransactionContext):
    __slots__ = ()

    async def __aenter__(self) -> SqliteTransactionWrapper:
        await self._trxlock.acquire()
        try:
            await self.ensure_connection()
            begin = asyncio.ensure_future(self.connection.begin())
            try:
                await asyncio.shield(begin)
            except asyncio.CancelledError:
                await asyncio.wait([begin])
                if not begin.exception():
                    await self.connection.rollback()
                raise
        except BaseException:
            self._trxlock.release()
            raise
        self.token = get_connections().set(self.connection_name, self.connection)
        return self.connection


class client_class(SqliteClient):  # noqa: N801  the name tortoise looks up in an engine's module
    def _in_transaction(self) -> CancellationSafeContext:
        return CancellationSafeContext(ImmediateTransaction(self), self._lock)
