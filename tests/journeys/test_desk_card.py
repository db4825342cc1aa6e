"""The card of a link and its thread in the browser: an address put right, late money kept, a balance paid."""

from __future__ import annotations

import contextlib
import re
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from tests.journeys.house import House, furnished
from tests.journeys.letters import link_in, reference_in
from tests.journeys.slack_page import keep, slack_page
from tests.servers import Dovecot, SmtpSink

pytestmark = pytest.mark.only_sqlite
WRONG, RIGHT = "jane@acmee.example", "jane@acme.example"


@pytest.fixture
async def house(tmp_path: Path, database_url: str, smtp_sink: SmtpSink, dovecot: Dovecot) -> AsyncIterator[House]:
    async with furnished(tmp_path, database_url, smtp_sink, dovecot) as house:
        await house.start()
        yield house


async def test_a_card_leads_from_a_wrong_address_to_money_that_is_kept(house: House, browser: Browser) -> None:
    """(X2, X4, X5, M04, N1)"""
    house.sink.refuse = {WRONG: "550 5.1.1 no such user"}
    async with slack_page(house, browser) as page:
        await address_fixed(house, page)
        await money_kept(house, page, browser)
        await balance_paid(house, page, browser)
        await expect(page.get_by_role("dialog")).to_have_count(0)  # nothing is left open over what comes next


async def address_fixed(house: House, page: Page) -> None:
    reference = reference_in(await house.type(f"create 1250 {WRONG} for Jane Doe invoice 1042 due in 2 weeks"))
    card = page.locator(f".message:has-text('{reference}')", has_text="Mailed to").first
    await expect(card).to_contain_text("not sent")
    await card.locator(".thread-toggle").first.click()
    notice = card.locator(".message", has_text="could not be delivered")
    await expect(notice.get_by_role("button", name="Fix address")).to_be_visible()
    await keep(page, "card-1-not-delivered", notice)
    await notice.get_by_role("button", name="Fix address").click()
    form = page.get_by_role("dialog", name="Fix address")
    await expect(form).to_contain_text(WRONG)
    await form.get_by_label("Email").fill("jane@")
    await form.get_by_role("button", name="Send").click()
    await expect(form).to_contain_text("is not an e-mail address")
    await keep(page, "card-2-fix-address")
    await form.get_by_label("Email").fill(RIGHT)
    await form.get_by_role("button", name="Send").click()
    await expect(form).to_be_hidden()
    await house.letter_to(RIGHT)
    await expect(card).to_contain_text(f"{RIGHT}: sent")
    await expect(card).to_contain_text("Noor Haddad corrected the address")
    await keep(page, "card-3-fixed", card)
    assert house.sink.to(WRONG) == []


async def money_kept(house: House, page: Page, browser: Browser) -> None:
    """A link that was cancelled while its payer stood on Stripe's page: the money comes all the same."""
    answer = await house.type("create 80 for Sam Carter link-only")
    reference, url = reference_in(answer), link_in(answer)
    payer = await browser.new_page()
    await payer.goto(url)
    await payer.get_by_role("button", name="Pay $80.00").click()
    await expect(payer).to_have_url(re.compile("/c/pay/"))
    with contextlib.closing(sqlite3.connect(house.database_url.removeprefix("sqlite://"), timeout=10)) as books, books:
        books.execute("UPDATE payment_link SET state = 'cancelled' WHERE reference = ?", (reference,))
    await payer.get_by_role("button", name="Pay $80.00").click()
    card = page.locator(f".message:has-text('{reference}')", has_text="Money arrived").first
    await expect(card.get_by_role("button", name="Keep")).to_be_visible()
    await keep(page, "card-4-late-money", card)
    await card.get_by_role("button", name="Keep").first.click()
    await expect(page.get_by_role("alertdialog").or_(page.locator("#confirm"))).to_contain_text("$80.00 stays")
    await keep(page, "card-5-keep")
    await page.get_by_role("button", name="Keep it").click()
    await house.thread_says(reference, "Noor Haddad decided that $80.00 stays.")
    await house.card_says(reference, "$80.00 came and was kept")
    await keep(page, "card-6-kept", page.locator(f".message:has-text('{reference}')").first)
    assert "no links" in await house.type("list attention")


async def balance_paid(house: House, page: Page, browser: Browser) -> None:
    answer = await house.type("create 100 for Ada Stone partial link-only")
    reference = reference_in(answer)
    await pays(browser, link_in(answer), "40")
    await house.card_says(reference, "$60.00 still owed")
    card = page.locator(f".message:has-text('{reference}')", has_text="still owed").first
    await expect(card.get_by_role("button", name="Balance link").first).to_be_visible()
    await keep(page, "card-7-partly-paid", card)
    await card.get_by_role("button", name="Balance link").first.click()
    made = page.locator(".message", has_text=f"Balance link of {reference} made").last
    await expect(made).to_be_visible()
    await pays(browser, link_in(await made.inner_text()), "")
    said = await house.card_says(reference, "the balance paid by PL-")
    assert "still owed" not in said
    card = page.locator(f".message:has-text('{reference}')", has_text="the balance paid by").first
    await keep(page, "card-8-balance-paid", card)
    listed = await house.type("list part-paid")
    assert "the balance paid by PL-" in listed
    await card.get_by_role("button", name="Refund").first.click()
    await expect(page.locator(".message", has_text="What can go back of").last).to_contain_text("$40.00")
    await keep(page, "card-9-refund")


async def pays(browser: Browser, url: str, part: str) -> None:
    """Pay a part of a link, or all of it."""
    payer = await browser.new_page()
    await payer.goto(url)
    if part:
        await payer.get_by_label("Amount to pay").fill(part)
    await payer.get_by_role("button", name="Pay").click()
    await expect(payer).to_have_url(re.compile("/c/pay/"))
    await payer.get_by_role("button", name="Pay").first.click()
    await expect(payer).to_have_url(re.compile("/p/"))
    await payer.close()
