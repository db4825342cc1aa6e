"""A receipt as a PDF of one sheet, the same bytes each time. Pure but for the fonts that this machine has.

What people typed is never markup here: reportlab reads a Paragraph as XML, so every text goes through `Ink.marked`.
"""

from __future__ import annotations

import io
import unicodedata
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import groupby
from typing import Any
from xml.sax.saxutils import escape

from reportlab.lib.colors import Color, HexColor
from reportlab.lib.pagesizes import A4, LETTER
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase.pdfmetrics import registerFont
from reportlab.pdfbase.ttfonts import TTFError, TTFont
from reportlab.platypus import Flowable, HRFlowable, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

from handlers.firm import Firm
from handlers.payments.receipt_words import receipt_facts, receipt_news, receipt_terms
from models.money import spell
from models.plain_text import clean, plain_line
from models.receipt import Receipt

PLAIN, BOLD = "Helvetica", "Helvetica-Bold"  # every reader of PDF has them; they hold the letters of Western Europe
LEFT_OUT = "[…]"  # in place of letters that no font here has
_INK, _SOFT, _LINE = HexColor("#1b2422"), HexColor("#55605d"), HexColor("#d5dad6")
_ON_LETTER = {"US", "CA", "MX", "PH"}  # where paper is 8.5 × 11 inches; elsewhere it is A4
# For all other letters, the first of these that this machine has and that has them. reportlab reads no OpenType fonts
# with PostScript outlines, which most Chinese, Japanese and Korean ones are.
_FALLBACKS = (
    *("DejaVuSans.ttf", "NotoSans-Regular.ttf", "LiberationSans-Regular.ttf", "Arial.ttf", "arial.ttf", "Vera.ttf"),
    *("NotoSansThai-Regular.ttf", "NotoSansGeorgian-Regular.ttf", "NotoSansArmenian-Regular.ttf"),
    *("DroidSansFallbackFull.ttf", "DroidSansFallback.ttf", "wqy-zenhei.ttc", "wqy-microhei.ttc"),
    *("Arial Unicode.ttf", "ARIALUNI.TTF", "msyh.ttc", "msgothic.ttc", "malgun.ttf"),
)
_JOINED = ((0x0900, 0x0DFF), (0x0F00, 0x109F), (0x1780, 0x17FF))  # Indic, Tibetan, Burmese, Khmer: letters that combine


def receipt_pdf(receipt: Receipt, firm: Firm, url: str) -> bytes:
    """The file. `url`: where the receipt can be seen online, named where a letter had to be left out."""
    ink = Ink()
    story = _story(receipt, firm, ink)
    if ink.left_out:
        story += [Spacer(0, 4 * mm), ink.text(f"{LEFT_OUT} stands for letters this file cannot show; see {url}", _FINE)]
    out = io.BytesIO()
    title = f"Receipt {receipt.number} of {plain_line(firm.name)}"
    sheet = SimpleDocTemplate(
        out,
        pagesize=LETTER if firm.locale.partition("_")[2] in _ON_LETTER else A4,
        leftMargin=24 * mm,
        rightMargin=24 * mm,
        topMargin=24 * mm,
        bottomMargin=20 * mm,
        title=title,
        author=plain_line(firm.name),
        subject=title,
        creator="Paylink",
        lang="en",
        displayDocTitle=True,
        invariant=True,  # no time of printing, no random id
        pageCompression=1,
    )
    sheet.build(story)
    return out.getvalue()


def _story(receipt: Receipt, firm: Firm, ink: Ink) -> list[Flowable]:
    terms, contact = receipt_terms(receipt), plain_line(receipt.contact)
    who = f"{plain_line(firm.name)}, {contact}" if contact else plain_line(firm.name)
    story: list[Flowable] = [
        ink.text(plain_line(firm.name), _FIRM),
        HRFlowable(width="100%", thickness=0.8, color=_LINE, spaceBefore=4 * mm, spaceAfter=12 * mm),
        ink.text("Receipt", _TITLE),
        ink.text(receipt_news(receipt, firm), _WORDS),
        Spacer(0, 8 * mm),
        ink.text("Amount paid", _LABEL),
        ink.text(spell(receipt.paid, firm.locale), _AMOUNT),
        Spacer(0, 6 * mm),
        _table([(ink.text(label, _LABEL), ink.text(value, _VALUE)) for label, value in receipt_facts(receipt, firm)]),
        Spacer(0, 8 * mm),
        ink.text(f"Questions? Please contact {who} and mention the reference {receipt.reference}.", _FINE),
    ]
    if terms:
        story += [Spacer(0, 4 * mm), *(ink.text(part, _FINE) for part in terms.split("\n") if part.strip())]
    return story


def _table(rows: Sequence[tuple[Flowable, Flowable]]) -> Table:
    lines: list[Any] = [
        ("LINEABOVE", (0, 0), (-1, 0), 0.5, _LINE),
        ("LINEBELOW", (0, 0), (-1, -1), 0.5, _LINE),
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("LEFTPADDING", (0, 0), (-1, -1), 0),
        ("RIGHTPADDING", (0, 0), (-1, -1), 0),
        ("TOPPADDING", (0, 0), (-1, -1), 6),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 7),
    ]
    return Table([list(row) for row in rows], colWidths=["32%", "68%"], style=TableStyle(lines))


def _style(size: float, leading: float, colour: Color = _INK, font: str = PLAIN) -> ParagraphStyle:
    return ParagraphStyle("", fontName=font, fontSize=size, leading=leading, textColor=colour, splitLongWords=1)


_FIRM = _style(15, 20, font="Times-Bold")
_TITLE = _style(24, 32, font="Times-Bold")
_AMOUNT = _style(28, 36, font="Times-Bold")
_WORDS = _style(11, 16)
_LABEL = _style(10, 14, _SOFT)
_VALUE = _style(10, 14)
_FINE = _style(8.5, 12, _SOFT)


@dataclass(slots=True)
class Ink:
    """Sets texts in fonts that have their letters, and knows whether any had to be left out."""

    left_out: bool = False
    _fonts: dict[str, str | None] = field(default_factory=dict)

    def text(self, words: str, style: ParagraphStyle) -> Paragraph:
        return Paragraph(self.marked(words), style)

    def marked(self, words: str) -> str:
        """The words as reportlab's markup: escaped, and each letter in a font that has it."""
        letters = unicodedata.normalize("NFC", clean(words)[0].replace("\n", " ").replace("\t", " "))
        return "".join(self._run(font, "".join(run)) for font, run in groupby(letters, _font_for))

    def _run(self, font: str | None, run: str) -> str:
        if font == PLAIN:
            return escape(run)
        if font is None:
            self.left_out = True
            return LEFT_OUT
        return f'<font name="{font}">{escape(run)}</font>'


@lru_cache(maxsize=4096)
def _font_for(letter: str) -> str | None:
    """The name of a font that has the letter; PLAIN for the usual ones, whatever the style; None: there is none.

    Letters that stand right to left, or change with their neighbours, are left out: reportlab does not shape them, and
    a name set wrongly is worse than one that is said to be missing.
    """
    with suppress(UnicodeEncodeError):
        letter.encode("cp1252")
        return PLAIN
    code = ord(letter)
    if unicodedata.bidirectional(letter) in ("R", "AL", "AN") or any(low <= code <= high for low, high in _JOINED):
        return None
    return next((name for name, has in _fallbacks() if code in has), None)


@lru_cache
def _fallbacks() -> tuple[tuple[str, frozenset[int]], ...]:
    """The further fonts of this machine, by the names they are registered under, with the letters they have."""
    found = []
    for file in _FALLBACKS:
        name = file.rpartition(".")[0]
        try:
            font = TTFont(name, file)
        except (TTFError, OSError):
            continue
        registerFont(font)
        found.append((name, frozenset(code for code, glyph in font.face.charToGlyph.items() if glyph)))
    return tuple(found)
