"""Which of the things that the app is to be set up for Slack has ever sent: no token of ours can ask for that."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Mapping
from typing import Any

import structlog
from slack_bolt.middleware.async_middleware import AsyncMiddleware
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse

from bot.slack.manifest import EVENTS, SHORTCUTS

log = structlog.get_logger()
EXPECTED: Mapping[str, str] = {
    **{event: f"the event {event}" for event in EVENTS},
    **{callback_id: f"the shortcut “{name}”" for name, _, callback_id, _ in SHORTCUTS},
}


def kind_of(body: Mapping[str, Any]) -> str:
    """What a request shows to be set up, as a key of EXPECTED; blank: nothing that has to be set up by itself."""
    event = body.get("event") or {}
    if event:
        kind = "message.im" if event.get("channel_type") == "im" else str(event.get("type"))
    else:
        kind = str(body.get("callback_id")) if body.get("type") in ("shortcut", "message_action") else ""
    return kind if kind in EXPECTED else ""


def not_heard(heard: frozenset[str]) -> str:
    """What never came, for a person to read; blank: all of it did."""
    return ", ".join(words for kind, words in EXPECTED.items() if kind not in heard)


class Noting(AsyncMiddleware):
    """Has it kept, once a process, that a kind of thing comes: `paylink doctor` tells what never did."""

    def __init__(
        self,
        remember: Callable[[str], Awaitable[None]],
        later: Callable[[Coroutine[Any, Any, None]], None],
    ) -> None:
        self._remember = remember
        self._later = later
        self._heard: set[str] = set()

    async def async_process(
        self,
        *,
        req: AsyncBoltRequest,
        resp: BoltResponse,
        next: Callable[[], Awaitable[BoltResponse]],  # noqa: A002
    ) -> BoltResponse | None:
        kind = kind_of(req.body)
        if kind and kind not in self._heard:
            self._heard.add(kind)
            self._later(self._kept(kind))
        return await next()

    async def _kept(self, kind: str) -> None:
        try:
            await self._remember(kind)
        except Exception as error:  # it comes again; nothing hangs on it
            self._heard.discard(kind)
            log.info("slack.heard_not_kept", why=type(error).__name__)
