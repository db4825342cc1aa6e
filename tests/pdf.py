"""Reading the PDFs we make, by simple means."""

from __future__ import annotations

import base64
import re
import zlib


def text_of(file: bytes) -> str:
    """What a reader of the file reads that was set in the usual letters, in order; other letters are left out."""
    shown = []
    for stream in re.findall(rb"stream\r?\n(.*?)endstream", file, re.DOTALL):
        try:
            page = zlib.decompress(base64.a85decode(stream.strip().removesuffix(b"~>")))
        except (ValueError, zlib.error):
            continue  # a font
        for words in re.findall(rb"\(((?:[^()\\]|\\.)*)\) Tj", page):
            plain = re.sub(rb"\\([0-7]{3})", lambda m: bytes([int(m[1], 8)]), words)
            shown.append(re.sub(rb"\\(.)", rb"\1", plain).decode("cp1252"))
    return " ".join(" ".join(shown).split())


def pages_of(file: bytes) -> int:
    return len(re.findall(rb"/Type /Page\b", file))
