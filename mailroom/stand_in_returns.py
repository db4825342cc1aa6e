"""What comes back to the local provider: delivery reports and an absent person's answer, by the address's name.

The reports have the form of RFC 3464, as Postfix writes them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from mailroom.heads import read_head


@dataclass(frozen=True, slots=True)
class _Fate:
    """What becomes of a letter to an address."""

    subject: str
    action: str  # of RFC 3464; blank: its owner is away
    status: str
    said: str  # by the server, or by who is away
    arrives: bool = False


_FATES = {
    "bounce": _Fate(
        "Undelivered Mail Returned to Sender", "failed", "5.1.1", "550 5.1.1 <{to}>: Recipient address rejected"
    ),
    "full": _Fate("Undelivered Mail Returned to Sender", "failed", "5.2.2", "552 5.2.2 <{to}>: Mailbox full"),
    "late": _Fate("Delayed Mail (still being retried)", "delayed", "4.4.1", "connection timed out", arrives=True),
    "away": _Fate("Automatic reply: {subject}", "", "", "I am away until Monday.", arrives=True),
}
_REPORT = """\
From: Mail Delivery System <MAILER-DAEMON@{domain}>
To: {to}
Subject: {subject}
Date: {date}
Message-ID: <returned-{number}@{domain}>
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="=_returned"

--=_returned
Content-Type: text/plain

This is the mail system at host mx.{domain}.

<{address}>: {said}
--=_returned
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.{domain}

Final-Recipient: rfc822; {address}
Action: {action}
Status: {status}
Diagnostic-Code: smtp; {said}
--=_returned
Content-Type: text/rfc822-headers

HEAD
--=_returned--
"""


def arrives(address: str) -> bool:
    """Whether a letter to it reaches a mailbox."""
    fate = _fate(address)
    return fate is None or fate.arrives


def sent_back(raw: bytes, sender: str, address: str, now: datetime) -> bytes | None:
    """The letter that comes back to the envelope's sender for one to that address; None: none does.

    Raises LetterUnreadable: it has no header that can be read.
    """
    fate = _fate(address)
    if fate is None or not sender:  # nobody answers a report
        return None
    return _report(fate, raw, sender, address, now) if fate.action else _answer(fate, raw, sender, address, now)


def _report(fate: _Fate, raw: bytes, sender: str, address: str, now: datetime) -> bytes:
    domain = address.rpartition("@")[2]
    values = {"to": sender, "address": address, "domain": domain, "date": format_datetime(now), "subject": fate.subject}
    values |= {"action": fate.action, "status": fate.status, "said": fate.said.replace("{to}", address)}
    report = _REPORT.format(**values, number=f"{now.timestamp():.6f}").replace("\n", "\r\n").encode()
    head = raw.replace(b"\r\n", b"\n").partition(b"\n\n")[0].replace(b"\n", b"\r\n")
    return report.replace(b"HEAD", head)


def _answer(fate: _Fate, raw: bytes, sender: str, address: str, now: datetime) -> bytes:
    head = read_head(raw)
    answer = EmailMessage(policy=SMTP)
    answer["From"] = address
    answer["To"] = sender
    answer["Subject"] = fate.subject.replace("{subject}", head.subject)
    answer["Date"] = format_datetime(now)
    answer["Auto-Submitted"] = "auto-replied"
    if head.message_id:
        answer["In-Reply-To"] = f"<{head.message_id}>"
    answer.set_content(f"{fate.said}\n")
    return answer.as_bytes()


def _fate(address: str) -> _Fate | None:
    return _FATES.get(address.lower().partition("@")[0].partition("+")[0])
