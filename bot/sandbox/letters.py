"""Letters for the page: those that arrived, read for the eye, and those that staff write, put together."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP, default
from email.utils import format_datetime, make_msgid, parsedate_to_datetime
from functools import lru_cache
from typing import Any, Protocol, TypeVar, cast

Json = dict[str, Any]
T = TypeVar("T")
_LINK = re.compile(r"https?://[^\s<>\"']+/p/[^\s<>\"')]+")


class Delivered(Protocol):
    """A letter that arrived."""

    @property
    def number(self) -> int:
        """1, 2, 3 … in the order of arrival, never used again."""
        ...

    @property
    def recipients(self) -> tuple[str, ...]: ...

    @property
    def raw(self) -> bytes: ...


class LocalMail(Protocol):
    """The sandbox's post office, as far as the page needs it."""

    async def post(self, raw: bytes, sender: str, recipients: Sequence[str]) -> None:
        """Hand in a letter as a staff member's mail program would; the office vouches for the sender (DMARC pass)."""
        ...

    def letters(self) -> Sequence[Delivered]:
        """What arrived, newest first; old letters may be gone."""
        ...


class LetterUnclear(ValueError):
    """What the page sent is no letter."""


@dataclass(frozen=True, slots=True)
class Enclosure:
    filename: str
    content_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter as the page shows it."""

    sender: str
    sender_address: str
    to: str
    subject: str
    at: str  # ISO 8601; blank where the Date is missing or broken
    text: str
    html: str
    message_id: str
    references: str
    enclosures: tuple[Enclosure, ...]

    @property
    def pay_link(self) -> str:
        """The first payment page it names."""
        found = _LINK.search(self.text) or _LINK.search(self.html.replace("&amp;", "&"))
        return found[0] if found else ""

    @property
    def page(self) -> str:
        """Its HTML with every link opening in a tab of its own."""
        page, heads = re.subn(r"(<head\b[^>]*>)", r'\1<base target="_blank">', self.html, count=1, flags=re.IGNORECASE)
        return page if heads else f'<base target="_blank">{self.html}'

    def summary(self) -> Json:
        """What a list of letters shows of it."""
        return {
            "from": self.sender,
            "to": self.to,
            "subject": self.subject,
            "at": self.at,
            "snippet": " ".join(self.text.split())[:140],
            "files": [enclosure.filename for enclosure in self.enclosures],
            "link": self.pay_link,
        }

    def whole(self) -> Json:
        return self.summary() | {
            "from_address": self.sender_address,
            "text": self.text,
            "html": bool(self.html),
            "message_id": self.message_id,
            "references": self.references,
            "sizes": [len(enclosure.content) for enclosure in self.enclosures],
        }


@lru_cache(maxsize=4096)
def read_letter(raw: bytes) -> Letter:
    """The parts of a letter; a broken header or part is blank, never an error."""
    message = message_from_bytes(raw, _class=EmailMessage, policy=default)
    return Letter(
        sender=_or_blank(lambda: str(message["From"] or "")),
        sender_address=_or_blank(lambda: _address_of(message)),
        to=_or_blank(lambda: str(message["To"] or "")),
        subject=_or_blank(lambda: str(message["Subject"] or "")),
        at=_or_blank(lambda: parsedate_to_datetime(str(message["Date"])).isoformat()),
        text=_or_blank(lambda: _part(message, "plain")),
        html=_or_blank(lambda: _part(message, "html")),
        message_id=_or_blank(lambda: str(message["Message-ID"] or "").strip()),
        references=_or_blank(lambda: " ".join(str(message["References"] or "").split())),
        enclosures=tuple(_enclosure(part) for part in message.iter_attachments() if part.get_filename()),
    )


def _or_blank(read: Callable[[], str]) -> str:
    try:
        return read()
    except (LookupError, ValueError, TypeError, AttributeError):
        return ""


def _address_of(message: EmailMessage) -> str:
    addresses = message["From"].addresses
    return str(addresses[0].addr_spec) if addresses else ""


def _part(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    return str(cast(EmailMessage, part).get_content()) if part is not None else ""


def _enclosure(part: Any) -> Enclosure:
    content = part.get_payload(decode=True) or b""
    return Enclosure(str(part.get_filename()), part.get_content_type(), content)


def compose(asked: Json, sender_name: str, sender: str, now: datetime) -> bytes:
    """A staff member's letter from what the page's form holds.

    Raises LetterUnclear: a header with a line break, an address that is none, a file that is not base64.
    """
    letter = EmailMessage(policy=SMTP)
    try:
        letter["From"] = f"{sender_name} <{sender}>"
        letter["To"] = recipient(asked)
        letter["Subject"] = _one_line(asked, "subject")
        letter["Date"] = format_datetime(now)
        letter["Message-ID"] = make_msgid(domain=sender.rpartition("@")[2])
        for name, key in (("In-Reply-To", "in_reply_to"), ("References", "references")):
            if asked.get(key):
                letter[name] = _one_line(asked, key)
        letter.set_content(str(asked.get("text", "")))
        for file in asked.get("files", []):
            content = base64.b64decode(file["content"], validate=True)
            main, _, sub = str(file.get("type") or "application/octet-stream").partition("/")
            letter.add_attachment(content, maintype=main, subtype=sub or "octet-stream", filename=str(file["name"]))
        return letter.as_bytes()
    except (ValueError, TypeError, KeyError, binascii.Error) as error:
        raise LetterUnclear(f"That letter cannot be sent: {error}") from error


def recipient(asked: Json) -> str:
    """The one address the letter goes to. Raises LetterUnclear."""
    address = _one_line(asked, "to")
    if not re.fullmatch(r"[^@\s<>,]+@[^@\s<>,]+", address):
        raise LetterUnclear("To must be one e-mail address.")
    return address


def _one_line(asked: Json, key: str) -> str:
    value = str(asked.get(key, "")).strip()
    if re.search(r"[\r\n\0]", value):
        raise LetterUnclear(f"{key} must be one line")
    return value
