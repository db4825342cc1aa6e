"""The firm's colour: white words can be read on whatever is made of it."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.colours import READABLE, contrast, read_colour, shades_of
from models.errors import CommandUnclear

WHITE, DESK, NIGHT = (255, 255, 255), (0xF3, 0xF2, 0xED), (0x1A, 0x21, 0x2E)


def rgb(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def test_contrast_is_that_of_wcag() -> None:
    assert contrast(WHITE, (0, 0, 0)) == pytest.approx(21)
    assert contrast((0x76, 0x76, 0x76), WHITE) == pytest.approx(4.54, abs=0.01)
    assert contrast(WHITE, WHITE) == 1


@pytest.mark.parametrize(("typed", "colour"), [("#0F5B4F", "#0f5b4f"), (" a11 ", "#aa1111"), ("#000", "#000000")])
def test_a_colour_is_read_however_it_is_written(typed: str, colour: str) -> None:
    assert read_colour(typed) == colour


@pytest.mark.parametrize("typed", ["", "blue", "#12345", "#1234567", "#gg0000", "rgb(1,2,3)", "#0f5b4f;}", "#٣٣٣٣٣٣"])
def test_what_is_no_colour_is_refused(typed: str) -> None:
    with pytest.raises(CommandUnclear, match="is no colour"):
        read_colour(typed)


@given(st.integers(0, 0xFFFFFF))
def test_whatever_colour_is_taken_its_words_can_be_read_by_day_and_by_night(number: int) -> None:
    """(X10, F9) WCAG 2.2 AA, on the page and in letters."""
    typed = f"#{number:06x}"
    with contextlib.suppress(CommandUnclear):
        shades = shades_of(read_colour(typed))
        for button in (shades.button, shades.button_deep, shades.night_button, shades.night_button_deep):
            assert contrast(rgb(button), WHITE) >= READABLE
        assert contrast(rgb(shades.accent), DESK) >= READABLE
        assert contrast(rgb(shades.night_accent), NIGHT) >= READABLE
