"""The encodings of files in text that carry no mark of theirs: which ones a firm may name, and how each is called."""

from __future__ import annotations

import codecs

from models.errors import CommandUnclear
from models.plain_text import shortened

# By Python's name of each. All hold ASCII as it is, or no header could be found.
_NAMES = {
    **{f"cp{number}": f"Windows-{number}" for number in range(1250, 1259)},
    **{f"iso8859-{number}": f"ISO 8859-{number}" for number in (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 14, 15, 16)},
    "koi8-r": "KOI8-R",
    "koi8-u": "KOI8-U",
    "mac-roman": "Mac Roman",
    "shift_jis": "Shift JIS",
    "cp932": "Shift JIS (Windows)",
    "euc_jp": "EUC-JP",
    "gb18030": "GB 18030",
    "gbk": "GBK",
    "big5": "Big5",
    "cp949": "Korean (Windows)",
    "euc_kr": "EUC-KR",
}


def read_encoding(typed: str) -> str:
    """Python's name of the encoding that was named, as windows-1252, cp1252, latin1. Raises CommandUnclear."""
    try:
        name = codecs.lookup(typed.strip()).name
    except (LookupError, ValueError):  # ValueError: a NUL in it
        name = ""
    if name not in _NAMES:
        raise CommandUnclear(
            f"“{shortened(typed)}” is no encoding that lists are read in: write one such as Windows-1252, Windows-1250,"
            " ISO-8859-2, KOI8-R, Shift_JIS or GB18030. UTF-8 and UTF-16 are always recognised."
        )
    return name


def encoding_called(name: str) -> str:
    """What people call it."""
    return _NAMES.get(name, name)
