"""Card numbers are found wherever they are pasted; long numbers that are none pass."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.card_numbers import holds_card_number

# The networks' and processors' published test numbers.
TEST_CARDS = """
    4242424242424242 4000056655665556 4111111111111111 4012888888881881 4222222222222 4000002500003155
    5555555555554444 5105105105105100 5200828282828210 2223003122003222 2223000048400011 2720992593319364
    378282246310005 371449635398431 341111111111111 6011111111111117 6011000990139424 6011981111111113
    6445644564456445 6500000000000002 3056930009020004 36227206271667 38520000023237 30569309025904
    3530111333300000 3566002020360505 6200000000000005 6205500000000000004 2200000000000004 6759649826438453
""".split()


@pytest.mark.parametrize("number", TEST_CARDS)
def test_a_card_number_is_found_in_any_dress(number: str) -> None:
    """(T21, B20)"""
    fours = [number[at : at + 4] for at in range(0, len(number), 4)]
    for dressed in (
        number,
        " ".join(fours),
        "-".join(fours),
        "\u2013".join(fours),
        ".".join(fours),
        " ".join(number),
        f"invoice {number}, thanks",
        f"create 1250 {' '.join(fours)} 12/29",
        f"no{number}x",
        number[:8] + "\u200b" + number[8:],
        number.translate(str.maketrans("0123456789", "０１２３４５６７８９")),
    ):
        assert holds_card_number(dressed), dressed


@pytest.mark.parametrize(
    "harmless",
    [
        "4242424242424241",  # fails Luhn's check
        "1234567890123452",  # passes it, but no network has it
        "invoice 2026000000104217",
        "create 1250.00 due 2026-12-15 invoice 1042",
        "+1 415 555 2671",
        "DE89370400440532013000",
        "424242424242424242424242",  # a longer unbroken number stands for itself
        "",
    ],
)
def test_other_long_numbers_pass(harmless: str) -> None:
    assert not holds_card_number(harmless)


@given(st.text() | st.text(alphabet="0123456789 -4"))
def test_looking_for_a_card_number_never_fails(text: str) -> None:
    assert holds_card_number(text) in (True, False)
