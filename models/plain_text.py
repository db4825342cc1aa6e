"""Text that people typed or pasted: what is taken out of it, how long it may be, how it is quoted back."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

COMMAND_MAX = 4000  # characters of a whole command
NAME_MAX = 200  # of a client's name
INVOICE_MAX = 60  # of an invoice number
MESSAGE_MAX = 500  # of the message to a payer

_BIDI = frozenset(
    "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
)  # UAX 9: may turn text around
_LINE_ENDS = re.compile("\r\n?|[\u2028\u2029]")
_KEPT = "\n\t"


def clean(text: str) -> tuple[str, str]:
    """The text without control and bidi characters, NUL among them, and a sentence on what was taken out (B15).

    Line ends become a bare newline; the sentence is blank where nothing was taken out. Joiners stay: emoji are made of
    them.
    """
    lines = _LINE_ENDS.sub("\n", text)
    removed = sorted(ch for ch in set(lines) if _harmful(ch))  # of each sign once: a text may be very long
    if not removed:
        return lines, ""
    names = ", ".join(f"U+{ord(ch):04X}" for ch in removed[:5]) + (", …" if len(removed) > 5 else "")
    return lines.translate(dict.fromkeys(map(ord, removed))), f"Control characters were taken out of the text: {names}."


def _harmful(ch: str) -> bool:
    return ch in _BIDI or (ch not in _KEPT and unicodedata.category(ch) in ("Cc", "Cs"))


def one_line(text: str) -> str:
    """The text on one line with single spaces: for names and numbers."""
    return " ".join(text.split())


def plain_line(text: str) -> str:
    """Another program's or person's words on one line, without what does harm: they may hold anything."""
    return one_line(clean(text)[0])


def shortened(text: str, most: int = 40) -> str:
    """What somebody typed, on one line and at most `most` characters long, to be quoted in an answer."""
    flat = plain_line(text)
    return flat if len(flat) <= most else f"{flat[: most - 1]}…"


def listed(words: Iterable[str]) -> str:
    """'a', 'a and b', 'a, b and c'; blank for nothing."""
    *most, last = [*words] or [""]
    return f"{', '.join(most)} and {last}" if most else last


def counted(count: int, thing: str) -> str:
    """'1 link', '2 links'."""
    return f"{count} {thing}" if count == 1 else f"{count} {thing}s"
