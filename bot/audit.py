"""`paylink verify-audit`: whether the audit trail is whole."""

from __future__ import annotations

import click

from handlers.links.verify_trail import verify_trails
from models import database


async def verify(url: str) -> int:
    """Print what was read and every fault; 1 where there is one."""
    async with database.opened(url, reading=True):  # beside a running process
        read, faults = await verify_trails()
    for fault in faults:
        click.echo(fault)
    click.echo(
        f"{read} events read: " + ("the trail is whole." if not faults else f"{len(faults)} links are not whole.")
    )
    return 1 if faults else 0
