"""Forms that are sent: only ours, only once, only as large as they need be."""

from __future__ import annotations

from collections.abc import AsyncIterator
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paypage.guard import FormUnreadable, parse_form
from tests.paypage.payer_house import (
    FORM,
    OPEN,
    PARTIAL,
    House,
    payer_house,
)


@pytest.fixture
async def house() -> AsyncIterator[House]:
    async with payer_house() as running:
        yield running


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
