"""A captcha service on a real port, which says what the test tells it to say."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer

SECRET = "6LcTheSecretKeyOfTheTests0000"
SITE_KEY = "6LcTheSiteKeyOfTheTests000000"


@dataclass(slots=True)
class CaptchaService:
    """Siteverify as all three services speak it: each answer of `people` is good once."""

    url: str = ""
    people: set[str] = field(default_factory=lambda: {"a-person"})
    says: dict[str, Any] = field(default_factory=dict)  # besides success, of a good answer
    broken: web.Response | None = None  # said instead of everything
    silent: bool = False  # takes the question and never answers
    asked: list[dict[str, str]] = field(default_factory=list)
    elsewhere: int = 0  # requests to the page that a redirect names

    async def verify(self, request: web.Request) -> web.StreamResponse:
        form = await request.post()
        self.asked.append({name: str(value) for name, value in form.items()})
        if self.silent:
            await asyncio.Event().wait()
        if self.broken is not None:
            return self.broken
        return web.json_response(self._verdict(self.asked[-1]))

    def _verdict(self, form: dict[str, str]) -> dict[str, Any]:
        if form.get("secret") != SECRET:
            return {"success": False, "error-codes": ["invalid-input-secret"]}
        if form.get("response") not in self.people:
            return {"success": False, "error-codes": ["invalid-input-response"]}
        self.people.discard(form["response"])
        return {"success": True, "challenge_ts": "2026-11-23T15:00:00Z", "hostname": "127.0.0.1", **self.says}

    async def somewhere_else(self, request: web.Request) -> web.Response:
        self.elsewhere += 1
        return web.json_response({"success": True, "hostname": "127.0.0.1"})


@asynccontextmanager
async def captcha_service() -> AsyncIterator[CaptchaService]:
    """The service, listening in this event loop."""
    service = CaptchaService()
    app = web.Application()
    app.router.add_post("/siteverify", service.verify)
    app.router.add_route("*", "/elsewhere", service.somewhere_else)
    async with TestServer(app) as server:
        service.url = str(server.make_url("/siteverify"))
        yield service


def garbage() -> dict[str, web.Response]:
    """What a service that is out of order may answer, by name."""
    return {
        "500": web.json_response({"success": True, "hostname": "127.0.0.1"}, status=500),
        "503 HTML": web.Response(status=503, text="<h1>We will be back</h1>", content_type="text/html"),
        "200 HTML": web.Response(text="<!doctype html><h1>Log in</h1>", content_type="text/html"),
        "nothing": web.Response(text=""),
        "a list": web.json_response([{"success": True}]),
        "a word": web.json_response("true"),
        "success is a word": web.json_response({"success": "true", "hostname": "127.0.0.1"}),
        "no success": web.json_response({"hostname": "127.0.0.1"}),
        "cut off": web.Response(text=json.dumps({"success": True, "hostname": "127.0.0.1"})[:-1]),
        "deep": web.Response(text="[" * 50_000),
        "too long": web.Response(text=json.dumps({"success": True, "hostname": "127.0.0.1", "more": "x" * 100_000})),
        "redirect": web.Response(status=302, headers={"Location": "/elsewhere"}),
        "redirect 307": web.Response(status=307, headers={"Location": "/elsewhere"}),
        "our key is wrong": web.json_response({"success": False, "error-codes": ["invalid-input-secret"]}),
        "its own fault": web.json_response({"success": False, "error-codes": ["internal-error"]}),
        "a fault nobody knows": web.json_response({"success": False, "error-codes": ["shoe-untied"]}),
        "score is a word": web.json_response({"success": True, "hostname": "127.0.0.1", "score": "0.9"}),
    }
