"""What staff wait for when they type `list`, with few links and with many: `/paylink list` answered over HTTP."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.slack.stand_in.people import NOOR, PAYMENTS
from models import database
from models.link_states import LinkState
from models.reference import new_token
from models.tables import PaymentLink, Recipient
from tests.bench.beside import slack
from tests.bench.figures import Figure, Size, percentile
from tests.bench.firm import SLACK, commands, settings_tree
from tests.bench.load import asked
from tests.bench.processes import aside, folder
from tests.bench.product import product

AIM = 2  # times as long
COMMANDS = {
    "`list`": "list",
    "`list outstanding`": "list outstanding",
    "`list received page 3`": "list received page 3",
    "`list for NAME` (reads every row)": "list for Doe",
    "`list`, the last page": "list page 1000000",
    "`list sort client`, the last page": "list all sort client page 1000000",
    "`list email ADDRESS`": "list email client77",
}
WITHIN = 1000  # ms: any page, however many links there are
_SAME = ("list", "list outstanding", "list received page 3")  # take no longer with many than with few
_STATES = (LinkState.PAID,) * 6 + (LinkState.OPEN,) * 2 + (LinkState.CANCELLED, LinkState.EXPIRED)


def measure(size: Size) -> Iterator[Figure]:
    with ExitStack() as running:
        api = running.enter_context(aside(slack, *SLACK))
        short, long = (_listing(running, api, count) for count in (size.few, size.many))
        for name, text in COMMANDS.items():
            waits: dict[int, list[float]] = {short: [], long: []}
            for _ in range(size.rounds):
                for port, found in waits.items():
                    requests = commands(port, [text] * (size.lists // size.rounds))
                    found += asked(port, requests, b"links", seconds=60, connections=1, again=False).waits
            few, many = (percentile(found, 95) * 1000 for found in waits.values())
            if text in _SAME:
                yield Figure(f"{name}, p95 of {size.many:,} links", many, "ms", few, f"{size.few:,} links", most=AIM)
            else:
                yield Figure(f"{name}, p95 of {size.many:,} links", many, "ms", most=WITHIN)


def _listing(running: ExitStack, api: str, count: int) -> int:
    place = running.enter_context(folder())
    tree = settings_tree(place, slack_api=api)
    asyncio.run(filled(tree["database_url"], count))
    return int(running.enter_context(aside(product, tree, place / "log")))


async def filled(url: str, count: int) -> None:
    """Links of a firm's years: most of them paid."""
    dice, now = random.Random(count), datetime.now(UTC)
    async with database.opened(url):
        await PaymentLink.bulk_create([_link(n, count, dice, now) for n in range(1, count + 1)], batch_size=500)
        await Recipient.bulk_create(
            [Recipient(link_id=n, address=f"client{n}@acme.example", delivery="sent") for n in range(1, count + 1)],
            batch_size=500,
        )


def _link(n: int, count: int, dice: random.Random, now: datetime) -> Any:
    state = dice.choice(_STATES)
    amount = dice.randrange(1_000, 900_000)
    return PaymentLink(
        reference=f"PL-{n:06}",
        token=new_token(),
        account="operating",
        amount_minor=amount,
        currency="EUR" if n % 20 == 0 else "USD",
        payer_name=f"{'Jane Doe' if n % 50 == 0 else 'Client'} {n}",
        invoice_number=f"{n:06}",
        state=state,
        paid_minor=amount if state is LinkState.PAID else 0,
        created_at=now - timedelta(minutes=count - n),
        created_by=NOOR,
        creator_name="Noor Haddad",
        door="slack",
        channel=PAYMENTS,
    )
