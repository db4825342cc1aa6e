"""What stands before the payer's pages: exact headers, our own host only, forms of our own pages only.

Every check raises TurnedAway; paypage.door gives it a page. The limits on how often are in paypage.pace.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Collection, Mapping, Sequence
from urllib.parse import parse_qsl, urlsplit

from aiohttp import hdrs, web
from itsdangerous import Signer

from paypage.body import BodyRefused, whole_body
from paypage.pace import Pace

FORM = "application/x-www-form-urlencoded"
LARGEST_FORM = 64 * 1024  # bytes; a form of ours has two fields
TRY_AGAIN = 30  # seconds, where nobody told us better
_MOST_FIELDS = 20
_PORTS = {"http": 80, "https": 443}


class TurnedAway(Exception):
    """A request that is not served. `reason` names the page that says why."""

    def __init__(self, status: int, reason: str, retry_after: float = 0) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason
        self.retry_after = math.ceil(retry_after)  # seconds; 0: trying again is no use


class FormUnreadable(Exception):
    """A form that none of our pages would send: broken encoding, doubled or unknown fields, control characters."""

    def __init__(self, words: str, fields: Mapping[str, str] | None = None) -> None:
        super().__init__(words)
        self.fields = fields or {}  # what could be read, to show it again


def headers_for_all(public_url: str, checkout_hosts: Sequence[str]) -> dict[str, str]:
    """The headers of every answer; a route may set its own value of one before.

    `checkout_hosts`: hosts a payer may be sent to, bare or as http://127.0.0.1:PORT. They stand in form-action because
    browsers apply it to the redirect after a form, too (measured: Chromium blocks the 303 otherwise).
    """
    headers = {
        "Content-Security-Policy": content_policy(checkout_hosts),
        "Cache-Control": "no-store",
        # Not no-referrer: under it browsers send "Origin: null" with our own form.
        "Referrer-Policy": "same-origin",
        "X-Robots-Tag": "noindex",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    }
    if public_url.startswith("https:"):
        headers["Strict-Transport-Security"] = "max-age=31536000"
    return headers


def content_policy(checkout_hosts: Sequence[str], opened: Mapping[str, str] | None = None) -> str:
    """What a page may load and where its form may lead: no script at all. `opened`: directives that a captcha needs."""
    onward = " ".join(host if "://" in host else f"https://{host}" for host in checkout_hosts)
    directives = {
        "default-src": "'none'",
        "style-src": "'self'",
        "img-src": "'self'",
        "form-action": f"'self' {onward}",
        "frame-ancestors": "'none'",
        "base-uri": "'none'",
    }
    return "; ".join(f"{name} {sources}" for name, sources in (directives | dict(opened or {})).items())


class Guard:
    """Knows the firm's own address, and tells its own pages' forms from everybody else's."""

    def __init__(self, public_url: str, page_key: str | bytes, pace: Pace) -> None:
        address = urlsplit(public_url)
        self._origin = f"{address.scheme}://{address.netloc}"
        port = address.port or _PORTS[address.scheme]
        usual = {address.netloc} if port == _PORTS[address.scheme] else set()
        self._hosts = frozenset(host.lower() for host in usual | {f"{address.hostname}:{port}", address.netloc})
        self._pace = pace
        self._signer = Signer(page_key, salt="paylink.pay-page", key_derivation="hmac", digest_method=hashlib.sha256)

    def check(self, request: web.Request) -> None:
        """Every request but the probes': addressed to our own host and in the usual form (T08, B53).

        Raises TurnedAway.
        """
        hosts = request.headers.getall(hdrs.HOST, ())
        if len(hosts) != 1 or hosts[0].lower() not in self._hosts or not request.raw_path.startswith("/"):
            raise TurnedAway(400, "not_our_address")

    def check_pace(self, request: web.Request) -> None:
        """Raises TurnedAway: this address or this link was asked for too often (T07)."""
        wait = self._pace.wait(request)
        if wait:
            raise TurnedAway(429, "too_often", wait)

    def check_sender(self, request: web.Request) -> None:
        """A form comes from our own page (T06): the browser says so in Sec-Fetch-Site, in Origin, or in both.

        Raises TurnedAway.
        """
        site = request.headers.getall("Sec-Fetch-Site", ())
        origin = request.headers.getall(hdrs.ORIGIN, ())
        if not (site or origin) or not set(site) <= {"same-origin"} or not set(origin) <= {self._origin}:
            raise TurnedAway(403, "not_from_here")

    def nonce(self, token: str, asked: str) -> str:
        """What the form of a link's page carries: it fits as long as the page asks for the same."""
        return self._signer.get_signature(f"{token}:{asked}").decode()

    def check_nonce(self, nonce: str, token: str, asked: str) -> None:
        """Raises TurnedAway: it is missing, of another link, or of this link when it asked for something else (B55)."""
        if not self._signer.verify_signature(f"{token}:{asked}", nonce):
            raise TurnedAway(403, "out_of_date")


async def read_body(request: web.Request) -> bytes:
    """The bytes of a form.

    Raises TurnedAway: not a form in UTF-8, compressed, too large, or too slow in coming.
    """
    kinds = request.headers.getall(hdrs.CONTENT_TYPE, ())
    if len(kinds) != 1 or not _is_form(kinds[0]):
        raise TurnedAway(415, "not_a_form")
    try:
        return await whole_body(request, LARGEST_FORM)
    except BodyRefused as refused:
        reasons = {413: "too_large", 408: "too_slow"}
        raise TurnedAway(refused.status, reasons.get(refused.status, "not_a_form")) from None


def _is_form(content_type: str) -> bool:
    kind, _, parameter = content_type.lower().partition(";")
    return kind.strip() == FORM and parameter.replace('"', "").strip() in ("", "charset=utf-8")


def parse_form(body: bytes, allowed: Collection[str]) -> dict[str, str]:
    """The fields of a form, each at most once; one that was left out is missing (B50-B52).

    Raises FormUnreadable: not strict UTF-8, a NUL, a field twice, or one that is not `allowed`.
    """
    try:
        pairs = parse_qsl(
            body.decode(), keep_blank_values=True, strict_parsing=True, errors="strict", max_num_fields=_MOST_FIELDS
        )
    except ValueError:
        raise FormUnreadable("it is no form in UTF-8") from None
    fields = dict(pairs)
    if any("\0" in text for pair in pairs for text in pair):
        raise FormUnreadable("it holds a NUL")
    if len(fields) != len(pairs):
        raise FormUnreadable("a field stands there twice", fields)
    if not fields.keys() <= set(allowed):
        raise FormUnreadable("it has fields that the page does not have", fields)
    return fields
