"""The strict check before Bolt: only what Slack signed within five minutes gets in; nothing else costs us anything."""

from __future__ import annotations

import asyncio
import re
from urllib.parse import parse_qs

from aiohttp import web
from multidict import CIMultiDictProxy
from slack_sdk.signature import Clock as SignatureClock
from slack_sdk.signature import SignatureVerifier

from handlers.ports import Clock

BODY_MAX = 256 * 1024
READ_WITHIN = 10.0  # seconds for the whole body
_TIMESTAMP = re.compile(r"[0-9]{1,12}")
_SIGNATURE = re.compile(r"v0=[0-9a-f]{64}")


class Turned(Exception):
    """The request goes no further; `status` is what its sender gets, with an empty body."""

    def __init__(self, status: int) -> None:
        super().__init__(str(status))
        self.status = status


class FrontCheck:
    """Slack's signature, v0 (docs.slack.dev/authentication/verifying-requests-from-slack)."""

    def __init__(self, signing_secret: str, clock: Clock) -> None:
        """Raises ValueError: the secret is empty, and would let anybody in."""
        self._verifier = SignatureVerifier(signing_secret, _As(clock))

    async def admit(self, request: web.Request) -> str:
        """The body of a request from Slack.

        Raises Turned: 413 and 408 for a body too large or too slow, 401 for a bad, old, early or missing signature, 200
        for Slack's check of our certificate, which carries no signature.
        """
        body = await read_capped(request)
        if is_ssl_check(body):
            raise Turned(200)
        return self.verified(body, request.headers)

    def verified(self, body: bytes, headers: CIMultiDictProxy[str]) -> str:
        """The body as text, when the headers prove that Slack wrote it. Raises Turned."""
        timestamps = headers.getall("X-Slack-Request-Timestamp", [])
        signatures = headers.getall("X-Slack-Signature", [])
        if len(timestamps) != 1 or not _TIMESTAMP.fullmatch(timestamps[0]):
            raise Turned(401)
        if len(signatures) != 1 or not _SIGNATURE.fullmatch(signatures[0]):
            raise Turned(401)
        try:
            text = body.decode("utf-8")
        except UnicodeDecodeError:
            raise Turned(401) from None
        if not self._verifier.is_valid(text, timestamps[0], signatures[0]):
            raise Turned(401)
        return text


class _As(SignatureClock):
    """Our clock, as slack_sdk reads it: it takes a timestamp that is at most five minutes off, either way."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def now(self) -> float:
        return self._clock.now().timestamp()


async def read_capped(request: web.Request) -> bytes:
    """The raw body. Raises Turned: larger than BODY_MAX, or not here in time."""
    if (request.content_length or 0) > BODY_MAX:
        raise Turned(413)
    body = bytearray()
    try:
        async with asyncio.timeout(READ_WITHIN):
            async for chunk in request.content.iter_any():
                body += chunk
                if len(body) > BODY_MAX:
                    raise Turned(413)
    except TimeoutError:
        raise Turned(408) from None
    return bytes(body)


def is_ssl_check(body: bytes) -> bool:
    """Whether Slack only wants to see that we answer over TLS: `ssl_check=1` and nothing to do."""
    if b"ssl_check" not in body or len(body) > 1024 or not body.isascii():
        return False
    return parse_qs(body.decode("ascii")).get("ssl_check") == ["1"]
