"""reCAPTCHA, hCaptcha and Turnstile: the browser gets an answer from the service, we ask the service whether it is one.

All three speak Google's protocol (developers.google.com/recaptcha/docs/verify): a POST of secret and answer, and JSON
back. Whatever is no clear yes is a no.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from paypage.captcha import CaptchaDown, Check, NotPassed, answer_in

ACTION = "pay"  # what our page tells the service that its payer is about to do
ANSWERS_WITHIN = 5.0  # seconds; a payer is watching
MOST_BYTES = 64 * 1024  # of the service's answer; theirs have a few hundred
USUAL_SCORE = 0.5  # reCAPTCHA v3: 1.0 is surely a person, 0.0 surely a robot; Google's own suggestion

# Faults of the payer's answer, by the names the three services have for them. Any other fault is ours or the service's.
_WRONG_ANSWERS = frozenset(
    {
        "missing-input-response",
        "invalid-input-response",
        "invalid-or-already-seen-response",
        "already-seen-response",
        "expired-input-response",
        "timeout-or-duplicate",
        "browser-error",
        "bad-request",  # an answer of odd characters: the rest of the request is ours and always the same
    }
)


@dataclass(frozen=True, slots=True)
class Provider:
    """What is different about each."""

    kind: str
    field: str
    verify_url: str
    script: str
    policy: Mapping[str, str]
    also_sends: frozenset[str] = frozenset()  # further fields that its script puts into the form
    scored: bool = False


# The policies are those of the services' own pages about it: developers.google.com/recaptcha/docs/faq (its styles are
# inline, github.com/google/recaptcha/issues/107), docs.hcaptcha.com, developers.cloudflare.com/turnstile/reference.
_GOOGLE = Provider(
    "recaptcha",
    "g-recaptcha-response",
    "https://www.google.com/recaptcha/api/siteverify",
    "https://www.google.com/recaptcha/api.js",
    {
        "script-src": "'self' https://www.google.com/recaptcha/ https://www.gstatic.com/recaptcha/",
        "frame-src": "https://www.google.com/recaptcha/ https://recaptcha.google.com/recaptcha/",
        "connect-src": "https://www.google.com/recaptcha/",
        "style-src": "'self' 'unsafe-inline'",
    },
    scored=True,
)
_HCAPTCHA_HOSTS = "https://hcaptcha.com https://*.hcaptcha.com"
_HCAPTCHA = Provider(
    "hcaptcha",
    "h-captcha-response",
    "https://api.hcaptcha.com/siteverify",
    "https://js.hcaptcha.com/1/api.js?recaptchacompat=off",
    {
        "script-src": f"'self' {_HCAPTCHA_HOSTS}",
        "frame-src": _HCAPTCHA_HOSTS,
        "connect-src": _HCAPTCHA_HOSTS,
        "style-src": f"'self' {_HCAPTCHA_HOSTS}",
    },
    also_sends=frozenset({"g-recaptcha-response"}),
)
_TURNSTILE = Provider(
    "turnstile",
    "cf-turnstile-response",
    "https://challenges.cloudflare.com/turnstile/v0/siteverify",
    "https://challenges.cloudflare.com/turnstile/v0/api.js",
    {"script-src": "'self' https://challenges.cloudflare.com", "frame-src": "https://challenges.cloudflare.com"},
)
SERVICES: Mapping[str, Provider] = {service.kind: service for service in (_GOOGLE, _HCAPTCHA, _TURNSTILE)}


@dataclass(frozen=True, slots=True)
class SiteKeys:
    """What the service gave the operator."""

    site_key: str
    secret_key: str = field(repr=False)
    verify_url: str = ""  # blank: the service's own
    min_score: float | None = None  # set: the site key is one of reCAPTCHA v3, whose page shows nothing to click


class SiteVerify:
    """Captcha by one of the services."""

    def __init__(
        self, service: Provider, keys: SiteKeys, hostname: str, answers_within: float = ANSWERS_WITHIN
    ) -> None:
        """`hostname`: of our pay pages; an answer that was got on another site is refused."""
        self._service = service
        self._keys = keys
        self._hostname = hostname.lower()
        self._answers_within = answers_within
        self._http: aiohttp.ClientSession | None = None
        self.policy = service.policy
        self.fields = frozenset({service.field}) | service.also_sends

    def check(self, token: str) -> Check:
        service, key = self._service, self._keys.site_key
        if self._keys.min_score is not None:
            return Check("recaptcha_score", service.field, key, f"{service.script}?render={key}")
        return Check(service.kind, service.field, key, service.script)

    async def judge(self, fields: Mapping[str, str], token: str) -> None:
        said = await self._ask(answer_in(fields, self._service.field))
        if said["success"] is not True:
            raise NotPassed(", ".join(_faults(said)) or "the service says no")
        self._judge_where(said)
        if self._service.scored and ("score" in said or self._keys.min_score is not None):
            self._judge_score(said.get("score"))

    async def examine(self) -> None:
        """Ask about an answer that is none: the service must be there and know our key. Raises CaptchaDown."""
        await self._ask("paylink-doctor")

    async def close(self) -> None:
        if self._http is not None:
            await self._http.close()

    # ── what it says ──────────────────────────────────────────────────────────────────────────────────────────────────

    def _judge_where(self, said: Mapping[str, Any]) -> None:
        if str(said.get("hostname", "")).lower() != self._hostname:
            raise NotPassed(f"the answer is of the site {said.get('hostname')!r:.100}, not of {self._hostname}")
        action = said.get("action") or ACTION  # a checkbox names none
        if action != ACTION:
            raise NotPassed(f"the answer is for the action {action!r:.100}")

    def _judge_score(self, score: object) -> None:
        if isinstance(score, bool) or not isinstance(score, int | float):
            raise CaptchaDown("its score is no number")
        least = USUAL_SCORE if self._keys.min_score is None else self._keys.min_score
        if not score >= least:  # so that NaN is none
            raise NotPassed(f"the score is {score}, below {least}")

    # ── asking ────────────────────────────────────────────────────────────────────────────────────────────────────────

    async def _ask(self, answer: str) -> dict[str, Any]:
        """The service's verdict, yes or no. Raises CaptchaDown."""
        body = {"secret": self._keys.secret_key, "response": answer, "sitekey": self._keys.site_key}
        if self._service.kind != "hcaptcha":
            del body["sitekey"]
        url = self._keys.verify_url or self._service.verify_url
        try:
            async with self._session().post(url, data=body, allow_redirects=False) as said:
                return _understood(said.status, await _bounded(said))
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise CaptchaDown(f"it does not answer ({type(error).__name__})") from None

    def _session(self) -> aiohttp.ClientSession:
        if self._http is None:
            timeout = aiohttp.ClientTimeout(total=self._answers_within)
            self._http = aiohttp.ClientSession(timeout=timeout, cookie_jar=aiohttp.DummyCookieJar())
        return self._http


async def _bounded(said: aiohttp.ClientResponse) -> bytes:
    body = bytearray()
    async for chunk in said.content.iter_any():
        body += chunk
        if len(body) > MOST_BYTES:
            raise CaptchaDown("its answer is too long")
    return bytes(body)


def _understood(status: int, body: bytes) -> dict[str, Any]:
    """Raises CaptchaDown: it is no verdict, or a no for a reason that is not the payer's."""
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        said = None
    if status not in (200, 400) or not isinstance(said, dict) or not isinstance(said.get("success"), bool):
        raise CaptchaDown(f"its answer is no verdict (status {status})")
    ours = sorted(_faults(said) - _WRONG_ANSWERS)
    if said["success"] is False and ours:
        raise CaptchaDown(f"it refuses what we ask: {', '.join(ours)}")
    return said


def _faults(said: Mapping[str, Any]) -> set[str]:
    codes = said.get("error-codes")
    return {str(code)[:60] for code in codes[:10]} if isinstance(codes, list) else set()
