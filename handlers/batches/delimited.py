"""CSV and TXT: bytes to a grid, whatever the encoding, separator and line ends (RELIABILITY B21-B28)."""

from __future__ import annotations

import codecs
import contextlib
import csv
import io
import re
from collections.abc import Iterator
from itertools import islice

from handlers.batches.columns import column_named, columns_of
from handlers.batches.encodings import encoding_called
from handlers.batches.grid import Grid, field_too_long, filled, grid_of
from models.card_numbers import holds_card_number
from models.errors import SheetUnreadable
from models.plain_text import clean, listed, shortened

SEPARATORS = ",;\t|"
# Excel obeys this line and shows no row for it.
_SEPARATOR_LINE = re.compile(r'"?sep=(.)"?[ ,;\t|]*(?:\r\n|\r|\n|$)', re.IGNORECASE)
_UTF_8_HINT = "Save it as “CSV UTF-8” and send it again."
_WORD = re.compile(r"[^\s,;|\"]+")
_MOST_WORDS = 5


def read_delimited(content: bytes, fallback: str) -> Grid:
    """The grid of a text file. `fallback` is the encoding of files that are neither UTF-8 nor UTF-16.

    Raises SheetUnreadable: not text, an unclosed quote, NUL characters, or as grid_of does.
    """
    whole, encoding = decode(content, fallback)
    text, preferred = _without_separator_line(whole)
    if "\0" in text:
        row = _row_at(text, text.index("\0"))
        raise SheetUnreadable(
            f"Row {row} holds NUL characters: this is no text, or UTF-16 without its mark. {_UTF_8_HINT}"
        )
    separator = _separator(text, preferred)
    header = next(filter(filled, _records(text, separator)), None)
    if header is not None:
        columns_of(header)  # before the rows: what is wrong there may follow from a header that is not ours
    notes = (_taken_for(encoding, text),) if encoding else ()
    return grid_of(_records(text, separator), ragged=True, notes=notes, separator=separator)


def decode(content: bytes, fallback: str) -> tuple[str, str]:
    """UTF-8 or UTF-16 by the byte order mark, else UTF-8, else `fallback` where that is unambiguous.

    The text, and `fallback` where it was read so: nothing in the file says that this is right.

    A file that holds good UTF-8 letters beside broken ones is not of another encoding but damaged: read as cp1252 it
    would bill “MÃ¼ller”.

    Raises SheetUnreadable: naming the row of the first byte that cannot be read.
    """
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        try:
            return content.decode("utf-16"), ""
        except UnicodeDecodeError as error:
            row = _row_at(content[: error.start].decode("utf-16", "replace"))
            raise SheetUnreadable(f"The file is not whole UTF-16 at row {row}. {_UTF_8_HINT}") from None
    try:
        return content.decode("utf-8-sig"), ""
    except UnicodeDecodeError as error:
        marked = content.startswith(codecs.BOM_UTF8)
        broken = error.start + (len(codecs.BOM_UTF8) if marked else 0)
    if not marked and content.decode("utf-8", "ignore").isascii():
        try:
            return content.decode(fallback), fallback
        except UnicodeDecodeError as error:
            broken = error.start
    row = _row_at(content[:broken].decode("utf-8", "replace"))
    raise SheetUnreadable(f"The file is not UTF-8 at row {row}. {_UTF_8_HINT}")


def _taken_for(encoding: str, text: str) -> str:
    """What to look at in a file whose encoding was taken on trust: another one would have given other letters."""
    shown = [f"“{word}”" for word in islice(_unusual(text), _MOST_WORDS)]
    return (
        f"The file is not UTF-8, so it was read as {encoding_called(encoding)}. Look whether this is right:"
        f" {listed(shown)}. If it is not: {_UTF_8_HINT[0].lower()}{_UTF_8_HINT[1:]}"
    )


def _unusual(text: str) -> Iterator[str]:
    """Words with letters that encodings differ in, each once."""
    told = set[str]()
    for found in _WORD.finditer(text):
        if found[0].isascii():
            continue
        word = shortened(clean(found[0])[0], 30)
        if word not in told and not holds_card_number(word):
            told.add(word)
            yield word


def _without_separator_line(text: str) -> tuple[str, str]:
    found = _SEPARATOR_LINE.match(text)
    return (text[found.end() :], found[1]) if found else (text, "")


def _separator(text: str, preferred: str) -> str:
    """The separator under which the header names most of our columns; the `sep=` line's wins a tie."""
    tried = sorted(SEPARATORS, key=lambda separator: separator != preferred)
    return max(tried, key=lambda separator: _columns_named(text, separator))  # max keeps the first of equals


def _columns_named(text: str, separator: str) -> int:
    try:
        header = next(filter(filled, _reader(text, separator)), [])
    except csv.Error:
        return 0
    return len({column_named(cell) for cell in header} - {""})


def _records(text: str, separator: str) -> Iterator[list[str]]:
    """The records. A fault is told by the row in which the record begins, so where an unclosed quote was opened."""
    begun = 1
    try:
        for record in _reader(text, separator):
            yield record
            begun += 1
    except csv.Error as error:
        if "larger than field limit" in str(error):
            raise field_too_long(begun) from None
        raise SheetUnreadable(
            f"Row {begun}: a quote is not closed, or text stands after a closing quote."
            ' Write a quote inside a quoted field twice (""), or leave the quotes out.'
        ) from None


def _reader(text: str, separator: str) -> Iterator[list[str]]:
    # newline="" hands CR, LF and CRLF to the csv module as they stand; it takes each for a line end
    return csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True, skipinitialspace=True)


def split_line(line: str, separator: str) -> list[str]:
    """The cells of one line; none where it cannot be read under this separator."""
    try:
        [cells] = csv.reader([line], delimiter=separator, strict=True, skipinitialspace=True)
    except (csv.Error, ValueError):
        return []
    return cells


def _row_at(text: str, end: int | None = None) -> int:
    """The row in which `text[:end]` ends."""
    before = text[:end]
    whole = 0
    with contextlib.suppress(csv.Error):  # it ends within quotes
        for _ in _reader(f"{before}x", _separator(before, "")):
            whole += 1
        return whole
    return whole + 1
