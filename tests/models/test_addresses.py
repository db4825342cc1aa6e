"""E-mail addresses are taken in a form any mail server understands, or refused by name."""

from __future__ import annotations

import pytest
from email_validator import EmailNotValidError, validate_email
from hypothesis import given
from hypothesis import strategies as st

from models.addresses import read_address
from models.errors import AddressUnclear, PaylinkError


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("jane@acme.com", "jane@acme.com"),
        (" Jane.Doe+bills@ACME.com ", "Jane.Doe+bills@acme.com"),
        ("o'brien@firm.test", "o'brien@firm.test"),
        ("jane@acme.example", "jane@acme.example"),
        ("jane@bücher.de", "jane@xn--bcher-kva.de"),
    ],
)
def test_an_address_is_read(typed: str, read: str) -> None:
    assert read_address(typed) == read


@pytest.mark.parametrize(
    "typed",
    ["", "jane", "a@b", "a b@c.com", "a@b@c.com", "jane@acme..com", "josé@acme.com", "jane@acme.com\n.evil", "x" * 300],
)
def test_what_is_no_address_is_named_and_refused(typed: str) -> None:
    """(B13)"""
    with pytest.raises(AddressUnclear, match="is not an e-mail address"):
        read_address(typed)


@given(
    st.emails()
    | st.text(alphabet="aZ0@.-_+é", max_size=80)
    | st.from_regex(r"[a-z+.-]{1,70}@[a-z.-]{1,250}", fullmatch=True)
)
def test_a_domain_seen_before_makes_no_difference(text: str) -> None:
    try:
        expected = validate_email(
            text.strip(), check_deliverability=False, test_environment=True, allow_smtputf8=False
        ).ascii_email
    except EmailNotValidError:
        expected = None
    for _ in range(2):
        try:
            assert read_address(text) == expected
        except AddressUnclear:
            assert expected is None


@given(st.text() | st.emails() | st.text(alphabet="aA1@.-_ é\u200b"))
def test_any_text_is_an_address_or_a_plain_refusal(text: str) -> None:
    try:
        address = read_address(text)
    except PaylinkError:
        return
    assert read_address(address) == address
    assert address.isascii()
