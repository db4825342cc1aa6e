"""Bytes of a letter → its head, and (for those we trust) its new text and attachments. Pure, bounded, never surprised.

The head is read first and alone: letters of strangers are judged by it and their bodies are never parsed.
"""

from __future__ import annotations

import email.message
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from email import errors as defects
from email.header import decode_header
from email.headerregistry import AddressHeader, HeaderRegistry
from email.parser import BytesHeaderParser, BytesParser

from mailroom.new_text import NewText, from_html, new_text
from models.errors import PaylinkError

MOST_BYTES = 10 * 1024 * 1024
MOST_DEPTH = 10
MOST_PARTS = 50
MOST_LINES = 300_000  # the parser tries every line against every open boundary
MOST_HEADERS = 1_000
MOST_HEAD_BYTES = 256 * 1024
MOST_HEADER_CHARS = 32 * 1024  # the parser of header parameters is quadratic

_WORD = r'(?:"(?:[^"\\\r\n]|\\.)*"|[^\s"<>@,:;()\[\]\\]+)'
_ADDRESS = r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+"
_ONE_MAILBOX = re.compile(rf"(?:{_WORD}(?:\s+{_WORD})*)?\s*<(?P<bracketed>{_ADDRESS})>|(?P<bare>{_ADDRESS})")
_MESSAGE_ID = re.compile(r"<([^<>\s]{1,250})>")
_CHARSETS = re.compile(r"(?:utf-?(?:8|16|32)|us-ascii|ascii|iso|latin|windows|cp|koi8|gb|big5|euc|shift|ks|mac|tis|hz)")
_BROKEN_HEAD = (
    defects.MissingHeaderBodySeparatorDefect,
    defects.FirstHeaderLineIsContinuationDefect,
    defects.MisplacedEnvelopeHeaderDefect,
    defects.InvalidHeaderDefect,
)
_BROKEN_BASE64 = (
    defects.InvalidBase64CharactersDefect,
    defects.InvalidBase64LengthDefect,
    defects.InvalidBase64PaddingDefect,
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


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that came with a letter."""

    filename: str  # its last part only, without control characters; may be blank
    content_type: str
    content: bytes
    inline: bool  # a picture of the text rather than a file somebody attached
    broken: bool  # its encoding is damaged: what could be decoded is not what was sent


@dataclass(frozen=True, slots=True)
class Enclosed:
    """The header fields of a message within the letter: a returned letter, or a report about one."""

    content_type: str
    fields: tuple[tuple[str, str], ...]  # lower-case names


@dataclass(frozen=True, slots=True)
class Letter:
    """A whole letter."""

    head: Head
    written: NewText
    attachments: tuple[Attachment, ...]
    enclosed: tuple[Enclosed, ...]
    types: frozenset[str]  # the content types of all its parts


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
        fields.setdefault(name.lower(), []).append(_unfolded(value))
    clean = not re.search(rb"\x00|\r(?!\n)", block) and not any(isinstance(d, _BROKEN_HEAD) for d in message.defects)
    ids = _MESSAGE_ID.findall(" ".join(fields.get("message-id", [])))
    return Head(
        fields={name: tuple(values) for name, values in fields.items()},
        sender=_only_mailbox(fields.get("from", [])) if clean else "",
        message_id=ids[0] if len(ids) == 1 else "",
        subject=_decoded(fields.get("subject", [""])[0]),
    )


def read_letter(raw: bytes) -> Letter:
    """A letter with its text and attachments.

    Raises LetterUnreadable: too large, too many or too deep parts, too many lines, or nothing the parser can read.
    """
    if len(raw) > MOST_BYTES:
        raise too_large(len(raw))
    if raw.count(b"\n") + raw.count(b"\r") > 2 * MOST_LINES:
        raise LetterUnreadable(f"The letter has more than {MOST_LINES} lines.")
    head = read_head(raw)
    try:
        parts = list(_leaves(_parsed(raw)))
    except LetterUnreadable:
        raise
    except Exception as error:  # the stdlib parser has raised all sorts of things on hostile bytes
        raise LetterUnreadable("The letter's structure could not be read.") from error
    return Letter(
        head=head,
        written=_written(parts),
        attachments=tuple(_attachment(part) for part in parts if _is_file(part)),
        enclosed=tuple(enclosed for part in parts for enclosed in _enclosed(part)),
        types=frozenset(part.get_content_type() for part in parts) | {head.content_type},
    )


def too_large(size: int) -> LetterUnreadable:
    """The refusal of a letter of `size` bytes."""
    most = MOST_BYTES // 1024**2
    return LetterUnreadable(f"The letter is too large: {size // 1024**2} MiB; {most} MiB is the limit, files included.")


def _head_block(raw: bytes) -> bytes:
    end = re.search(rb"\r?\n\r?\n", raw[: MOST_HEAD_BYTES + 1])
    return raw[: end.start()] + b"\r\n" if end else raw[: MOST_HEAD_BYTES + 1]


def _unfolded(value: object) -> str:
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


def _decoded(value: str) -> str:
    """A header's words in plain text: encoded words decoded, control characters and line ends made spaces."""
    value = value[:2000]
    try:
        pieces = [_text(piece, charset) for piece, charset in decode_header(value)]
    except (ValueError, defects.MessageError):
        pieces = [value]
    return _plain("".join(pieces))[:1000]


def _plain(text: str) -> str:
    """On one line, without characters that show nothing (B15)."""
    shown = (char for char in text if unicodedata.category(char) not in ("Cf", "Cs"))
    return " ".join("".join(" " if unicodedata.category(char) == "Cc" else char for char in shown).split())


def _text(piece: bytes | str, charset: str | None) -> str:
    """Decoded with its charset where that is one for text; unknown ones are read as UTF-8 or Windows Latin."""
    if isinstance(piece, str):
        return piece
    name = (charset or "utf-8").lower()
    try:
        if _CHARSETS.match(name):
            return piece.decode(name, "replace" if charset else "strict")
        return piece.decode("utf-8")
    except (LookupError, UnicodeError):
        return piece.decode("cp1252", "replace")


class _Part(email.message.Message):
    """A part that knows how deep it lies, so that the parser stops at the first one too deep."""

    depth = 1

    def attach(self, payload: object) -> None:
        if isinstance(payload, _Part):
            payload.depth = self.depth + 1
            if payload.depth > MOST_DEPTH:
                raise LetterUnreadable(f"The letter is too complex: its parts are more than {MOST_DEPTH} deep.")
        super().attach(payload)  # type: ignore[arg-type]  # typeshed asks for the type parameter of Message


def _parsed(raw: bytes) -> _Part:
    count = 0

    def new_part() -> _Part:
        nonlocal count
        count += 1
        if count > MOST_PARTS:
            raise LetterUnreadable(f"The letter is too complex: it has more than {MOST_PARTS} parts.")
        return _Part()

    return BytesParser(new_part).parsebytes(raw)


def _leaves(part: email.message.Message) -> Iterator[email.message.Message]:
    """The parts that hold something; a message within the letter counts as one, whatever is in it."""
    if any(len(str(value)) > MOST_HEADER_CHARS for _, value in part.raw_items()):
        raise LetterUnreadable(f"The letter has a header of more than {MOST_HEADER_CHARS} characters.")
    within = part.get_payload()
    if part.get_content_maintype() == "multipart" and isinstance(within, list):
        for sub in within:
            if isinstance(sub, email.message.Message):
                yield from _leaves(sub)
    else:
        yield part


def _is_file(part: email.message.Message) -> bool:
    if part.get_content_maintype() in ("message", "multipart") or part.get_content_type() == "text/rfc822-headers":
        return False
    return part.get_content_type() not in ("text/plain", "text/html") or bool(_filename(part)) or _disposed(part)


def _disposed(part: email.message.Message) -> bool:
    return str(part.get("content-disposition", "")).strip().lower().startswith("attachment")


def _filename(part: email.message.Message) -> str:
    try:
        name = _decoded(str(part.get_filename() or ""))
    except Exception:  # broken RFC 2231 continuations have raised ValueError, TypeError and KeyError
        return ""
    return re.split(r"[/\\]", name)[-1].strip(" .")[-200:]


def _content(part: email.message.Message) -> bytes:
    try:
        content = part.get_payload(decode=True)
    except Exception:  # broken uuencoding and base64
        return b""
    return content if isinstance(content, bytes) else b""


def _attachment(part: email.message.Message) -> Attachment:
    content = _content(part)  # first: decoding is what finds the defects
    return Attachment(
        filename=_filename(part),
        content_type=part.get_content_type(),
        content=content,
        inline=not _disposed(part) and (part.get_content_maintype() == "image" or "content-id" in part),
        broken=not content or any(isinstance(defect, _BROKEN_BASE64) for defect in part.defects),
    )


def _written(parts: list[email.message.Message]) -> NewText:
    """The new text: of the first plain part that has any, else of the first HTML one (B35)."""
    for content_type in ("text/plain", "text/html"):
        for part in parts:
            if part.get_content_type() == content_type and not _is_file(part):
                text = _part_text(part)
                if text.strip():
                    return new_text(from_html(text) if content_type == "text/html" else text)
    return NewText("")


def _part_text(part: email.message.Message) -> str:
    try:
        charset = part.get_content_charset()
        flowed = str(part.get_param("format", "")).lower() == "flowed"
        del_space = str(part.get_param("delsp", "")).lower() == "yes"
    except Exception:  # broken parameters
        charset, flowed, del_space = None, False, False
    text = _text(_content(part)[:200_000], charset).replace("\r\n", "\n").replace("\r", "\n")
    return _unflowed(text, del_space) if flowed else text


def _unflowed(text: str, del_space: bool) -> str:
    """RFC 3676: a line that ends in a space goes on in the next one; "-- " is the signature's."""
    lines: list[str] = []
    for line in text.split("\n"):
        going_on = lines and lines[-1].endswith(" ") and lines[-1] != "-- " and not line.startswith(">")
        if going_on and not lines[-1].startswith(">"):
            lines[-1] = (lines[-1][:-1] if del_space else lines[-1]) + line.removeprefix(" ")
        else:
            lines.append(line.removeprefix(" "))
    return "\n".join(lines)


def _enclosed(part: email.message.Message) -> Iterator[Enclosed]:
    """Header fields of what the letter encloses: each block of a delivery report, or the returned letter's head."""
    content_type = part.get_content_type()
    within = part.get_payload()
    messages: list[email.message.Message] = []
    if part.get_content_maintype() == "message" and isinstance(within, list):
        messages = [message for message in within if isinstance(message, email.message.Message)]
    elif content_type == "text/rfc822-headers":
        messages = [BytesHeaderParser().parsebytes(_content(part)[:MOST_HEAD_BYTES])]
    for message in messages:
        fields = tuple((name.lower(), _unfolded(value)) for name, value in message.raw_items())
        yield Enclosed(content_type, fields)
