"""References are said aloud and typed back; tokens are secrets."""

from __future__ import annotations

import re
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.errors import CommandUnclear, PaylinkError
from models.reference import new_reference, new_token, read_reference


def test_a_new_reference_is_read_back_as_itself() -> None:
    for _ in range(500):
        reference = new_reference()
        assert re.fullmatch(r"PL-[0-9A-HJKMNP-TV-Z]{6}", reference)
        assert read_reference(reference) == reference
        assert read_reference(reference.lower()) == reference


def test_ten_thousand_tokens_are_different_from_their_first_characters_on() -> None:
    """(T01)"""
    tokens = {new_token() for _ in range(10_000)}
    assert len({token[:12] for token in tokens}) == 10_000
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{32}", token) for token in tokens)


@pytest.mark.parametrize(
    "typed", ["PL-7F3K9Q", "pl-7f3k9q", "pl7f3k9q", "7F3K9Q", " Pl-7f3K9q ", "PL–7F3K9Q", "PL‑7F3K9Q"]
)
def test_a_reference_may_be_typed_in_any_case_and_without_its_prefix(typed: str) -> None:
    assert read_reference(typed) == "PL-7F3K9Q"


def test_letters_that_look_like_digits_are_read_as_digits() -> None:
    assert read_reference("pl-oil00l") == "PL-011001"


@pytest.mark.parametrize(
    "typed", ["", "PL-", "PL-7F3K9", "PL-7F3K9QX", "PL-7F3K9U", "please", "pleasant", "PL-7F3K９Q", "PL PL-7F3K9Q"]
)
def test_what_is_no_reference_is_refused_with_the_right_form(typed: str) -> None:
    with pytest.raises(CommandUnclear, match="a reference looks like PL-7F3K9Q"):
        read_reference(typed)


def test_a_word_with_the_full_prefix_is_a_reference_even_without_digits() -> None:
    assert read_reference("pl-qwertz") == "PL-QWERTZ"


@given(st.text() | st.text(alphabet=string.ascii_letters + string.digits + "-", max_size=10))
def test_any_text_is_a_reference_or_a_plain_refusal(text: str) -> None:
    try:
        reference = read_reference(text)
    except PaylinkError:
        return
    assert read_reference(reference) == reference
