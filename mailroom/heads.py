"""The header of a letter: all that is read of one whose sender is not trusted yet. Pure, bounded, never surprised."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from email import errors as defects
from email.header import decode_header
from email.headerregistry import AddressHeader, HeaderRegistry
from email.parser import BytesHeaderParser

from models.errors import PaylinkError

MOST_HEADERS = 1_000
MOST_HEAD_BYTES = 256 * 1024
MOST_HEADER_CHARS = 32 * 1024  # the parser of header parameters is quadratic

_WORD = r'(?:"(?:[^"\\\r\n]|\\.)*"|[^\s"<>@,:;()\[\]\\]+)'
_ADDRESS = r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+"
_ONE_MAILBOX = re.compile(rf"(?:{_WORD}(?:\s+{_WORD})*)?\s*<(?P<bracketed>{_ADDRESS})>|(?P<bare>{_ADDRESS})")
_MESSAGE_ID = re.compile(r"<([\x21-\x3b\x3d\x3f-\x7e]{1,250})>")
_CHARSETS = re.compile(r"(?:utf-?(?:8|16|32)|us-ascii|ascii|iso|latin|windows|cp|koi8|gb|big5|euc|shift|ks|mac|tis|hz)")
_BROKEN_HEAD = (
    defects.MissingHeaderBodySeparatorDefect,
    defects.FirstHeaderLineIsContinuationDefect,
    defects.MisplacedEnvelopeHeaderDefect,
    defects.InvalidHeaderDefect,
)


class LetterUnreadable(PaylinkError):
    """A letter too large, too deep or too broken to be read; the limit is named (RELIABILITY T19, B42, B44)."""

    code = "letter_unreadable"


@dataclass(frozen=True, slots=True)
class Head:
    """What the header says. `sender` is blank unless exactly one From names exactly one plain mailbox."""

    fields: Mapping[str, tuple[str, ...]]  # by lower-case name, in order, unfolded, undecoded
    sender: str  # lower case
    message_id: str  # without angle brackets; blank where it has none, or several
    subject: str

    def first(self, name: str) -> str:
        """The topmost field of that name, blank where there is none."""
        return self.fields.get(name, ("",))[0]

    @property
    def content_type(self) -> str:
        """Type and subtype, lower case."""
        return self.first("content-type").partition(";")[0].strip().lower()

    @property
    def answered_ids(self) -> tuple[str, ...]:
        """The Message-IDs this letter says it answers, nearest first."""
        replied = _MESSAGE_ID.findall(self.first("in-reply-to"))
        thread = _MESSAGE_ID.findall(self.first("references"))[-50:]
        return tuple(dict.fromkeys([*replied, *reversed(thread)]))

    @property
    def recipients(self) -> tuple[str, ...]:
        """Every address it was sent to, as far as the header tells; lower case."""
        names = ("delivered-to", "x-original-to", "to", "cc")
        spoken = " ".join(value for name in names for value in self.fields.get(name, ()))
        return tuple(dict.fromkeys(found.lower() for found in re.findall(_ADDRESS, spoken[:MOST_HEADER_CHARS])))


def read_head(raw: bytes) -> Head:
    """The header of a letter; what follows it is not looked at.

    Raises LetterUnreadable: more headers, or longer ones, than any mail program writes.
    """
    block = _head_block(raw)
    if len(block) > MOST_HEAD_BYTES or len(re.findall(rb"\n(?![ \t])", block)) > MOST_HEADERS:
        raise LetterUnreadable(f"The letter has more than {MOST_HEADERS} header lines, or they are too long.")
    message = BytesHeaderParser().parsebytes(block)
    fields: dict[str, list[str]] = {}
    for name, value in message.raw_items():
        fields.setdefault(name.lower(), []).append(unfolded(value))
    # "From : x" is an old form of "From: x" (RFC 5322, section 4.5), which Python takes for no header at all
    clean = not re.search(rb"(?im)\x00|\r(?!\n)|^from[ \t]+:", block) and not any(
        isinstance(d, _BROKEN_HEAD) for d in message.defects
    )
    ids = _MESSAGE_ID.findall(" ".join(fields.get("message-id", [])))
    return Head(
        fields={name: tuple(values) for name, values in fields.items()},
        sender=_only_mailbox(fields.get("from", [])) if clean else "",
        message_id=ids[0] if len(ids) == 1 else "",
        subject=decoded_words(fields.get("subject", [""])[0]),
    )


def _head_block(raw: bytes) -> bytes:
    end = re.search(rb"\r?\n\r?\n", raw[: MOST_HEAD_BYTES + 1])
    return raw[: end.start()] + b"\r\n" if end else raw[: MOST_HEAD_BYTES + 1]


def unfolded(value: object) -> str:
    """A header's value on one line, undecoded; broken UTF-8 shows as U+FFFD."""
    text = str(value).encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return re.sub(r"\r?\n(?=[ \t])", "", text).strip()


def _only_mailbox(values: list[str]) -> str:
    """The address of the one mailbox of the one From field, else blank (RELIABILITY section 0 I, B38).

    The form is ours and narrow; Python's own parser must then see the very same address in it.
    """
    if len(values) != 1 or len(values[0]) > 1000 or "\ufffd" in values[0]:
        return ""
    found = _ONE_MAILBOX.fullmatch(values[0])
    address = (found["bracketed"] or found["bare"]) if found else ""
    if not address or len(address) > 254:
        return ""
    try:
        header = HeaderRegistry()("from", values[0])
    except Exception:  # it has raised IndexError, AttributeError and others
        return ""
    if not isinstance(header, AddressHeader) or [group.display_name for group in header.groups] != [None]:
        return ""
    return address.lower() if [seen.addr_spec for seen in header.addresses] == [address] else ""


def decoded_words(value: str) -> str:
    """A header's words in plain text: encoded words decoded, control characters and line ends made spaces."""
    value = value[:2000]
    try:
        pieces = [decoded_text(piece, charset) for piece, charset in decode_header(value)]
    except (ValueError, defects.MessageError):
        pieces = [value]
    return _plain("".join(pieces))[:1000]


def _plain(text: str) -> str:
    """On one line, without characters that show nothing (B15)."""
    shown = (char for char in text if unicodedata.category(char) not in ("Cf", "Cs"))
    return " ".join("".join(" " if unicodedata.category(char) == "Cc" else char for char in shown).split())


def decoded_text(piece: bytes | str, charset: str | None) -> str:
    """Decoded with its charset where that is one for text; unknown ones are read as UTF-8 or Windows Latin."""
    if isinstance(piece, str):
        return piece
    name = (charset or "utf-8").lower()
    try:
        if _CHARSETS.match(name):
            return piece.decode(name, "replace" if charset else "strict")
        return piece.decode("utf-8")
    except (LookupError, ValueError):  # no such charset, or not in it
        return piece.decode("cp1252", "replace")
