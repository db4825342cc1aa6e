"""A connection in between that can be cut."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field


@dataclass(slots=True)
class _Line:
    """What still passes of the server's words, and what then becomes of the connections."""

    writers: list[asyncio.StreamWriter] = field(default_factory=list)
    left: int | None = None  # bytes; None: all
    silently: bool = False
    mute: bool = False  # what comes is swallowed

    def sever(self) -> None:
        self.left = None
        if self.silently:
            self.mute = True
            return
        for writer in self.writers:
            writer.transport.abort()
        self.writers.clear()

    async def pass_on(self, data: bytes, writer: asyncio.StreamWriter, *, counted: bool) -> None:
        if counted and self.left is not None:
            data, self.left = data[: self.left], self.left - len(data[: self.left])
        if not self.mute:
            writer.write(data)
            await writer.drain()
        if counted and self.left == 0:
            self.sever()


@contextlib.asynccontextmanager
async def relay(port: int) -> AsyncIterator[tuple[int, Callable[..., None]]]:
    """Passes on what comes to a port of its own; gives that port and `cut`, which drops all, or swallows all after.

    `cut(after=1000)`: once the server has said so many bytes more.
    """
    line = _Line()

    async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, counted: bool) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(65536):
                await line.pass_on(data, writer, counted=counted)
        writer.close()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there_reader, there_writer = await asyncio.open_connection("127.0.0.1", port)
        line.writers.extend([writer, there_writer])
        await asyncio.gather(pump(reader, there_writer, counted=False), pump(there_reader, writer, counted=True))

    def cut(*, silently: bool = False, after: int = 0) -> None:
        line.silently, line.left = silently, after or None
        if not after:
            line.sever()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1], cut
    finally:
        server.close()
        cut()
        await server.wait_closed()


@contextlib.asynccontextmanager
async def gate(port: int) -> AsyncIterator[tuple[int, asyncio.Event]]:
    """Passes on what comes to a port of its own while the event is set; what comes meanwhile waits and is not lost."""
    open_ = asyncio.Event()
    open_.set()
    tasks: set[asyncio.Task[None]] = set()

    async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(65536):
                await open_.wait()
                writer.write(data)
                await writer.drain()
        writer.close()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        there_reader, there_writer = await asyncio.open_connection("127.0.0.1", port)
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.gather(pump(reader, there_writer), pump(there_reader, writer))
        tasks.discard(task)

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1], open_
    finally:
        server.close()
        for task in tasks:
            task.cancel()
