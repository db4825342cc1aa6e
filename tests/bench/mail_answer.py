"""How soon after a letter reached the mailbox its answer is at the mail server; the mailbox tells of it (IDLE)."""

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
ADMIN = "boss@firm.example"


def measure(size: Size) -> Iterator[Figure]:
    with folder() as place, dovecot_server() as mailbox:
        waits = asyncio.run(_until_answered(place, mailbox, size.creates))
    yield Figure("letter delivered until its answer has left, p95", percentile(waits, 95), "ms", most=ANSWERED_WITHIN)


async def _until_answered(place: Path, mailbox: Dovecot, count: int) -> list[float]:
    """Milliseconds, one letter after the other."""
    async with smtp_server() as sink:
        tree = settings_tree(place, smtp_port=sink.port)
        tree["mail"]["imap_url"] = mailbox.url
        tree["admins"] = (*tree["admins"], ADMIN)
        return await asyncio.to_thread(_each, tree, place, mailbox, sink, count)


def _each(tree: dict[str, Any], place: Path, mailbox: Dovecot, sink: SmtpSink, count: int) -> list[float]:
    waits = []
    with aside(product, tree, place / "log"):
        for n in range(count + 1):
            begun = time.perf_counter()
            mailbox.deliver(_letter(n, tree["mail"]["authserv_id"]), sender=ADMIN)
            while len(sink.to(ADMIN)) <= n:
                if time.perf_counter() - begun > 60:
                    raise AssertionError((place / "log").read_text()[-2000:])
                time.sleep(0.001)
            waits.append((time.perf_counter() - begun) * 1000)
    return waits[1:]  # the first one waits for the intake's first look, not for IDLE


def _letter(number: int, authserv_id: str) -> EmailMessage:
    letter = EmailMessage()
    letter["Authentication-Results"] = f"{authserv_id}; dmarc=pass header.from=firm.example"
    letter["From"], letter["To"] = ADMIN, "pay@firm.example"
    letter["Message-ID"] = f"<{number}@mail.firm.example>"
    letter["Subject"] = f"create {number + 1}.00 prompt{number}@acme.example"
    letter.set_content("\n")
    return letter
