"""How long Slack waits for its acknowledgement at 20 commands a second: with 100,000 links, with a slow database.

The commands come at that pace whether or not the ones before are answered. The database is held up by another program
that has SQLite's write lock for five seconds: every `create` in them waits. Beside it a Bolt app that only acks.
"""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from tests.bench.bare import bare_bolt
from tests.bench.beside import slack
from tests.bench.figures import Figure, Size
from tests.bench.firm import BOT_TOKEN, SIGNING_SECRET, SLACK, commands, settings_tree
from tests.bench.load import Load, asked, paced
from tests.bench.long_list import filled
from tests.bench.processes import aside, folder
from tests.bench.product import product

AIM = 1000  # ms, of Slack's three seconds
A_SECOND = 20
_MIX = (
    "list outstanding",
    "create {}.00 client{}@acme.example for Client {}",
    "list for Doe",
    "show PL-000001",
    "help",
)


def measure(size: Size) -> Iterator[Figure]:
    with folder() as place, ExitStack() as running:
        api = running.enter_context(aside(slack, *SLACK))
        bare = running.enter_context(aside(bare_bolt, api, BOT_TOKEN, SIGNING_SECRET))
        tree = settings_tree(place, slack_api=api)
        asyncio.run(filled(tree["database_url"], size.many))
        ours = running.enter_context(aside(product, tree, place / "log"))
        answers_to = api.replace("/api/", "/response/none")
        asked(ours, commands(ours, ["help"] * 8, answers_to), b"", seconds=1, again=False)  # who is there is known now
        count = round(A_SECOND * size.held)
        mixed = [_MIX[n % len(_MIX)].format(10 + n, n, n) for n in range(count)]
        creates = [f"create {10 + n}.00 slow{n}@acme.example for Client {n}" for n in range(count)]
        beside = paced(bare, commands(bare, mixed), b"", A_SECOND)
        usual = paced(ours, commands(ours, mixed, answers_to), b"", A_SECOND)
        yield _figure(f"{size.many:,} links", usual, most=AIM)
        with _held_up(tree["database_url"].removeprefix("sqlite://"), size.held):
            late = paced(ours, commands(ours, creates, answers_to), b"", A_SECOND)
        yield _figure(f"a database that takes {size.held:g} s", late, most=AIM)
        yield _figure("Bolt, only acks", beside)


def _figure(what: str, load: Load, most: float | None = None) -> Figure:
    return Figure(f"ack at {A_SECOND} commands a second, p99: {what}", load.wait(99), "ms", most=most)


@contextmanager
def _held_up(file: str, seconds: float) -> Iterator[None]:
    """Nobody else writes for so long."""
    held = threading.Event()

    def hold() -> None:
        with sqlite3.connect(file, isolation_level=None, timeout=30) as connection:
            connection.execute("BEGIN IMMEDIATE")
            held.set()
            threading.Event().wait(seconds)
            connection.execute("ROLLBACK")
        connection.close()

    holder = threading.Thread(target=hold)
    holder.start()
    held.wait()
    try:
        yield
    finally:
        holder.join()
