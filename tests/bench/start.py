"""How soon the product is ready, and how soon after a command its letter is at the mail server."""

from __future__ import annotations

import asyncio
import os
import socket
import statistics
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.bench.beside import slack
from tests.bench.figures import Figure, Size, percentile
from tests.bench.firm import SLACK, commands, links_made, settings_tree
from tests.bench.processes import aside, folder
from tests.bench.product import product
from tests.servers import SmtpSink, smtp_server

READY_WITHIN = 5.0  # seconds
DONE_WITHIN = 1000  # milliseconds


def measure(size: Size) -> Iterator[Figure]:
    with aside(slack, *SLACK) as api, folder() as place:
        tree = settings_tree(place, slack_api=api)
        asyncio.run(links_made(tree, size.links))
        starts = [_start(tree, place) for _ in range(size.starts)]
        yield Figure("`paylink run` until /readyz", statistics.median(starts), "s", most=READY_WITHIN)
        waits = asyncio.run(_until_mailed(api, place, size.creates))
    yield Figure("command sent until its letter has arrived, p95", percentile(waits, 95), "ms", most=DONE_WITHIN)


def _start(tree: dict[str, Any], place: Path) -> float:
    """Seconds from the start of the process."""
    begun = time.perf_counter()
    with (place / "log").open("ab") as log:
        process = subprocess.Popen([sys.executable, "-m", "bot", "run"], env=_environment(tree), stdout=log, stderr=log)
    try:
        while not _ready(tree["port"]):
            if process.poll() is not None or time.perf_counter() - begun > 60:
                raise AssertionError((place / "log").read_text()[-2000:])
            time.sleep(0.005)
        return time.perf_counter() - begun
    finally:
        process.terminate()
        process.wait(20)


def _ready(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz") as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, ConnectionError):
        return False


def _environment(tree: dict[str, Any]) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PAYLINK_")}
    return kept | dict(_named("PAYLINK_", tree))


def _named(prefix: str, tree: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for name, value in tree.items():
        if isinstance(value, dict):
            yield from _named(f"{prefix}{name.upper()}__", value)
        else:
            yield f"{prefix}{name.upper()}", ",".join(value) if isinstance(value, tuple) else str(value)


async def _until_mailed(api: str, place: Path, count: int) -> list[float]:
    """Milliseconds from sending a command to its letter's arrival, one command after the other."""
    async with smtp_server() as sink:
        tree = settings_tree(place, slack_api=api, smtp_port=sink.port)
        return await asyncio.to_thread(_each, tree, place, sink, count)


def _each(tree: dict[str, Any], place: Path, sink: SmtpSink, count: int) -> list[float]:
    waits = []
    with aside(product, tree, place / "log") as port:
        for n in range(count):
            [command] = commands(port, [f"create {n + 1}.00 prompt{n}@acme.example"])
            begun = time.perf_counter()
            with socket.create_connection(("127.0.0.1", port)) as line:
                line.sendall(command)
                assert line.recv(65536).startswith(b"HTTP/1.1 200 ")
            while not sink.to(f"prompt{n}@acme.example"):
                time.sleep(0.001)
            waits.append((time.perf_counter() - begun) * 1000)
    return waits
