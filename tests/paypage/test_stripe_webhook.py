"""What Stripe's webhook lets in: only what Stripe signed just now, as it came (T09, T10, B58-B61)."""

from __future__ import annotations

import asyncio
import gzip
import hmac
import json
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import permutations

import pytest
from aiohttp import ClientResponse, ClientSession, TCPConnector, web
from hypothesis import given
from hypothesis import strategies as st
from stripe import WebhookSignature
from structlog.testing import capture_logs

from handlers.ports import Ports
from paypage.body import ARRIVES_WITHIN
from paypage.stripe_line import StripeKeys
from paypage.stripe_webhook import LARGEST, Forged, read_event, stripe_webhook
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


@pytest.fixture
async def endpoint() -> AsyncIterator[Endpoint]:
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


async def test_a_signed_event_is_kept_as_it_came_and_then_acknowledged(endpoint: Endpoint) -> None:
    body = event()
    assert await endpoint.post(body) == 200
    assert endpoint.recorder.kept == [
        ("operating", "evt_1PgafnLkdIwHu7ix", "checkout.session.completed", body.decode())
    ]
    assert endpoint.counted == [("operating", "kept")]


async def test_an_event_that_comes_again_is_acknowledged_again(endpoint: Endpoint) -> None:
    """(T09) That it has one effect is record_event's business; the door is the same for a replay."""
    body = event()
    signature = endpoint.signed(body)
    assert [await endpoint.post(body, signature) for _ in range(3)] == [200, 200, 200]
    assert endpoint.counted == [("operating", "kept"), ("operating", "repeated"), ("operating", "repeated")]


async def test_both_secrets_are_good_while_rotating(endpoint: Endpoint) -> None:
    """(F37)"""
    body = event()
    assert await endpoint.post(body, endpoint.signed(body, OLD_SECRET)) == 200
    assert await endpoint.post(body, endpoint.signed(body, SECRET)) == 200
    both = endpoint.signed(body, OLD_SECRET) + "," + endpoint.signed(body, SECRET).split(",")[1]
    assert await endpoint.post(body, both) == 200  # Stripe signs with both itself while it rolls a secret


async def test_text_of_every_script_is_kept_unharmed(endpoint: Endpoint) -> None:
    body = json.dumps(json.loads(event(note="Ünïcødé 漢字 🎉 \u2028 \x00")), ensure_ascii=False).encode()
    assert await endpoint.post(body) == 200
    assert endpoint.recorder.kept[0][3].encode() == body


# ── forged (T09, B58-B60) ─────────────────────────────────────────────────────────────────────────────────────────────

Forgery = Callable[[Endpoint, bytes], tuple[bytes, str]]


def _with(change: Callable[[str], str]) -> Forgery:
    return lambda endpoint, body: (body, change(endpoint.signed(body)))


FORGERIES: dict[str, Forgery] = {
    "no signature": _with(lambda header: "-"),
    "an empty signature": _with(lambda header: ""),
    "spaces": _with(lambda header: "   "),
    "no time": _with(lambda header: header.split(",")[1]),
    "no v1": _with(lambda header: header.split(",")[0]),
    "v0 only": _with(lambda header: header.replace("v1=", "v0=")),
    "v2 only": _with(lambda header: header.replace("v1=", "v2=")),
    "two times": _with(lambda header: "t=1," + header),
    "the time a word": _with(lambda header: "t=abc," + header.split(",")[1]),
    "the time empty": _with(lambda header: "t=," + header.split(",")[1]),
    "the time negative": _with(lambda header: header.replace("t=", "t=-")),
    "the time signed": _with(lambda header: header.replace("t=", "t=+")),
    "the time spaced": _with(lambda header: header.replace("t=", "t= ")),
    "the time 10^20": _with(lambda header: "t=100000000000000000000," + header.split(",")[1]),
    "the time in Arabic digits": _with(lambda header: "t=١٧٩٥٤٤٥٢٠٠," + header.split(",")[1]),
    "the time a second on": _with(lambda header: f"t={int(header[2:].split(',')[0]) + 1},{header.split(',')[1]}"),
    "bad hex": _with(lambda header: header[:-2] + "zz"),
    "one digit short": _with(lambda header: header[:-1]),
    "one digit more": _with(lambda header: header + "0"),
    "one digit wrong": _with(lambda header: header[:-1] + ("0" if header[-1] != "0" else "1")),
    "upper case": _with(lambda header: header[:-64] + header[-64:].upper().replace("0", "A")),
    "an empty v1": _with(lambda header: header[:-64]),
    "zeros": _with(lambda header: header[:-64] + "0" * 64),
    "beyond ASCII": _with(lambda header: header[:-1] + "é"),
    "trailing comma": _with(lambda header: header + ","),
    "trailing words": _with(lambda header: header + ",x=y"),
    "old, by 301 seconds": lambda endpoint, body: (body, endpoint.signed(body, off=-301)),
    "ahead, by 301 seconds": lambda endpoint, body: (body, endpoint.signed(body, off=301)),
    "old, by ten years": lambda endpoint, body: (body, endpoint.signed(body, off=-315_360_000)),
    "ahead, by ten years": lambda endpoint, body: (body, endpoint.signed(body, off=315_360_000)),
    "of 1970": lambda endpoint, body: (body, endpoint.signed(body, off=-int(endpoint.clock.now().timestamp()))),
    "a stranger's secret": lambda endpoint, body: (body, endpoint.signed(body, "whsec_stranger")),
    "an empty secret": lambda endpoint, body: (body, endpoint.signed(body, "")),
    "the other account's secret": lambda endpoint, body: (body, endpoint.signed(body, TRUST_SECRET)),
    "the API key as the secret": lambda endpoint, body: (body, endpoint.signed(body, "sk_test_operating")),
    "a byte changed": lambda endpoint, body: (body.replace(b"cs_test_a1", b"cs_test_a2"), endpoint.signed(body)),
    "a byte added": lambda endpoint, body: (body + b"\n", endpoint.signed(body)),
    "a byte gone": lambda endpoint, body: (body[:-1], endpoint.signed(body)),
    "the body gone": lambda endpoint, body: (b"", endpoint.signed(body)),
    "reformatted": lambda endpoint, body: (json.dumps(json.loads(body)).encode(), endpoint.signed(body)),
    "not UTF-8": lambda endpoint, body: (body + b"\xff", endpoint.signed(body)),
}


@pytest.mark.parametrize("forgery", FORGERIES.values(), ids=FORGERIES.keys())
async def test_what_stripe_did_not_sign_just_now_is_refused_and_not_kept(endpoint: Endpoint, forgery: Forgery) -> None:
    """(T09, B58, B59)"""
    body, signature = forgery(endpoint, event())
    assert await endpoint.post(body, signature) == 400
    assert endpoint.recorder.kept == []
    assert endpoint.counted == [("operating", "refused")]


def test_there_are_enough_forgeries() -> None:
    """(T09) Thirty variants are promised."""
    assert len(FORGERIES) >= 30


async def test_two_signature_headers_are_refused_though_both_are_right(endpoint: Endpoint) -> None:
    """(B58)"""
    body = event()
    assert await endpoint.post(body, None, ("Stripe-Signature", endpoint.signed(body))) == 400
    assert endpoint.recorder.kept == []


@pytest.mark.parametrize("off", [-300, -1, 0, 1, 300])
async def test_a_clock_five_minutes_off_is_borne(endpoint: Endpoint, off: int) -> None:
    """(B59)"""
    body = event()
    assert await endpoint.post(body, endpoint.signed(body, off=off)) == 200


async def test_a_clock_further_off_is_named_in_the_log(endpoint: Endpoint) -> None:
    """(F35)"""
    body = event()
    with capture_logs() as logs:
        await endpoint.post(body, endpoint.signed(body, off=-600))
    assert "the clock is off by -600 seconds" in logs[0]["why"]


async def test_an_event_of_one_account_is_refused_at_anothers_url(endpoint: Endpoint) -> None:
    """(T09, M16) Three accounts, each one's secrets at each of the others' URLs; and at its own it is kept."""
    body, secrets = event(), {"operating": (SECRET, OLD_SECRET), "trust": (TRUST_SECRET,), "escrow": (ESCROW_SECRET,)}
    for of, at in permutations(secrets, 2):
        for secret in secrets[of]:
            assert await endpoint.post(body, endpoint.signed(body, secret), account=at) == 400, (of, at)
    assert endpoint.recorder.kept == []
    for at, (secret, *_) in secrets.items():
        assert await endpoint.post(body, endpoint.signed(body, secret), account=at) == 200
    assert len(endpoint.recorder.kept) == len(secrets)


async def test_an_account_without_a_secret_takes_nothing(endpoint: Endpoint) -> None:
    """(RELIABILITY G)"""
    body = event()
    for secret in ("", SECRET, "whsec_"):
        assert await endpoint.post(body, endpoint.signed(body, secret), account="unset") == 400
    assert endpoint.recorder.kept == []


@pytest.mark.parametrize("account", ["nobody", "OPERATING", "operating%20", "..", "operating%00"])
async def test_an_unknown_account_is_not_found(endpoint: Endpoint, account: str) -> None:
    body = event()
    assert await endpoint.post(body, account=account) == 404
    assert endpoint.recorder.kept == []


async def test_only_post_is_taken(endpoint: Endpoint) -> None:
    async with endpoint.http.get(f"{endpoint.url}/stripe/operating") as answer:
        assert answer.status == 405


def signed_nonsense() -> dict[str, bytes]:
    deep = b'{"a":' * 10_000 + b"1" + b"}" * 10_000
    return {
        "nothing": b"",
        "no JSON": b"hello",
        "half of it": event()[:-20],
        "a list": b"[" + event() + b"]",
        "a number": b"5",
        "a text": b'"evt_1"',
        "null": b"null",
        "deep": deep,
        "deep lists": b"[" * 10_000 + b"]" * 10_000,
        "a name twice": event().replace(b'"id"', b'"id": "evt_2", "id"', 1),
        "a name twice inside": event().replace(b'"id": "cs_test_a1"', b'"id": "cs_1", "id": "cs_test_a1"'),
        "NaN": event().replace(b"1795000000", b"NaN"),
        "a number without end": event().replace(b"1795000000", b"1" * 5000),
        "a byte order mark": b"\xef\xbb\xbf" + event(),
        "UTF-16": event().decode().encode("utf-16"),
        "not UTF-8": event(note="x").replace(b'"x"', b'"\xff"'),
        "no id": event(id=None),
        "an empty id": event(id=""),
        "a number as id": event(id=7),
        "a strange id": event(id="evt_1'; --"),
        "NUL in the id": event(id="evt_1\0"),
        "an endless id": event(id="evt_" + "1" * 300),
        "no type": event(type=None),
        "a strange type": event(type="a b"),
        "an endless type": event(type="a" * 81),
        "no livemode": event(livemode=None),
        "livemode in words": event(livemode="false"),
        "no object": event(object=None),
        "a thin event": event(object="v2.core.event"),
        "a session, no event": event(object="checkout.session"),
    }


@pytest.mark.parametrize("body", signed_nonsense().values(), ids=signed_nonsense().keys())
async def test_what_is_signed_but_no_event_is_refused(endpoint: Endpoint, body: bytes) -> None:
    """(B60)"""
    assert await endpoint.post(body) == 400
    assert endpoint.recorder.kept == []


@pytest.mark.parametrize("data", [None, {}, [], "x", {"object": None}, {"object": []}, {"object": "cs_test_a1"}])
async def test_a_signed_event_about_nothing_is_kept_for_a_person_to_see(endpoint: Endpoint, data: object) -> None:
    """(B61) It is Stripe's, so it is never lost; settling it tells the admins."""
    assert await endpoint.post(event(data=data)) == 200
    assert len(endpoint.recorder.kept) == 1


async def test_an_unknown_type_is_kept(endpoint: Endpoint) -> None:
    """(B61)"""
    assert await endpoint.post(event(type="invoice.brand_new_thing")) == 200
    assert endpoint.recorder.kept[0][2] == "invoice.brand_new_thing"


async def test_an_event_of_the_other_mode_is_kept_and_named_in_the_log(endpoint: Endpoint) -> None:
    """(T09, B62) A live event on a test key: what is read back from Stripe decides."""
    with capture_logs() as logs:
        assert await endpoint.post(event(livemode=True)) == 200
    assert [(entry["event_id"], entry["livemode"]) for entry in logs] == [("evt_1PgafnLkdIwHu7ix", True)]
    assert len(endpoint.recorder.kept) == 1


# ── large, compressed, slow (T10) ─────────────────────────────────────────────────────────────────────────────────────


async def test_the_largest_event_is_taken_and_one_byte_more_is_not(endpoint: Endpoint) -> None:
    """(T10, B60)"""
    frame = len(event(note=""))
    assert await endpoint.post(event(note="x" * (LARGEST - frame))) == 200
    assert await endpoint.post(event(note="x" * (LARGEST - frame + 1))) == 413
    assert len(endpoint.recorder.kept) == 1


async def test_ten_megabytes_without_a_length_are_cut_short(endpoint: Endpoint) -> None:
    """(T10)"""
    sent = 0

    async def chunks() -> AsyncIterator[bytes]:
        nonlocal sent
        for _ in range(160):
            sent += 65_536
            yield b"x" * 65_536

    headers = {"Stripe-Signature": endpoint.signed(b"x")}
    try:
        async with endpoint.http.post(f"{endpoint.url}/stripe/operating", data=chunks(), headers=headers) as answer:
            assert answer.status == 413
    except OSError:
        pass  # closed before the answer could be read
    assert endpoint.counted == [("operating", "refused")]


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "identity", ""])
async def test_a_compressed_body_is_refused(endpoint: Endpoint, coding: str) -> None:
    """(T10)"""
    body = gzip.compress(event())
    assert await endpoint.post(body, endpoint.signed(event()), ("Content-Encoding", coding)) == 415
    assert endpoint.recorder.kept == []


async def test_a_body_that_dribbles_is_given_up(endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    """(T10) A byte now and then does not hold the door for ever."""
    monkeypatch.setattr("paypage.body.ARRIVES_WITHIN", 0.3)
    reader, writer = await asyncio.open_connection("127.0.0.1", endpoint.port)
    writer.write(endpoint.head() + b"Content-Length: 1000\r\n\r\n")
    began = time.monotonic()

    async def dribble() -> None:
        while True:
            writer.write(b" ")
            await writer.drain()
            await asyncio.sleep(0.05)

    dribbling = asyncio.create_task(dribble())
    line = await asyncio.wait_for(reader.readline(), 10)
    dribbling.cancel()
    writer.close()
    assert b" 408 " in line
    assert time.monotonic() - began < 5


def test_a_slow_body_is_given_up_within_fifteen_seconds() -> None:
    """(T10)"""
    assert ARRIVES_WITHIN <= 15


@pytest.mark.parametrize(
    ("framing", "rest"),
    [(b"Content-Length: 5000\r\n", b"{"), (b"Transfer-Encoding: chunked\r\n", b"3\r\nabc\r\nzz\r\n")],
    ids=["cut off", "chunks that are none"],
)
async def test_a_truncated_body_is_refused(endpoint: Endpoint, framing: bytes, rest: bytes) -> None:
    """(T09)"""
    reader, writer = await asyncio.open_connection("127.0.0.1", endpoint.port)
    writer.write(endpoint.head() + framing + b"Expect: 100-continue\r\n\r\n")
    assert b"100 Continue" in await asyncio.wait_for(reader.readline(), 5)  # the handler is waiting for the body
    writer.write(rest)
    writer.write_eof()
    async with asyncio.timeout(5):
        await endpoint.counted_one.wait()
    writer.close()
    assert endpoint.counted == [("operating", "refused")]
    assert endpoint.recorder.kept == []


# ── when it cannot be kept (F11) ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("trouble", [RuntimeError("database is locked"), OSError("disk full"), TimeoutError()])
async def test_an_event_that_cannot_be_kept_is_not_acknowledged(endpoint: Endpoint, trouble: Exception) -> None:
    """(F11, M02)"""
    endpoint.recorder.trouble = trouble
    body = event()
    assert await endpoint.post(body) == 503
    endpoint.recorder.trouble = None
    assert await endpoint.post(body) == 200
    assert endpoint.counted == [("operating", "not kept"), ("operating", "kept")]


async def test_no_body_and_no_secret_reaches_the_logs(endpoint: Endpoint) -> None:
    body = event(data={"object": {"customer_email": "dana@client.example"}}, livemode=True)
    with capture_logs() as logs:
        await endpoint.post(body)
        await endpoint.post(body, endpoint.signed(body, "whsec_other"))
        await endpoint.post(body + b"\xff", endpoint.signed(body))
        endpoint.recorder.trouble = RuntimeError(body.decode())
        await endpoint.post(body)
    assert len(logs) >= 4
    assert "dana@client.example" not in str(logs)
    assert "whsec_" not in str(logs)


# ── anything at all ───────────────────────────────────────────────────────────────────────────────────────────────────


@given(body=st.binary(max_size=2000), signature=st.text(max_size=200))
def test_no_bytes_and_no_header_break_the_reader(body: bytes, signature: str) -> None:
    with pytest.raises(Forged):
        read_event(body, signature, (SECRET,), FakeClock().now())


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=20,
)


@given(changes=st.dictionaries(st.sampled_from(["id", "object", "type", "livemode", "data"]), json_values))
def test_no_signed_json_breaks_the_reader(changes: dict[str, object]) -> None:
    """Whatever Stripe signs is either an event that can be kept or refused by name."""
    whole: dict[str, object] = json.loads(event()) | changes
    body = json.dumps(whole).encode()
    now = FakeClock().now()
    signature = WebhookSignature.generate_signature_header(body.decode(), SECRET, int(now.timestamp()))
    try:
        kept = read_event(body, signature, (SECRET,), now + timedelta(seconds=5))
    except Forged:
        return
    assert kept.body.encode() == body
    assert 0 < len(kept.id) <= 255
    assert 0 < len(kept.kind) <= 80
