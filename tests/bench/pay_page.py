"""Payers' pages a second, beside aiohttp answering the very same page."""

from __future__ import annotations

import asyncio
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass

from tests.bench.bare import bare_page
from tests.bench.figures import Figure, Size, in_turns
from tests.bench.firm import links_made, look, settings_tree
from tests.bench.load import asked
from tests.bench.processes import aside, folder
from tests.bench.product import product

AIM = 0.5


@dataclass(slots=True)
class _Pages:
    """The product with open links, and a bare server with the page of one of them."""

    ours: int
    bare: int
    tokens: list[str]

    def rate(self, port: int, size: Size) -> float:
        requests = [look(port, token) for token in self.tokens]
        return asked(port, requests, b"</html>", seconds=size.seconds).rate


def measure(size: Size) -> Iterator[Figure]:
    with folder() as place:
        tree = settings_tree(place)
        tokens = asyncio.run(links_made(tree, size.links))
        with aside(product, tree, place / "log") as ours:
            with urllib.request.urlopen(f"http://127.0.0.1:{ours}/p/{tokens[0]}") as answer:
                page = answer.read()
            with aside(bare_page, page) as bare:
                pages = _Pages(ours, bare, tokens)
                rates = in_turns(lambda: pages.rate(ours, size), lambda: pages.rate(bare, size), size.rounds)
    yield Figure("pay page", rates[0], "GET/s", rates[1], "aiohttp, the same page", least=AIM)
