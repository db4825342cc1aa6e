"""Asking over HTTP as fast as answers come: bytes written beforehand, over connections that are kept."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import cycle, islice

from tests.bench.figures import percentile

HEAD_END = b"\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Load:
    """What came of it. Every answer was right: a wrong one raises."""

    answers: int
    seconds: float
    waits: Sequence[float]  # seconds, one an answer

    @property
    def rate(self) -> float:
        return self.answers / self.seconds

    def wait(self, percent: int) -> float:
        """The milliseconds within which `percent` of the answers were there."""
        return percentile(self.waits, percent) * 1000


def asked(
    port: int,
    requests: Sequence[bytes],
    expected: bytes,
    *,
    seconds: float,
    connections: int = 8,
    again: bool = True,
) -> Load:
    """Ask for so many seconds; each answer must be a 200 that holds `expected`. `again` False: each request once."""
    return asyncio.run(_asked(port, requests, expected, seconds, connections, again=again))


def paced(port: int, requests: Sequence[bytes], expected: bytes, per_second: float) -> Load:
    """Ask at a steady pace, whether or not the answers before have come; each must be a 200 that holds `expected`."""
    return asyncio.run(_paced(port, requests, expected, per_second))


async def _paced(port: int, requests: Sequence[bytes], expected: bytes, per_second: float) -> Load:
    idle: list[_Line] = []
    waits: list[float] = []
    begun = time.perf_counter()

    async def ask(number: int, request: bytes) -> None:
        due = begun + number / per_second
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        line = idle.pop() if idle else await _Line.open(port)
        _check(await line.ask(request), expected)
        waits.append(time.perf_counter() - due)
        idle.append(line)

    async with asyncio.TaskGroup() as group:
        for number, request in enumerate(requests):
            group.create_task(ask(number, request))
    for line in idle:
        line.close()
    return Load(len(waits), time.perf_counter() - begun, waits)


async def _asked(
    port: int, requests: Sequence[bytes], expected: bytes, seconds: float, connections: int, *, again: bool
) -> Load:
    waiting = cycle(requests) if again else iter(requests)
    lines = [await _Line.open(port) for _ in range(connections)]
    for line, request in zip(lines, islice(waiting, connections), strict=False):  # warm-up, not counted
        _check(await line.ask(request), expected)
    waits: list[float] = []
    begun = time.perf_counter()

    async def keep_asking(line: _Line) -> None:
        for request in waiting:
            sent = time.perf_counter()
            answer = await line.ask(request)
            now = time.perf_counter()
            _check(answer, expected)
            waits.append(now - sent)
            if now - begun >= seconds:
                return

    async with asyncio.TaskGroup() as group:
        for line in lines:
            group.create_task(keep_asking(line))
    taken = time.perf_counter() - begun
    for line in lines:
        line.close()
    return Load(len(waits), taken, waits)


def _check(answer: bytes, expected: bytes) -> None:
    if not answer.startswith(b"HTTP/1.1 200 ") or expected not in answer:
        raise AssertionError(f"not the expected answer: {answer[:2000]!r}")


class _Line(asyncio.Protocol):
    """One connection. Lighter than any client library, so that the server is what is measured."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._come = b""
        self._awaited: asyncio.Future[bytes] | None = None

    @classmethod
    async def open(cls, port: int) -> _Line:
        _, line = await asyncio.get_running_loop().create_connection(cls, "127.0.0.1", port)
        return line

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def ask(self, request: bytes) -> asyncio.Future[bytes]:
        assert self._transport is not None
        self._awaited = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return self._awaited

    def data_received(self, data: bytes) -> None:
        self._come += data
        head = self._come.find(HEAD_END)
        if head < 0 or self._awaited is None:
            return
        if len(self._come) - head - len(HEAD_END) >= _length(self._come[:head]):
            answer, self._come = self._come, b""
            self._awaited.set_result(answer)

    def connection_lost(self, error: Exception | None) -> None:
        if self._awaited is not None and not self._awaited.done():
            self._awaited.set_exception(error or ConnectionError("the server hung up"))

    def close(self) -> None:
        assert self._transport is not None
        self._transport.abort()


def _length(head: bytes) -> int:
    """The Content-Length of an answer; all of ours and the bare ones have one."""
    lower = head.lower()
    start = lower.index(b"\r\ncontent-length:") + len(b"\r\ncontent-length:")
    end = lower.find(b"\r\n", start)
    return int(lower[start : end if end > 0 else None])
