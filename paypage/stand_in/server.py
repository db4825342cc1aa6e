"""The stand-in as a whole: till, memory, API, hosted page and webhooks, on a port of its own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from pathlib import Path

from aiohttp import web

from handlers.ports import Clock
from paypage.stand_in.api import Api, Call
from paypage.stand_in.deliveries import Deliveries, StandInAccount, Weather
from paypage.stand_in.faults import Faults
from paypage.stand_in.hosted import HostedPage
from paypage.stand_in.memory import Memory
from paypage.stand_in.money_back import close_dispute, dispute, end_refund, send_back
from paypage.stand_in.things import Event, LedgerLine, Refused
from paypage.stand_in.till import Till
from paypage.stand_in.wire import event_object

RETRY_WAITS = (0.5, 1, 2, 4, 8, 15, 30, 60, 60, 60)  # seconds between tries of a webhook; Stripe's own go on for days


class StripeStandIn:
    """A local Stripe for some merchant accounts, by key.

    `data` is the file it remembers in; without one it forgets. `public_url` is where a browser reaches it; without one
    the pages are where the API was called. `waits` are the seconds between tries of a webhook.
    """

    def __init__(
        self,
        accounts: Mapping[str, StandInAccount],
        clock: Clock,
        data: Path | None = None,
        public_url: str = "",
        waits: tuple[float, ...] = RETRY_WAITS,
    ) -> None:
        self.accounts = accounts
        self._memory = Memory(data)
        self.till = Till(clock, event_object, self._tell)
        self.api = Api(accounts, self.till, self._memory, public_url.rstrip("/"))
        self._deliveries = Deliveries(accounts, clock, self._save, waits)
        self._memory.load(self.till)
        self.base_url = ""  # where serve() listens
        self._runner: web.AppRunner | None = None

    # ── the process's side ───────────────────────────────────────────────────────────────────────────────────────────

    def app(self) -> web.Application:
        """Everything it serves. Whoever runs it closes the stand-in afterwards, or just cleans the app up."""
        app = web.Application()
        app.add_routes(self.api.routes())
        app.add_routes(HostedPage(self.accounts, self.till).routes())
        app.cleanup_ctx.append(self._running)
        app.on_shutdown.append(self._let_go)
        return app

    async def serve(self, host: str = "127.0.0.1", port: int = 0) -> str:
        """Listen; the base URL is what STRIPE__API_URL must be. 0 takes any free port."""
        self._runner = web.AppRunner(self.app(), access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, host, port)
        await site.start()
        self.base_url = f"http://{host}:{site.port}"
        return self.base_url

    async def close(self) -> None:
        """Stop listening and delivering. What is not delivered yet is remembered."""
        await self._deliveries.close()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def _running(self, app: web.Application) -> AsyncIterator[None]:
        for event in self.till.events.values():
            if not event.delivered:  # told to nobody before the restart
                self._deliveries.send(event)
        sweeping = asyncio.create_task(self._sweep())
        yield
        sweeping.cancel()
        with suppress(asyncio.CancelledError):
            await sweeping
        await self._deliveries.close()

    async def _let_go(self, app: web.Application) -> None:
        self.api.closing.set()

    async def _sweep(self) -> None:
        """Sessions that nobody looks at end at their time, too."""
        while True:
            self.till.sweep()
            await asyncio.sleep(1)

    def _tell(self, event: Event) -> None:
        self._save()
        self._deliveries.send(event)

    def _save(self) -> None:
        self._memory.save(self.till)

    # ── a payer's and a bank's side: each raises Refused where Stripe's page would not let them ──────────────────────

    def pay(self, session_id: str) -> None:
        """A card that works."""
        self.till.pay(self.till.session(session_id))

    def debit(self, session_id: str) -> None:
        """A bank debit is begun; settle_debit() ends it."""
        self.till.debit(self.till.session(session_id))

    def settle_debit(self, session_id: str, *, cleared: bool) -> None:
        self.till.settle_debit(self.till.session(session_id), cleared=cleared)

    def decline(self, session_id: str) -> None:
        """A card that is refused."""
        self.till.decline(self.till.session(session_id))

    def dispute(self, session_id: str, reason: str = "fraudulent", minor: int | None = None) -> str:
        """The payer's bank takes the money back; the dispute's id."""
        return dispute(self.till, self.till.session(session_id), reason, minor).id

    def close_dispute(self, session_id: str, *, won: bool) -> None:
        """The bank has decided."""
        close_dispute(self.till, self.till.session(session_id), won=won)

    # ── the firm's side, at Stripe's dashboard ───────────────────────────────────────────────────────────────────────

    def refund_at_stripe(self, session_id: str, minor: int | None = None) -> str:
        """Refund a session's money there, wholly or so many minor units; the refund's id."""
        session = self.till.session(session_id)
        if session.intent is None:
            raise Refused("Nobody has paid here.")
        return send_back(self.till, session, session.intent, minor).id

    def end_refund(self, session_id: str, *, arrived: bool) -> None:
        """What the payer's bank says of the newest refund, perhaps days later."""
        end_refund(self.till, self.till.session(session_id), arrived=arrived)

    # ── a test's side ────────────────────────────────────────────────────────────────────────────────────────────────

    @property
    def ledger(self) -> tuple[LedgerLine, ...]:
        """All money, as the processor has it."""
        return self.till.ledger

    @property
    def calls(self) -> list[Call]:
        """Every request that reached the API, oldest first."""
        return self.api.calls

    @property
    def faults(self) -> Faults:
        return self.api.faults

    @property
    def weather(self) -> Weather:
        """What happens to webhooks on their way."""
        return self._deliveries.weather

    async def release(self, *, newest_first: bool = True) -> None:
        """Let the webhooks held back by `weather.hold` go, by default in the wrong order."""
        await self._deliveries.release(newest_first=newest_first)

    async def delivered(self) -> None:
        """Wait until no webhook is on its way any more, given up ones included."""
        await self._deliveries.settled()

    def redeliver(self) -> None:
        """Try every event again that has not arrived, as Stripe does for days."""
        for event in self.till.events.values():
            if not event.delivered:
                self._deliveries.send(event)
