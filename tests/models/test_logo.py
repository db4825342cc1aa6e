"""A firm's logo: drawn anew from what was uploaded, whatever that was."""

from __future__ import annotations

import io
import struct
import zlib

import pytest
from PIL import Image, PngImagePlugin

from models.errors import CommandUnclear
from models.logo import LARGEST_FILE, read_logo


def picture(width: int = 300, height: int = 100, kind: str = "PNG", mode: str = "RGB") -> bytes:
    out = io.BytesIO()
    facts = PngImagePlugin.PngInfo()
    facts.add_text("Comment", "<script>alert(1)</script>")
    extra = {"pnginfo": facts} if kind == "PNG" else {}
    Image.new(mode, (width, height), "#7a1f4b").save(out, kind, **extra)
    return out.getvalue()


def huge() -> bytes:
    """A few bytes that say they are a picture of 100,000 by 100,000 pixels."""
    head = b"IHDR" + struct.pack(">IIBBBBB", 100_000, 100_000, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + head + struct.pack(">I", zlib.crc32(head))


@pytest.mark.parametrize(
    ("kind", "mode"), [("PNG", "RGB"), ("PNG", "RGBA"), ("PNG", "P"), ("JPEG", "RGB"), ("JPEG", "L")]
)
def test_a_picture_becomes_a_small_png_and_what_else_its_file_held_is_gone(kind: str, mode: str) -> None:
    """(F9)"""
    drawn = read_logo(picture(3000, 1000, kind, mode) if mode != "L" else picture(600, 400, kind, "L"))
    with Image.open(io.BytesIO(drawn)) as found:
        assert found.format == "PNG"
        assert found.width <= 480
        assert found.height <= 128
        assert found.info == {}
    assert b"script" not in drawn


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "no picture"),
        (b"<svg onload='alert(1)'/>", "no picture"),
        (b"GIF89a" + bytes(50), "no picture"),
        (picture(kind="GIF", mode="P"), "no picture"),
        (picture()[:60], "no picture"),
        (huge(), "no picture"),
        (picture(4000, 3001), "4,000 by 3,001 pixels"),
        (picture(300, 8), "too few to be seen"),
        (bytes(LARGEST_FILE + 1), "at most 1 MiB"),
    ],
)
def test_what_is_no_such_picture_is_refused(content: bytes, why: str) -> None:
    with pytest.raises(CommandUnclear, match=why):
        read_logo(content)


def test_a_picture_of_many_colours_is_kept_small() -> None:
    noise = Image.effect_noise((480, 128), 90).convert("RGB")
    out = io.BytesIO()
    noise.save(out, "PNG")
    assert len(read_logo(out.getvalue())) < 80 * 1024
