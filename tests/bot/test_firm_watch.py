"""What an admin changes at one replica holds at the others without a restart."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest

from bot import firm_watch
from bot.firm_watch import EVERY, FirmWatch
from handlers.desk import Desk
from handlers.firm import FirmBook
from handlers.ports import LastWord
from models.errors import DatabaseTrouble
from tests.cast import FIRM, NOOR, Surroundings
from tests.fake_cards import FakeCards
from tests.waiting import eventually


async def test_another_replica_has_the_change_at_its_next_look_and_a_stop_ends_it(database: str) -> None:
    """(F9)"""
    cards = FakeCards()
    cards.words["trust"] = LastWord(datetime(2026, 11, 23, 9, tzinfo=UTC), "the key was refused")
    replica = Surroundings(cards=cards)
    watch = FirmWatch(replica.ports, every=0.01)
    running = asyncio.create_task(watch.run())
    here = Surroundings(cards=FakeCards())
    await Desk(here.ports).hear(NOOR.in_slack(), "settings link days 7")

    async def changed() -> bool:
        return replica.ports.firm.link_days == 7

    async def told() -> bool:
        return "the key was refused" in str(await Desk(here.ports).hear(NOOR.in_slack(), "accounts"))

    await eventually(changed, "the replica to have the change", 10)
    await eventually(told, "what Stripe said to the replica to be known here", 10)
    watch.stop()
    async with asyncio.timeout(10):
        await running
    assert EVERY <= 60  # a change holds within a minute


async def test_while_the_database_is_away_the_last_firm_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    """(F33)"""
    looks: list[FirmBook] = []

    async def away(book: FirmBook) -> Any:
        looks.append(book)
        raise DatabaseTrouble

    monkeypatch.setattr(firm_watch, "refresh", away)
    ports = Surroundings().ports
    book = ports.book
    watch = FirmWatch(ports, every=0.001)
    running = asyncio.create_task(watch.run())

    async def looked() -> bool:
        return len(looks) > 2

    await eventually(looked, "three looks", 10)
    watch.stop()
    async with asyncio.timeout(10):
        await running
    assert book.firm is FIRM
