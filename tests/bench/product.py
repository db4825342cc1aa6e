"""All of `paylink run` in one process."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from bot import logs
from bot.known_secrets import known_secrets
from bot.serving import serve, told_to_stop
from bot.settings import Settings
from bot.wiring import assembled
from paypage.pace import Limits
from tests.bench.processes import Ready

_ANY_PACE = Limits(looks=10**9, tries=10**9, tries_a_link=10**9)  # one address asks for everything


async def product(ready: Ready, tree: dict[str, Any], log: Path) -> None:
    """Logs to a file. Only the limits for one address are raised; gives its port."""
    os.dup2(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND), 2)
    settings = Settings.of(tree)
    logs.set_up(known_secrets(settings))
    async with assembled(settings, limits=_ANY_PACE) as whole:
        await serve(whole, told_to_stop(), lambda: ready(settings.port))
