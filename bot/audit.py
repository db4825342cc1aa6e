"""`paylink verify-audit`: whether the audit trail is whole."""

from __future__ import annotations

import click

from handlers.firm_trail import verify_firm_trail
from handlers.links.verify_trail import verify_trails
from models import database
from models.plain_text import counted


async def verify(url: str) -> int:
    """Print what was read and every fault; 1 where there is one."""
    async with database.opened(url, reading=True):  # beside a running process
        of_links, faults = await verify_trails()
        of_firm, firm_faults = await verify_firm_trail()
    for fault in (*faults, *firm_faults):
        click.echo(fault)
    told = [f"{counted(len(faults), 'link')} not whole"] if faults else []
    told += ["the firm's own trail is not whole"] if firm_faults else []
    click.echo(f"{of_links + of_firm} events read: {' and '.join(told) or 'the trail is whole'}.")
    return 1 if told else 0
