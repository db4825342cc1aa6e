"""The payment request as the payer sees it."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from io import BytesIO
from pathlib import Path

import pytest
from bs4 import BeautifulSoup, Tag
from PIL import Image, ImageDraw
from playwright.async_api import Browser

from handlers.ports import CancelledLetter, PaymentRequest, Reminding
from mailroom.notices import LetterPrinter, Printed
from models.logo import read_logo
from models.money import Money, spell
from tests.cast import FIRM

URL = "https://pay.harborfinch.example/p/Zk3vQ9dKx0w_8fLr2yT5aBcD7eHj1mNp"
ASKED = PaymentRequest(
    to="jane@client.example",
    message_id="request-pl-7f3k9q-1@harborfinch.example",
    reference="PL-7F3K9Q",
    url=URL,
    amount=Money(125050, "USD"),
    payer_name="Jane Doe",
    message="Thank you for your business.\n\nIt was a pleasure.",
    invoice_number="INV-1042",
    due_on=date(2026, 12, 15),
    reply_to="noor@harborfinch.example",
)


def printed(asked: PaymentRequest = ASKED, **firm: str) -> Printed:
    return LetterPrinter(replace(FIRM, **firm)).request(asked)  # type: ignore[arg-type]  # texts only


@pytest.mark.parametrize("part", ["text", "html"])
@pytest.mark.parametrize(
    "fact",
    [
        "Harbor & Finch LLP",
        "Dear Jane Doe,",
        "Thank you for your business.",
        "It was a pleasure.",
        "$1,250.50",
        "INV-1042",
        "Tuesday, December 15, 2026",
        "PL-7F3K9Q",
        URL,
        "noor@harborfinch.example",
        "12 Wharf Street",
    ],
)
def test_the_letter_says_who_asks_how_much_for_what_until_when_and_where(part: str, fact: str) -> None:
    letter = printed(disclaimer="Harbor & Finch LLP, 12 Wharf Street, Boston")
    text = letter.text if part == "text" else BeautifulSoup(letter.html, "html.parser").get_text()
    assert fact in text


def test_the_html_has_one_button_and_the_bare_address_and_leads_nowhere_else() -> None:
    soup = BeautifulSoup(printed().html, "html.parser")
    assert [link["href"] for link in soup.find_all("a")] == [URL, URL]
    assert [link.get_text() for link in soup.find_all("a")] == ["Pay $1,250.50 online", URL]
    assert not soup.find_all(["img", "script", "iframe", "form", "link"])


def test_the_day_and_the_amount_are_written_in_the_firms_way() -> None:
    letter = printed(replace(ASKED, amount=Money(125050, "EUR")), locale="de_DE")
    assert "Dienstag, 15. Dezember 2026" in letter.text
    assert "1.250,50\u00a0€" in letter.text


def test_what_nobody_gave_is_left_out() -> None:
    letter = printed(replace(ASKED, payer_name="", invoice_number="", due_on=None, reply_to=""))
    assert letter.subject == "Payment request from Harbor & Finch LLP"
    assert "Hello," in letter.text
    for word in ("Invoice", "Due:", "None", "A reply"):
        assert word not in letter.text


def test_the_plain_text_is_no_wider_than_a_letter() -> None:
    letter = printed(replace(ASKED, message="word " * 100), disclaimer="small print " * 20)
    assert max(len(line) for line in letter.text.split("\n")) <= 78


@pytest.mark.parametrize(
    "evil", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "{{ 7 * 7 }}", "{% raw %}"]
)
def test_what_people_typed_is_shown_as_they_typed_it(evil: str) -> None:
    """(T04, T18)"""
    asked = replace(ASKED, payer_name=evil, message=evil, invoice_number=evil)
    letter = printed(asked, name=evil, disclaimer=evil)
    soup = BeautifulSoup(letter.html, "html.parser")
    assert soup.get_text().count(evil) >= 5
    assert not soup.find_all(["script", "img"])
    assert evil in letter.text


def test_line_ends_in_what_people_typed_stay_out_of_the_subject() -> None:
    letter = printed(replace(ASKED, invoice_number="1\r\nBcc: evil@evil.example\x00", payer_name="Jane\r\nDoe"))
    assert letter.subject == "Payment request from Harbor & Finch LLP for invoice 1 Bcc: evil@evil.example"
    assert "Dear Jane Doe," in letter.text


def test_the_styles_are_on_the_tags_and_nothing_is_loaded_from_elsewhere() -> None:
    html = printed().html
    assert html.count(" style=") > 20
    assert "{%" not in html
    assert not re.search(r"url\(|@import|http://", html)


STOP = "https://pay.harborfinch.example/unsubscribe/Rk3vQ9dKx0w_8fLr2yT5aBcD7eHj1mNp"


@pytest.mark.parametrize(("overdue", "words"), [(False, "which is due on"), (True, "which was due on")])
def test_a_reminder_says_it_is_one_and_how_to_get_no_more(overdue: bool, words: str) -> None:
    letter = printed(replace(ASKED, reminding=Reminding(STOP, overdue=overdue)))
    assert letter.subject == "Reminder: payment to Harbor & Finch LLP for invoice INV-1042"
    assert "This is a reminder: the payment of $1,250.50" in letter.text
    assert words in " ".join(letter.text.split())
    assert f"To get no more reminders from Harbor & Finch LLP:\n{STOP}" in letter.text
    soup = BeautifulSoup(letter.html, "html.parser")
    assert [link["href"] for link in soup.find_all("a")] == [URL, URL, STOP]


def test_a_request_offers_no_way_to_stop_reminders() -> None:
    assert "no more reminders" not in printed().text + printed().html


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 640])
async def test_the_letter_fits_the_screen_and_can_be_read_in_light_and_dark(
    browser: Browser, tmp_path: Path, width: int, scheme: str
) -> None:
    page_file = tmp_path / "letter.html"
    page_file.write_text(printed(replace(ASKED, payer_name="J" * 180, invoice_number="9" * 60)).html, "utf-8")
    page = await browser.new_page(viewport={"width": width, "height": 800}, color_scheme=scheme)  # type: ignore[arg-type]
    await page.goto(page_file.as_uri())
    assert await page.evaluate("document.documentElement.scrollWidth") <= width
    button = page.locator("td.press")
    box = await button.bounding_box()
    assert box is not None
    assert box["height"] >= 44
    colours = await page.evaluate(
        "() => ['.press a', '.words p', '.fact.label', '.foot p'].map(name => {"
        " const seen = getComputedStyle(document.querySelector(name)).color;"
        " let below = document.querySelector(name);"
        " while (getComputedStyle(below).backgroundColor === 'rgba(0, 0, 0, 0)') below = below.parentElement;"
        " return [seen, getComputedStyle(below).backgroundColor]; })"
    )
    assert min(_contrast(ink, paper) for ink, paper in colours) >= 4.5
    await page.close()


def _contrast(ink: str, paper: str) -> float:
    """WCAG 2.2's contrast ratio of two colours such as rgb(1, 2, 3)."""
    light, dark = sorted((_luminance(ink), _luminance(paper)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(part) / 255 for part in re.findall(r"[0-9]+", colour)[:3]]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_the_request_for_a_balance_says_what_was_paid_before() -> None:
    """(F4)"""
    printed = LetterPrinter(FIRM).request(replace(ASKED, whole=ASKED.amount + ASKED.amount))
    amount = spell(ASKED.amount, FIRM.locale)
    said = f"You have paid {amount} of {spell(ASKED.amount + ASKED.amount, FIRM.locale)}."
    assert printed.subject.endswith(": the balance")
    assert said in " ".join(printed.text.split())
    assert said in printed.html


CANCELLED = CancelledLetter(
    to="jane@client.example",
    message_id="closed-pl-7f3k9q-2@harborfinch.example",
    reference="PL-7F3K9Q",
    amount=Money(125050, "USD"),
    payer_name="Jane Doe",
    invoice_number="INV-1042",
    contact="+1 212 555 0100",
    reply_to="noor@harborfinch.example",
)


@pytest.mark.parametrize("part", ["text", "html"])
@pytest.mark.parametrize(
    "fact",
    ["Dear Jane Doe,", "Nothing is owed by it any more", "$1,250.50", "INV-1042", "PL-7F3K9Q", "+1 212 555 0100"],
)
def test_the_letter_that_takes_a_request_back_says_so_and_whom_to_ask(part: str, fact: str) -> None:
    letter = LetterPrinter(FIRM).cancelled(CANCELLED)
    assert letter.subject == "Cancelled: payment request from Harbor & Finch LLP for invoice INV-1042"
    text = letter.text if part == "text" else BeautifulSoup(letter.html, "html.parser").get_text()
    assert fact in " ".join(text.split())


def test_the_letter_that_takes_a_request_back_has_nothing_to_press() -> None:
    letter = LetterPrinter(FIRM).cancelled(CANCELLED)
    assert not BeautifulSoup(letter.html, "html.parser").find_all("a")
    assert "http" not in letter.text
    assert "\n\n\n" not in letter.text
    assert max(map(len, letter.text.splitlines())) <= 78


def test_a_request_in_anothers_place_names_that_one() -> None:
    for part in (
        printed(replace(ASKED, replaces="PL-0M4XTR")),
        printed(replace(ASKED, replaces="PL-0M4XTR", message="")),
    ):
        assert "takes the place of the earlier one, PL-0M4XTR" in " ".join(part.text.split())


def logo() -> bytes:
    """A logo of 240 by 64 CSS pixels, dark on nothing: what is hard to see on a dark screen."""
    drawn = Image.new("RGBA", (480, 128))
    ImageDraw.Draw(drawn).ellipse((8, 8, 120, 120), fill="#1b2434")
    out = BytesIO()
    drawn.save(out, "PNG")
    return read_logo(out.getvalue())


def test_the_logo_travels_with_the_letter_and_is_shown_at_half_its_size() -> None:
    letter = LetterPrinter(replace(FIRM, logo=logo())).request(ASKED)
    [(content_id, name, picture)] = letter.pictures
    shown = BeautifulSoup(letter.html, "html.parser").find("img")
    assert isinstance(shown, Tag)
    assert shown["src"] == f"cid:{content_id}"
    assert (shown["width"], shown["height"]) == ("240", "64")
    assert (name, picture) == ("logo.png", logo())


def test_a_firm_without_a_logo_sends_no_picture() -> None:
    assert printed().pictures == ()
    assert "<img" not in printed().html


def test_the_lines_of_a_disclaimer_stay_lines() -> None:
    letter = printed(disclaimer="Held in trust.\n<12 Wharf Street>")
    assert "Held in trust.<br>&lt;12 Wharf Street&gt;" in letter.html
    assert "Held in trust.\n<12 Wharf Street>" in letter.text


def test_a_letter_that_allows_a_part_names_the_least_of_it_where_there_is_one() -> None:
    whatever = replace(ASKED, partial_allowed=True)
    assert "You may pay a part of it now" in printed(whatever).text
    assert "or more" not in printed(whatever).text
    least = printed(replace(whatever, partial_minimum=Money(10000, "USD")))
    assert "You may pay a part of it now, $100.00 or more" in " ".join(least.text.split())
