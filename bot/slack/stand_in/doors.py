"""The stand-in's URLs: the Web API, response URLs, uploads and downloads, the Socket Mode link, and people's hands."""

from __future__ import annotations

import hmac
import json
from dataclasses import replace
from typing import Any

from aiohttp import web

from bot.slack.stand_in.delivery import Delivery
from bot.slack.stand_in.methods import judged
from bot.slack.stand_in.people import APP, BOT_USER
from bot.slack.stand_in.tickets import ResponseTicket, TicketRefused
from bot.slack.stand_in.web_api import Refused, WebApi
from bot.slack.stand_in.workspace import Workspace

Json = dict[str, Any]
_UPLOAD_LIMIT = 20 * 1024 * 1024


def doors(workspace: Workspace, api: WebApi, delivery: Delivery) -> web.Application:
    """The app that answers an app's calls."""
    reception = _Reception(workspace, api, delivery)
    app = web.Application(client_max_size=_UPLOAD_LIMIT)
    app.router.add_route("*", "/api/{method}", api.handle)
    app.router.add_post("/response/{key}", reception.response)
    app.router.add_post("/upload/{file}", reception.upload)
    app.router.add_get("/files/{file}/{name}", reception.download)
    app.router.add_get("/link", reception.link)
    return app


class _Reception:
    def __init__(self, workspace: Workspace, api: WebApi, delivery: Delivery) -> None:
        self._workspace = workspace
        self._api = api
        self._delivery = delivery

    async def response(self, request: web.Request) -> web.Response:
        """A message sent to a response URL: five in half an hour."""
        try:
            ticket = self._workspace.tickets.use_response(request.match_info["key"])
        except TicketRefused as refused:
            return web.json_response({"ok": False, "error": refused.error}, status=404)
        try:
            body = json.loads(await request.text())
        except ValueError:
            return web.Response(text="invalid_payload", status=400)
        if body.get("delete_original"):
            self._take_away(ticket)
            return web.Response(text="ok")
        try:
            text, blocks = judged(body)
        except Refused as refused:
            return web.Response(text=str(refused), status=400)
        self._show(ticket, body, text, blocks)
        return web.Response(text="ok")

    def _show(self, ticket: ResponseTicket, body: Json, text: str, blocks: list[Json]) -> None:
        if body.get("replace_original") and ticket.original:
            if ticket.ephemeral:
                ticket.shown = self._workspace.rewhisper(ticket.user, ticket.original, text, blocks) or {}
            else:
                ticket.shown = self._workspace.edit(ticket.channel, ticket.original, text, blocks) or {}
            if ticket.shown:
                return
        if body.get("response_type") == "in_channel":
            thread = str(body.get("thread_ts") or ticket.thread_ts)
            ticket.shown = self._workspace.post(ticket.channel, BOT_USER, text, blocks, thread)
            return
        ticket.shown = self._workspace.whisper(ticket.channel, ticket.user, text, blocks, command=ticket.command)
        if ticket.command:
            ticket.original = ticket.shown["ts"]

    def _take_away(self, ticket: ResponseTicket) -> None:
        if ticket.ephemeral:
            self._workspace.hush(ticket.user, ticket.original)
        else:
            self._workspace.delete(ticket.channel, ticket.original)

    async def upload(self, request: web.Request) -> web.Response:
        """The content of a file that files.getUploadURLExternal made room for, raw or as a form's file."""
        stored = self._workspace.files.get(request.match_info["file"])
        if stored is None or stored.done:
            return web.Response(text="no such upload", status=404)
        content = await self._uploaded(request)
        if str(len(content)) != request.query.get("length"):
            return web.Response(text="length does not match", status=400)
        self._workspace.files[stored.id] = replace(stored, content=content)
        return web.Response(text=f"OK - {len(content)}")

    async def _uploaded(self, request: web.Request) -> bytes:
        if not request.content_type.startswith("multipart/"):
            return await request.read()
        for part in (await request.post()).values():
            if isinstance(part, web.FileField):
                return part.file.read()
        return b""

    async def download(self, request: web.Request) -> web.Response:
        """A file's content, for the app's own token only."""
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme != "Bearer" or not hmac.compare_digest(token.encode(), self._api.bot_token.encode()):
            return web.Response(text="<html>Sign in to Slack</html>", content_type="text/html")
        stored = self._workspace.files.get(request.match_info["file"])
        if stored is None or not stored.for_app:
            raise web.HTTPNotFound
        return web.Response(body=stored.content, content_type="application/octet-stream")

    async def link(self, request: web.Request) -> web.StreamResponse:
        """A Socket Mode connection, by the ticket of apps.connections.open; a ticket opens one."""
        ticket = request.query.get("ticket", "")
        if ticket not in self._api.socket_tickets:
            raise web.HTTPForbidden(text="no such ticket")
        self._api.socket_tickets.discard(ticket)
        return await self._delivery.serve_socket(request, APP)
