"""What the pages are drawn with: the files of static/, the firm's colour and its logo; and a word to robots."""

from __future__ import annotations

import re
from collections.abc import Iterable

from aiohttp import hdrs, web

from models.colours import read_colour
from models.errors import CommandUnclear
from paypage.answers import Answers
from paypage.views import StaticFile, colour_sheet


class Assets:
    """Every file under a name that changes with its content."""

    def __init__(self, answers: Answers, static: Iterable[StaticFile]) -> None:
        self._answers = answers
        self._static = {file.path: file for file in static}

    async def file(self, request: web.Request) -> web.Response:
        """GET: a file, to be kept for ever."""
        logo = self._answers.views.logo
        file = self._static.get(request.path) or _colour_sheet(request.path)
        if logo is not None and logo.path == request.path:
            file = logo
        if file is None:
            return self._answers.not_found()
        kept = {hdrs.CACHE_CONTROL: "public, max-age=31536000, immutable", hdrs.CONTENT_TYPE: file.content_type}
        return web.Response(body=file.body, headers=kept)

    async def robots(self, request: web.Request) -> web.Response:
        """GET: nothing here is for search engines."""
        return web.Response(text="User-agent: *\nDisallow: /\n")


def _colour_sheet(path: str) -> StaticFile | None:
    """The style sheet of a colour. Its name says all that is in it, so that every replica has the same."""
    named = re.fullmatch(r"/static/colour\.([0-9a-f]{6})\.css", path)
    try:
        return colour_sheet(read_colour(named[1])) if named else None
    except CommandUnclear:  # no firm may have it
        return None
