"""Control characters leave text with a word about it; everything people mean to write stays."""

from __future__ import annotations

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from models.plain_text import clean, counted, listed, one_line, shortened


def test_control_and_bidi_characters_are_taken_out_and_named() -> None:
    """(B15)"""
    text, removed = clean("Jane\u202e Doe\x00\x07")
    assert text == "Jane Doe"
    assert removed == "Control characters were taken out of the text: U+0000, U+0007, U+202E."


def test_many_removed_characters_are_named_in_short() -> None:
    assert clean("".join(map(chr, range(20))))[1].endswith("U+0003, U+0004, ….")


def test_emoji_and_other_scripts_stay_whole() -> None:
    text = "👩‍👩‍👧 Zoë 山田\tمرحبا O’Brien"
    assert clean(text) == (text, "")


def test_every_kind_of_line_end_is_one() -> None:
    assert clean("a\r\nb\rc\u2028d\u2029e\nf") == ("a\nb\nc\nd\ne\nf", "")


@given(st.text(alphabet=st.characters()))
def test_cleaning_is_done_at_once_and_leaves_nothing_that_cannot_be_stored(text: str) -> None:
    cleaned, _ = clean(text)
    assert clean(cleaned) == (cleaned, "")
    cleaned.encode()
    assert not [ch for ch in cleaned if unicodedata.category(ch) == "Cc" and ch not in "\n\t"]


def test_a_quotation_is_one_short_line() -> None:
    assert one_line(" a\n b\t c ") == "a b c"
    assert shortened("x" * 50) == "x" * 39 + "…"
    assert shortened("short") == "short"


def test_things_are_listed_and_counted_as_people_do() -> None:
    assert [listed("abc"[:count]) for count in range(4)] == ["", "a", "a and b", "a, b and c"]
    assert [counted(count, "row") for count in range(3)] == ["0 rows", "1 row", "2 rows"]
