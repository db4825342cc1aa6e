"""Printing on paper: the templates, their styles inlined once when the program starts, and text cut to width."""

from __future__ import annotations

import hashlib
import re
import struct
import textwrap
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

from css_inline import CSSInliner
from jinja2 import Environment, StrictUndefined, Template
from markupsafe import Markup, escape

from handlers.firm import Firm
from models.colours import shades_of

WIDTH = 74  # characters a line: two marks of quoting still fit into 78

# The colours of the templates that a firm's own takes the place of, by day and by night.
_COLOURS = {"#1f4fd1": "colour", "#8fb0ff": "night_colour", "#0d1a3d": "night_words", "#a5c0ff": "night_links"}

# Staff and payers' words are values, never templates.
_html = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True)
_html.filters["code"] = lambda text: Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", str(escape(text))))  # noqa: S704  escaped
_text = Environment(autoescape=False, undefined=StrictUndefined, trim_blocks=True, keep_trailing_newline=True)  # noqa: S701  plain text


@lru_cache
def html_sheet(name: str) -> Template:
    """A template of mailroom/templates with its styles on every tag, as mail programs want them.

    In the file Jinja's statements stand in comments, so that the inliner leaves them where they are.
    """
    inliner = CSSInliner(load_remote_stylesheets=False)
    inlined = inliner.inline(_source(name))
    for colour, value in _COLOURS.items():
        inlined = inlined.replace(colour, f"{{{{ {value} | default('{colour}') }}}}")
    return _html.from_string(re.sub(r"<!--(\{%.*?%\})-->", r"\1", inlined))


def colours_of(firm: Firm) -> dict[str, str]:
    """The values of a sheet that is printed in a firm's own colour; none where it has none."""
    if not firm.colour:
        return {}
    shades = shades_of(firm.colour)
    return {
        "colour": shades.button,
        "night_colour": shades.night_button,
        "night_words": "#ffffff",
        "night_links": shades.night_accent,
    }


@dataclass(frozen=True, slots=True)
class Logo:
    """The firm's logo as a letter shows it: attached, never looked up anywhere."""

    content_id: str
    picture: bytes  # a PNG
    width: int  # CSS pixels; some mail programs show the picture's own size without them
    height: int


@lru_cache(maxsize=4)
def _logo(picture: bytes, domain: str) -> Logo:
    width, height = struct.unpack_from(">II", picture, 16)  # of the PNG's first chunk; drawn for dense screens
    name = hashlib.sha256(picture).hexdigest()[:16]
    return Logo(f"logo.{name}@{domain}", picture, max(1, width // 2), max(1, height // 2))


def logo_of(firm: Firm) -> Logo | None:
    """None where the firm has none."""
    return _logo(firm.logo, firm.mail_domain) if firm.logo else None


@lru_cache
def text_sheet(name: str) -> Template:
    """A plain-text template of mailroom/templates."""
    return _text.from_string(_source(name))


def _source(name: str) -> str:
    return files("mailroom").joinpath("templates", name).read_text("utf-8")


def wrapped(text: str, indent: str = "") -> str:
    """Paragraphs cut to the width of a letter; addresses and other long words stay whole."""
    lines = [
        textwrap.fill(
            line, WIDTH, initial_indent=indent, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
        )
        for line in text.split("\n")
    ]
    return "\n".join(lines)
