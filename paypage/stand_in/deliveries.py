"""Events on their way to the webhook endpoints: signed as Stripe signs, tried again, and spoilt on demand."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import aiohttp
from stripe import WebhookSignature

from handlers.ports import Clock
from paypage.stand_in.things import Event


@dataclass(slots=True)
class StandInAccount:
    """One merchant account: what it is spoken for with, and where its events go."""

    secret_key: str = field(repr=False)
    webhook_secret: str = field(default="", repr=False)
    webhook_url: str = ""  # blank: nobody listens
    name: str = ""

    @property
    def livemode(self) -> bool:
        return self.secret_key.startswith(("sk_live_", "rk_live_"))


@dataclass(slots=True)
class Weather:
    """What happens to webhooks on their way; tests change it while they run."""

    drop: bool = False  # none arrives, and none is tried again
    hold: bool = False  # they wait, until release()
    delay: float = 0.0  # seconds before the first try
    copies: int = 1  # how often each arrives


class Deliveries:
    """Sends events in tracked tasks."""

    def __init__(
        self,
        accounts: Mapping[str, StandInAccount],
        clock: Clock,
        delivered: Callable[[], None],
        waits: tuple[float, ...],
    ) -> None:
        self.weather = Weather()
        self._accounts = accounts
        self._clock = clock
        self._delivered = delivered  # hears of each event that arrived
        self._waits = waits
        self._held: list[Event] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._http: aiohttp.ClientSession | None = None

    def send(self, event: Event) -> None:
        """Deliver it soon; without an endpoint it stays undelivered."""
        if not self._accounts[event.account].webhook_url or self.weather.drop:
            return
        if self.weather.hold:
            self._held.append(event)
            return
        for _ in range(self.weather.copies):
            self._start(event)

    async def release(self, *, newest_first: bool = True) -> None:
        """Let those held go, one after the other and by default in the wrong order."""
        self.weather.hold = False
        held, self._held = self._held, []
        for event in reversed(held) if newest_first else held:
            for _ in range(self.weather.copies):
                await self._deliver(event)

    async def settled(self) -> None:
        """Wait until nothing is on its way any more."""
        while self._tasks:
            await asyncio.gather(*self._tasks)

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._http is not None:
            await self._http.close()
            self._http = None

    def _start(self, event: Event) -> None:
        task = asyncio.create_task(self._deliver(event))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _deliver(self, event: Event) -> None:
        await asyncio.sleep(self.weather.delay)
        for wait in (*self._waits, None):
            if await self._arrives(event):
                event.delivered = True
                self._delivered()
                return
            if wait is not None:
                await asyncio.sleep(wait)

    async def _arrives(self, event: Event) -> bool:
        account = self._accounts[event.account]
        body = json.dumps(event.body, indent=2)
        stamp = int(self._clock.now().timestamp())
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "Stripe-Signature": WebhookSignature.generate_signature_header(body, account.webhook_secret, stamp),
            "User-Agent": "Stripe/1.0 (stand-in)",
        }
        if self._http is None:
            self._http = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10))
        try:
            async with self._http.post(
                account.webhook_url, data=body, headers=headers, allow_redirects=False
            ) as answer:
                return 200 <= answer.status < 300
        except (aiohttp.ClientError, TimeoutError, OSError):
            return False
