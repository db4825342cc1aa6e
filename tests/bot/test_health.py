"""The probes and the figures, through a server of their own."""

from __future__ import annotations

from ipaddress import ip_network

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient
from pytest_aiohttp.plugin import AiohttpClient

from bot.health import Health
from handlers.owed import owe
from models.tables import Job
from tests.fakes import FakeClock

pytestmark = pytest.mark.usefixtures("database")
Client = TestClient[web.Request, web.Application]


@pytest.fixture
def health() -> Health:
    health = Health(FakeClock(), (ip_network("10.0.0.0/8"),))
    health.parts = {"slack": lambda: "down", "mail": lambda: "off", "jobs": lambda: "ok"}
    return health


@pytest.fixture
async def client(aiohttp_client: AiohttpClient, health: Health) -> Client:
    app = web.Application()
    app.add_routes(health.routes())
    return await aiohttp_client(app)


async def test_a_part_that_is_down_is_told_but_the_product_is_ready(client: Client) -> None:
    answer = await client.get("/readyz")
    assert answer.status == 200
    assert await answer.json() == {"database": "ok", "slack": "down", "mail": "off", "jobs": "ok"}


async def test_a_stopping_product_is_alive_and_not_ready(client: Client, health: Health) -> None:
    """(F31)"""
    health.stopping = True
    assert (await client.get("/readyz")).status == 503
    assert (await client.get("/healthz")).status == 200


async def test_the_figures_count_jobs_and_webhooks(client: Client, health: Health) -> None:
    clock = FakeClock()
    await owe("send_letter", {}, clock.now())
    await owe("send_letter", {}, clock.now())
    await Job.filter(id=(await Job.all())[0].id).update(state="dead")
    health.count_webhook("operating", "kept")
    figures = await (await client.get("/metrics")).text()
    assert 'paylink_jobs{state="due"} 1.0' in figures
    assert 'paylink_jobs{state="dead"} 1.0' in figures
    assert 'paylink_webhooks_total{account="operating",fate="kept"} 1.0' in figures
    assert 'paylink_part_up{part="slack"} 0.0' in figures


@pytest.mark.parametrize(
    ("peer", "seen"), [("127.0.0.1", True), ("::1", True), ("10.1.2.3", True), ("192.0.2.1", False)]
)
def test_the_figures_are_for_loopback_and_trusted_networks_only(health: Health, peer: str, seen: bool) -> None:
    """(SPEC 3)"""
    assert health.may_see_figures(peer) is seen


@pytest.mark.parametrize(
    ("told", "status"), [("10.1.2.3", 200), ("203.0.113.9", 404), ("127.0.0.1, 203.0.113.9", 404), ("unknown", 404)]
)
async def test_nobody_outside_sees_the_figures_through_a_proxy_beside_us(
    client: Client, told: str, status: int
) -> None:
    """(SPEC 3) The usual proxy is on loopback, and hands everything on."""
    assert (await client.get("/metrics", headers={"X-Forwarded-For": told})).status == status


async def test_a_database_that_does_not_answer_is_not_ready(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    async def silent() -> bool:
        return False

    monkeypatch.setattr("bot.health.database.answers", silent)
    answer = await client.get("/readyz")
    assert answer.status == 503
    assert (await answer.json())["database"] == "down"
