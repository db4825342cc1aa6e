"""The receipt, and what a payer reads about money that is slow, was refused, came late or went back."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date

import pytest
from bs4 import BeautifulSoup
from playwright.async_api import Browser, expect

from handlers.payments.payer_page import PayerPage
from models.plain_text import clean, one_line
from models.receipt import WentBack
from paypage.views import Views, static_files
from tests.cast import FIRM
from tests.paypage.payer_house import (
    CANCELLED,
    CLOSING,
    CONFIRMING,
    DISPUTED,
    EXPIRED,
    LATE,
    OPEN,
    PAID,
    PART_PAID,
    PROCESSING,
    RECEIPT,
    REFUNDED,
    REFUSED,
    House,
    payer_house,
    token,
    usd,
)
from tests.paypage.test_pages_markup import PAYLOADS, shape

STATIC = static_files()
WITH_ALL = replace(
    RECEIPT,
    paid=usd(40_000),
    method="bank debit",
    went_back=(WentBack(usd(10_000), date(2026, 11, 25), True), WentBack(usd(5_000), date(2026, 12, 1), False)),
    disclaimer="Held under the rules of professional conduct.",
    disclaimer_version=3,
    contact="+1 617 555 0100",
)


@pytest.fixture
async def house() -> AsyncIterator[House]:
    async with payer_house(firm=replace(FIRM, disclaimer="The newest terms.")) as running:
        yield running


def words(html: bytes) -> str:
    return " ".join(BeautifulSoup(html, "html.parser").get_text(" ").split())


def views(**firm: str) -> Views:
    return Views(replace(FIRM, **firm), STATIC, sandbox=False)  # type: ignore[arg-type]  # texts only


# ── the receipt ───────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_receipt_says_who_was_paid_by_whom_how_much_for_what_when_and_how(house: House) -> None:
    """(F15)"""
    answer = await house.get(f"/p/{PAID.token}/receipt")
    assert answer.status == 200
    for fact in (
        "Harbor & Finch LLP",
        "Thank you. Harbor & Finch LLP has received your payment.",
        "Amount paid $1,250.00",
        "Receipt PL-7F3K9Q-1",
        "Date Monday, November 23, 2026",
        "Received from Jane Doe",
        "Invoice 1042",
        "Paid by Card",
        "Payment at Stripe pi_3QKd0sLkdIwHu7ix0Zf1aBcD",
        "mention the reference PL-7F3K9Q",
    ):
        assert fact in answer.words
    assert "The newest terms." not in answer.words  # not those its payer saw
    assert "<form" not in answer.text
    assert "<script" not in answer.text
    assert "style=" not in answer.text


def test_a_receipt_of_a_part_names_the_whole_what_is_left_what_went_back_and_the_terms_by_their_version() -> None:
    """(F4, F6)"""
    said = words(views().receipt(WITH_ALL))
    for fact in (
        "Harbor & Finch LLP received this payment and has refunded a part of it.",
        "Amount paid $400.00",
        "Paid by Bank debit",
        "Amount requested $1,250.00",
        "Left after this payment $850.00",
        "Refunded $100.00 on Nov 25, 2026",
        "Refunded $50.00 on Dec 1, 2026, on its way",
        "Paid after refunds $250.00",
        "Please contact Harbor & Finch LLP , +1 617 555 0100 , and mention",
        "Terms shown when paying (version 3): Held under the rules of professional conduct.",
    ):
        assert fact in said


def test_a_receipt_of_a_part_thanks_for_the_part() -> None:
    """(F4)"""
    said = words(views().receipt(replace(RECEIPT, paid=usd(40_000))))
    assert "Thank you. Harbor & Finch LLP has received a part of the amount requested." in said


def test_a_receipt_of_money_that_went_back_whole_says_so_and_thanks_nobody() -> None:
    whole = replace(RECEIPT, went_back=(WentBack(usd(125_000), date(2026, 11, 25), True),))
    said = words(views().receipt(whole))
    assert "has refunded it in full" in said
    assert "Paid after refunds $0.00" in said
    assert "Thank you" not in said


def test_a_receipt_is_written_in_the_firms_way() -> None:
    html = views(locale="de_DE").receipt(WITH_ALL)
    assert 'lang="de-DE">Montag, 23. November 2026<' in html.decode()
    assert "400,00\xa0$" in html.decode()


async def test_before_there_is_a_receipt_its_address_leads_to_the_links_own_page(house: House) -> None:
    for page in (OPEN, PROCESSING, CANCELLED, EXPIRED):
        answer = await house.get(f"/p/{page.token}/receipt")
        assert (answer.status, answer.headers["Location"]) == (303, f"/p/{page.token}")


async def test_no_link_no_receipt_and_the_same_answer_as_anywhere(house: House) -> None:
    """(T01)"""
    unknown = await house.get(f"/p/{token('unknown')}/receipt")
    nowhere = await house.get("/nowhere")
    assert (unknown.status, unknown.body) == (404, nowhere.body)


async def test_a_receipt_carries_the_headers_of_every_page_and_a_head_has_no_body(house: House) -> None:
    """(T03, T04)"""
    page, receipt = await house.look(PAID), await house.get(f"/p/{PAID.token}/receipt")
    unlike = {"Content-Length", "Date"}
    assert {k: v for k, v in page.headers.items() if k not in unlike} == {
        k: v for k, v in receipt.headers.items() if k not in unlike
    }
    head = await house.get(f"/p/{PAID.token}/receipt", method="HEAD")
    assert (head.status, head.body) == (200, b"")
    assert (await house.get(f"/p/{PAID.token}/receipt", method="POST")).status == 405
    assert house.operations.paid == []


@pytest.mark.parametrize("field", ["payer_name", "invoice_number", "method", "payment", "disclaimer", "contact"])
def test_hostile_text_on_a_receipt_is_shown_letter_by_letter_and_changes_no_element(field: str) -> None:
    """(T04)"""
    plain = shape(views().receipt(replace(WITH_ALL, **{field: "plain text"})))  # type: ignore[arg-type]  # a text
    for payload in PAYLOADS:
        html = views().receipt(replace(WITH_ALL, **{field: payload}))  # type: ignore[arg-type]
        assert shape(html) == plain, payload
        shown = one_line(clean(BeautifulSoup(html, "html.parser").get_text())[0]).lower()
        assert one_line(clean(payload)[0]).lower() in shown


async def test_on_paper_a_receipt_is_black_on_white_and_keeps_every_fact(browser: Browser) -> None:
    async with payer_house() as house:
        context = await browser.new_context(color_scheme="dark")
        page = await context.new_page()
        await page.goto(f"{house.url}/p/{PAID.token}/receipt")
        await page.emulate_media(media="print", color_scheme="dark")
        await expect(page.get_by_text("To keep it")).to_be_hidden()
        for fact in ("Harbor & Finch LLP", "$1,250.00", "PL-7F3K9Q-1", "Jane Doe", "1042"):
            await expect(page.locator("body")).to_contain_text(fact)
        ink = await page.evaluate("getComputedStyle(document.documentElement).color")
        await context.close()
    assert ink == "rgb(0, 0, 0)"


# ── what else a payer is told ─────────────────────────────────────────────────────────────────────────────────────────


async def test_paid_pages_lead_to_the_receipt_and_no_other_page_does(house: House) -> None:
    for page in (PAID, PART_PAID, REFUNDED):
        assert f'href="/p/{page.token}/receipt"' in (await house.look(page)).text
    for page in (OPEN, PROCESSING, CONFIRMING, CLOSING, CANCELLED, EXPIRED):
        assert "/receipt" not in (await house.look(page)).text


async def test_a_debit_under_way_shows_how_much_what_comes_next_how_long_it_takes_and_whom_to_ask(house: House) -> None:
    """(M09)"""
    house.operations.links[PROCESSING.token] = replace(PROCESSING, contact="office@harborfinch.example")
    said = (await house.look(PROCESSING)).words
    for fact in (
        "On its way $1,250.00",
        "up to 4 working days",
        "please do not pay a second time",
        "If your bank should refuse, nothing is taken, and you can pay again here.",
        "Please contact Harbor & Finch LLP , office@harborfinch.example , and mention the reference",
    ):
        assert fact in said


async def test_a_debit_that_failed_is_told_above_the_form_until_somebody_pays(house: House) -> None:
    """(M09)"""
    answer = await house.look(REFUSED)
    assert "Your last payment did not go through." in answer.words
    assert "payment of $1,250.00" in answer.words
    assert "<button" in answer.text
    assert "did not go through" not in (await house.look(OPEN)).words


async def test_money_that_went_back_or_came_late_is_told_on_the_links_page(house: House) -> None:
    """(M04)"""
    assert "$250.00 of what was paid here has been refunded" in (await house.look(REFUNDED)).words
    assert "This payment is disputed" in (await house.look(DISPUTED)).words
    late = await house.look(LATE)
    assert late.status == 410
    assert "Harbor & Finch LLP knows of it and will see to it." in " ".join(late.words.split())
    assert "refunded" not in (await house.look(PAID)).words


@pytest.mark.parametrize("page", [OPEN, PAID, PART_PAID, PROCESSING, CONFIRMING, CLOSING, CANCELLED, EXPIRED])
async def test_every_page_says_whom_to_ask(house: House, page: PayerPage) -> None:
    house.operations.links[page.token] = replace(page, contact="Ms. Haddad, +1 617 555 0100")
    answer = await house.look(page)
    assert "contact Harbor & Finch LLP , Ms. Haddad, +1 617 555 0100 , and mention the reference" in answer.words


def test_pages_of_no_link_name_the_contact_that_admins_set() -> None:
    assert "+1 617 555 0100" in words(views(contact="+1 617 555 0100").not_found)
    assert "office@harborfinch.example" in words(views(reply_to="office@harborfinch.example").turned_away("broken"))
