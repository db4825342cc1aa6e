"""Taking turns: what is looked up and then written by one transaction at a time, however many replicas there are."""

from __future__ import annotations

from tortoise.connection import get_connection

BILLING = 7_295_466  # which invoices are billed; models.database holds the number before it
MAILED = 7_295_467  # how many links somebody had made by mail today
HELPING = 7_295_468  # how many help and error answers somebody had today


async def take_turn(turn: int) -> None:
    """Wait until no other transaction has this turn; the current one gives it back when it ends.

    What the others wrote is seen by every statement after this one. SQLite lets one transaction write at a time anyway.
    """
    connection = get_connection("default")
    if connection.capabilities.dialect == "postgres":
        await connection.execute_query("SELECT pg_advisory_xact_lock($1)", [turn])
