"""The webhook on a real port, and Stripe's hand to knock on it."""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from aiohttp import ClientResponse, ClientSession, TCPConnector, web

from handlers.ports import Ports
from paypage.stripe_line import StripeKeys
from paypage.stripe_webhook import stripe_webhook
from tests.cast import ports_of
from tests.fakes import FakeClock

SECRET = "whsec_5WbX5kEWLlfzsGNjH64I8lOOqUB6e8FH"
OLD_SECRET = "whsec_old_but_still_good_for_a_day_000"
TRUST_SECRET = "whsec_of_the_trust_account_00000000000"
ESCROW_SECRET = "whsec_of_the_escrow_account_0000000000"


@dataclass(slots=True)
class FakeRecorder:
    """Stands where record_event stands."""

    kept: list[tuple[str, str, str, str]] = field(default_factory=list)
    trouble: Exception | None = None

    async def __call__(self, account: str, event_id: str, kind: str, body: str, ports: Ports) -> bool:
        if self.trouble:
            raise self.trouble
        new = (account, event_id) not in [(kept[0], kept[1]) for kept in self.kept]
        self.kept.append((account, event_id, kind, body))
        return new


@dataclass(slots=True)
class Endpoint:
    """The webhook on a real port, and Stripe's hand to knock on it."""

    url: str
    port: int
    http: ClientSession
    clock: FakeClock
    recorder: FakeRecorder
    counted: list[tuple[str, str]]
    counted_one: asyncio.Event

    async def post(
        self,
        body: bytes,
        signature: str | None = None,
        *more: tuple[str, str],
        account: str = "operating",
    ) -> int:
        """The status of the answer. Without a signature the right one is put on."""
        signatures = [("Stripe-Signature", signature if signature is not None else self.signed(body))]
        headers = [header for header in signatures if header[1] != "-"] + list(more)
        answer: ClientResponse
        async with self.http.post(f"{self.url}/stripe/{account}", data=body, headers=headers) as answer:
            return answer.status

    def head(self) -> bytes:
        """The beginning of a request by hand."""
        return f"POST /stripe/operating HTTP/1.1\r\nHost: x\r\nStripe-Signature: {self.signed(b'x')}\r\n".encode()

    def signed(self, body: bytes, secret: str = SECRET, off: int = 0) -> str:
        """By hand, since stripe's own signer takes no bytes that are not UTF-8."""
        stamp = str(int(self.clock.now().timestamp()) + off)
        return f"t={stamp},v1={hmac.new(secret.encode(), f'{stamp}.'.encode() + body, 'sha256').hexdigest()}"


@contextlib.asynccontextmanager
async def webhook_endpoint() -> AsyncIterator[Endpoint]:
    clock, recorder = FakeClock(), FakeRecorder()
    counted: list[tuple[str, str]] = []
    counted_one = asyncio.Event()

    def count(account: str, outcome: str) -> None:
        counted.append((account, outcome))
        counted_one.set()

    keys = {
        "operating": StripeKeys("sk_test_operating", (SECRET, OLD_SECRET)),
        "trust": StripeKeys("sk_live_trust", (TRUST_SECRET,)),
        "escrow": StripeKeys("sk_test_escrow", (ESCROW_SECRET,)),
        "unset": StripeKeys("sk_test_unset"),
    }
    app = web.Application()
    app.router.add_post("/stripe/{account}", stripe_webhook(keys, ports_of(clock), recorder, count))
    runner = web.AppRunner(app, auto_decompress=False, access_log=None, lingering_time=0.2)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    assert site.port is not None
    async with ClientSession(connector=TCPConnector(force_close=True)) as http:
        yield Endpoint(f"http://127.0.0.1:{site.port}", site.port, http, clock, recorder, counted, counted_one)
    await runner.cleanup()


def event(**changes: object) -> bytes:
    """A checkout.session.completed as Stripe sends it; None takes a field out."""
    whole: dict[str, object] = {
        "id": "evt_1PgafnLkdIwHu7ix",
        "object": "event",
        "api_version": "2026-10-28.endive",
        "created": 1_795_000_000,
        "data": {"object": {"id": "cs_test_a1", "object": "checkout.session", "client_reference_id": "PL-7F3K9Q"}},
        "livemode": False,
        "pending_webhooks": 1,
        "type": "checkout.session.completed",
        **changes,
    }
    return json.dumps({name: value for name, value in whole.items() if value is not None}, indent=2).encode()
