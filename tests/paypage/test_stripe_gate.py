"""Where a payer may be sent (T08)."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from paypage.checkout_hosts import checkout_origin
from paypage.stand_in import Fault
from paypage.stripe_cards import StripeCards
from tests.contracts.card_bench import request_for
from tests.fakes import FakeClock
from tests.paypage.stripe_counter import Counter, stripe_counter


@pytest.fixture
async def counter() -> AsyncIterator[Counter]:
    async with stripe_counter() as counter:
        yield counter


def gate(*hosts: str) -> StripeCards:
    return StripeCards({}, FakeClock(), checkout_hosts=hosts or ("checkout.stripe.com",))


def test_stripes_own_page_is_allowed() -> None:
    assert gate().checkout_url_allowed("https://checkout.stripe.com/c/pay/cs_test_a1#fidkdWxOYHwnPyd1blpxYHZxWjA0%2FJX")


@pytest.mark.parametrize(
    "url",
    [
        "",
        "https://evil.example/",
        "http://checkout.stripe.com/c/pay/cs_1",
        "HTTPS://CHECKOUT.STRIPE.COM/",
        "javascript:alert(1)",
        "javascript://checkout.stripe.com/%0aalert(1)",
        "data:text/html,x",
        "//evil.example/",
        "//checkout.stripe.com/",
        "/\\evil.example",
        "https:checkout.stripe.com",
        "https:/checkout.stripe.com/",
        "https:///checkout.stripe.com/",
        "https://checkout.stripe.com",
        "https://checkout.stripe.com:8443/",
        "https://checkout.stripe.com.evil.example/",
        "https://checkout.stripe.comevil.example/",
        "https://evil.example/https://checkout.stripe.com/",
        "https://checkout.stripe.com@evil.example/",
        "https://user:pass@checkout.stripe.com/",
        "https://checkout.stripe.com\\@evil.example/",
        "https://checkout.stripe.com\t/",
        " https://checkout.stripe.com/",
        "https://checkout.stripe.com/\r\nSet-Cookie: a=b",
        "https://checkout.stripe.com/\n",
        "https://checkout.stripe.com/a b",
        'https://checkout.stripe.com/"><script>',
        "https://checkout.stripe.com/\\evil",
        "https://checkout.stripe.com/é",
        "https://checkout.stripe.com./",
        "https://checkout。stripe.com/",
        "https://xn--checkout.stripe.com/",
    ],
)
def test_anything_else_is_not(url: str) -> None:
    assert not gate().checkout_url_allowed(url)


def test_a_listed_loopback_page_is_allowed_with_its_port_only() -> None:
    sandbox = gate("http://127.0.0.1:4242")
    assert sandbox.checkout_url_allowed("http://127.0.0.1:4242/c/pay/cs_test_1")
    assert not sandbox.checkout_url_allowed("http://127.0.0.1:42424/c/pay/cs_test_1")
    assert not sandbox.checkout_url_allowed("http://127.0.0.1:4242@evil.example/")
    assert not sandbox.checkout_url_allowed("https://checkout.stripe.com/c/pay/cs_test_1")


@pytest.mark.parametrize(
    "host",
    [
        "http://checkout.stripe.com",
        "http://10.0.0.1",
        "ftp://x.example",
        "https://x.example/path",
        "x.example/",
        "a b.c",
        "*",
    ],
)
def test_a_host_that_cannot_be_listed_is_refused_at_the_start(host: str) -> None:
    with pytest.raises(ValueError, match="not a host"):
        checkout_origin(host)


async def test_a_url_to_a_stranger_comes_through_and_is_caught_by_the_gate(counter: Counter) -> None:
    """(T08) The adapter hands on what Stripe said; the caller asks before it sends anybody there."""
    counter.stand_in.faults.plan(Fault.FOREIGN_URL)
    page = await counter.cards.open_checkout(request_for(counter.clock))
    assert not counter.cards.checkout_url_allowed(page.url)
