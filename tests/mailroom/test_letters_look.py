"""How letters to clients look in a mail program: pictures to be looked at, and nothing cut off or hard to read."""

from __future__ import annotations

import base64
from dataclasses import replace

import pytest
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


def letters() -> dict[str, Printed]:
    """Each kind of letter; one of them with what hardly fits."""
    printer = LetterPrinter(_FIRM)
    return {
        "request": printer.request(ASKED),
        "replacing": printer.request(replace(ASKED, replaces="PL-0M4XTR", message="")),
        "long": printer.request(replace(ASKED, payer_name=_LONG * 2, invoice_number="9" * 60, message="x" * 500)),
        "reminder": printer.request(replace(ASKED, reminding=Reminding(STOP, overdue=True))),
        "balance": printer.request(replace(ASKED, whole=ASKED.amount + ASKED.amount)),
        "refused": printer.request(replace(ASKED, refused=ASKED.amount, refused_why="Insufficient funds.")),
        "cancelled": printer.cancelled(CANCELLED),
        "receipt": printer.receipt(LETTER),
    }


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_every_letter_to_a_client_fits_phones_and_desks(browser: Browser, scheme: str) -> None:
    """Pictures are kept in build/pictures."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    for width in (390, 640, 1280):
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


@pytest.mark.parametrize("name", list(letters()))
def test_the_text_of_every_letter_fits_78_columns(name: str) -> None:
    lines = letters()[name].text.splitlines()
    assert [line for line in lines if len(line) > 78 and "x" * 60 not in line and "9" * 60 not in line] == []
