"""The local Stripe keeps to Stripe's ways, so that what works against it has a chance to work against the real one."""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import sys
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession, web
from hypothesis import given
from hypothesis import strategies as st
from stripe import WebhookSignature

from models.currencies import CURRENCIES
from models.money import Money
from paypage.stand_in import StandInAccount, StripeStandIn
from paypage.stand_in.forms import Unreadable, read_form
from paypage.stand_in.things import Refused
from tests.fakes import FakeClock
from tests.waiting import eventually

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


@pytest.fixture
async def shell() -> AsyncIterator[Shell]:
    clock = FakeClock()
    accounts = {"operating": StandInAccount(KEY, name="Harbor & Finch"), "trust": StandInAccount("sk_live_trust")}
    stand_in = StripeStandIn(accounts, clock)
    await stand_in.serve()
    async with ClientSession() as http:
        yield Shell(http, stand_in, clock)
    await stand_in.close()


UNIT = "line_items[0][price_data][unit_amount]"
CURRENCY = "line_items[0][price_data][currency]"


async def test_a_session_looks_as_stripes_do(shell: Shell) -> None:
    status, session = await shell.create()
    assert status == 200
    assert session["id"].startswith("cs_test_")
    assert (session["object"], session["mode"], session["status"]) == ("checkout.session", "payment", "open")
    assert (session["amount_total"], session["currency"], session["payment_status"]) == (12500, "usd", "unpaid")
    assert session["payment_intent"] is None
    assert session["livemode"] is False
    assert session["expires_at"] - session["created"] == 86400
    assert session["url"] == f"{shell.stand_in.base_url}/c/pay/{session['id']}"


@pytest.mark.parametrize(
    ("changes", "param"),
    [
        ({"mode": "subscription"}, "mode"),
        ({"mode": ""}, "mode"),
        ({"success_url": ""}, "success_url"),
        ({"success_url": "pay.firm.example"}, "success_url"),
        ({"cancel_url": "javascript:alert(1)"}, "cancel_url"),
        ({"customer_email": "nobody"}, "customer_email"),
        ({"client_reference_id": "x" * 201}, "client_reference_id"),
        ({"metadata[k]": "v" * 501}, "metadata[k]"),
        ({"metadata[" + "k" * 41 + "]": "v"}, f"metadata[{'k' * 40}]"),
        ({"line_items[0][price_data][product_data][name]": ""}, "line_items[0][price_data][product_data][name]"),
        ({CURRENCY: "xyz"}, CURRENCY),
        ({UNIT: "12.5"}, "line_items[0][unit_amount]"),
        ({UNIT: "-5"}, "line_items[0][unit_amount]"),
        ({"expires_at": "soon"}, "expires_at"),
        ({"invented": "1"}, "invented"),
        ({"line_items[0][price_data][invented]": "1"}, "line_items[0][price_data][invented]"),
        ({"payment_intent_data[invented]": "1"}, "payment_intent_data[invented]"),
    ],
)
async def test_a_request_stripe_would_refuse_is_refused(shell: Shell, changes: dict[str, str], param: str) -> None:
    """(F06)"""
    status, answer = await shell.create(**changes)
    assert (status, answer["error"]["type"], answer["error"]["param"]) == (400, "invalid_request_error", param)
    assert shell.stand_in.till.sessions == {}


@pytest.mark.parametrize(
    ("amount", "currency", "code"),
    [("49", "usd", "amount_too_small"), ("100000000", "usd", "amount_too_large"), ("29", "gbp", "amount_too_small")],
)
async def test_amounts_have_stripes_bounds(shell: Shell, amount: str, currency: str, code: str) -> None:
    status, answer = await shell.create(**{UNIT: amount, CURRENCY: currency})
    assert (status, answer["error"]["code"]) == (400, code)


@pytest.mark.parametrize("code", ["USD", "JPY", "KWD", "ISK", "HUF", "GBP"])
async def test_the_smallest_amount_of_a_currency_is_taken(shell: Shell, code: str) -> None:
    status, _ = await shell.create(**{UNIT: str(CURRENCIES[code].minimum), CURRENCY: code.lower()})
    assert status == 200


@pytest.mark.parametrize(("minutes", "status"), [(29, 400), (30, 200), (24 * 60, 200), (24 * 60 + 1, 400)])
async def test_a_session_lives_half_an_hour_to_a_day(shell: Shell, minutes: int, status: int) -> None:
    ends = int((shell.clock.now() + timedelta(minutes=minutes)).timestamp())
    assert (await shell.create(expires_at=str(ends)))[0] == status


async def test_the_same_key_with_other_parameters_is_an_idempotency_error(shell: Shell) -> None:
    first = (await shell.create("k1"))[1]
    assert (await shell.create("k1"))[1] == first
    status, answer = await shell.create("k1", **{UNIT: "999"})
    assert (status, answer["error"]["type"]) == (400, "idempotency_error")
    assert (await shell.create("k2"))[1]["id"] != first["id"]


async def test_a_refused_request_may_be_mended_under_the_same_key(shell: Shell) -> None:
    """Stripe stores an answer only once it began to work."""
    assert (await shell.create("k1", mode="nonsense"))[0] == 400
    assert (await shell.create("k1"))[0] == 200


async def test_a_key_is_forgotten_after_a_day(shell: Shell) -> None:
    first = (await shell.create("k1"))[1]
    shell.clock.tick(timedelta(hours=24))
    assert (await shell.create("k1"))[1]["id"] != first["id"]


@pytest.mark.parametrize("key", ["", "sk_test_wrong", "sk_test_operatin", "sk_test_operating0"])
async def test_a_wrong_key_is_401(shell: Shell, key: str) -> None:
    assert (await shell.ask("GET", "/v1/account", key=key))[0] == 401


async def test_the_money_is_shown_when_it_is_asked_for(shell: Shell) -> None:
    ident = await shell.session()
    shell.stand_in.pay(ident)
    plain = (await shell.ask("GET", f"/v1/checkout/sessions/{ident}"))[1]
    assert isinstance(plain["payment_intent"], str)
    fields = {"expand[]": "payment_intent.latest_charge"}
    whole = (await shell.ask("GET", f"/v1/checkout/sessions/{ident}", **fields))[1]
    assert whole["payment_intent"]["amount_received"] == 12500
    assert whole["payment_intent"]["latest_charge"]["payment_method_details"]["type"] == "card"
    intent = (await shell.ask("GET", f"/v1/payment_intents/{plain['payment_intent']}"))[1]
    assert intent["status"] == "succeeded"
    assert (await shell.ask("GET", "/v1/payment_intents/pi_nope"))[0] == 404
    assert whole["url"] is None  # Stripe shows a url only while it can be used


async def test_only_an_open_session_can_be_expired(shell: Shell) -> None:
    ident = await shell.session()
    assert (await shell.ask("POST", f"/v1/checkout/sessions/{ident}/expire"))[1]["status"] == "expired"
    assert (await shell.ask("POST", f"/v1/checkout/sessions/{ident}/expire"))[0] == 400


async def test_events_are_listed_newest_first_in_pages(shell: Shell) -> None:
    for _ in range(5):
        shell.clock.tick(10)
        shell.stand_in.pay(await shell.session())
    listed = (await shell.ask("GET", "/v1/events", limit="2"))[1]
    assert listed["has_more"] is True
    assert listed["data"][0]["created"] > listed["data"][1]["created"]
    rest = (await shell.ask("GET", "/v1/events", limit="100", starting_after=listed["data"][1]["id"]))[1]
    assert len(rest["data"]) == 3
    newest = {"created[gte]": str(listed["data"][1]["created"]), "type": "checkout.session.completed"}
    assert len((await shell.ask("GET", "/v1/events", **newest))[1]["data"]) == 2
    one = listed["data"][0]
    assert (await shell.ask("GET", f"/v1/events/{one['id']}"))[1] == one
    assert (await shell.ask("GET", "/v1/events", limit="1000"))[0] == 400


async def test_one_account_sees_nothing_of_another(shell: Shell) -> None:
    """(M16)"""
    ident = await shell.session()
    shell.stand_in.pay(ident)
    other = "sk_live_trust"
    assert (await shell.ask("GET", f"/v1/checkout/sessions/{ident}", key=other))[0] == 404
    assert (await shell.ask("GET", "/v1/events", key=other))[1]["data"] == []
    assert (await shell.ask("GET", "/v1/balance", key=other))[1]["livemode"] is True


async def test_the_ledger_holds_the_money_and_how_it_fares(shell: Shell) -> None:
    """(R5)"""
    paid, debit, refused = [await shell.session() for _ in range(3)]
    shell.stand_in.pay(paid)
    shell.stand_in.debit(debit)
    shell.stand_in.decline(refused)
    lines = {line.session: line for line in shell.stand_in.ledger}
    assert {ident: lines[ident].state for ident in lines} == {paid: "succeeded", debit: "processing", refused: "failed"}
    assert lines[paid].amount == Money(12500, "USD")
    assert (lines[paid].account, lines[paid].reference) == ("operating", "PL-7F3K9Q")


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
    assert await asyncio.wait_for(process.wait(), 10) == 0


# ── forms ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("", {}),
        ("a=1&b=", {"a": "1", "b": ""}),
        ("a[b][c]=1&a[b][d]=2", {"a": {"b": {"c": "1", "d": "2"}}}),
        ("l[0][q]=1&l[1][q]=2", {"l": [{"q": "1"}, {"q": "2"}]}),
        ("expand[]=a&expand[]=b", {"expand": ["a", "b"]}),
        ("expand[0]=a", {"expand": ["a"]}),
        ("name=Fran%C3%A7ois+%26+S%C3%B6hne", {"name": "François & Söhne"}),
    ],
)
def test_nested_forms_are_read(text: str, read: object) -> None:
    assert read_form(text) == read


@pytest.mark.parametrize("text", ["a=1&a=2", "a=1&a[b]=2", "a[b]=1&a=2", "[a]=1", "a[b=1", "a]=1", "a=%FF", "=1"])
def test_forms_that_do_not_nest_are_refused(text: str) -> None:
    with pytest.raises(Unreadable):
        read_form(text)


@given(st.text(alphabet="ab[]=&%0", max_size=40))
def test_any_form_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(Unreadable):
        read_form(text)


async def paid_intent(shell: Shell) -> tuple[str, str]:
    _, session = await shell.create()
    shell.stand_in.pay(session["id"])
    _, session = await shell.ask("GET", f"/v1/checkout/sessions/{session['id']}")
    return session["id"], session["payment_intent"]


async def test_a_refund_looks_as_stripes_do_and_the_charge_knows_of_it(shell: Shell) -> None:
    session, intent = await paid_intent(shell)
    fields = {
        "payment_intent": intent,
        "amount": "4000",
        "reason": "requested_by_customer",
        "metadata[reference]": "PL",
    }
    status, refund = await shell.ask("POST", "/v1/refunds", **fields)
    assert (status, refund["object"], refund["status"], refund["amount"]) == (200, "refund", "succeeded", 4000)
    assert (refund["payment_intent"], refund["currency"], refund["metadata"]) == (intent, "usd", {"reference": "PL"})
    charge = shell.stand_in.till.events[list(shell.stand_in.till.events)[-1]].body["data"]
    assert isinstance(charge, dict)
    assert (charge["object"]["amount_refunded"], charge["object"]["refunded"]) == (4000, False)
    await shell.ask("POST", "/v1/refunds", payment_intent=intent)  # the rest
    [line] = shell.stand_in.ledger
    assert (line.session, line.refunded) == (session, Money(12_500, "USD"))


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"amount": "12501"}, "greater than unrefunded"),
        ({"amount": "0"}, "greater than unrefunded"),
        ({"amount": "1.5"}, "Invalid integer"),
        ({"amount": "-1"}, "Invalid integer"),
        ({"reason": "because"}, "Invalid reason"),
        ({"colour": "red"}, "unknown parameter"),
        ({"payment_intent": "pi_other"}, "No such payment_intent"),
        ({"metadata[" + "k" * 41 + "]": "v"}, "Metadata"),
    ],
)
async def test_a_refund_stripe_would_refuse_is_refused(shell: Shell, changes: dict[str, str], word: str) -> None:
    _, intent = await paid_intent(shell)
    status, body = await shell.ask("POST", "/v1/refunds", **{"payment_intent": intent, "amount": "100", **changes})
    assert 400 <= status < 500
    assert word in body["error"]["message"]
    assert shell.stand_in.ledger[0].refunded.minor == 0


async def test_refunds_and_disputes_tell_their_events(shell: Shell) -> None:
    session, intent = await paid_intent(shell)
    shell.stand_in.refund_at_stripe(session, 500)
    shell.stand_in.end_refund(session, arrived=False)
    shell.stand_in.dispute(session)
    shell.stand_in.close_dispute(session, won=False)
    events = [event for event in shell.stand_in.till.events.values() if not event.kind.startswith("checkout.")]
    assert [event.kind for event in events] == [
        "refund.created",
        "refund.updated",
        "charge.refunded",
        "refund.updated",
        "refund.failed",
        "charge.dispute.created",
        "charge.dispute.closed",
    ]
    for event in events:
        data = event.body["data"]
        assert isinstance(data, dict)
        assert data["object"]["payment_intent"] == intent


async def test_nobody_decides_what_nobody_began(shell: Shell) -> None:
    _, opened = await shell.create()
    session, _ = await paid_intent(shell)
    for ask in (
        lambda: shell.stand_in.refund_at_stripe(opened["id"]),
        lambda: shell.stand_in.dispute(opened["id"]),
        lambda: shell.stand_in.end_refund(session, arrived=True),
        lambda: shell.stand_in.close_dispute(session, won=True),
    ):
        with pytest.raises(Refused):
            ask()
