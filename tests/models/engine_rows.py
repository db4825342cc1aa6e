"""Rows to try the engines with."""

from __future__ import annotations

import asyncio

from tortoise.transactions import in_transaction

from models.tables import MerchantAccount


async def account(key: str, name: str = "Operating") -> MerchantAccount:
    return await MerchantAccount.create(key=key, name=name, currency="USD")


async def rename(key: str, name: str) -> int:
    return await MerchantAccount.filter(key=key).update(name=name)


async def still_works() -> None:
    """The database takes a transaction and a plain statement, soon, and no connection is lost."""
    async with asyncio.timeout(10):
        for _ in range(15):  # more than the pool has
            async with in_transaction():
                await rename("operating", "still here")
        await asyncio.gather(*(MerchantAccount.get(key="operating") for _ in range(15)))
    assert (await MerchantAccount.get(key="operating")).name == "still here"
