"""Bytes of a letter → its head, new text and attachments. Pure, bounded, never surprised.

Only for letters whose sender is trusted: the others are judged by their head, and their bodies are never parsed.
"""

from __future__ import annotations

import email.message
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import errors as defects
from email.parser import BytesFeedParser, BytesHeaderParser

from mailroom.heads import (
    MOST_HEAD_BYTES,
    MOST_HEADER_CHARS,
    Head,
    LetterUnreadable,
    decoded_text,
    decoded_words,
    read_head,
    unfolded,
)
from mailroom.new_text import NewText, from_html, new_text

MOST_BYTES = 10 * 1024 * 1024
MOST_DEPTH = 10
MOST_PARTS = 50
MOST_LINES = 300_000  # the parser tries every line against every open boundary
_PIECE = 64 * 1024  # bytes; of a whole letter the parser would make a copy that takes four times its size

_BROKEN_BASE64 = (
    defects.InvalidBase64CharactersDefect,
    defects.InvalidBase64LengthDefect,
    defects.InvalidBase64PaddingDefect,
)


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


def as_text(raw: bytes, most: int) -> str:
    """Every part of a letter as text, one after the other, at most so many characters; of enclosed letters the head.

    For what machines write: a field of a report is a line of its own here. Raises LetterUnreadable, as read_letter.
    """
    try:
        parts = list(_leaves(_parsed(raw)))
        texts = [_part_text(part) for part in parts if part.get_content_maintype() == "text" and not _is_file(part)]
        fields = [enclosed.fields for part in parts for enclosed in _enclosed(part)]
    except LetterUnreadable:
        raise
    except Exception as error:
        raise LetterUnreadable("The letter's structure could not be read.") from error
    blocks = ["\n".join(f"{name}: {value}" for name, value in block) for block in fields]
    return "\n\n".join([*texts, *blocks])[:most]


def too_large(size: int) -> LetterUnreadable:
    """The refusal of a letter of `size` bytes."""
    most = MOST_BYTES // 1024**2
    return LetterUnreadable(f"The letter is too large: {size // 1024**2} MiB; {most} MiB is the limit, files included.")


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

    parser = BytesFeedParser(new_part)
    for start in range(0, len(raw), _PIECE):
        parser.feed(raw[start : start + _PIECE])
    return parser.close()


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
        name = decoded_words(str(part.get_filename() or ""))
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
    text = decoded_text(_content(part)[:200_000], charset).replace("\r\n", "\n").replace("\r", "\n")
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
        fields = tuple((name.lower(), unfolded(value)) for name, value in message.raw_items())
        yield Enclosed(content_type, fields)
