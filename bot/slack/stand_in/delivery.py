"""Slack's side of talking to an app: signed HTTP requests, or envelopes over a Socket Mode websocket."""

from __future__ import annotations

import asyncio
import contextlib
import json
import secrets
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import urlencode

import aiohttp
from aiohttp import WSMsgType, web
from slack_sdk.signature import SignatureVerifier

from handlers.ports import Clock

Json = dict[str, Any]
Kind = Literal["slash_commands", "interactive", "events_api"]
DEADLINE = 3.0  # seconds an app has to acknowledge


@dataclass(frozen=True, slots=True)
class Reply:
    """What an app answered within the deadline; `failure` is Slack's word for why there is no good answer."""

    status: int
    text: str = ""
    failure: str = ""

    @property
    def body(self) -> Json:
        """The answer as JSON; a plain text counts as {"text": …}, an empty one as {}."""
        if not self.text.strip():
            return {}
        try:
            body = json.loads(self.text)
        except ValueError:
            return {"text": self.text}
        return body if isinstance(body, dict) else {"text": self.text}


@dataclass(frozen=True, slots=True)
class Sent:
    """A request as it went out, so that a test can send the very same again."""

    kind: Kind
    body: bytes
    headers: dict[str, str]
    payload: Json


@dataclass(slots=True)
class Delivery:
    """The way to the app. An open websocket comes before the events URL, as with Slack."""

    events_url: str
    signing_secret: str
    clock: Clock
    deadline: float = DEADLINE  # Slack's own, unless a slow machine is to be given more
    sent: list[Sent] = field(default_factory=list)
    sockets: list[web.WebSocketResponse] = field(default_factory=list)
    _leaving: list[web.WebSocketResponse] = field(default_factory=list)
    _waiting: dict[str, asyncio.Future[Json]] = field(default_factory=dict)
    _session: aiohttp.ClientSession | None = None

    async def send(self, kind: Kind, payload: Json, *, retry: int = 0) -> Reply:
        """Hand the payload to the app and wait for its answer, until the deadline."""
        if self.sockets:
            return await self._by_socket(kind, payload, retry)
        if not self.events_url:
            return Reply(0, failure="dispatch_failed")
        sent = self._signed(kind, payload, retry)
        self.sent = [*self.sent[-199:], sent]
        return await self._post(sent)

    def _signed(self, kind: Kind, payload: Json, retry: int) -> Sent:
        match kind:
            case "slash_commands":
                body = urlencode(payload).encode()
            case "interactive":
                body = urlencode({"payload": json.dumps(payload)}).encode()
            case "events_api":
                body = json.dumps(payload).encode()
        timestamp = str(int(self.clock.now().timestamp()))
        signature = SignatureVerifier(self.signing_secret).generate_signature(timestamp=timestamp, body=body)
        headers = {
            "Content-Type": "application/json" if kind == "events_api" else "application/x-www-form-urlencoded",
            "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
            "X-Slack-Request-Timestamp": timestamp,
            "X-Slack-Signature": str(signature),
        }
        if retry:
            headers |= {"X-Slack-Retry-Num": str(retry), "X-Slack-Retry-Reason": "http_timeout"}
        return Sent(kind, body, headers, payload)

    async def again(self, sent: Sent) -> Reply:
        """Send the very same bytes once more, the way they went."""
        return await (self._post(sent) if sent.headers else self._over_socket(sent))

    async def _post(self, sent: Sent) -> Reply:
        if self._session is None or self._session.closed:
            self._session = aiohttp.ClientSession()
        timeout = aiohttp.ClientTimeout(total=self.deadline)
        try:
            async with self._session.post(
                self.events_url, data=sent.body, headers=sent.headers, timeout=timeout, allow_redirects=False
            ) as response:
                text = await response.text(errors="replace")
        except TimeoutError:
            return Reply(0, failure="operation_timeout")
        except aiohttp.ClientError:
            return Reply(0, failure="dispatch_failed")
        if response.status >= 500:
            return Reply(response.status, text, "http_service_error")
        if response.status >= 300:
            return Reply(response.status, text, "http_client_error")
        return Reply(response.status, text)

    # ── Socket Mode ──────────────────────────────────────────────────────────────────────────────────────────────────

    async def _by_socket(self, kind: Kind, payload: Json, retry: int) -> Reply:
        envelope: Json = {
            "envelope_id": secrets.token_hex(16),
            "type": kind,
            "payload": payload,
            "accepts_response_payload": kind != "events_api",
        }
        if retry:
            envelope |= {"retry_attempt": retry, "retry_reason": "timeout"}
        sent = Sent(kind, json.dumps(envelope).encode(), {}, payload)
        self.sent = [*self.sent[-199:], sent]
        return await self._over_socket(sent)

    async def _over_socket(self, sent: Sent) -> Reply:
        envelope_id = json.loads(sent.body)["envelope_id"]
        answer: asyncio.Future[Json] = asyncio.get_running_loop().create_future()
        self._waiting[envelope_id] = answer
        try:
            async with asyncio.timeout(self.deadline):
                socket = self.sockets[0]
                self.sockets = [*self.sockets[1:], socket]  # every connection gets its turn
                await socket.send_str(sent.body.decode())
                acknowledged = await answer
        except TimeoutError:
            return Reply(0, failure="operation_timeout")
        except (ConnectionError, IndexError):
            return Reply(0, failure="dispatch_failed")
        finally:
            self._waiting.pop(envelope_id, None)
        body = acknowledged.get("payload")
        return Reply(200, json.dumps(body) if body else "")

    async def serve_socket(self, request: web.Request, app_id: str) -> web.WebSocketResponse:
        """Talk to one Socket Mode client until it goes."""
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        hello = {
            "type": "hello",
            "num_connections": len(self.sockets) + 1,
            "connection_info": {"app_id": app_id},
            "debug_info": {"host": "slack-stand-in", "build_number": 1, "approximate_connection_time": 18060},
        }
        await socket.send_json(hello)
        self.sockets.append(socket)
        try:
            async for frame in socket:
                if frame.type is WSMsgType.TEXT:
                    self._acknowledge(frame.data)
        finally:
            if socket in self.sockets:
                self.sockets.remove(socket)
        return socket

    def _acknowledge(self, frame: str) -> None:
        try:
            said = json.loads(frame)
        except ValueError:
            return
        waiting = self._waiting.get(said.get("envelope_id", "")) if isinstance(said, dict) else None
        if waiting is not None and not waiting.done():
            waiting.set_result(said)

    async def disconnect(self, reason: str) -> None:
        """Tell every client to go and come back (`refresh_requested`, `warning`), as Slack does daily.

        A connection that was told so gets nothing more; the client hangs up, as Slack lets it.
        """
        leaving, self.sockets = self.sockets, []
        self._leaving = [socket for socket in [*self._leaving, *leaving] if not socket.closed]
        for socket in leaving:
            with contextlib.suppress(ConnectionError):
                await socket.send_json({"type": "disconnect", "reason": reason, "debug_info": {"host": "stand-in"}})

    async def close(self) -> None:
        for socket in [*self._leaving, *self.sockets]:
            await socket.close()
        if self._session is not None:
            await self._session.close()
