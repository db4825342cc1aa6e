"""A person's or a company's name in the words of a message, where it is clear that it is one."""

from __future__ import annotations

import re
from collections.abc import Iterator

from models.plain_text import NAME_MAX, one_line

_LABELLED = re.compile(
    r"^[ \t>•-]{0,4}(?:client(?: name)?|customer(?: name)?|recipient(?: name)?|payer|name)[ \t]*[:=]"
    r"[ \t]*(?P<name>[^\n]+)$",
    re.IGNORECASE | re.MULTILINE,
)
_CALLS = frozenset("bill charge".split())  # what follows is whom to ask
_MAY_CALL = frozenset("for from ask to client customer".split())  # it may be: where the address says the same
_NO_NAMES = frozenset(
    "please send invoice payment link hi hello dear the a an and amount due paylink thanks cc re fw fwd".split()
)
_ENDS = ".,;:!?)>"
_MOST_WORDS = 4


def clear_name(text: str, email: str) -> str:
    """The only name that is clearly one; blank where there is none, or several. `email`: the address in the text."""
    found = {one_line(name).casefold(): one_line(name) for name in _names(text, email)}
    fitting = [name for name in found.values() if 1 < len(name) <= NAME_MAX]
    return fitting[0] if len(fitting) == 1 else ""


def _names(text: str, email: str) -> Iterator[str]:
    labelled = [_without_address(found["name"]) for found in _LABELLED.finditer(text)]
    if labelled:  # somebody filled in a form: nothing is clearer
        yield from labelled
        return
    words = text.split()
    for place, word in enumerate(words):
        bare = word.casefold().strip(_ENDS)
        if email and email.casefold() in word.casefold():
            yield from _before(words, place, email)
        elif bare in _CALLS or bare in _MAY_CALL:
            name = " ".join(_capitals(words[place + 1 :]))
            if " " in name and (bare in _CALLS or _fits(name, email)):
                yield name


def _without_address(value: str) -> str:
    words = [word for word in value.split() if "@" not in word]
    return " ".join(words).strip(" ,;<>()*")


def _capitals(words: list[str]) -> Iterator[str]:
    """The words at the beginning that are written as names are; a sign at a word's end ends the name."""
    for word in words[:_MOST_WORDS]:
        bare = word.strip(_ENDS + '(<“”"*')
        if not _is_name(bare) or word[0] in "(<":
            return
        yield bare
        if word[-1] in _ENDS:
            return


def _before(words: list[str], place: int, email: str) -> Iterator[str]:
    """`Jane Doe <jane@acme.com>`, `Jane Doe (jane@acme.com)`, `Jane Doe, jane@acme.com`."""
    name: list[str] = []
    for back, word in enumerate(reversed(words[max(0, place - _MOST_WORDS) : place])):
        bare = word.strip(_ENDS + '“”"*')
        if not _is_name(bare) or (bare.casefold() in _CALLS | _MAY_CALL and name and not _fits(bare, email)):
            break
        if word[-1] in _ENDS and not (back == 0 and word[-1] == ","):
            break
        name.insert(0, bare)
    whole = " ".join(name)
    if len(name) > 1 and (words[place][0] in "<(" or _fits(whole, email)):
        yield whole


def _is_name(word: str) -> bool:
    letters = re.sub(r"['’.-]", "", word)
    return letters.isalpha() and word[0].isupper() and word.casefold() not in _NO_NAMES


def _fits(name: str, email: str) -> bool:
    """Whether the address is made of the name."""
    return any(len(part) > 2 and part.casefold() in email.casefold() for part in name.split())
