"""Slack's Web API as an app sees it: who may call, how arguments come, how it fails. The methods are in methods.py."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from bot.slack.stand_in.faults import Fault, Faults
from bot.slack.stand_in.offer import Offer
from bot.slack.stand_in.people import BOT_USER, Channel, Person
from bot.slack.stand_in.workspace import Workspace

Json = dict[str, Any]

# What SPEC section 6 asks for when the app is installed; a method outside of it answers missing_scope.
SCOPES = frozenset(
    "commands chat:write files:read files:write users:read users:read.email channels:read groups:read im:history "
    "app_mentions:read".split()
)


class Refused(Exception):
    """The method answers `ok: false` with this word; `more` goes into the answer."""

    def __init__(self, error: str, **more: Any) -> None:
        super().__init__(error)
        self.answer: Json = {"ok": False, "error": error, **more}


@dataclass(frozen=True, slots=True)
class Call:
    """One call an app made, for tests to look at."""

    method: str
    args: Json


@dataclass(frozen=True, slots=True)
class Method:
    work: Callable[[WebApi, Json], Json]
    scope: str = ""
    app_token: bool = False


class WebApi:
    """The methods over one workspace."""

    def __init__(
        self,
        workspace: Workspace,
        methods: Mapping[str, Method],
        *,
        bot_token: str,
        app_token: str,
        scopes: frozenset[str],
        offer: Offer,
    ) -> None:
        self.workspace = workspace
        self.offer = offer
        self.scopes = scopes
        self.faults = Faults()
        self.calls: list[Call] = []
        self.base_url = ""  # http://127.0.0.1:PORT, where this app is reached
        self.socket_tickets: set[str] = set()
        self.bot_token = bot_token
        self._app_token = app_token
        self._methods = methods

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """One API call over HTTP."""
        self.base_url = self.base_url or str(request.url.origin())
        name = request.match_info["method"]
        args = await read_arguments(request)
        token = _bearer(request) or args.pop("token", "")
        args.pop("token", None)
        self.calls = [*self.calls[-999:], Call(name, args)]
        fault = self.faults.next(name, str(args.get("channel", "")))
        if fault is not None and not fault.cut:
            failed = await _fail(fault)
            if failed is not None:
                return failed
        answer = self._answer(name, args, token)
        if fault is not None and fault.cut:
            if request.transport is not None:
                request.transport.abort()
            return web.Response(status=500)
        granted = {"X-OAuth-Scopes": ",".join(sorted(self.scopes))} if token == self.bot_token else None
        return web.json_response(answer, headers=granted)

    def _answer(self, name: str, args: Json, token: str) -> Json:
        try:
            method = self._methods.get(name)
            if method is None:
                raise Refused("unknown_method", req_method=name)
            self._check_token(method, token)
            return {"ok": True, **method.work(self, args)}
        except Refused as refused:
            return refused.answer

    def _check_token(self, method: Method, token: str) -> None:
        if not token:
            raise Refused("not_authed")
        if token not in (self.bot_token, self._app_token):
            raise Refused("invalid_auth")
        if (token == self._app_token) != method.app_token:
            raise Refused("not_allowed_token_type")
        if method.scope and method.scope not in self.scopes:
            raise Refused("missing_scope", needed=method.scope, provided=",".join(sorted(self.scopes)))

    def open_channel(self, args: Json) -> Channel:
        """The channel named, where the app may post.

        Raises Refused: channel_not_found, is_archived, not_in_channel.
        """
        channel = self.workspace.channel(str(args.get("channel", "")))
        if channel is None:
            raise Refused("channel_not_found")
        if channel.archived:
            raise Refused("is_archived")
        if BOT_USER not in channel.members:
            raise Refused("not_in_channel")
        return channel

    def person(self, ident: Any) -> Person:
        person = self.workspace.people.get(str(ident))
        if person is None:
            raise Refused("user_not_found")
        return person


async def _fail(fault: Fault) -> web.Response | None:
    """The answer of a fault; None when it only makes wait."""
    if fault.until is not None:
        await fault.until.wait()
    if fault.status == 429:
        headers = {"Retry-After": str(fault.retry_after or 1)}
        return web.json_response({"ok": False, "error": "ratelimited"}, status=429, headers=headers)
    if fault.html:
        return web.Response(text="<html><h1>Bad Gateway</h1></html>", content_type="text/html", status=fault.status)
    if fault.status:
        return web.json_response({"ok": False, "error": fault.error or "internal_error"}, status=fault.status)
    if fault.error:
        return web.json_response({"ok": False, "error": fault.error})
    return None


def _bearer(request: web.Request) -> str:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


async def read_arguments(request: web.Request) -> Json:
    """A call's arguments: the query, then a form or JSON body over it. In forms, structures come as JSON text."""
    args: Json = dict(request.query)
    if request.content_type == "application/json":
        try:
            body = json.loads(await request.text() or "{}")
        except ValueError:
            body = {}
        args |= body if isinstance(body, dict) else {}
    elif request.can_read_body:
        args |= {key: value for key, value in (await request.post()).items() if isinstance(value, str)}
    for key in ("blocks", "attachments", "view", "files", "metadata"):
        if isinstance(args.get(key), str):
            try:
                args[key] = json.loads(args[key])
            except ValueError:
                continue
    return args
