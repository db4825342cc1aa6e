"""What a trusted letter asks for (SPEC 5): a command, the decision on a batch, a file to review. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from itertools import takewhile

from handlers.answers import Refusal
from handlers.batches.file_kinds import called_a_list
from handlers.grammar import begins_step, is_command
from handlers.requests import ReviewFile
from mailroom.letters import Attachment, Letter
from models.plain_text import shortened

# in the Message-IDs of our reviews: the batch, its revision where it was a review, the letter that was answered
_BATCH_ID = re.compile(r"batch-(?P<batch>[0-9]{1,18})\.(?:(?P<revision>[0-9]{1,9})\.)?[0-9]+@")
_BATCH_NAMED = re.compile(r"\bB-([0-9]{1,18})\b", re.IGNORECASE)
_TAGS = re.compile(r"^\s*(?:\[[^\]]{1,20}\]\s*)+")  # [EXTERNAL], put there by mail gateways
_REPLY = re.compile(r"\s*(?:re|aw|antw|sv|vs|odp|rv|res|ref|fwd?|wg|tr|doorst|i)\s*(?:\[[0-9]+\])?\s*:", re.IGNORECASE)
_PAIR = re.compile(r"[^\W\d_][\w -]{1,24}:(?!//)\s*\S")
_ACCOUNT = re.compile(r"\baccount(?:\s*[:=]\s*|\s+)([A-Za-z0-9_-]+)", re.IGNORECASE)
_AGAIN = re.compile(r"\bagain\b", re.IGNORECASE)
_DECIDING = re.compile(r"\W*(?:send|links|discard|account|delete|add|edit|include)\b", re.IGNORECASE)
_NO_FILES = frozenset(
    {
        "application/pkcs7-signature",
        "application/x-pkcs7-signature",
        "application/pgp-signature",
        "application/pgp-keys",
        "text/vcard",
        "text/x-vcard",
        "text/html",
    }
)
_LOCKED = frozenset(
    {"multipart/encrypted", "application/pkcs7-mime", "application/x-pkcs7-mime", "application/pgp-encrypted"}
)
_WRAPS_AT = 72  # where mail programs break long lines of plain text at the earliest


@dataclass(frozen=True, slots=True)
class Spoken:
    """A command in words; blank: nothing was said."""

    text: str
    account: str = ""  # that the plus-address names


@dataclass(frozen=True, slots=True)
class AboutBatch:
    """What is said in a reply to a review; `seen` is the revision of the review that it answers."""

    batch: int
    text: str
    seen: int | None = None


def what_is_asked(letter: Letter, intake_address: str) -> Spoken | AboutBatch | ReviewFile | Refusal:
    """What the letter asks for, or why that cannot be told."""
    if not letter.types.isdisjoint(_LOCKED):
        return Refusal(
            "letter_encrypted", "The letter is encrypted, so it could not be read. Send it again in the clear."
        )
    lines = letter.written.lines
    files = [
        attached for attached in letter.attachments if not attached.inline and attached.content_type not in _NO_FILES
    ]
    tables = [attached for attached in files if called_a_list(attached.filename, attached.content_type)]
    batch, seen = batch_of(letter)
    if batch is not None and (not tables or (lines and _DECIDING.match(lines[0]))):
        if letter.written.both_sides:
            return _TWO_SIDES
        first = lines[0] if lines else ""
        if is_command(first):
            return Spoken(_command(letter.written.text.split("\n")), _plus_tag(letter, intake_address))
        return AboutBatch(batch, _steps(letter.written.text), seen)
    subject = _TAGS.sub("", letter.head.subject)
    if tables or (files and not is_command(subject) and not (lines and is_command(lines[0]))):
        return _file(letter, tables or files, intake_address)
    return _said(letter, subject, lines, intake_address)


def words_of(letter: Letter, intake_address: str) -> str:
    """What the letter asks for as admins read it a day later: the command, the reply to a review, the file's name."""
    match what_is_asked(letter, intake_address):
        case Spoken(text, account):
            return (text.strip() or "nothing") + (f" (to +{account})" if account else "")
        case AboutBatch(batch, text):
            return f"B-{batch}: {text.strip()}"
        case ReviewFile(filename=filename):
            return f"the file {filename}"
        case Refusal():
            return letter.head.subject


def batch_of(letter: Letter) -> tuple[int | None, int | None]:
    """The batch whose review the letter answers and the review's revision, by the Message-ID it answers.

    Else the batch by B-17 in its subject. In the subject of a command, or of a reply to one, B-17 is an invoice.
    """
    found = [match for answered in letter.head.answered_ids if (match := _BATCH_ID.match(answered))]
    if found:
        return int(found[0]["batch"]), int(found[0]["revision"]) if found[0]["revision"] else None
    subject = _TAGS.sub("", letter.head.subject)
    while marked := _REPLY.match(subject):
        subject = subject[marked.end() :]
    named = None if is_command(subject) else _BATCH_NAMED.search(subject)
    return int(named[1]) if named else None, None


_TWO_SIDES = Refusal(
    "text_on_both_sides",
    "There is text in more than one place around the quoted letter, so it is not clear which counts; nothing was "
    "done. Write above the quoted letter only.",
)


def _said(letter: Letter, subject: str, lines: list[str], intake_address: str) -> Spoken | Refusal:
    """The subject where it is a command, else the text. A reply's subject is the old letter's and never counts."""
    subject = "" if _REPLY.match(subject) else subject
    account = _plus_tag(letter, intake_address)
    if is_command(subject):
        return Spoken("\n".join([subject, *_pairs(letter.written.text)]), account)
    if letter.written.both_sides:
        return _TWO_SIDES
    if lines and is_command(lines[0]):
        return Spoken(_command(letter.written.text.split("\n")), account)
    return Spoken(lines[0] if lines else subject)


def _command(lines: list[str]) -> str:
    """The first paragraph, and those after it that hold nothing but `key: value` pairs."""
    text = "\n".join(lines).strip("\n")
    first, _, rest = text.partition("\n\n")
    return "\n".join([*_rewrapped(first.split("\n")), *_pairs(rest)])


def _pairs(text: str) -> list[str]:
    """The lines of the leading paragraphs that hold nothing but `key: value` pairs."""
    paragraphs = [part.strip().split("\n") for part in re.split(r"\n\s*\n", text) if part.strip()]
    paired = takewhile(lambda part: all(_PAIR.match(line.strip()) for line in part), map(_rewrapped, paragraphs))
    return [line for part in paired for line in part]


def _steps(text: str) -> str:
    """The paragraphs of a reply to a review, each of its lines whole."""
    paragraphs = [part.strip().split("\n") for part in re.split(r"\n\s*\n", text) if part.strip()]
    return "\n\n".join("\n".join(_rewrapped(part, apart=begins_step)) for part in paragraphs)


def _rewrapped(lines: list[str], apart: Callable[[str], bool] = lambda line: False) -> list[str]:
    """Lines that a mail program broke made whole: it breaks where the next word would not have fitted.

    A line of which `apart` says so stands by itself.
    """
    whole: list[str] = []
    last = ""
    for line in lines:
        word = line.strip().split(" ")[0]
        broken = len(last) <= _WRAPS_AT + 8 and len(last) + 1 + len(word) > _WRAPS_AT
        if whole and word and broken and not _PAIR.match(line.strip()) and not apart(line):
            whole[-1] += f" {line.strip()}"
        elif line.strip():
            whole.append(line.strip())
        last = line.rstrip()
    return whole


def _plus_tag(letter: Letter, intake_address: str) -> str:
    """`trust` of pay+trust@firm.example; several are named together, as no account is, so that the sender is asked."""
    name, _, domain = intake_address.lower().partition("@")
    parted = (address.partition("@") for address in letter.head.recipients)
    tags = (
        local.removeprefix(f"{name}+") for local, _, host in parted if host == domain and local.startswith(f"{name}+")
    )
    return " or ".join(dict.fromkeys(filter(None, tags)))


def _file(letter: Letter, files: list[Attachment], intake_address: str) -> ReviewFile | Refusal:
    if len(files) > 1:
        names = ", ".join(shortened(attached.filename) or "(no name)" for attached in files[:5])
        return Refusal("several_files", f"There are {len(files)} files ({names}). Send one list of invoices a letter.")
    [attached] = files
    name = attached.filename or "attachment"
    if attached.content_type == "application/ms-tnef" or name.lower() == "winmail.dat":
        return Refusal(
            "file_wrapped",
            "The file came wrapped in winmail.dat, which only Outlook opens. Send the letter as HTML or plain text "
            "(not Rich Text), with the file attached.",
        )
    if attached.broken:
        return Refusal("file_damaged", f"{shortened(name)} cannot be read: it is empty or was damaged. Send it again.")
    lines = letter.written.lines[:5]
    in_lines = (_ACCOUNT.fullmatch(line.rstrip(" .!")) for line in lines)  # a whole line; "the account of" is prose
    found = next((match for match in (_ACCOUNT.search(letter.head.subject), *in_lines) if match), None)
    return ReviewFile(
        filename=name,
        content=attached.content,
        account=found[1].lower() if found else _plus_tag(letter, intake_address),
        again=any(_AGAIN.search(line) for line in (letter.head.subject, *lines[:1])),
    )
