"""Letters as staff and others write them, as raw bytes."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from email.message import EmailMessage
from email.policy import SMTP

from tests.cast import FIRM, SAM

AUTHSERV = "mx.harborfinch.example"
INTAKE = FIRM.intake_address
PASS = f"{AUTHSERV}; dmarc=pass header.from=harborfinch.example"

_numbers = itertools.count(1)

File = tuple[str, str, bytes]  # filename, content type, content


def staff_letter(
    subject: str = "",
    text: str = "",
    *,
    sender: str = SAM.email,
    verdict: str = PASS,
    to: str = INTAKE,
    message_id: str = "",
    html: str = "",
    files: Sequence[File] = (),
    headers: Mapping[str, str] | None = None,
) -> bytes:
    """A letter as our mail provider delivers it: its verdict on top."""
    letter = EmailMessage(policy=SMTP)
    letter["From"] = sender
    letter["To"] = to
    letter["Subject"] = subject
    letter["Message-ID"] = f"<{message_id or f'test-{next(_numbers)}@mail.example'}>"
    letter["Date"] = "Mon, 23 Nov 2026 10:00:00 -0500"
    for name, value in (headers or {}).items():
        letter[name] = value
    if text or not html:
        letter.set_content(text or "\n")
        if html:
            letter.add_alternative(html, subtype="html")
    else:
        letter.set_content(html, subtype="html")
    for filename, content_type, content in files:
        main, _, sub = content_type.partition("/")
        letter.add_attachment(content, maintype=main, subtype=sub, filename=filename)
    stamp = f"Authentication-Results: {verdict}\r\n" if verdict else ""
    return stamp.encode() + letter.as_bytes()


def raw_letter(*lines: str, body: str = "") -> bytes:
    """A letter of exactly these header lines."""
    return "".join(f"{line}\r\n" for line in lines).encode("utf-8", "surrogateescape") + b"\r\n" + body.encode()


CSV = b"""recipient name,amount,email address
Jane Doe,120.00,jane@client.example
Bob Roe,80.50,bob@client.example
"""
LIST: File = ("november.csv", "text/csv", CSV)
