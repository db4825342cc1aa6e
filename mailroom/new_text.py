"""What a person wrote in a letter, without the letters quoted in it and without signatures. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from bs4 import BeautifulSoup, Tag
from bs4.element import NavigableString, PageElement
from mailparser_reply import EmailMessage

from mailroom.history import before_history, visible

MOST_CHARS = 20_000  # mail-parser-reply is quadratic: 34 s for 64 kB of hostile text, under 1 s for this
MOST_LINE = 998
MOST_HTML = 100_000
_WRAPS_AT = 72  # where mail programs break long lines at the earliest
_LANGUAGES = ["en", "de", "fr", "es", "it", "nl", "pl"]
_NEVER = re.compile(r"(?!)")
# What telephones and mail programs put below a letter by themselves
_SENT_FROM = re.compile(
    r"(?:Sent from|Get Outlook for|Download Outlook|Gesendet (?:von|mit|über)|Von meine[mr] .{1,40} gesendet|"
    r"Holen Sie sich Outlook|Outlook für .{1,20} beziehen|Envoyé (?:de|depuis|à partir)|"
    r"(?:Télécharge[rz]|Obtenez) Outlook|"
    r"Enviad[oa] (?:desde|do|da|de)|(?:Obtener|Obter o) Outlook|Inviato (?:da|dal)|(?:Scarica|Ottieni) Outlook|"
    r"Verstuurd vanaf|Verzonden (?:vanaf|met|via)|Outlook voor .{1,20} downloaden|"
    r"Wysłan[eo] z|Pobierz (?:aplikację )?Outlook|"
    r"تم الإرسال من|أُرسلت من|נשלח מ\S*|Skickat från|Sendt fra|Отправлено (?:с|из))\b.{0,120}",
    re.IGNORECASE,
)
_BLOCKS = frozenset("p div tr li h1 h2 h3 h4 table ul ol pre section hr".split())
_SKIPPED = frozenset("script style head title template".split())
_QUOTING = frozenset(
    "gmail_quote gmail_attr moz-cite-prefix yahoo_quoted protonmail_quote tutanota_quote zmail_extra "
    "moz-forward-container moz-email-headers-table".split()
)
_SIGNATURES = frozenset(
    "gmail_signature gmail_signature_prefix moz-signature ms-outlook-mobile-signature AppleMailSignature Signature "
    "protonmail_signature_block".split()
)
_HISTORY_FROM = frozenset("divRplyFwdMsg appendonsend mail-editor-reference-message-container".split())
_HISTORY_CLASSES = frozenset(("OutlookMessageHeader", "ms-outlook-mobile-reference-message"))
_OUTLOOKS_LINE = re.compile(r"border-top\s*:\s*solid\s+#(?:E1E1E1|B5C4DF)", re.IGNORECASE)  # above From, Sent, To
_END, _GAP, _BREAK, _QUOTE = "\0end", "\0gap", "\0br", "\0quote"  # no text holds a NUL here


@dataclass(frozen=True, slots=True)
class NewText:
    """The new text of a letter. `both_sides`: it stands in more than one place around the quoted letter (B40)."""

    text: str
    both_sides: bool = False

    @property
    def lines(self) -> list[str]:
        """Its lines that hold something, without spaces around them."""
        return [line.strip() for line in self.text.split("\n") if line.strip()]


class _WithoutHistory(EmailMessage):  # type: ignore[misc]
    """Text whose history was cut off before: only its signature and disclaimers are looked for.

    The library has no types.
    """

    @property
    def HEADER_REGEX(self) -> re.Pattern[str]:  # noqa: N802  the library's name
        return _NEVER


def new_text(text: str) -> NewText:
    """The text above the first quoted line; where there is none, the text below the last."""
    lines = [visible(line)[:MOST_LINE] for line in text[:MOST_CHARS].split("\n")]
    quoted = [number for number, line in enumerate(lines) if line.startswith(">")]
    if not quoted:
        return NewText(_written(lines))
    first, last = quoted[0], quoted[-1]
    above = _written(lines[:first], quote_follows=True)
    between = [_written(part) for part in _between(lines[first : last + 1])]
    below = _written(_without_spill(lines[last], lines[last + 1 :]))
    places = [said for said in (above, *between, below) if said]
    return NewText(above or below, both_sides=len(places) > 1 or any(between))


def _between(lines: list[str]) -> list[list[str]]:
    """What stands between quoted lines, a list a place; lines broken by a mail program on the way are the quote's."""
    places: list[list[str]] = [[]]
    last_quoted = ""
    for line in lines:
        if line.startswith(">"):
            places[-1] = _without_spill(last_quoted, places[-1])
            last_quoted = line
            places.append([])
        else:
            places[-1].append(line)
    return places


def _without_spill(quoted: str, lines: list[str]) -> list[str]:
    """Without the rest of a long quoted line that was broken and lost its mark: it stands right below."""
    if len(quoted) + 1 + len(lines[0].split(" ")[0] if lines else "") <= _WRAPS_AT:
        return lines
    return lines[next((number for number, line in enumerate(lines) if not line), len(lines)) :]


def _written(lines: list[str], *, quote_follows: bool = False) -> str:
    """Without signature and without what follows the head of an older letter ("On … wrote:", "From: … Sent: …")."""
    lines = before_history(lines, quote_follows=quote_follows)
    for number, line in enumerate(lines):
        if line in ("--", "__", "—") or _SENT_FROM.match(line):
            lines = lines[:number]
            break
    text = "\n".join(lines).strip()
    if not text:
        return ""
    [reply] = _WithoutHistory(text=text, languages=list(_LANGUAGES), keep_hyphen_lists=True).read().replies
    return str(reply.body)


def from_html(html: str) -> str:
    """The text of an HTML letter as a reader sees it: hidden parts left out, `>` in place of a quoted letter."""
    page = _Page()
    waiting: list[PageElement | str] = [BeautifulSoup(_tame(html[:MOST_HTML]), "html.parser")]
    while waiting:  # not by recursion: tags may be nested as deep as the letter is long
        element = waiting.pop()
        if isinstance(element, str):
            if type(element) is NavigableString:
                page.words += re.sub(r"[ \t\r\n]+", " ", element)
            elif element in (_END, _GAP, _BREAK, _QUOTE):
                page.mark(element)
        elif isinstance(element, Tag):
            if _begins_history(element):
                break
            waiting += _inside(element)
    page.mark(_END)
    return "\n".join(page.lines).strip("\n")


@dataclass(slots=True)
class _Page:
    """Lines as they come about: a block begins a new one, a break ends one even where nothing stands in it."""

    lines: list[str] = field(default_factory=list)
    words: str = ""

    def mark(self, what: str) -> None:
        line = " ".join(self.words.split())
        if line or what == _BREAK or "\xa0" in self.words:  # a paragraph of nothing but a hard space is a blank line
            self.lines.append(line)
        self.words = ""
        if what == _GAP and self.lines and self.lines[-1]:
            self.lines.append("")
        if what == _QUOTE:
            self.lines.append(">")


def _tame(html: str) -> str:
    """Without comments and declarations, and every tag closed: on others Python's HTML parser takes quadratic time."""
    first, *others = html.split("<!--")
    without = " ".join([first, *(piece.partition("-->")[2] for piece in others)])
    return re.sub(r"<(?![^<>]*>)", "&lt;", re.sub(r"<[!?][^<>]*>", "", without))


def _begins_history(tag: Tag) -> bool:
    if tag.get("id") in _HISTORY_FROM or not _HISTORY_CLASSES.isdisjoint(tag.get_attribute_list("class")):
        return True
    return tag.name == "div" and _OUTLOOKS_LINE.search(str(tag.get("style", ""))) is not None


def _is_quote(tag: Tag) -> bool:
    if tag.name == "blockquote" or tag.get("name") == "quote" or str(tag.get("id", "")).startswith("yahoo_quoted"):
        return True
    return not _QUOTING.isdisjoint(tag.get_attribute_list("class"))


def _inside(tag: Tag) -> list[PageElement | str]:
    """What is to be read of a tag, last first."""
    hidden = re.search(r"display\s*:\s*none", str(tag.get("style", ""))) or tag.has_attr("hidden")
    if tag.name in _SKIPPED or hidden:
        return []
    if _is_quote(tag):
        return [_QUOTE]
    if tag.get("id") in _SIGNATURES or not _SIGNATURES.isdisjoint(tag.get_attribute_list("class")):
        return []
    if tag.name == "br":
        return [_BREAK]
    if tag.name == "p" and "MsoNormal" not in tag.get_attribute_list("class"):  # Outlook's have no gap between them
        return [_GAP, *reversed(tag.contents), _END]
    around: list[PageElement | str] = [_END] if tag.name in _BLOCKS else []
    return [*around, *reversed(tag.contents), *around]
