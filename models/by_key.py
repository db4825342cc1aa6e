"""One row by a unique key: whose link is this, who is this. Asked far more often than anything else."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, TypeVar

from tortoise.connection import get_connection
from tortoise.models import Model

from models.engines import sqlite_engine
from models.statements import marks

M = TypeVar("M", bound=Model)


async def by_key(model: type[M], column: str, value: str | int) -> M | None:
    """The row as it is committed, or as the caller's own transaction has it; None where there is none.

    Outside a transaction SQLite answers at once, even while another task holds a long transaction: a payer's page does
    not wait for 5,000 rows of a file. The statement is ready-made, as Tortoise takes longer to write one than either
    database to answer it.
    """
    rows = await _asked(_query(model, column, *marks(1)), value)
    return model._init_from_db(**rows[0]) if rows else None  # noqa: SLF001  the way every queryset makes its objects


async def every_one(model: type[M]) -> list[M]:
    """All rows of a small table, as by_key finds one."""
    rows = await _asked(_query_all(model))
    return [model._init_from_db(**row) for row in rows]  # noqa: SLF001  as above


async def _asked(query: str, *values: str | int) -> list[dict[str, Any]]:
    connection = get_connection("default")
    if isinstance(connection, sqlite_engine.client_class):
        return list(connection.glance(query, *values))
    return await connection.execute_query_dict(query, list(values))


@lru_cache
def _query(model: type[Model], column: str, mark: str) -> str:
    return f'{_query_all(model)} WHERE "{model._meta.fields_db_projection[column]}" = {mark}'  # noqa: SLF001  tortoise documents it


@lru_cache
def _query_all(model: type[Model]) -> str:
    meta = model._meta  # noqa: SLF001  tortoise documents it
    columns = ", ".join(f'"{name}"' for name in meta.db_fields)
    return f'SELECT {columns} FROM "{meta.db_table}"'  # noqa: S608  names of ours
