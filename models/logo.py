"""A firm's logo: what was uploaded is read with care and drawn anew; the file itself is never shown to anybody."""

from __future__ import annotations

import io

from PIL import Image, UnidentifiedImageError

from models.errors import CommandUnclear

LARGEST_FILE = 1024 * 1024  # bytes of what is uploaded
_MOST_PIXELS = 12_000_000  # a small file may say that it is huge
_LEAST_SIDE = 16
_BOX = (480, 128)  # pixels that it is fitted into: twice what a page shows, for dense screens
_PALETTE_ABOVE = 60 * 1024  # bytes of the picture as it is kept
_BROKEN = (
    UnidentifiedImageError,
    OSError,
    SyntaxError,
    ValueError,
    Image.DecompressionBombError,
    Image.DecompressionBombWarning,
)
_REFUSED = "That is no picture that can be shown. Upload a PNG or JPEG file."


def read_logo(content: bytes) -> bytes:
    """The picture as a small PNG: no text, no colour profile, no second image that a file may hold.

    It takes a moment of computing. Raises CommandUnclear: no PNG or JPEG, broken, too large, or too small to be seen.
    """
    if len(content) > LARGEST_FILE:
        raise CommandUnclear(f"The file has {len(content) / 1024 / 1024:.1f} MiB, and at most 1 MiB is taken.")
    try:
        with Image.open(io.BytesIO(content), formats=("PNG", "JPEG")) as found:
            _sensible(found.width, found.height)
            picture = found.convert("RGBA")
    except _BROKEN as error:
        raise CommandUnclear(_REFUSED) from error
    picture.thumbnail(_BOX)
    return _as_png(picture)


def _sensible(width: int, height: int) -> None:
    if width * height > _MOST_PIXELS:
        raise CommandUnclear(f"The picture has {width:,} by {height:,} pixels. About 480 by 128 are enough.")
    if min(width, height) < _LEAST_SIDE:
        raise CommandUnclear(f"The picture has {width} by {height} pixels, too few to be seen.")


def _as_png(picture: Image.Image) -> bytes:
    drawn = Image.new("RGBA", picture.size)
    drawn.paste(picture)
    out = io.BytesIO()
    drawn.save(out, "PNG", optimize=True)
    if out.tell() > _PALETTE_ABOVE:
        out = io.BytesIO()
        drawn.quantize(256).save(out, "PNG", optimize=True)
    return out.getvalue()
