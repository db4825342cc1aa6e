"""The bytes of a request as they were sent: never unpacked, no more than asked for, and not for ever (T08, T10)."""

from __future__ import annotations

import asyncio

import aiohttp
from aiohttp import hdrs, web
from aiohttp.http import HttpProcessingError

ARRIVES_WITHIN = 10.0  # seconds for the whole body


class BodyRefused(Exception):
    """`status`: 415 compressed, 413 too large, 408 too slow in coming, 400 cut off or in chunks that are none."""

    def __init__(self, status: int) -> None:
        super().__init__(str(status))
        self.status = status


async def whole_body(request: web.Request, most: int) -> bytes:
    """The body, of at most so many bytes. Raises BodyRefused."""
    if hdrs.CONTENT_ENCODING in request.headers:
        raise BodyRefused(415)
    if (request.content_length or 0) > most:
        raise BodyRefused(413)
    body = bytearray()
    try:
        async with asyncio.timeout(ARRIVES_WITHIN):
            async for chunk in request.content.iter_any():
                body += chunk
                if len(body) > most:
                    raise BodyRefused(413)
    except TimeoutError:
        raise BodyRefused(408) from None
    except (OSError, aiohttp.ClientError, HttpProcessingError):
        raise BodyRefused(400) from None
    return bytes(body)
