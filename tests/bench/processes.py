"""Servers in processes of their own."""

from __future__ import annotations

import asyncio
import multiprocessing
import signal
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

Ready = Callable[[Any], None]
Server = Callable[..., Awaitable[None]]

_SPAWN = multiprocessing.get_context("spawn")


@contextmanager
def aside(server: Server, *arguments: Any, within: float = 60) -> Iterator[Any]:
    """Run a server in a process of its own, which imports the server's module and no more.

    Gives what it is reached by, once it can be. Raises TimeoutError.
    """
    here, there = _SPAWN.Pipe()
    process = _SPAWN.Process(target=_run, args=(server, there, arguments), daemon=True)
    process.start()
    there.close()
    try:
        if not here.poll(within):
            raise TimeoutError(f"{server.__name__} did not start within {within} s")
        yield here.recv()
    finally:
        process.terminate()
        process.join(15)
        if process.is_alive():
            process.kill()
            process.join()
        here.close()


def _run(server: Server, there: Connection, arguments: tuple[Any, ...]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that began this one
    asyncio.run(_serving(server, there, arguments))


async def _serving(server: Server, there: Connection, arguments: tuple[Any, ...]) -> None:
    await server(there.send, *arguments)


@contextmanager
def folder() -> Iterator[Path]:
    """A folder for one figure's database and logs."""
    with tempfile.TemporaryDirectory(prefix="paylink-bench-") as name:
        yield Path(name)
