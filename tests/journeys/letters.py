"""Letters that staff write in the journeys, and what is read out of those that come back."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from email.message import EmailMessage
from email.utils import make_msgid

from tests.journeys.house import INTAKE, NOOR_EMAIL

COLUMNS = "invoice number,invoice date,due date,recipient name,amount,email address,custom message".split(",")


def invoices(count: int, first: int = 1) -> list[list[str]]:
    """Rows of a file: each invoice, client, address and amount is another."""
    return [
        [f"INV-{n}", "2026-11-01", "2036-12-15", f"Client {n}", f"{100 + n}.50", f"client{n}@acme.example", ""]
        for n in range(first, first + count)
    ]


def csv_of(rows: Sequence[Sequence[str]]) -> bytes:
    page = io.StringIO()
    csv.writer(page).writerows([COLUMNS, *rows])
    return page.getvalue().encode()


def letter(subject: str, text: str = "", file: bytes | None = None, to: EmailMessage | None = None) -> EmailMessage:
    """From Noor to the intake; `to` is the letter it replies to."""
    written = EmailMessage()
    written["From"], written["To"], written["Subject"] = f"Noor Haddad <{NOOR_EMAIL}>", INTAKE, subject
    written["Message-ID"] = make_msgid(domain="firm.example")
    if to is not None:
        written["In-Reply-To"] = to["Message-ID"]
        written["References"] = f"{to['References'] or ''} {to['Message-ID']}".strip()
    written.set_content(text or "\n")
    if file is not None:
        written.add_attachment(file, maintype="text", subtype="csv", filename="invoices.csv")
    return written


def text_of(message: EmailMessage) -> str:
    part = message.get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def link_in(text: str) -> str:
    found = re.search(r"http://127\.0\.0\.1:\d+/p/[A-Za-z0-9_-]+", text)
    assert found, text
    return found[0]


def reference_in(text: str) -> str:
    found = re.search(r"PL-[0-9A-Z]{6}", text)
    assert found, text
    return found[0]
