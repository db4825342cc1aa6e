"""What Stripe's webhook lets in: only what Stripe signed just now, as it came (T09, T10, B58-B61)."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from itertools import permutations

import pytest
from structlog.testing import capture_logs

from tests.paypage.webhook_endpoint import (
    ESCROW_SECRET,
    OLD_SECRET,
    SECRET,
    TRUST_SECRET,
    Endpoint,
    event,
    webhook_endpoint,
)


@pytest.fixture
async def endpoint() -> AsyncIterator[Endpoint]:
    async with webhook_endpoint() as endpoint:
        yield endpoint


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
