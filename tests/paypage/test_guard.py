"""What is let in to the payer's pages, and what every answer carries."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from ipaddress import ip_network
from urllib.parse import urlencode

import pytest
from aiohttp.test_utils import make_mocked_request
from hypothesis import given
from hypothesis import strategies as st

from paypage.guard import FormUnreadable, Guard, TurnedAway, headers_for_all, parse_form
from paypage.pace import Limits, MovingWindow, Pace, client_address
from tests.paypage.payer_house import (
    CANCELLED,
    EVERY_PAGE,
    FORM,
    OPEN,
    PAID,
    PARTIAL,
    House,
    PlayedOperations,
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


# ── the form ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "content_type",
    [
        "application/json",
        "multipart/form-data; boundary=x",
        "text/plain",
        f"{FORM}; charset=utf-16",
        f"{FORM}; charset=no-such-charset",
        f"{FORM}; charset=utf-8; x=y",
        "application/x-www-form-urlencoded-not",
        "",
    ],
)
async def test_a_body_that_is_no_form_is_415(house: House, content_type: str) -> None:
    """(B52, H)"""
    answer = await house.post(OPEN, b"nonce=x", {"Content-Type": content_type})
    assert answer.status == 415
    assert "Nothing was charged" in answer.words


@pytest.mark.parametrize("content_type", [f"{FORM}; charset=UTF-8", f'{FORM};charset="utf-8"', FORM.upper()])
async def test_a_form_may_say_that_it_is_utf_8(house: House, content_type: str) -> None:
    nonce = (await house.look(OPEN)).nonce
    answer = await house.post(OPEN, f"nonce={nonce}".encode(), {"Content-Type": content_type})
    assert answer.status == 303


async def test_a_compressed_form_is_not_opened(house: House) -> None:
    """(H)"""
    answer = await house.post(OPEN, b"\x1f\x8b\x08\x00", {"Content-Encoding": "gzip"})
    assert answer.status == 415


@pytest.mark.parametrize("chunked", [False, True])
async def test_a_form_of_a_megabyte_is_413(house: House, chunked: bool) -> None:
    """(B52)"""
    head = (
        f"POST /p/{OPEN.token} HTTP/1.1\r\nHost: 127.0.0.1:{house.port}\r\nOrigin: {house.url}\r\n"
        f"Content-Type: {FORM}\r\nConnection: close\r\n"
    )
    body = b"a=" + b"x" * 70_000
    if chunked:
        request = f"{head}Transfer-Encoding: chunked\r\n\r\n{len(body):x}\r\n".encode() + body
    else:
        request = f"{head}Content-Length: 1000000\r\n\r\n".encode()
    assert (await house.raw(request)).startswith(b"HTTP/1.1 413 ")


BAD_FORMS = [
    b"nonce=%ff%fe",
    b"nonce=\xff\xfe",
    b"nonce=%00",
    b"nonce=a\x00b",
    b"non%00ce=a",
    b"nonce",
    b"nonce=a&&",
    b"nonce=a&nonce=a",
    b"nonce=a&currency=JPY",
    b"nonce=a&account=trust",
    b"nonce=a&state=paid",
    b"nonce=a&amount=1",  # this link is for the whole amount
    b"&".join(b"f%d=1" % n for n in range(1001)),
]


@pytest.mark.parametrize("body", BAD_FORMS)
async def test_a_broken_form_is_400_and_the_page_is_kept(house: House, body: bytes) -> None:
    """(T05, B50, B51, B52)"""
    answer = await house.post(OPEN, body)
    assert answer.status == 400
    assert "could not be read" in answer.words
    assert "Pay $1,250.00" in answer.words
    assert house.operations.paid == []


async def test_two_amounts_are_refused_and_shown_again(house: House) -> None:
    """(B50)"""
    nonce = (await house.look(PARTIAL)).nonce
    answer = await house.post(PARTIAL, f"nonce={nonce}&amount=100&amount=200")
    assert answer.status == 400
    assert house.operations.paid == []


@given(st.binary(max_size=200))
def test_any_bytes_are_a_form_or_refused(body: bytes) -> None:
    """(B52)"""
    try:
        fields = parse_form(body, {"nonce", "amount"})
    except FormUnreadable:
        return
    assert fields.keys() <= {"nonce", "amount"}
    assert not any("\0" in value for value in fields.values())


@given(st.dictionaries(st.sampled_from(["nonce", "amount"]), st.text().filter(lambda text: "\0" not in text)))
def test_what_a_browser_encodes_is_read_back(fields: dict[str, str]) -> None:
    encodable = {name: value.encode(errors="replace").decode() for name, value in fields.items()}
    assert parse_form(urlencode(encodable).encode(), {"nonce", "amount"}) == encodable


# ── how often ─────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_an_address_may_look_thirty_times_a_minute() -> None:
    """(T07)"""
    async with payer_house(limits=Limits()) as house:
        statuses = [(await house.look(PAID)).status for _ in range(31)]
        assert statuses == [200] * 30 + [429]
        answer = await house.get("/p/another-unknown-token-0001")
        assert answer.status == 429
        assert 1 <= int(answer.headers["Retry-After"]) <= 60
        assert "wait a minute" in answer.words
        assert (await house.get("/healthz")).status == 200
        assert (await house.get("/stripe/operating", method="POST")).status == 200


async def test_an_address_may_try_ten_times_a_minute_and_a_link_five_times() -> None:
    """(T07)"""
    async with payer_house(limits=Limits()) as house:
        assert [(await house.post(OPEN, {})).status for _ in range(6)] == [403] * 5 + [429]
        assert [(await house.post(PARTIAL, {})).status for _ in range(5)] == [403] * 4 + [429]


async def test_a_forged_x_forwarded_for_wins_nothing() -> None:
    """(T07)"""
    async with payer_house(limits=Limits(looks=3)) as house:
        statuses = [
            (await house.get(f"/p/{OPEN.token}", {"X-Forwarded-For": f"198.51.100.{n}"})).status for n in range(4)
        ]
    assert statuses == [200, 200, 200, 429]


async def test_behind_a_trusted_proxy_each_client_counts_for_itself() -> None:
    """(T07)"""
    async with payer_house(limits=Limits(looks=1), trusted=[ip_network("127.0.0.0/8")]) as house:

        async def look(forwarded: str) -> int:
            return (await house.get(f"/p/{OPEN.token}", {"X-Forwarded-For": forwarded})).status

        assert await look("198.51.100.1") == 200
        assert await look("198.51.100.2") == 200
        assert await look("203.0.113.7, 198.51.100.2") == 429  # the client's own claim stands in front


@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [
        ("203.0.113.5", "198.51.100.1", "203.0.113.5"),  # not our proxy
        ("10.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "198.51.100.1, 10.0.0.2", "198.51.100.1"),  # two proxies
        ("10.0.0.1", "192.0.2.1, 198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "198.51.100.1:4711", "198.51.100.1"),
        ("10.0.0.1", "[2001:db8::1]:4711", "2001:db8::/64"),
        ("10.0.0.1", "nonsense", "10.0.0.1"),
        ("10.0.0.1", "198.51.100.1, nonsense", "10.0.0.1"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("10.0.0.1", ", ".join(["10.0.0.9"] * 1000), "10.0.0.9"),
        ("::ffff:10.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("2001:db8:0:1:aaaa::1", "", "2001:db8:0:1::/64"),
    ],
)
def test_the_address_is_the_nearest_that_is_no_proxy_of_ours(peer: str, forwarded: str, address: str) -> None:
    """(T07)"""
    request = make_mocked_request("GET", "/", headers={"X-Forwarded-For": forwarded} if forwarded else {})
    assert client_address(request.clone(remote=peer), [ip_network("10.0.0.0/8")]) == address


class Stopwatch:
    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def test_the_window_moves_and_says_how_long_to_wait() -> None:
    now = Stopwatch()
    window = MovingWindow(2, now)
    assert [window.hit("a"), window.hit("a")] == [0.0, 0.0]
    now.seconds = 20.0
    assert window.hit("a") == 40.0
    assert window.hit("b") == 0.0
    now.seconds = 60.5
    assert window.hit("a") == 0.0


def test_a_flood_of_addresses_is_forgotten_after_a_minute_of_quiet() -> None:
    """(T07) Memory does not grow with the number of addresses ever seen."""
    now = Stopwatch()
    window = MovingWindow(5, now)
    for n in range(5000):
        window.hit(str(n))
    now.seconds = 30.0
    window.hit("still here")
    now.seconds = 61.0
    window.hit("new")
    assert len(window) == 2


@given(st.lists(st.tuples(st.floats(0, 30), st.sampled_from("ab")), max_size=60), st.integers(1, 4))
def test_no_minute_ever_holds_more_than_the_limit(steps: list[tuple[float, str]], most: int) -> None:
    now = Stopwatch()
    window = MovingWindow(most, now)
    let_in: list[tuple[float, str]] = []
    for pause, key in steps:
        now.seconds += pause
        wait = window.hit(key)
        recent = [at for at, who in let_in if who == key and at + 60 - now.seconds > 0]
        assert (wait == 0.0) is (len(recent) < most)
        if wait == 0.0:
            let_in.append((now.seconds, key))


async def test_a_flood_leaves_webhook_and_health_alone() -> None:
    """(T07) 5,000 requests of one address: after the thirtieth nobody even looks, and no one else is refused."""
    operations = PlayedOperations()
    async with payer_house(limits=Limits(), operations=operations) as house:
        flood: list[int] = []
        others: list[int] = []
        for _ in range(100):
            burst = [house.look(CANCELLED) for _ in range(50)]
            beside = [house.get("/stripe/operating", method="POST"), house.get("/healthz")]
            answers = [answer.status for answer in await asyncio.gather(*burst, *beside)]
            flood += answers[:50]
            others += answers[50:]
        assert (len(flood), flood.count(410), flood.count(429)) == (5000, 30, 4970)
        assert len(operations.looked) == 30
        assert others == [200] * 200
