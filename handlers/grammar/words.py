"""A command's text as words: quotes taken off, keywords marked."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from models.errors import CommandUnclear
from models.plain_text import shortened

_STRAIGHT = '"'
_CURLY = "“”„‟"  # what phones and word processors make of "


@dataclass(frozen=True, slots=True)
class Word:
    """One word, or one text in quotes."""

    text: str  # without its quotes
    raw: str  # as it was typed
    line: int  # 1 is the command's own
    opens_line: bool
    quoted: bool = False
    key: str = ""  # the keyword it is
    colon: bool = False  # written as `key:`
    bare: bool = True  # a keyword that counts without a colon too


class Vocabulary:
    """The keywords of one command."""

    def __init__(self, keywords: Iterable[str], pairs: Mapping[str, str]) -> None:
        """`keywords` count with and without a colon, the names in `pairs` (name: keyword) with a colon only.

        A dash or a blank in either may be typed as a dash, a blank, an underscore, a colon or not at all.
        """
        self.keywords = tuple(keywords)
        self._meanings = {_squeezed(name): keyword for name, keyword in pairs.items()}
        self._meanings |= {_squeezed(keyword): keyword for keyword in self.keywords}
        self._bare = frozenset(_squeezed(keyword) for keyword in self.keywords)
        names = sorted({*self.keywords, *pairs}, key=len, reverse=True)
        shapes = "|".join(re.sub("[ -]", "[ _:-]{0,2}", name) for name in names)
        self._pattern = re.compile(rf"(?P<name>(?a:{shapes}))(?:[ \t]?(?P<colon>:)|(?=\s|$))", re.IGNORECASE)

    def at(self, text: str, start: int, line: int, opens_line: bool) -> Word | None:
        """The keyword that stands at a place."""
        found = self._pattern.match(text, start)
        name = _squeezed(found["name"]) if found else ""
        bare = name in self._bare
        if not found or not (found["colon"] or bare):
            return None
        key, colon = self._meanings[name], bool(found["colon"])
        return Word(found[0], found[0], line, opens_line, key=key, colon=colon, bare=bare)

    def close_to(self, word: str) -> str:
        """A keyword that may have been meant, or blank."""
        return next(iter(get_close_matches(word.strip(":,;").lower(), self.keywords, 1)), "")


def _squeezed(name: str) -> str:
    return re.sub("[ _:-]", "", name).lower()


def words_of(text: str, vocabulary: Vocabulary) -> Iterator[Word]:
    """The words of a text in order.

    Raises CommandUnclear: a quote is not closed (B11).
    """
    line, at, opens_line = 1, 0, True
    while at < len(text):
        if text[at].isspace():
            line += text[at] == "\n"
            opens_line = opens_line or text[at] == "\n"
            at += 1
            continue
        word, at = _word_at(text, at, line, opens_line, vocabulary)
        line += word.raw.count("\n")
        opens_line = False
        if word.raw.strip(",;"):
            yield word


def _word_at(text: str, at: int, line: int, opens_line: bool, vocabulary: Vocabulary) -> tuple[Word, int]:
    if text[at] in _STRAIGHT + _CURLY:
        inside, end = _quoted(text, at)
        return Word(inside, text[at:end], line, opens_line, quoted=True), end
    keyword = vocabulary.at(text, at, line, opens_line)
    if keyword:
        return keyword, at + len(keyword.raw)
    end = next((place for place in range(at, len(text)) if text[place].isspace()), len(text))
    return Word(text[at:end], text[at:end], line, opens_line), end


def _quoted(text: str, start: int) -> tuple[str, int]:
    """What stands in quotes, and where it ends. A quote inside is doubled, or stands within a word."""
    closers = _STRAIGHT if text[start] == _STRAIGHT else _STRAIGHT + _CURLY
    inside, at = "", start + 1
    while at < len(text):
        sign, after = text[at], text[at + 1 : at + 2]
        if sign in closers and after == sign:
            at += 1
        elif sign in closers and (not after or after.isspace() or after in ",;"):
            return inside, at + 1
        inside += sign
        at += 1
    raise CommandUnclear(f"The quote is not closed at `{shortened(text[start:])}`: put a second quote after the text.")
