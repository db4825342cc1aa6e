"""What is let in to the payer's pages, and what every answer carries."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from aiohttp.test_utils import make_mocked_request

from paypage.guard import Guard, TurnedAway, headers_for_all
from paypage.pace import Limits, Pace
from tests.paypage.payer_house import (
    EVERY_PAGE,
    OPEN,
    PARTIAL,
    House,
    payer_house,
    usd,
)

CSP = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self' https://checkout.stripe.com; "
    "frame-ancestors 'none'; base-uri 'none'"
)


@pytest.fixture
async def house() -> AsyncIterator[House]:
    async with payer_house() as running:
        yield running


# ── headers ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("method", "path"),
    [
        *(("GET", f"/p/{page.token}") for page in EVERY_PAGE),
        ("HEAD", f"/p/{OPEN.token}"),
        ("POST", f"/p/{OPEN.token}"),
        ("PUT", f"/p/{OPEN.token}"),
        ("GET", "/p/unknown-0123456789abcdef"),
        ("GET", "/p/short"),
        ("GET", "/nowhere"),
        ("GET", "/static/nothing.css"),
        ("GET", "/robots.txt"),
        ("GET", "/healthz"),
        ("POST", "/stripe/operating"),
    ],
)
async def test_every_answer_carries_the_strict_headers(house: House, method: str, path: str) -> None:
    """(T03, T04)"""
    answer = await house.get(path, method=method)
    assert answer.headers["Content-Security-Policy"] == CSP
    assert answer.headers["Referrer-Policy"] == "same-origin"
    assert answer.headers["X-Robots-Tag"] == "noindex"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert "aiohttp" not in answer.headers["Server"]


async def test_the_style_sheet_is_kept_by_browsers_and_changes_its_name_with_its_content(house: House) -> None:
    page = (await house.look(OPEN)).text
    path = page.partition('rel="stylesheet" href="')[2].partition('"')[0]
    answer = await house.get(path)
    assert answer.status == 200
    assert answer.headers["Content-Type"] == "text/css; charset=utf-8"
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert (await house.get("/static/pay.css")).status == 404


async def test_search_engines_are_told_to_stay_away(house: House) -> None:
    assert (await house.get("/robots.txt")).text == "User-agent: *\nDisallow: /\n"


def test_form_action_follows_the_checkout_hosts() -> None:
    """(SPEC 8) On loopback a stand-in's checkout page may be plain http."""
    policy = headers_for_all("http://127.0.0.1:8080", ["http://127.0.0.1:12111", "pay.firm.example"])
    assert "form-action 'self' http://127.0.0.1:12111 https://pay.firm.example;" in policy["Content-Security-Policy"]


@pytest.mark.parametrize(("public_url", "told"), [("https://pay.firm.example", True), ("http://127.0.0.1:8080", False)])
def test_browsers_are_told_to_come_back_by_https_only_where_that_is_the_address(public_url: str, told: bool) -> None:
    assert ("Strict-Transport-Security" in headers_for_all(public_url, [])) is told


# ── the address ───────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1", "127.0.0.1:1", "", "127.0.0.1:{port}.evil.example"])
async def test_another_host_name_is_refused_and_never_repeated(house: House, host: str) -> None:
    """(T08)"""
    host = host.format(port=house.port)
    answer = await house.raw(f"GET /p/{OPEN.token} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n")
    assert re.match(rb"HTTP/1\.[01] 400 ", answer)
    assert b"evil" not in answer
    assert house.operations.looked == []


@pytest.mark.parametrize(
    "request_line",
    ["GET http://evil.example/p/{token} HTTP/1.1", "OPTIONS * HTTP/1.1", "GET p/{token} HTTP/1.1", "GET  HTTP/1.1"],
)
async def test_a_target_that_is_no_path_is_refused(house: House, request_line: str) -> None:
    """(B53)"""
    line = request_line.format(token=OPEN.token)
    answer = await house.raw(f"{line}\r\nHost: 127.0.0.1:{house.port}\r\nConnection: close\r\n\r\n")
    assert re.match(rb"HTTP/1\.[01] 400 ", answer)


async def test_two_host_headers_are_refused(house: House) -> None:
    """(B53)"""
    host = f"Host: 127.0.0.1:{house.port}\r\n"
    answer = await house.raw(f"GET /p/{OPEN.token} HTTP/1.1\r\n{host}{host}Connection: close\r\n\r\n")
    assert re.match(rb"HTTP/1\.[01] 400 ", answer)


@pytest.mark.parametrize("method", ["PUT", "DELETE", "TRACE", "OPTIONS", "PATCH", "PROPFIND"])
async def test_other_methods_are_refused_and_the_right_ones_named(house: House, method: str) -> None:
    """(B53)"""
    host = f"Host: 127.0.0.1:{house.port}\r\nConnection: close\r\n"
    answer = await house.raw(f"{method} /p/{OPEN.token} HTTP/1.1\r\n{host}\r\n")
    assert answer.startswith(b"HTTP/1.1 405 ")
    assert b"Allow: GET,HEAD,POST" in answer


def test_the_usual_port_may_be_named_or_left_out() -> None:
    guard = Guard("https://Pay.Firm.example", b"k" * 32, Pace(Limits()))
    for host in ("pay.firm.example", "PAY.firm.example:443"):
        guard.check(make_mocked_request("GET", "/", headers={"Host": host}))
    with pytest.raises(TurnedAway):
        guard.check(make_mocked_request("GET", "/", headers={"Host": "pay.firm.example:80"}))


async def test_probes_are_answered_whatever_they_call_us(house: House) -> None:
    answer = await house.raw("GET /healthz HTTP/1.1\r\nHost: 10.0.0.7:8080\r\nConnection: close\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 200 ")


# ── who sends the form ────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "null"},
        {"Origin": "https://evil.example"},
        {"Origin": "http://127.0.0.1"},
        {"Origin": "{us}.evil.example"},
        {"Origin": "{us}/"},
        {"Origin": ""},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
        {"Sec-Fetch-Site": "cross-site", "Origin": "{us}"},
        {"Sec-Fetch-Site": "same-origin", "Origin": "null"},
        {"Sec-Fetch-Site": "same-origin", "Origin": "https://evil.example"},
    ],
)
async def test_a_form_sent_from_elsewhere_is_refused(house: House, headers: dict[str, str]) -> None:
    """(T06, B56) Even with the right nonce."""
    nonce = (await house.look(OPEN)).nonce
    sent = {name: value.format(us=house.url) for name, value in headers.items()}
    async with house.http.post(f"{house.url}/p/{OPEN.token}", data={"nonce": nonce}, headers=sent) as answer:
        assert answer.status == 403
        assert "nothing was charged" in await answer.text()
    assert house.operations.paid == []


@pytest.mark.parametrize("left_out", ["Origin", "Sec-Fetch-Site"])
async def test_either_of_the_two_headers_is_enough_where_a_browser_sends_one(house: House, left_out: str) -> None:
    """(T06)"""
    headers = {name: value for name, value in house.from_our_page.items() if name != left_out}
    nonce = (await house.look(OPEN)).nonce
    data = {"nonce": nonce}
    async with house.http.post(
        f"{house.url}/p/{OPEN.token}", data=data, headers=headers, allow_redirects=False
    ) as answer:
        assert answer.status == 303


@pytest.mark.parametrize("body", [{}, {"nonce": ""}, {"nonce": "x"}, {"nonce": "ñ"}, {"nonce": "A" * 43}])
async def test_a_form_without_our_nonce_is_refused(house: House, body: dict[str, str]) -> None:
    """(T06)"""
    answer = await house.post(OPEN, body)
    assert answer.status == 403
    assert "out of date" in answer.words
    assert house.operations.paid == []


async def test_another_links_nonce_is_refused(house: House) -> None:
    """(T06)"""
    nonce = (await house.look(PARTIAL)).nonce
    assert (await house.post(OPEN, {"nonce": nonce})).status == 403


async def test_a_page_from_before_a_change_says_that_it_is_out_of_date(house: House) -> None:
    """(B55)"""
    nonce = (await house.look(OPEN)).nonce
    house.operations.links[OPEN.token] = replace(OPEN, amount=usd(130_000))
    answer = await house.post(OPEN, {"nonce": nonce})
    assert answer.status == 403
    assert "out of date" in answer.words
    assert "Reload" in answer.words
    assert (await house.press_pay(OPEN)).status == 303
