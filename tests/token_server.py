"""A token server of OAuth (RFC 6749) on loopback, which also tells a mail server whose token it is shown."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit


@dataclass(slots=True)
class TokenServer:
    """Change its fields to make it difficult."""

    port: int = 0
    user: str = "intake@example.test"
    life: object = 3600  # what it says under expires_in; None: nothing
    new_refresh_token: str = ""
    refuses: str = ""  # the error it answers with
    odd: bytes = b""  # an answer of exactly these bytes
    asked: list[dict[str, str]] = field(default_factory=list)
    given: list[str] = field(default_factory=list)
    valid: set[str] = field(default_factory=set)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/token"

    @property
    def info_url(self) -> str:
        """Where a mail server asks; the token is put after it."""
        return f"http://127.0.0.1:{self.port}/info?token="

    def answer(self, form: dict[str, str]) -> tuple[int, bytes]:
        self.asked.append(form)
        if self.odd:
            return 200, self.odd
        if self.refuses:
            return 400, json.dumps({"error": self.refuses, "error_description": f"no: {form}"}).encode()
        token = f"access-{len(self.given) + 1}-{'x' * 40}"
        self.given.append(token)
        self.valid.add(token)
        said: dict[str, object] = {"access_token": token, "token_type": "Bearer"}
        said |= {} if self.life is None else {"expires_in": self.life}
        said |= {"refresh_token": self.new_refresh_token} if self.new_refresh_token else {}
        return 200, json.dumps(said).encode()

    def revoke(self) -> None:
        """No token that was given is worth anything from now on."""
        self.valid.clear()


@contextlib.contextmanager
def token_server() -> Iterator[TokenServer]:
    """The server, in a thread of its own: whoever asks it may block."""
    server = TokenServer()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
            self._say(*server.answer(dict(parse_qsl(body))))

        def do_GET(self) -> None:
            token = parse_qs(urlsplit(self.path).query).get("token", [""])[0]
            known = token in server.valid
            self._say(
                200 if known else 401, json.dumps({"email": server.user, "active": True} if known else {}).encode()
            )

        def _say(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  its name at the library
            pass

    listening = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.port = listening.server_address[1]
    thread = threading.Thread(target=listening.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        listening.shutdown()
        listening.server_close()
        thread.join(5)
