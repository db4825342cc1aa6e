"""An Excel file of every link there is, made in a process of its own: how long it takes and what memory it needs."""

from __future__ import annotations

import asyncio
import resource
import time
from collections.abc import Iterator
from pathlib import Path

from bot.clock import SystemClock
from handlers.links.list_links import found_by
from handlers.links.write_export import write_export
from handlers.people.sight import Sight
from handlers.requests import ListLinks
from models import database
from tests.bench.figures import Figure, Size
from tests.bench.long_list import filled
from tests.bench.processes import Ready, aside, folder
from tests.cast import FIRM, ports_of

SECONDS, MEMORY = 30, 200  # at most; MiB


def measure(size: Size) -> Iterator[Figure]:
    with folder() as place:
        url = f"sqlite://{place / 'paylink.db'}"
        asyncio.run(filled(url, size.many))
        with aside(_exported, url, within=300) as (seconds, mebibytes):
            yield Figure(f"Excel file of {size.many:,} links", seconds, "s", most=SECONDS)
            yield Figure(f"Excel file of {size.many:,} links, memory of the process", mebibytes, "MiB", most=MEMORY)


async def _exported(ready: Ready, url: str) -> None:
    async with database.opened(url):
        asked, ports = ListLinks(), ports_of(SystemClock())
        begun = time.perf_counter()
        await write_export(asked, found_by(asked, Sight(everything=True), FIRM), ports)
        taken = time.perf_counter() - begun
    ready((taken, _most_memory()))


def _most_memory() -> float:
    """The most that this process had, in MiB. What getrusage says began with what its parent had."""
    status = Path("/proc/self/status")
    if status.exists():
        [line] = [line for line in status.read_text().splitlines() if line.startswith("VmHWM")]
        return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
