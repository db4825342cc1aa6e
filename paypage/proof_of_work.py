"""ALTCHA: the payer's browser proves that it worked for a moment. No other service hears of it.

The challenge is signed for its link, lives for an hour and is taken once. static/captcha.js solves it.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Awaitable, Callable, Mapping

from altcha import Payload, create_challenge, verify_solution

from handlers.ports import Clock
from paypage.captcha import Check, NotPassed, answer_in

FIELD = "altcha"  # what ALTCHA's own widget calls it
LIFE = 3600  # seconds; a page that was left open for longer is asked again
# The browser tries numbers from 0 on until it meets ours, and each costs ROUNDS of SHA-256 twice over. On average that
# is 250 x 2,000: some 0.2 s on a desk, 0.4 s on a cheap phone, and never more than twice that; a prefix to be met by
# luck would keep one payer in a hundred waiting five times as long. Making a challenge costs us ROUNDS once, 1 ms.
ROUNDS = 2000
MOST_TRIES = 500

UseOnce = Callable[[str], Awaitable[bool]]  # False: this name was used before, here or by another process


class ProofOfWork:
    """Captcha by ALTCHA's protocol, version 2 (altcha.org/docs/v2)."""

    fields = frozenset({FIELD})
    policy: Mapping[str, str] = {"script-src": "'self'", "worker-src": "'self'"}

    def __init__(self, key: str | bytes, use_once: UseOnce, clock: Clock) -> None:
        """`key`: at least 32 random bytes, the same on all replicas."""
        self._key = key.encode() if isinstance(key, str) else key
        self._use_once = use_once
        self._clock = clock

    def check(self, token: str) -> Check:
        made = create_challenge(
            "PBKDF2/SHA-256",
            ROUNDS,
            counter=secrets.randbelow(MOST_TRIES),
            # Not the library's own expiry: it reads the system's clock.
            data={"until": self._now() + LIFE},
            hmac_secret=self._secret("challenge", token),
            hmac_key_secret=self._secret("solution", token),
        )
        return Check("altcha", FIELD, challenge=json.dumps(made.to_dict(), separators=(",", ":")))

    async def judge(self, fields: Mapping[str, str], token: str) -> None:
        payload = _read(answer_in(fields, FIELD))
        found = verify_solution(
            payload, self._secret("challenge", token), hmac_key_secret=self._secret("solution", token)
        )
        if not found.verified:
            raise NotPassed("not solved" if found.invalid_solution else "not a challenge of this link's page")
        signed = payload.challenge.parameters  # as we made it, from here on
        if signed.data is None or signed.data["until"] < self._now():
            raise NotPassed("the challenge is too old")
        if not await self._use_once(signed.nonce):
            raise NotPassed("the solution was used before")

    async def close(self) -> None:
        """Nothing is held open: the work is judged here, and other checks ask a service."""

    def _secret(self, of_what: str, token: str) -> bytes:
        """One a link, so that the solution of one page is none of another's."""
        return hmac.digest(self._key, f"paylink.captcha {of_what} {token}".encode(), hashlib.sha256)

    def _now(self) -> int:
        return int(self._clock.now().timestamp())


def _read(answer: str) -> Payload:
    """Raises NotPassed: it is not what our script sends."""
    try:
        return Payload.from_dict(json.loads(base64.b64decode(answer, validate=True)))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise NotPassed("the answer cannot be read") from None
