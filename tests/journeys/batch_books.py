"""What the database holds of a confirmed file, asked from outside of the product; and what its clients were mailed."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Sequence
from contextlib import closing
from typing import NamedTuple

import asyncpg

from tests.journeys.letters import link_in, text_of
from tests.servers import Arrived


class Books(NamedTuple):
    """One batch; every field after `state` is a count."""

    state: str
    links: int
    addresses: int  # that a letter is owed to, or was sent to
    rows: int  # that know their link
    waiting: int  # addresses whose letter has not left yet
    owed: int  # letters that the job table owes

    def faults(self, rows: int) -> list[str]:
        """All or nothing (M12): a file of so many rows has no link, or one for each row, each with its letter."""
        whole = rows if self.state == "sent" else 0
        right = Books(self.state, whole, whole, whole, self.waiting, self.waiting)
        return [] if self == right else [f"{self}, not {right}"]


_QUERY = """
WITH newest AS (SELECT id, state FROM batch ORDER BY id DESC LIMIT 1),
  made AS (SELECT id FROM payment_link WHERE batch_id = (SELECT id FROM newest)),
  asked AS (SELECT delivery FROM recipient WHERE link_id IN (SELECT id FROM made))
SELECT state,
  (SELECT count(*) FROM made),
  (SELECT count(*) FROM asked),
  (SELECT count(*) FROM batch_row WHERE batch_id = newest.id AND link_id IN (SELECT id FROM made)),
  (SELECT count(*) FROM asked WHERE delivery = 'queued'),
  (SELECT count(*) FROM job WHERE kind = 'send_letter')
FROM newest
"""


async def read_books(url: str) -> Books:
    """The newest batch. Only reads, so that a database whose process was killed stays as it was left."""
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(f"file:{url.removeprefix('sqlite://')}?mode=ro", uri=True)) as database:
            return Books(*database.execute(_QUERY).fetchone())
    connection = await asyncpg.connect(url)
    try:
        return Books(*await connection.fetchrow(_QUERY))
    finally:
        await connection.close()


def letters_faults(letters: Iterable[Arrived], clients: Sequence[str]) -> list[str]:
    """Each client has one letter of their own (M11, M13): one that came twice is the same, Message-ID and all."""
    links: dict[str, set[str]] = defaultdict(set)
    ids: dict[str, set[str]] = defaultdict(set)
    for letter in letters:
        for address in letter.recipients:
            message = letter.message
            links[address].add(link_in(text_of(message)))
            ids[address].add(str(message["Message-ID"]))
    wrong = [f"{address} has no letter" for address in clients if address not in links]
    wrong += [f"{address} is no client" for address in links.keys() - set(clients)]
    wrong += [f"{address} was mailed {len(found)} links" for address, found in links.items() if len(found) > 1]
    wrong += [f"{address} was mailed {len(found)} letters" for address, found in ids.items() if len(found) > 1]
    if len(set.union(set(), *links.values())) < len(links):
        wrong.append("clients share a link")
    return wrong
