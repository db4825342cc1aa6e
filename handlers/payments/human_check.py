"""What the check that a person pays keeps: answers that were used, and that the admins know of its trouble."""

from __future__ import annotations

from tortoise.transactions import in_transaction

from handlers.people.messages import owe_admins
from handlers.ports import Ports
from models.database import retried
from models.statements import insert_once
from models.tables import InboundEvent


async def use_answer(name: str, ports: Ports) -> bool:
    """Note that an answer was used. False: it was used before, here or by another process."""
    return await retried(lambda: first_time("captcha", name, ports))


async def tell_check_is_down(why: str, ports: Ports) -> None:
    """Tell the admins, once an hour, that nobody can pay because the check cannot be made."""
    now = ports.clock.now()
    words = f"Nobody can pay at the moment: the check that payers are people (captcha) does not work: {why}"
    async with in_transaction():
        if await first_time("told", f"captcha {now:%Y-%m-%d %H}", ports):
            await owe_admins(words, now, ports, about="captcha")
    ports.wake()


async def first_time(source: str, name: str, ports: Ports) -> bool:
    """Note a thing that happens once; part of the caller's transaction. False: it was noted before."""
    event = {"source": source, "external_id": name, "received_at": ports.clock.now()}
    return await insert_once(InboundEvent, event, unique="source, external_id")
