"""Telling the admins how the mailbox fares: each thing once, by whichever process is first."""

from __future__ import annotations

from datetime import datetime

from tortoise.transactions import in_transaction

from handlers.kept_facts import forget_mail_down, remember_mail_down
from handlers.payments.human_check import first_time
from handlers.people.messages import owe_admins
from handlers.ports import Ports


async def tell_down(since: datetime, why: str, ports: Ports) -> None:
    """It cannot be read, and why; unless that is told already (F20)."""
    async with in_transaction():
        if not await remember_mail_down(since):
            return
        words = (
            f"Paylink's mail intake is down since {_spelled(since)}: {why}. "
            "Letters wait in the mailbox; nothing is lost. Paylink tries again by itself and says when it works."
        )
        await owe_admins(words, ports.clock.now(), ports, about="mail-down")
    ports.wake()


async def tell_up(ports: Ports) -> None:
    """It is read again, where it was told that it is not."""
    now = ports.clock.now()
    async with in_transaction():
        since = await forget_mail_down()
        if since is None:
            return
        words = f"Paylink's mail intake works again. It was down from {_spelled(since)} to {_spelled(now)}."
        await owe_admins(words, now, ports, about="mail-up")
    ports.wake()


async def tell_filing_refused(why: str, ports: Ports) -> None:
    """Letters cannot be moved out of the inbox; told once a day (F24)."""
    now = ports.clock.now()
    async with in_transaction():
        if not await first_time("told", f"filing {now:%Y-%m-%d}", ports):
            return
        words = f"Paylink cannot file letters of its mailbox: {why}. They are handled all the same."
        await owe_admins(words, now, ports, about="filing")
    ports.wake()


def _spelled(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"
