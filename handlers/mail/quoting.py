"""Words of letters in what admins are told of them."""

from __future__ import annotations

import re

from models.plain_text import plain_line, shortened

_LINK = re.compile(r"\b(?:[a-z][a-z0-9+.-]{1,15}:/*|www\.)\S+", re.IGNORECASE)


def quoted(text: str, most: int) -> str:
    """Somebody's words: on one line, with no link to follow and none of the marks that our own words have."""
    return shortened(_LINK.sub("(a link)", plain_line(text)).replace("`", "'"), most)
