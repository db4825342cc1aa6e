"""What an answer is made of, printed as plain text and as HTML from the same blocks. Pure."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache

from jinja2 import Template

from mailroom.paper import WIDTH, html_sheet, wrapped

MOST_HTML_ROWS = 100  # of all lists in a letter, but
LEAST_HTML_ROWS = 20  # of each that has so many
MOST_HTML_BYTES = 95_000  # Gmail shows 102 kB of a letter and hides the rest
MOST_TEXT_ROWS = 500  # of a list that is attached whole
_NUMBER, _AMOUNT = 6, 16  # characters of these columns in plain text


@dataclass(frozen=True, slots=True)
class Words:
    """A paragraph. `tone`: plain, strong (what happened), warning, fine (small print)."""

    text: str
    tone: str = "plain"


@dataclass(frozen=True, slots=True)
class Facts:
    """Labels and values; those without a value are left out."""

    pairs: tuple[tuple[str, str], ...]

    @property
    def shown(self) -> list[tuple[str, str]]:
        return [(label, value) for label, value in self.pairs if value]


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a list: a number or reference, what it is, how much, and what else there is to say."""

    number: str
    title: str
    amount: str = ""
    details: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Rows:
    """A list under a heading."""

    heading: str
    rows: tuple[Row, ...]
    whole_in: str = ""  # the attached file that has it all where it is long; blank: the plain text always has


@dataclass(frozen=True, slots=True)
class Address:
    """A web address, whole, to click or copy."""

    url: str


@dataclass(frozen=True, slots=True)
class Forms:
    """What one can write, and what it does."""

    pairs: tuple[tuple[str, str], ...]


Block = Words | Facts | Rows | Address | Forms
Page = tuple[str, list[Block]]  # title and blocks


def as_text(title: str, blocks: Sequence[Block]) -> str:
    """The answer in plain text, at most 78 columns where no web address is longer."""
    parts = [wrapped(title), *(_text(block) for block in blocks)]
    return "\n\n".join(part for part in parts if part) + "\n"


def as_html(title: str, blocks: Sequence[Block], firm: str) -> str:
    """The answer in HTML, its styles on the tags. Long lists are cut: mail programs cut the letter otherwise."""
    most, least = MOST_HTML_ROWS, LEAST_HTML_ROWS
    while True:
        html = _rendered(title, blocks, firm, most, least)
        if len(html.encode()) <= MOST_HTML_BYTES or most <= 1:
            return html
        most, least = most // 2, least // 2


def _rendered(title: str, blocks: Sequence[Block], firm: str, most: int, least: int) -> str:
    shown: list[Block] = []
    room = most
    for block in blocks:
        shown += _cut(block, max(room, least, 1))
        room -= len(block.rows) if isinstance(block, Rows) else 0
    kinds = [(type(block).__name__.lower(), block) for block in shown]
    return _sheet().render(title=title, blocks=kinds, firm=firm)


def _cut(block: Block, most: int) -> list[Block]:
    if not isinstance(block, Rows) or len(block.rows) <= most:
        return [block]
    first = replace(block, rows=block.rows[:most])
    return [first, Words(_more(block, most), "fine")]


def _more(block: Rows, most: int) -> str:
    where = (
        f"{block.whole_in}, attached, has them all" if block.whole_in else "the plain text of this letter has them all"
    )
    return f"… and {len(block.rows) - most:,} more: {where}."


@cache
def _sheet() -> Template:
    return html_sheet("answer.html")


def _text(block: Block) -> str:
    match block:
        case Words(text, tone):
            return wrapped(f"! {text}" if tone == "warning" else text)
        case Facts():
            width = max((len(label) for label, _ in block.shown), default=0) + 2
            return "\n".join(_hanging(f"{label}:", value, width) for label, value in block.shown)
        case Rows(heading, rows, whole_in):
            most = MOST_TEXT_ROWS if whole_in else len(rows)
            more = [f"\n{wrapped(_more(block, most))}"] if len(rows) > most else []
            lines = "\n".join([*map(_row, rows[:most]), *more])
            return f"{heading}\n{'-' * min(len(heading), WIDTH)}\n{lines}" if heading else lines
        case Address(url):
            return url
        case Forms(pairs):
            return "\n".join(f"{wrapped(form, '  ')}\n{wrapped(does, '      ')}" for form, does in pairs)


def _hanging(label: str, value: str, width: int) -> str:
    return textwrap.fill(
        value,
        WIDTH,
        initial_indent=label.ljust(width),
        subsequent_indent=" " * width,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _row(row: Row) -> str:
    """`   2  Jane Doe                $1,250.00`, and the details below."""
    start = row.number.rjust(_NUMBER - 2) + "  "
    room = WIDTH - len(start) - (_AMOUNT if row.amount else 0)
    title = textwrap.wrap(row.title, room, break_on_hyphens=False) or [""]
    first = start + title[0]
    if row.amount:
        first = first.ljust(WIDTH - len(row.amount)) + row.amount
    indent = " " * len(start)
    below = [indent + line for line in title[1:]]
    if row.details:
        below.append(wrapped(row.details, indent))
    if row.url:
        below.append(indent + row.url)
    return "\n".join([first.rstrip(), *below])
