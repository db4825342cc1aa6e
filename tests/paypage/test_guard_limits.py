"""How often an address and a link may be looked at and tried."""

from __future__ import annotations

import asyncio
from ipaddress import ip_network

import pytest
from aiohttp.test_utils import make_mocked_request
from hypothesis import given
from hypothesis import strategies as st

from paypage.pace import Limits, MovingWindow, client_address
from tests.paypage.payer_house import (
    CANCELLED,
    OPEN,
    PAID,
    PARTIAL,
    PlayedOperations,
    payer_house,
)


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
