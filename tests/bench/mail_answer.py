"""How soon after a letter reached the mailbox its answer is at the mail server; how soon those that waited are done."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from tests.bench.figures import Figure, Size, percentile
from tests.bench.firm import settings_tree
from tests.bench.processes import aside, folder
from tests.bench.product import product
from tests.servers import Dovecot, SmtpSink, dovecot_server, smtp_server

ANSWERED_WITHIN = 2000  # milliseconds
DRAINED_WITHIN = 120  # seconds
AUTHSERV_ID = "mx.firm.example"
ADMIN = "boss@firm.example"


def measure(size: Size) -> Iterator[Figure]:
    with folder() as place, dovecot_server() as mailbox:
        for n in range(size.waiting):
            mailbox.deliver(_letter(n), sender=ADMIN)
        drained, *waits = asyncio.run(_until_answered(place, mailbox, size))
    yield Figure("letter delivered until its answer has left, p95", percentile(waits, 95), "ms", most=ANSWERED_WITHIN)
    yield Figure(f"start until {size.waiting} waiting letters are answered", drained / 1000, "s", most=DRAINED_WITHIN)


async def _until_answered(place: Path, mailbox: Dovecot, size: Size) -> list[float]:
    """Milliseconds: of those that waited, then of each letter more, one after the other (IDLE)."""
    async with smtp_server() as sink:
        tree = settings_tree(place, smtp_port=sink.port)
        tree["mail"] |= {"imap_url": mailbox.url, "authserv_id": AUTHSERV_ID}
        tree["admins"] = (*tree["admins"], ADMIN)
        return await asyncio.to_thread(_each, tree, place, mailbox, sink, size)


def _each(tree: dict[str, Any], place: Path, mailbox: Dovecot, sink: SmtpSink, size: Size) -> list[float]:
    waits, begun = [], time.perf_counter()
    with aside(product, tree, place / "log"):
        for n in range(size.waiting, size.waiting + size.creates + 1):
            while len(sink.to(ADMIN)) < n:
                if time.perf_counter() - begun > 10 * DRAINED_WITHIN:
                    raise AssertionError((place / "log").read_text()[-2000:])
                time.sleep(0.001)
            waits.append((time.perf_counter() - begun) * 1000)
            begun = time.perf_counter()
            mailbox.deliver(_letter(n), sender=ADMIN)
    return waits


def _letter(number: int) -> EmailMessage:
    letter = EmailMessage()
    letter["Authentication-Results"] = f"{AUTHSERV_ID}; dmarc=pass header.from=firm.example"
    letter["From"], letter["To"] = ADMIN, "pay@firm.example"
    letter["Message-ID"] = f"<{number}@mail.firm.example>"
    letter["Subject"] = f"create {number + 1}.00 prompt{number}@acme.example"
    letter.set_content("\n")
    return letter
