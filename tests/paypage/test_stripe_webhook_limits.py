"""The webhook with bodies that are large, compressed, slow, broken, or cannot be kept (T10, F11)."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import json
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stripe import WebhookSignature
from structlog.testing import capture_logs

from paypage.body import ARRIVES_WITHIN
from paypage.stripe_webhook import LARGEST, Forged, read_event
from tests.fakes import FakeClock
from tests.paypage.webhook_endpoint import (
    SECRET,
    Endpoint,
    event,
    webhook_endpoint,
)


@pytest.fixture
async def endpoint() -> AsyncIterator[Endpoint]:
    async with webhook_endpoint() as endpoint:
        yield endpoint


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
    with contextlib.suppress(OSError):  # it may be closed before the answer can be read
        async with endpoint.http.post(f"{endpoint.url}/stripe/operating", data=chunks(), headers=headers) as answer:
            assert answer.status == 413
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

    async def dribble() -> None:
        while True:
            writer.write(b" ")
            await writer.drain()
            await asyncio.sleep(0.05)

    dribbling = asyncio.create_task(dribble())
    line = await asyncio.wait_for(reader.readline(), 60)
    dribbling.cancel()
    writer.close()
    assert b" 408 " in line


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
    assert b"100 Continue" in await asyncio.wait_for(reader.readline(), 30)  # the handler is waiting for the body
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
