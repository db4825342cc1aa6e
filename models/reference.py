"""References and tokens: what a link is called aloud, and the secret in its URL."""

from __future__ import annotations

import re
import secrets

from models.errors import CommandUnclear
from models.plain_text import shortened

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32: no I, L, O, U
_READ_AS = str.maketrans("OIL", "011")  # crockford.com/base32.html: what people take for a digit is that digit
_DASHES = re.compile("[‐‑‒–—−]")  # what phones and word processors make of "-"
_SHAPE = re.compile(r"(PL-?)?([0-9A-TV-Z]{6})", re.IGNORECASE | re.ASCII)


def new_reference() -> str:
    """A reference such as PL-7F3K9Q. There are 2^30 of them: the caller checks that it is free."""
    bits = secrets.randbits(30)
    return "PL-" + "".join(_ALPHABET[bits >> shift & 31] for shift in range(0, 30, 5))


def new_token() -> str:
    """The secret of a link's URL: 192 random bits."""
    return secrets.token_urlsafe(24)


def read_reference(text: str) -> str:
    """The canonical form of a reference in any case: 'pl-7f3k9q', 'pl7f3k9q' and '7F3K9Q' are PL-7F3K9Q.

    Without the dash it must hold a digit, so that no plain word ('please', 'pleasant') is taken for one.

    Raises CommandUnclear: it is none.
    """
    found = _SHAPE.fullmatch(_DASHES.sub("-", text.strip()))
    prefix, code = (found[1] or "", found[2].upper()) if found else ("", "")
    if not found or not (prefix.endswith("-") or re.search(r"[0-9]", code)):
        raise CommandUnclear(f"“{shortened(text)}” is no reference: a reference looks like PL-7F3K9Q.")
    return f"PL-{code.translate(_READ_AS)}"
