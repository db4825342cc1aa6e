"""Alive, ready, and the figures: /healthz, /readyz, /metrics."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from ipaddress import IPv4Network, IPv6Network, ip_address

from aiohttp import web
from prometheus_client import CollectorRegistry, Counter, Gauge, generate_latest

from handlers.jobs.backlog import job_backlog
from handlers.jobs.reconcile import last_rounds
from handlers.ports import Clock
from models import database

CHECK_WITHIN = 2.0  # seconds for the database to answer


class Health:
    """What the probes ask; each part tells its state through a callable: ok, down or off."""

    def __init__(self, clock: Clock, trusted: tuple[IPv4Network | IPv6Network, ...]) -> None:
        self.parts: Mapping[str, Callable[[], str]] = {}
        self._clock = clock
        self._trusted = trusted
        self.stopping = False
        self._registry = CollectorRegistry()
        self._jobs = Gauge("paylink_jobs", "Jobs by state", ["state"], registry=self._registry)
        self._webhooks = Counter(
            "paylink_webhooks", "Stripe webhooks by account and fate", ["account", "fate"], registry=self._registry
        )
        self._reconciled = Gauge(
            "paylink_reconciled_timestamp_seconds",
            "When an account's last whole comparison with Stripe began",
            ["account"],
            registry=self._registry,
        )
        self._up = Gauge("paylink_part_up", "1 while a part is ok", ["part"], registry=self._registry)

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/healthz", self.healthz),
            web.get("/readyz", self.readyz),
            web.get("/metrics", self.metrics),
        ]

    def count_webhook(self, account: str, fate: str) -> None:
        """One webhook came: kept, repeated, refused, not kept."""
        self._webhooks.labels(account, fate).inc()

    async def healthz(self, request: web.Request) -> web.Response:
        return web.json_response({"alive": True})

    async def readyz(self, request: web.Request) -> web.Response:
        """503 only when the database is down or the process is stopping (SPEC 8)."""
        states = await self._states()
        ready = states["database"] == "ok" and not self.stopping
        return web.json_response(
            {**states, **({"stopping": True} if self.stopping else {})}, status=200 if ready else 503
        )

    async def metrics(self, request: web.Request) -> web.Response:
        hops = [request.remote or "", *_forwarded_for(request)]
        if not all(map(self.may_see_figures, hops)):
            raise web.HTTPNotFound
        for part, state in (await self._states()).items():
            self._up.labels(part).set(state == "ok")
        for state, count in (await job_backlog(self._clock)).items():
            self._jobs.labels(state).set(count)
        for account, at in (await last_rounds()).items():
            self._reconciled.labels(account).set(at.timestamp())
        return web.Response(body=generate_latest(self._registry), headers={"Content-Type": "text/plain; version=0.0.4"})

    async def _states(self) -> dict[str, str]:
        try:
            async with asyncio.timeout(CHECK_WITHIN):
                answers = await database.answers()
        except TimeoutError:
            answers = False
        return {"database": "ok" if answers else "down", **{name: state() for name, state in self.parts.items()}}

    def may_see_figures(self, peer: str) -> bool:
        """Loopback and trusted networks only; of a request through proxies every hop must be in one."""
        try:
            address = ip_address(peer)
        except ValueError:  # a UNIX socket, or nobody any more
            return False
        return address.is_loopback or any(address in network for network in self._trusted)


def _forwarded_for(request: web.Request) -> list[str]:
    """For whom proxies say they asked. It only takes rights away: whatever a client wrote there itself gives none."""
    said = ",".join(request.headers.getall("X-Forwarded-For", ()))
    return [hop.strip() for hop in said.split(",") if hop.strip()]
