"""What a reply to a batch's review asks for: steps on its rows, one a line, and last perhaps the decision."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import get_close_matches

from handlers.grammar.as_meant import prepared
from handlers.grammar.house import House
from handlers.grammar.row_words import is_whole_row, read_changes, read_new_row, read_numbers
from handlers.requests import (
    AddRow,
    ChangeBatch,
    ChooseAccount,
    DecideBatch,
    Decision,
    DeleteRows,
    EditRow,
    IncludeRows,
    Step,
)
from models.errors import CommandUnclear, PaylinkError
from models.plain_text import shortened

_DECISIONS = {
    "send": Decision.SEND,
    "send all": Decision.SEND,
    "links": Decision.LINKS,
    "links only": Decision.LINKS,
    "discard": Decision.DISCARD,
}
_VERBS = ("send", "links", "discard", "delete", "edit", "add", "include", "account")
_AROUND = ' .!,;"“”`'
_EDIT = re.compile(r"(?:row\s*)?#?(?P<row>[0-9]{1,6})\b[\s:,]*(?P<changes>.*)", re.IGNORECASE)
_OF_ROWS = re.compile(r"\brows?\b", re.IGNORECASE)
_GOES_ON = re.compile(r"(?:and|also|but|not|except|without|plus|only|then|please)\b.*[0-9]", re.IGNORECASE)
_SENT_FROM = re.compile(r"sent\b", re.IGNORECASE)  # my iPhone
# Where a quoted letter begins, in a style that the reader of letters does not know: its head, or our own words.
_HISTORY = re.compile(
    r"(?=.*[0-9@]).*:\s*$|.*<[^>]*@[^>]*>|.*\bB-[0-9]+: |.*(?:Nothing has been sent yet|Answer this letter)"
)
_FORMS = "`send` (mail each client), `links` (a file of links, no mail) or `discard`"
_FORMS_AND_ACCOUNT = "`send` (mail each client), `links` (a file of links, no mail), `discard`, or `account KEY`"
_BEFORE = "Before that, one a line: `delete 3, 7`, `edit 4 amount 120.00`, `add …` or `include 4`."


def read_batch_reply(text: str, batch: int, house: House, seen: int | None = None) -> Step | ChangeBatch:
    """The steps on a batch under review. They end at the first line that is none, such as thanks and a name.

    `seen` is the revision of the review that is answered.

    Raises CommandUnclear: a line is not understood, or might be meant as a step; nothing of the reply may be done.
    Raises AccountUnclear: no such account here. Raises CardNumberSeen.
    """
    steps: list[Step] = []
    paragraphs = [part.strip().split("\n") for part in re.split(r"\n\s*\n", text.strip()) if part.strip()]
    lines = [(line.strip(), number) for number, part in enumerate(paragraphs) for line in part if line.strip()]
    for place, (line, paragraph) in enumerate(lines):
        if not begins_step(line):
            if steps and _HISTORY.match(line):
                break
            if not steps or _may_be_meant(line, same_paragraph=paragraph == lines[place - 1][1]):
                raise _unclear(line, batch, house)
            _nothing_below([other for other, _ in lines[place + 1 :]], batch, house)
            break
        if steps and isinstance(steps[-1], DecideBatch):
            raise CommandUnclear(
                f"`{steps[-1].decision.value}` decides, so it must be the last line; nothing was done."
            )
        steps.append(_step(line, batch, house, seen))
    if not steps:
        raise _unclear("", batch, house)
    return steps[0] if len(steps) == 1 else ChangeBatch(batch, tuple(steps), seen)


def begins_step(line: str) -> bool:
    """Whether a line begins with a word of a reply to a review."""
    return _first_word(line) in _VERBS


def _first_word(line: str) -> str:
    words = line[:100].replace(":", " ").strip(_AROUND).split()
    return words[0].strip(_AROUND).lower() if words else ""


def _step(line: str, batch: int, house: House, seen: int | None) -> Step:
    plain, _ = prepared(line)
    verb = _first_word(plain)
    said = " ".join(plain.replace(":", " ").strip(_AROUND).split())
    if said.lower() in _DECISIONS:
        return DecideBatch(batch, _DECISIONS[said.lower()], seen)
    rest = plain.strip().lstrip(_AROUND)[len(verb) :].lstrip(": ").strip()
    match verb:
        case "account":
            return ChooseAccount(batch, house.account(said[len(verb) :].strip()).key, seen)
        case "delete":
            return DeleteRows(batch, read_numbers(rest, verb), seen)
        case "include":
            return IncludeRows(batch, read_numbers(rest, verb), seen)
        case "edit":
            return _edit(rest, batch, seen)
        case "add":
            return AddRow(batch, typed=rest, seen=seen) if is_whole_row(rest) else _add(rest, batch, seen)
        case _:
            raise _unclear(line, batch, house)


def _edit(rest: str, batch: int, seen: int | None) -> EditRow:
    found = _EDIT.fullmatch(rest)
    if not found:
        raise CommandUnclear("Say which row and what it becomes, such as `edit 4 amount 120.00`; nothing was done.")
    return EditRow(batch, int(found["row"]), read_changes(found["changes"]), seen)


def _add(rest: str, batch: int, seen: int | None) -> AddRow:
    return AddRow(batch, cells=read_new_row(re.sub(r"(?i)^create\b[:\s]*", "", rest)), seen=seen)


def _may_be_meant(line: str, *, same_paragraph: bool) -> bool:
    """Whether the line after the steps may be one badly put: it names rows, goes on with a number, or nearly begins so.

    Right below them any number will do; a signature's telephone number stands in a paragraph of its own.
    """
    if _OF_ROWS.search(line) or _GOES_ON.match(line) or (same_paragraph and any(ch.isdigit() for ch in line)):
        return True
    return not _SENT_FROM.match(line) and bool(get_close_matches(_first_word(line), _VERBS, 1, 0.75))


def _nothing_below(lines: Sequence[str], batch: int, house: House) -> None:
    """Raises CommandUnclear: among the words after the steps stands one more."""
    for line in lines:
        if _HISTORY.match(line):
            return
        if _OF_ROWS.search(line) or (begins_step(line) and _reads(line, batch, house)):
            raise CommandUnclear(
                f"“{shortened(line)}” stands below other words, so nothing was done. Write what is to be done first,"
                " one a line, and anything else below."
            )


def _reads(line: str, batch: int, house: House) -> bool:
    try:
        _step(line, batch, house, None)
    except PaylinkError:
        return False
    return True


def _unclear(line: str, batch: int, house: House) -> CommandUnclear:
    """What may be said, where a line says none of it."""
    plain, _ = prepared(line)
    close = get_close_matches(" ".join(plain.strip(_AROUND).split()).lower(), _DECISIONS, 1)
    hint = f" Did you mean `{close[0]}`?" if close else ""
    forms = _FORMS_AND_ACCOUNT if len(house.accounts) > 1 else _FORMS
    return CommandUnclear(
        f"“{shortened(plain)}” does not decide B-{batch}, so nothing was done.{hint} Answer with one word: {forms}."
        f" {_BEFORE}"
    )
