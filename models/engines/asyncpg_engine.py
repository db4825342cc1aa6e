"""PostgreSQL: a connection taken for a transaction is given back whatever interrupts its beginning."""

from __future__ import annotations

from tortoise.backends.asyncpg.client import AsyncpgDBClient, TransactionWrapper
from tortoise.backends.base.client import TransactionContextPooled
from tortoise.connection import get_connections


class CancellationSafeContext(TransactionContextPooled):
    __slots__ = ()

    async def __aenter__(self) -> TransactionWrapper:
        await self.ensure_connection()
        pool = self.client._parent._pool
        connection = self.client._connection = await pool.acquire()
        try:
            await self.client.begin()
        except BaseException:
            await pool.release(connection)
            raise
        self.token = get_connections().set(self.connection_name, self.client)
        return self.client


class client_class(AsyncpgDBClient):  # noqa: N801  the name tortoise looks up in an engine's module
    def _in_transaction(self) -> CancellationSafeContext:
        return CancellationSafeContext(TransactionWrapper(self), self._pool_init_lock)
