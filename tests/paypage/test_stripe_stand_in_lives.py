"""The local Stripe over time: its webhooks, and its memory."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from aiohttp import ClientSession, web
from stripe import WebhookSignature

from paypage.stand_in import StandInAccount, StripeStandIn
from tests.fakes import FakeClock
from tests.paypage.stand_in_shell import KEY, Json, Shell, stand_in_shell
from tests.waiting import eventually


@pytest.fixture
async def shell() -> AsyncIterator[Shell]:
    async with stand_in_shell() as shell:
        yield shell


# ── webhooks ──────────────────────────────────────────────────────────────────────────────────────────────────────────


class Listener:
    """A webhook endpoint that answers as it is told."""

    def __init__(self) -> None:
        self.got: list[Json] = []
        self.statuses: list[int] = []  # answered in turn; then 200
        self.signatures: list[bool] = []

    async def hear(self, request: web.Request) -> web.Response:
        body = await request.text()
        signed = WebhookSignature.verify_header(body, request.headers["Stripe-Signature"], "whsec_x", tolerance=None)
        self.signatures.append(signed)
        self.got.append(json.loads(body))
        return web.Response(status=self.statuses.pop(0) if self.statuses else 200)

    @property
    def kinds(self) -> list[str]:
        return [event["type"].removeprefix("checkout.session.") for event in self.got]


@pytest.fixture
async def listener() -> AsyncIterator[tuple[Listener, str]]:
    heard = Listener()
    app = web.Application()
    app.router.add_post("/hook", heard.hear)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    yield heard, f"http://127.0.0.1:{site.port}/hook"
    await runner.cleanup()


Heard = tuple[Listener, str]


def connected(shell: Shell, url: str) -> None:
    account = shell.stand_in.accounts["operating"]
    account.webhook_url, account.webhook_secret = url, "whsec_x"


async def test_each_way_of_paying_tells_its_own_events(shell: Shell, listener: Heard) -> None:
    heard, url = listener
    connected(shell, url)
    for play in ("pay", "decline", "expire", "clear", "bounce"):
        ident = await shell.session()
        match play:
            case "pay":
                shell.stand_in.pay(ident)
            case "decline":
                shell.stand_in.decline(ident)
            case "expire":
                await shell.ask("POST", f"/v1/checkout/sessions/{ident}/expire")
            case _:
                shell.stand_in.debit(ident)
                await shell.stand_in.delivered()
                shell.stand_in.settle_debit(ident, cleared=play == "clear")
        await shell.stand_in.delivered()
    assert heard.kinds[:5] == [
        "completed", "payment_intent.payment_failed", "expired", "completed", "async_payment_succeeded",
    ]  # fmt: skip
    assert heard.kinds[5] == "completed"
    assert sorted(heard.kinds[6:]) == ["async_payment_failed", "payment_intent.payment_failed"]
    assert all(heard.signatures)
    assert len({event["id"] for event in heard.got}) == len(heard.got)


async def test_a_webhook_is_tried_until_it_arrives(listener: Heard) -> None:
    heard, url = listener
    heard.statuses = [503, 500, 302]
    account = StandInAccount(KEY, "whsec_x", url)
    stand_in = StripeStandIn({"operating": account}, FakeClock(), waits=(0.01,) * 5)
    await stand_in.serve()
    async with ClientSession() as http:
        shell = Shell(http, stand_in, FakeClock())
        stand_in.pay(await shell.session())
        await stand_in.delivered()
    assert len(heard.got) == 4
    assert len({event["id"] for event in heard.got}) == 1
    await stand_in.close()


async def test_a_session_nobody_looks_at_ends_with_an_event(shell: Shell, listener: Heard) -> None:
    heard, url = listener
    connected(shell, url)
    await shell.session()
    shell.clock.tick(timedelta(hours=24))
    await eventually(lambda: heard.got, "the event")
    assert heard.kinds == ["expired"]


# ── memory ────────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_restarted_stand_in_remembers(tmp_path: Path, listener: Heard) -> None:
    heard, url = listener
    file = tmp_path / "stripe.json"
    clock = FakeClock()

    def born(webhook_url: str) -> StripeStandIn:
        return StripeStandIn({"operating": StandInAccount(KEY, "whsec_x", webhook_url)}, clock, file)

    first = born("")  # nobody listens yet
    await first.serve()
    async with ClientSession() as http:
        shell = Shell(http, first, clock)
        session = (await shell.create("k1"))[1]
        first.debit(session["id"])
        await first.close()

        second = born(url)
        await second.serve()
        shell = Shell(http, second, clock)
        assert (await shell.create("k1"))[1] == session
        await second.delivered()
        assert heard.kinds == ["completed"]  # what was told to nobody before
        second.settle_debit(session["id"], cleared=True)
        assert second.ledger[0].state == "succeeded"
        second.refund_at_stripe(session["id"], 500)
        second.dispute(session["id"])
        await second.close()
        assert born("").ledger == second.ledger
    assert [path.name for path in tmp_path.iterdir()] == ["stripe.json"]


@pytest.mark.parametrize("content", ["", "{", "[]", "5", '{"sessions": [{"id": "cs_1"}], "events": [], "answers": {}}'])
def test_a_memory_it_cannot_read_is_put_aside(tmp_path: Path, content: str) -> None:
    file = tmp_path / "stripe.json"
    file.write_text(content)
    stand_in = StripeStandIn({"operating": StandInAccount(KEY)}, FakeClock(), file)
    assert stand_in.till.sessions == {}
    assert (tmp_path / "stripe.unreadable").read_text() == content


async def test_it_runs_in_a_process_of_its_own_and_survives_a_kill(tmp_path: Path) -> None:
    """The product can be killed and the stand-in too: what it answered before is still true after."""

    async def start() -> tuple[asyncio.subprocess.Process, str]:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "paypage.stand_in", "--account", "operating", "--data", str(tmp_path / "s.json"),
            "--webhook", "http://127.0.0.1:9/stripe/{account}", stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        assert process.stdout is not None
        line = (await asyncio.wait_for(process.stdout.readline(), 30)).decode()
        return process, line.strip().removeprefix("PAYLINK_STRIPE__API_URL=")

    process, url = await start()
    fields = {
        "mode": "payment",
        "line_items[0][quantity]": "1",
        "line_items[0][price_data][currency]": "usd",
        "line_items[0][price_data][unit_amount]": "12500",
        "line_items[0][price_data][product_data][name]": "Invoice 1042",
        "success_url": "https://pay.firm.example/",
    }
    headers = {"Authorization": f"Bearer {KEY}"}
    async with ClientSession(headers=headers) as http:
        async with http.post(f"{url}/v1/checkout/sessions", data=fields) as answer:
            session = await answer.json()
        process.kill()
        await process.wait()
        process, url = await start()
        async with http.get(f"{url}/v1/checkout/sessions/{session['id']}") as answer:
            assert (await answer.json())["status"] == "open"
    process.send_signal(signal.SIGTERM)
    assert await asyncio.wait_for(process.wait(), 30) == 0
