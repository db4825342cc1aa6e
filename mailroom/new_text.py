"""What a person wrote in a letter, without the letters quoted in it and without signatures. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bs4 import BeautifulSoup, Tag
from bs4.element import NavigableString, PageElement
from mailparser_reply import EmailMessage

MOST_CHARS = 20_000  # mail-parser-reply is quadratic: 34 s for 64 kB of hostile text, under 1 s for this
MOST_LINE = 998
MOST_HTML = 100_000
_LANGUAGES = ["en", "de", "fr", "es", "it", "nl"]
_BLOCKS = frozenset("p div tr li h1 h2 h3 h4 table ul ol pre section hr".split())
_SKIPPED = frozenset("script style head title template blockquote".split())  # a quoted letter is not news
_QUOTING = frozenset("gmail_quote gmail_attr moz-cite-prefix yahoo_quoted protonmail_quote".split())
_HISTORY_FROM = frozenset("divRplyFwdMsg appendonsend mail-editor-reference-message-container".split())


@dataclass(frozen=True, slots=True)
class NewText:
    """The new text of a letter. `both_sides`: there is some above and some below the quoted letter (B40)."""

    text: str
    both_sides: bool = False

    @property
    def lines(self) -> list[str]:
        """Its lines that hold something, without spaces around them."""
        return [line.strip() for line in self.text.split("\n") if line.strip()]


def new_text(text: str) -> NewText:
    """The text above the first quoted line; where there is none, the text below the last."""
    lines = [line[:MOST_LINE] for line in text[:MOST_CHARS].split("\n")]
    quoted = [number for number, line in enumerate(lines) if line.lstrip().startswith(">")]
    if not quoted:
        return NewText(_written(lines))
    above, below = _written(lines[: quoted[0]]), _written(lines[quoted[-1] + 1 :])
    return NewText(above or below, both_sides=bool(above and below))


def _written(lines: list[str]) -> str:
    """Without signature and without what follows the head of an older letter ("On … wrote:", "From: … Sent: …")."""
    for number, line in enumerate(lines):
        if line.rstrip() in ("--", "-- ", "__"):
            lines = lines[:number]
            break
    text = "\n".join(line.strip(" \t\u200b\ufeff") for line in lines)
    replies = EmailMessage(text=text, languages=list(_LANGUAGES), keep_hyphen_lists=True).read().replies
    if not replies or replies[0].headers:
        return ""
    return str(replies[0].body)


def from_html(html: str) -> str:
    """The text of an HTML letter as a reader sees it: a line a paragraph, quoted letters and hidden parts left out."""
    words: list[str] = []
    waiting: list[PageElement | str] = [BeautifulSoup(_tame(html[:MOST_HTML]), "html.parser")]
    while waiting:  # not by recursion: tags may be nested as deep as the letter is long
        element = waiting.pop()
        if isinstance(element, str):
            words.append(re.sub(r"[ \t\r\n]+", " ", element) if type(element) is NavigableString else element)
        elif isinstance(element, Tag):
            if _begins_history(element):
                break
            waiting += _inside(element)
    lines = (" ".join(line.split()) for line in "".join(words).split("\n"))
    return "\n".join(line for line in lines if line)


def _tame(html: str) -> str:
    """Without comments and declarations, and every tag closed: on others Python's HTML parser takes quadratic time."""
    first, *others = html.split("<!--")
    without = " ".join([first, *(piece.partition("-->")[2] for piece in others)])
    return re.sub(r"<(?![^<>]*>)", "&lt;", re.sub(r"<[!?][^<>]*>", "", without))


def _begins_history(tag: Tag) -> bool:
    return tag.get("id") in _HISTORY_FROM or "OutlookMessageHeader" in tag.get_attribute_list("class")


def _inside(tag: Tag) -> list[PageElement | str]:
    """What is to be read of a tag, last first."""
    hidden = re.search(r"display\s*:\s*none", str(tag.get("style", ""))) or tag.has_attr("hidden")
    if tag.name in _SKIPPED or hidden or not _QUOTING.isdisjoint(tag.get_attribute_list("class")):
        return []
    if tag.name == "br":
        return ["\n"]
    around: list[PageElement | str] = ["\n"] if tag.name in _BLOCKS else []
    return [*around, *reversed(tag.contents), *around]
