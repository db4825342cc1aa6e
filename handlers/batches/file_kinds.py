"""What kind of file somebody sent, judged by its bytes: a list is read whatever its name, the rest is refused."""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import dataclass

from models.errors import SheetUnreadable
from models.plain_text import clean, shortened

MOST_BYTES = 5 * 1024 * 1024
REMEDY = "Save the list as CSV (UTF-8) or as .xlsx and send that."

_LIST_NAME = re.compile(r"\.(?:csv|tsv|txt|xlsx)$", re.IGNORECASE)
_LIST_TYPES = frozenset(
    {
        "text/csv",
        "application/csv",
        "text/tab-separated-values",
        "text/plain",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    }
)
_PROGRAMS = re.compile(
    r"\.(exe|com|bat|cmd|scr|pif|msi|jar|js|jse|vbs|vbe|wsf|hta|ps1|lnk|sh|app|apk|dll)$", re.IGNORECASE
)
_OLD_EXCEL = "an old Excel workbook (.xls), or one locked with a password"
_UTF_32 = "UTF-32 text"
_STARTS: tuple[tuple[bytes, str], ...] = (
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", _OLD_EXCEL),
    (b"\x09\x08", _OLD_EXCEL),
    (b"%PDF-", "a PDF"),
    (b"\x89PNG\r\n\x1a\n", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF87a", "a GIF image"),
    (b"GIF89a", "a GIF image"),
    (b"II*\0", "a TIFF image"),
    (b"MM\0*", "a TIFF image"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (b"Rar!\x1a\x07", "a rar archive"),
    (b"\xfd7zXZ\0", "an xz archive"),
    (b"\x7fELF", "a program"),
    (b"{\\rtf", "an RTF document"),
    (b"\0\0\xfe\xff", _UTF_32),
    (b"\xff\xfe\0\0", _UTF_32),
    (b"+/v8", "UTF-7 text"),
    (b"+/v9", "UTF-7 text"),
    (b"+/v+", "UTF-7 text"),
    (b"+/v/", "UTF-7 text"),
)
_PARTS: tuple[tuple[str, str], ...] = (
    ("xl/workbook.bin", "a binary Excel workbook (.xlsb)"),
    ("word/document.xml", "a Word document"),
    ("ppt/presentation.xml", "a presentation"),
    ("content.xml", "an OpenDocument file"),
)
_MARKUP = re.compile(rb"\s*<(!doctype html|html|head|body|table|\?xml|svg)", re.IGNORECASE)
_UTF_7_RUN = re.compile(rb"\+[A-Za-z0-9+/]{3,60}(?![A-Za-z0-9+/@])")  # bounded, or a row of + takes hours


@dataclass(frozen=True, slots=True)
class _Head:
    """The looks of a file's beginning."""

    content: bytes

    @property
    def image(self) -> str:
        start = self.content
        if start[:2] == b"BM" and start[6:10] == bytes(4):
            return "a BMP image"
        if start[:4] == b"RIFF" and start[8:12] == b"WEBP":
            return "a WebP image"
        if start[4:8] == b"ftyp" and start[8:12] in (b"heic", b"heix", b"mif1", b"avif"):
            return "a HEIC or AVIF image"
        return ""

    @property
    def other(self) -> str:
        if self.content[:2] == b"MZ" and b"\0" in self.content[:256]:
            return "a program"
        if b"%PDF-" in self.content[:1024] and b"\0" not in self.content[:4]:
            return "a PDF"
        if _MARKUP.match(self.content[:200]):
            return "a web page or XML"
        return "UTF-7 text" if _looks_like_utf_7(self.content) else ""


def called_a_list(filename: str, content_type: str) -> bool:
    """Whether a file goes by the name or type of a list; what it is, its bytes say (see kind_of)."""
    return bool(_LIST_NAME.search(filename)) or content_type in _LIST_TYPES


def kind_of(content: bytes, filename: str) -> str:
    """'workbook' for an .xlsx, 'text' for all that may be a list in text.

    Raises SheetUnreadable: too large, a program by its name, or a known kind that is no list of ours.
    """
    said = shortened(clean(filename)[0], 60) or "The file"
    if len(content) > MOST_BYTES:
        size = f"{len(content) / 1024 / 1024:.1f} MiB"
        raise SheetUnreadable(f"{said} is {size} large; at most 5 MiB are read. Split it into several files.")
    if _PROGRAMS.search(filename.strip()):
        raise SheetUnreadable(f"{said} is a program by its name, so it was not opened. {REMEDY}")
    foreign = ""
    if content[:4] in (b"PK\x03\x04", b"PK\x05\x06"):
        foreign = _archive(content)
        if not foreign:
            return "workbook"
    foreign = foreign or next((name for start, name in _STARTS if content.startswith(start)), "")
    head = _Head(content)
    foreign = foreign or head.image or head.other
    if foreign:
        raise SheetUnreadable(f"{said} is {foreign}, not a list of invoices. {REMEDY}")
    return "text"


def _archive(content: bytes) -> str:
    """What a zip archive is; blank for an .xlsx."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, OSError, ValueError, RuntimeError, NotImplementedError):
        return "a broken zip archive or .xlsx"
    if "[Content_Types].xml" in names and "xl/workbook.xml" in names:
        return ""
    return next((name for part, name in _PARTS if part in names), "a zip archive")


def _looks_like_utf_7(content: bytes) -> bool:
    """UTF-7 without its mark is ASCII with runs such as +AOk- for é.

    Only runs that mean Latin letters or typographic signs count, so that +INV4 in an invoice number does not.
    """
    if not content.isascii():
        return False
    return any(_latin_run(run) for run in _UTF_7_RUN.findall(content))


def _latin_run(run: bytes) -> bool:
    try:
        meant = (run + b"-").decode("utf-7")
    except UnicodeDecodeError:
        return False
    return all("\u00a0" <= ch <= "\u024f" or "\u2010" <= ch <= "\u20bf" for ch in meant)
