"""Slash commands acknowledged a second, and how long the slowest hundredth waits, beside a Bolt app that only acks.

`help` needs no database. `create` commits a real link, its trail and everything owed for it, and the worker delivers
all of that meanwhile from the same process: letter, card, thread.
"""

from __future__ import annotations

import random
import statistics
from collections.abc import Callable, Iterator
from contextlib import ExitStack

from tests.bench.bare import bare_bolt
from tests.bench.beside import mail_server, slack
from tests.bench.figures import Figure, Size
from tests.bench.firm import BOT_TOKEN, SIGNING_SECRET, SLACK, commands, settings_tree
from tests.bench.load import Load, asked
from tests.bench.processes import aside, folder
from tests.bench.product import product

AIM = 0.7


def measure(size: Size) -> Iterator[Figure]:
    with folder() as place, ExitStack() as running:
        api = running.enter_context(aside(slack, *SLACK))
        smtp = running.enter_context(aside(mail_server))
        bare = running.enter_context(aside(bare_bolt, api, BOT_TOKEN, SIGNING_SECRET))
        tree = settings_tree(place, slack_api=api, smtp_port=smtp)
        ours = running.enter_context(aside(product, tree, place / "log"))
        yield from _beside("help", lambda n: "help", b"Type it after", ours, bare, size)
        yield from _beside("create", _a_link, b"Link made", ours, bare, size)


def _a_link(n: int) -> str:
    return f"create {random.randrange(1_000, 900_000) / 100:.2f} client{n}@acme.example for Client {n} invoice {n}"


def _beside(
    word: str, text: Callable[[int], str], expected: bytes, ours: int, bare: int, size: Size
) -> Iterator[Figure]:
    mine, theirs = list[Load](), list[Load]()
    for round_ in range(size.rounds):
        texts = [text(round_ * size.commands + n) for n in range(size.commands)]
        theirs.append(asked(bare, commands(bare, texts), b"", seconds=size.seconds, again=False))
        mine.append(asked(ours, commands(ours, texts), expected, seconds=size.seconds, again=False))
    rates = [statistics.median(load.rate for load in loads) for loads in (mine, theirs)]
    waits = [statistics.median(load.wait(99) for load in loads) for loads in (mine, theirs)]
    yield Figure(f"slash command `{word}`", rates[0], "ack/s", rates[1], "Bolt, only acks", least=AIM)
    yield Figure(f"slash command `{word}`, p99 of 8 at once", waits[0], "ms", waits[1], "Bolt, only acks")
