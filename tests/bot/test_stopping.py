"""Told to stop, the product ends within ten seconds, whatever hangs: seconds of its own waiting, not of a clock."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from bot import settings
from bot.health import Health
from bot.serving import serve
from bot.slack.stand_in import PAYMENTS, SAM
from bot.wiring import Product
from tests.bot.slack.rig import Rig, rigged, words
from tests.bot.test_settings import GOOD
from tests.cast import Surroundings
from tests.leaping import run_leaping
from tests.servers import free_port
from tests.waiting import eventually

LONGEST_STOP = 10.0  # seconds (F31, SPEC); a machine that is slow adds its own


class Hangs:
    """A part of the product that does not end when it is told to."""

    async def run(self) -> None:
        await asyncio.Event().wait()

    def stop(self) -> None:
        """Goes on."""


class HungRequest:
    """A page that never comes."""

    def __init__(self) -> None:
        self.begun = asyncio.Event()

    async def page(self, request: web.Request) -> web.Response:
        self.begun.set()
        await asyncio.Event().wait()
        raise AssertionError("nothing sets that event")


@pytest.fixture
def configured(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> settings.Settings:
    monkeypatch.chdir(tmp_path)
    for name, value in {**GOOD, "HOST": "127.0.0.1", "PORT": str(free_port())}.items():
        monkeypatch.setenv(f"PAYLINK_{name}", value)
    return settings.load()


@pytest.mark.parametrize("over_socket", [False, True], ids=["http", "socket"])
def test_with_everything_hanging_it_has_stopped_within_ten_seconds(
    configured: settings.Settings, over_socket: bool
) -> None:
    """(F31) A page, the jobs, the intake, a command from Slack, an answer promised there, and a socket's other end."""
    code, seconds = run_leaping(_stopped(configured, over_socket))
    assert code == 0
    assert 1 < seconds <= LONGEST_STOP  # it did wait for what was under way


async def _stopped(configured: settings.Settings, over_socket: bool) -> tuple[int, float]:
    hung, ready, stop, part = HungRequest(), asyncio.Event(), asyncio.Event(), Hangs()
    async with rigged(socket_mode=over_socket, starts=False) as rig, aiohttp.ClientSession() as client:
        around, app = Surroundings(), web.Application()
        health = Health(around.clock, ())
        app.add_routes([web.get("/hangs", hung.page), *health.routes(), *rig.front.routes()])
        parts: Any = {"firm_watch": part, "worker": part, "intake": part, "front": rig.front}
        product = Product(configured, around.ports, app, health, **parts)
        serving = asyncio.create_task(serve(product, stop, ready.set))
        await ready.wait()
        url = f"http://127.0.0.1:{configured.port}"
        if not over_socket:
            rig.slack.events_url = f"{url}/slack/events"
        typing = await _under_way(rig)
        asking = asyncio.create_task(client.get(f"{url}/hangs"))
        await hung.begun.wait()
        asyncio.get_running_loop().call_later(6, _deafen, rig)  # just before we hang up: sooner, our pings would tell
        begun = asyncio.get_running_loop().time()
        stop.set()
        await asyncio.sleep(0.1)
        async with client.get(f"{url}/healthz") as answer:  # balancers still find it, and /readyz says 503
            assert (answer.status, health.stopping) == (200, True)
        code = await serving
        seconds = asyncio.get_running_loop().time() - begun
        with pytest.raises(aiohttp.ClientError):
            await asking
        typing.cancel()
    return code, seconds


async def _under_way(rig: Rig) -> asyncio.Task[Any]:
    """A command whose answer was promised, and another that has just come."""
    await eventually(lambda: rig.front.state() == "ok", "Slack being there")
    rig.desk.hold = asyncio.Event()
    assert "Working on it" in words(await rig.slack.type_command(SAM, PAYMENTS, "list"))
    typing = asyncio.create_task(rig.slack.type_command(SAM, PAYMENTS, "list"))
    await eventually(lambda: len(rig.desk.heard) == 2, "the second command")
    return typing


def _deafen(rig: Rig) -> None:
    """Slack at the other end of the websocket takes nothing more, not even a goodbye."""
    for socket in rig.slack.delivery.sockets:
        transport = socket._req.transport if socket._req else None
        assert isinstance(transport, asyncio.Transport)
        transport.pause_reading()
