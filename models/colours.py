"""The firm's colour: read, checked for contrast, and the shades that pages and letters make of it. Pure.

Contrast is WCAG 2.2's (w3.org/TR/WCAG22, relative luminance); 4.5:1 is what its level AA asks of words.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from models.errors import CommandUnclear
from models.plain_text import shortened

READABLE = 4.5
_OUTLINE = 3.0  # of a shape against what is behind it
_HEX = re.compile(r"#?(?:[0-9a-f]{3}|[0-9a-f]{6})")
_WHITE, _BLACK = (255, 255, 255), (0, 0, 0)
_DESK, _SHEET = (0xF3, 0xF2, 0xED), (0xFF, 0xFF, 0xFF)  # of the pay page by day, as pay.css has them
_DARK_SHEET, _DARK_LETTER = (0x17, 0x1D, 0x1C), (0x1A, 0x21, 0x2E)  # of the page and of letters by night
_STEPS = 20

Rgb = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Shades:
    """One colour by day and by night, each as '#0f5b4f'. White words can be read on every button."""

    button: str
    button_deep: str  # while the pointer is on it
    accent: str  # links, on the sheet and on what is behind it
    tint: str
    night_button: str
    night_button_deep: str
    night_accent: str
    night_tint: str


def read_colour(typed: str) -> str:
    """A colour as '#0f5b4f'. Raises CommandUnclear: not written so, or white words could not be read on it."""
    said = typed.strip().lower()
    if not _HEX.fullmatch(said):
        raise CommandUnclear(
            f"“{shortened(typed)}” is no colour that pages know: write # and six signs, such as #0f5b4f."
        )
    figures = said.removeprefix("#")
    colour = "#" + (figures if len(figures) == 6 else "".join(figure * 2 for figure in figures))
    found = contrast(_rgb(colour), _WHITE)
    if found < READABLE:
        raise CommandUnclear(
            f"White words on {colour} cannot be read well (contrast {int(found * 10) / 10}:1, and {READABLE}:1 is the "
            "least). Choose a darker one."
        )
    return colour


def contrast(one: Rgb, other: Rgb) -> float:
    """1 to 21."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@lru_cache(maxsize=64)
def shades_of(colour: str) -> Shades:
    """What is made of a colour that `read_colour` gave."""
    own = _rgb(colour)
    night_button = _seen_at_night(own)
    return Shades(
        button=colour,
        button_deep=_hex(_mixed(own, _BLACK, 0.25)),
        accent=_hex(_until_readable(own, _BLACK, _DESK)),
        tint=_hex(_mixed(_SHEET, own, 0.09)),
        night_button=_hex(night_button),
        night_button_deep=_hex(_mixed(night_button, _BLACK, 0.15)),
        night_accent=_hex(_until_readable(own, _WHITE, _DARK_LETTER)),
        night_tint=_hex(_mixed(_DARK_SHEET, own, 0.2)),
    )


def _until_readable(colour: Rgb, toward: Rgb, behind: Rgb) -> Rgb:
    """The colour, as far toward black or white as its words need to be read."""
    shades = (_mixed(colour, toward, step / _STEPS) for step in range(_STEPS + 1))
    return next(shade for shade in shades if contrast(shade, behind) >= READABLE)


def _seen_at_night(colour: Rgb) -> Rgb:
    """Light enough to be told from a dark sheet, as long as white words on it can be read."""
    best = colour
    for step in range(_STEPS + 1):
        shade = _mixed(colour, _WHITE, step / _STEPS)
        if contrast(shade, _WHITE) < READABLE:
            break
        best = shade
        if contrast(shade, _DARK_SHEET) >= _OUTLINE:
            break
    return best


def _luminance(colour: Rgb) -> float:
    parts = (value / 255 for value in colour)
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _mixed(colour: Rgb, other: Rgb, share: float) -> Rgb:
    """`share` of the other in it, 0 to 1."""
    red, green, blue = (round(one + (two - one) * share) for one, two in zip(colour, other, strict=True))
    return red, green, blue


def _rgb(colour: str) -> Rgb:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _hex(colour: Rgb) -> str:
    return "#" + "".join(f"{value:02x}" for value in colour)
