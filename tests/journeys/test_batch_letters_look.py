"""How the letters about a list of invoices look in a mail program: pictures to be looked at, and nothing cut off."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from playwright.async_api import Browser

from handlers.answers import Answer, BatchLine, BatchRefused, BatchReview, FileReady, RowError
from handlers.batches.columns import USUAL
from mailroom.blocks import as_html, as_text
from mailroom.replies import page_of
from models.money import Money
from tests.cast import FIRM
from tests.journeys.slack_page import PICTURES

_LINES = tuple(
    BatchLine(n, name, f"client{n}@acme.example", Money(amount, "USD"), f"INV-{n}", date(2026, 12, 15))
    for n, name, amount in (
        (2, "Jane Doe", 125000),
        (3, "Osterholz-Featherstonehaugh Northern Trading Company of 1887 (Holdings) Limited", 999_999_99),
        (4, "محمد الأمين", 4950),
        (5, "x" * 90, 100),
    )
)
_OUT = (replace(_LINES[0], row=9, left_out="billed", note="already billed by PL-7F3K9Q, but its due date changed"),)
_REVIEW = BatchReview(
    number="B-17",
    filename="november.csv",
    account="Harbor & Finch Operating",
    accounts=("operating", "trust"),
    lines=_LINES,
    left_out=_OUT,
    totals=(Money(100_130_049, "USD"),),
    warnings=("Far from the other amounts: row 3 ($999,999.99).", "Still asking: PL-7F3K9Q. `cancel PL-7F3K9Q`."),
    columns=USUAL,
    changed="Deleted: row 7. Row 4 is changed: amount “49.50”.",
)
_FAULTS = tuple(
    RowError(n, "amount", "12,5", "12,5 is ambiguous: write 12.50 if that is what you mean.") for n in range(2, 30)
)
LETTERS: dict[str, Answer] = {
    "review": _REVIEW,
    "unchanged": replace(_REVIEW, done=False, changed="Nothing was changed.", faults=_FAULTS[:1]),
    "refused": BatchRefused("november.csv", _FAULTS, 471, (FileReady("november-marked.csv", b"", "text/csv", "x"),)),
}


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_the_letters_fit_phones_and_desks(browser: Browser, scheme: str) -> None:
    """(F31) Pictures are kept in build/pictures."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    for width in (390, 640):
        page = await browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)  # type: ignore[arg-type]
        for name, answer in LETTERS.items():
            title, blocks = page_of(answer, FIRM)
            await page.set_content(as_html(title, blocks, FIRM.name))
            await page.screenshot(path=PICTURES / f"letter-batch-{name}-{width}-{scheme}.png", full_page=True)
            wide = await page.evaluate("document.documentElement.scrollWidth")
            assert wide <= width, f"{name} is {wide} pixels wide on {width}"


@pytest.mark.parametrize("name", LETTERS)
def test_the_text_of_the_letters_fits_78_columns(name: str) -> None:
    text = as_text(*page_of(LETTERS[name], FIRM))
    assert [line for line in text.split("\n") if len(line) > 78 and "x" * 60 not in line] == []
