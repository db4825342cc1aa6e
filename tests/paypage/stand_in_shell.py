"""A shell to call the local Stripe's API from, as curl would."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from typing import Any

from aiohttp import ClientSession

from paypage.stand_in import StandInAccount, StripeStandIn
from tests.fakes import FakeClock

KEY = "sk_test_operating"
Json = dict[str, Any]


class Shell:
    """Calls the API as curl would."""

    def __init__(self, http: ClientSession, stand_in: StripeStandIn, clock: FakeClock) -> None:
        self.http = http
        self.stand_in = stand_in
        self.clock = clock

    async def ask(self, method: str, path: str, key: str = KEY, idem: str = "", **fields: str) -> tuple[int, Json]:
        headers = {"Authorization": f"Bearer {key}", **({"Idempotency-Key": idem} if idem else {})}
        sent: Json = {"params": fields} if method == "GET" else {"data": fields}
        async with self.http.request(method, self.stand_in.base_url + path, headers=headers, **sent) as answer:
            return answer.status, await answer.json()

    async def create(self, idem: str = "", **changes: str) -> tuple[int, Json]:
        """A create call; blank values are left out. 'a__b' stands for a[b]."""
        fields = {
            "mode": "payment",
            "line_items[0][quantity]": "1",
            "line_items[0][price_data][currency]": "usd",
            "line_items[0][price_data][unit_amount]": "12500",
            "line_items[0][price_data][product_data][name]": "Invoice 1042",
            "success_url": "https://pay.firm.example/p/t?session_id={CHECKOUT_SESSION_ID}",
            "cancel_url": "https://pay.firm.example/p/t",
            "client_reference_id": "PL-7F3K9Q",
            **changes,
        }
        return await self.ask("POST", "/v1/checkout/sessions", idem=idem, **{k: v for k, v in fields.items() if v})

    async def session(self) -> str:
        return str((await self.create())[1]["id"])


@contextlib.asynccontextmanager
async def stand_in_shell() -> AsyncIterator[Shell]:
    clock = FakeClock()
    accounts = {"operating": StandInAccount(KEY, name="Harbor & Finch"), "trust": StandInAccount("sk_live_trust")}
    stand_in = StripeStandIn(accounts, clock)
    await stand_in.serve()
    async with ClientSession() as http:
        yield Shell(http, stand_in, clock)
    await stand_in.close()
