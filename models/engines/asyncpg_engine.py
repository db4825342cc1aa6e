"""PostgreSQL: a connection taken for a transaction is given back whatever interrupts its beginning or its end."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import Any

import asyncpg
from tortoise.backends.asyncpg.client import AsyncpgDBClient, TransactionWrapper
from tortoise.backends.base.client import (
    NestedTransactionContext,
    TransactionalDBClient,
    TransactionContext,
    TransactionContextPooled,
)
from tortoise.backends.base_postgres.client import translate_exceptions
from tortoise.connection import get_connections
from tortoise.exceptions import IntegrityError, OperationalError, TransactionManagementError

from models.engines.endings import EngineTrouble, to_its_end

_DRIVER = (
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # a statement begun while the server's good-bye is being read
    OSError,  # a TimeoutError is one
)
_OUR_SQL = (asyncpg.SyntaxOrAccessError, asyncpg.DataError, ValueError)
_STEPPED_ASIDE = (asyncpg.SerializationError, asyncpg.DeadlockDetectedError, asyncpg.LockNotAvailableError)
_GONE = (
    asyncpg.PostgresConnectionError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.CannotConnectNowError,
    asyncpg.TooManyConnectionsError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    ConnectionError,
)


def in_our_words(error: Exception, *, committing: bool = False) -> Exception:
    """The error to raise instead of the driver's."""
    if isinstance(error, asyncpg.IntegrityConstraintViolationError):
        return IntegrityError(error)
    if isinstance(error, asyncpg.InFailedSQLTransactionError):
        return TransactionManagementError(error)
    if isinstance(error, _OUR_SQL):
        return OperationalError(error)
    # A connection lost while committing may have committed all the same: that must not be run again.
    again = isinstance(error, _STEPPED_ASIDE) or (isinstance(error, _GONE) and not committing)
    return EngineTrouble(again=again, cause=f"{type(error).__name__}: {error}")


class PlainSpoken(AsyncpgDBClient):
    async def create_connection(self, with_db: bool) -> None:
        try:
            await super().create_connection(with_db)
        except _DRIVER as error:
            raise in_our_words(error) from error

    async def _translate_exceptions(self, func: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        try:
            return await func(self, *args, **kwargs)
        except _DRIVER as error:
            raise in_our_words(error) from error


class Transaction(PlainSpoken, TransactionWrapper):
    """A transaction, or a savepoint in one. Statements always come through the outermost."""

    def __init__(self, connection: AsyncpgDBClient) -> None:
        super().__init__(connection)
        self._outermost: Transaction = connection._outermost if isinstance(connection, Transaction) else self
        self._spoiled = False

    def _in_transaction(self) -> TransactionContext:
        return NestedTransactionContext(Transaction(self))

    async def _translate_exceptions(self, func: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        try:
            return await super()._translate_exceptions(func, *args, **kwargs)
        except OperationalError:
            self._outermost._spoiled = True
            raise

    @translate_exceptions
    async def execute_many(self, query: str, values: list[list[Any]]) -> None:
        # asyncpg's executemany can be cancelled between two packets; then it and the server wait for each other
        async with self.acquire_connection() as connection:
            await to_its_end(connection.executemany(query, values))

    async def commit(self) -> None:
        if self._spoiled:  # PostgreSQL would answer this COMMIT with a ROLLBACK, which asyncpg does not report
            await self.rollback()
            raise TransactionManagementError("A statement failed in this transaction, so nothing of it was kept.")
        try:
            await super().commit()
        except _DRIVER as error:
            raise in_our_words(error, committing=True) from error

    async def rollback(self) -> None:
        with contextlib.suppress(*_DRIVER):  # the connection is gone, and the transaction with it
            await super().rollback()

    async def savepoint_rollback(self) -> None:
        await super().savepoint_rollback()
        self._outermost._spoiled = False


class CancellationSafeContext(TransactionContextPooled):
    __slots__ = ()

    async def __aenter__(self) -> TransactionalDBClient:
        try:
            await self.ensure_connection()
            self.client._connection = await self.client._parent._pool.acquire()
        except _DRIVER as error:
            raise in_our_words(error) from error
        try:
            try:
                await to_its_end(self.client.begin())
            except asyncio.CancelledError:
                await to_its_end(self.client.rollback())
                raise
        except BaseException:
            await self._give_back()
            raise
        self.token = get_connections().set(self.connection_name, self.client)
        return self.client

    async def __aexit__(self, exc_type: Any, exc_val: Any, exc_tb: Any) -> None:
        try:
            if not self.client._finalized:
                await to_its_end(self.client.rollback() if exc_type else self.client.commit())
        finally:
            get_connections().reset(self.token)
            await self._give_back()

    async def _give_back(self) -> None:
        if self.client._parent._pool:  # else it was closed meanwhile
            with contextlib.suppress(*_DRIVER):  # the pool has thrown a dead connection away and makes another
                await self.client._parent._pool.release(self.client._connection)


class client_class(PlainSpoken):  # noqa: N801  the name tortoise looks up in an engine's module
    def _in_transaction(self) -> CancellationSafeContext:
        return CancellationSafeContext(Transaction(self), self._pool_init_lock)

    async def execute_many(self, query: str, values: list[list[Any]]) -> None:
        async with self._in_transaction() as transaction:
            await transaction.execute_many(query, values)
