"""For tests that play somebody who may do anything to the database: the guard of the audit trail off."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tortoise.connection import get_connection

from tests.conftest import ON_POSTGRES

TRAILS = ("link_event", "firm_event")


@asynccontextmanager
async def unguarded() -> AsyncIterator[None]:
    """PostgreSQL's triggers are off inside; SQLite has none."""
    await _guard("DISABLE")
    try:
        yield
    finally:
        await _guard("ENABLE")


async def _guard(what: str) -> None:
    if ON_POSTGRES:
        for table in TRAILS:
            await get_connection("default").execute_script(f"ALTER TABLE {table} {what} TRIGGER USER")
