"""How letters to clients look in a mail program: pictures to be looked at, and nothing cut off or hard to read."""

from __future__ import annotations

import base64
import re
from dataclasses import replace
from html import escape, unescape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from playwright.async_api import Browser

from handlers.ports import Reminding
from mailroom.notices import LetterPrinter, Printed
from tests.cast import FIRM
from tests.journeys.slack_page import PICTURES
from tests.mailroom.test_notices import ASKED, CANCELLED, STOP, logo
from tests.mailroom.test_receipts import LETTER

_FIRM = replace(
    FIRM, logo=logo(), colour="#0f5b4f", disclaimer="Payments are held in trust until the matter is closed.\nMA 1042."
)
_LONG = "Osterholz-Featherstonehaugh Northern Trading Company of 1887 (Holdings) Limited"

_LINKS = re.compile(r'href="((?:https?|mailto):[^"]+)"')
_ARABIC = "مكتب الميناء للمحاماة"  # a law office's name, written from right to left
_REMINDED = replace(ASKED, reminding=Reminding(STOP, overdue=True))


def letters() -> dict[str, Printed]:
    """Each kind of letter; some of them with what hardly fits, from right to left, or from a firm without a logo."""
    printer, bare = LetterPrinter(_FIRM), LetterPrinter(FIRM)
    rtl = replace(_FIRM, name=_ARABIC, disclaimer="تُحفظ المدفوعات في حساب أمانة.")
    arabic = replace(ASKED, payer_name="ليلى حداد", invoice_number="ف-١٠٤٢", message="شكرًا لثقتكم بنا.\n\nThank you!")
    return {
        "request": printer.request(ASKED),
        "bare": bare.request(replace(ASKED, message="", payer_name="", invoice_number="", due_on=None)),
        "replacing": printer.request(replace(ASKED, replaces="PL-0M4XTR", message="")),
        "long": LetterPrinter(replace(_FIRM, name=_LONG)).request(
            replace(_REMINDED, payer_name=_LONG * 2, invoice_number="9" * 60, message="x" * 500)
        ),
        "rtl": LetterPrinter(rtl).request(replace(arabic, reminding=Reminding(STOP))),
        "part": bare.request(replace(ASKED, partial_allowed=True, partial_minimum=ASKED.amount)),
        "reminder": printer.request(_REMINDED),
        "balance": printer.request(replace(ASKED, whole=ASKED.amount + ASKED.amount)),
        "refused": printer.request(replace(ASKED, refused=ASKED.amount, refused_why="Insufficient funds.")),
        "cancelled": printer.cancelled(CANCELLED),
        "receipt": printer.receipt(LETTER),
    }


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_every_letter_to_a_client_fits_phones_and_desks(browser: Browser, scheme: str) -> None:
    """Pictures are kept in build/pictures."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    for width in (390, 640):
        page = await browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)  # type: ignore[arg-type]
        for name, letter in letters().items():
            html = letter.html
            for content_id, _, picture in letter.pictures:
                html = html.replace(f"cid:{content_id}", f"data:image/png;base64,{base64.b64encode(picture).decode()}")
            await page.set_content(html)
            await page.screenshot(path=PICTURES / f"letter-{name}-{width}-{scheme}.png", full_page=True)
            wide = await page.evaluate("document.documentElement.scrollWidth")
            assert wide <= width, f"{name} is {wide} pixels wide on {width}"
        await page.close()


async def test_every_letter_to_a_client_can_be_read_as_text(browser: Browser) -> None:
    """As a terminal of 78 columns shows it, with every address to follow; the text is kept beside its picture."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    page = await browser.new_page(viewport={"width": 700, "height": 900})
    for name, letter in letters().items():
        (PICTURES / f"letter-{name}.txt").write_text(letter.text, "utf-8")
        assert [one for one in _LINKS.findall(unescape(letter.html)) if one not in letter.text] == [], name
        style = "font: 14px/20px monospace; width: 78ch; margin: 16px; white-space: pre-wrap; overflow-wrap: anywhere"
        await page.set_content(f'<pre style="{style}">{escape(letter.text)}</pre>')
        await page.screenshot(path=PICTURES / f"letter-{name}-text.png", full_page=True)
    await page.close()


_WORDS = st.text(st.one_of(st.characters(codec="utf-8"), st.sampled_from(" \n-.")), max_size=200)


@given(
    name=_WORDS, payer=_WORDS, message=_WORDS, invoice=_WORDS, disclaimer=_WORDS, kind=st.sampled_from(list(letters()))
)
@settings(max_examples=60)
def test_no_line_of_a_letters_text_is_wider_than_78_columns_unless_it_is_one_word(
    name: str, payer: str, message: str, invoice: str, disclaimer: str, kind: str
) -> None:
    """Whatever people typed; what is one word, such as an address, stays whole."""
    said = replace(ASKED, payer_name=payer, message=message, invoice_number=invoice)
    printer = LetterPrinter(replace(FIRM, name=name, disclaimer=disclaimer))
    printed = {
        "reminder": lambda: printer.request(replace(said, reminding=Reminding(STOP))),
        "balance": lambda: printer.request(replace(said, whole=ASKED.amount + ASKED.amount)),
        "cancelled": lambda: printer.cancelled(replace(CANCELLED, payer_name=payer, invoice_number=invoice)),
        "receipt": lambda: printer.receipt(
            replace(LETTER, receipt=replace(LETTER.receipt, payer_name=payer, invoice_number=invoice))
        ),
    }.get(kind, lambda: printer.request(said))()
    assert [line for line in printed.text.split("\n") if len(line) > 78 and " " in line.strip()] == []
