"""stripe's HTTP client, made safe: what it would stumble over is no answer at all."""

from __future__ import annotations

import json
from collections.abc import Mapping

import aiohttp
import stripe

stripe.enable_telemetry = False  # it keeps a file in the home folder and describes this machine to Stripe


class StripeWire(stripe.AIOHTTPClient):
    """stripe's aiohttp client that follows no redirect and takes a body cut off in transit for no answer at all."""

    async def request_async(
        self, method: str, url: str, headers: Mapping[str, str], post_data: str | None = None
    ) -> tuple[bytes, int, Mapping[str, str]]:
        args, kwargs = self._get_request_args_kwargs(method, url, headers, post_data)
        try:
            async with self._session.request(*args, **kwargs, allow_redirects=False) as answer:
                return _sound(await answer.read()), answer.status, answer.headers
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise stripe.APIConnectionError(f"no answer from Stripe ({type(error).__name__})") from error

    async def close_async(self) -> None:
        if self._cached_session is not None:
            await self._cached_session.close()


def _sound(body: bytes) -> bytes:
    """The body when it is a JSON object whose error, if any, is one; else nothing. stripe stumbles over all others."""
    try:
        said = json.loads(body.decode())
    except (ValueError, RecursionError):
        return b""
    return body if isinstance(said, dict) and isinstance(said.get("error", {}), dict) else b""
