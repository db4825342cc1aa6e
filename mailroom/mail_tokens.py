"""Access tokens for a mailbox that takes no password (XOAUTH2, as Gmail's and Microsoft 365's): fetched, kept, renewed.

Calls block, for they are made in the thread that speaks IMAP; whoever is in the event loop uses a thread.
"""

from __future__ import annotations

import http.client
import json
import re
import ssl
import threading
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from urllib.parse import urlencode, urlsplit

_MOST_BYTES = 64 * 1024  # of the token server's answer
_WITHIN = 15.0  # seconds
_RENEW_BEFORE = 300.0  # seconds before its end, or half of its life where that is shorter
_USUAL_LIFE = 3600.0  # seconds, where the server does not say
_LONGEST_LIFE = 86_400.0
_ERROR = re.compile(r"[a-z][a-z_]{1,60}")  # RFC 6749, section 5.2
_TOKEN = re.compile(r"[\x21-\x7e]{1,16384}")


class TokenTrouble(ConnectionError):
    """No access token is to be had. Its words hold no secret."""


@dataclass(frozen=True, slots=True)
class Grant:
    """What access tokens are given for. Without a refresh token the program itself is who asks (client credentials)."""

    token_url: str  # https, or http on loopback
    client_id: str
    client_secret: str = field(default="", repr=False)
    refresh_token: str = field(default="", repr=False)
    scope: str = ""
    ca_file: str = ""  # trusted besides the system's


class MailTokens:
    """The access token of a mailbox, for IMAP and SMTP together. Any number of threads at once."""

    def __init__(self, grant: Grant, now: Callable[[], float] = time.monotonic) -> None:
        self._grant = grant
        self._now = now  # seconds
        self._refresh_token = grant.refresh_token  # some servers give a new one each time
        self._token = ""
        self._renew_at = 0.0
        self._one_at_a_time = threading.Lock()

    def token(self) -> str:
        """The access token; a new one where the old one ends soon or was refused. Raises TokenTrouble."""
        with self._one_at_a_time:
            if not self._token or self._now() >= self._renew_at:
                self._token = ""
                self._renew()
            return self._token

    def refused(self, token: str) -> None:
        """A mail server did not take it: the next one asked for is new."""
        with self._one_at_a_time:
            if token == self._token:
                self._token = ""

    def _renew(self) -> None:
        asked_at = self._now()
        try:
            said = self._ask(self._refresh_token)
        except TokenTrouble:
            if self._refresh_token == self._grant.refresh_token:
                raise
            self._refresh_token = self._grant.refresh_token  # the operator may have put a new one in
            said = self._ask(self._refresh_token)
        token, again = said.get("access_token"), said.get("refresh_token")
        if not isinstance(token, str) or not _TOKEN.fullmatch(token):
            raise TokenTrouble("the token server gave no access token")
        if self._refresh_token and isinstance(again, str) and again:
            self._refresh_token = again
        life = _seconds(said.get("expires_in"))
        self._token, self._renew_at = token, asked_at + max(life - _RENEW_BEFORE, life / 2)

    def _ask(self, refresh_token: str) -> dict[str, object]:
        grant = self._grant
        fields = {"client_id": grant.client_id, "client_secret": grant.client_secret, "scope": grant.scope}
        fields |= {"grant_type": "refresh_token" if refresh_token else "client_credentials"}
        fields |= {"refresh_token": refresh_token}
        try:
            status, raw = self._post(urlencode({name: value for name, value in fields.items() if value}))
        except (OSError, http.client.HTTPException) as error:
            raise TokenTrouble(f"the token server cannot be reached: {type(error).__name__}") from error
        try:
            said = json.loads(raw)
        except (ValueError, RecursionError):
            said = None
        if status != 200 or not isinstance(said, dict):
            named = str(said.get("error")) if isinstance(said, dict) else ""
            why = f" ({named})" if _ERROR.fullmatch(named) else ""
            raise TokenTrouble(f"the token server gave no access token: HTTP {status}{why}")
        return said

    def _post(self, body: str) -> tuple[int, bytes]:
        """One POST, which follows no redirect: the answer to it is not for another server."""
        parts = urlsplit(self._grant.token_url)
        host, path = parts.hostname or "", (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection: http.client.HTTPConnection
        if parts.scheme == "https":
            context = ssl.create_default_context()
            if self._grant.ca_file:
                context.load_verify_locations(self._grant.ca_file)
            connection = http.client.HTTPSConnection(host, parts.port, timeout=_WITHIN, context=context)
        else:
            connection = http.client.HTTPConnection(host, parts.port, timeout=_WITHIN)
        kinds = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
        with closing(connection):
            connection.request("POST", path, body, kinds)
            answer = connection.getresponse()
            return answer.status, answer.read(_MOST_BYTES)


def _seconds(said: object) -> float:
    """How long a token lives; some servers write the number as text."""
    text = str(said)
    return min(float(text), _LONGEST_LIFE) if re.fullmatch(r"[0-9]{1,12}", text) else _USUAL_LIFE
