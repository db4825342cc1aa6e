"""A connection in between that can be cut."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable


@contextlib.asynccontextmanager
async def relay(port: int) -> AsyncIterator[tuple[int, Callable[..., None]]]:
    """Passes on what comes to a port of its own; gives that port and `cut`, which drops all, or swallows all after."""
    writers: list[asyncio.StreamWriter] = []
    mute = asyncio.Event()

    async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(65536):
                if not mute.is_set():
                    writer.write(data)
                    await writer.drain()
        writer.close()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there_reader, there_writer = await asyncio.open_connection("127.0.0.1", port)
        writers.extend([writer, there_writer])
        await asyncio.gather(pump(reader, there_writer), pump(there_reader, writer))

    def cut(*, silently: bool = False) -> None:
        if silently:
            mute.set()
            return
        for writer in writers:
            writer.transport.abort()
        writers.clear()

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
