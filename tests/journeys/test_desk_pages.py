"""The sent pages in App Home, in the browser: views, filters, columns, several links at once, and what came of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from bot.slack.stand_in.people import NOOR
from tests.journeys.house import House, furnished
from tests.journeys.slack_page import keep, slack_page
from tests.servers import SmtpSink

pytestmark = pytest.mark.only_sqlite
CLIENTS = "Jane Doe,Omar Haddad,Ana Lima,Søren Kierk,Priya Nair,Wei Chen,Fatima Zahra,John O’Brien,ليلى,Ödön".split(",")


@pytest.fixture
async def house(tmp_path: Path, database_url: str, smtp_sink: SmtpSink) -> AsyncIterator[House]:
    async with furnished(tmp_path, database_url, smtp_sink) as house:
        await house.start()
        yield house


async def test_the_sent_pages_are_found_narrowed_down_and_cancelled_in_app_home(house: House, browser: Browser) -> None:
    """(F42, F45-F55, F57, F58)"""
    words = [
        house.type(f'create {number}50 for "{name}" invoice INV-{number} due in {number} weeks')
        for number, name in enumerate([*CLIENTS, "Late Payer", "Late Payer"], 1)
    ]
    await asyncio.gather(*words)
    async with slack_page(house, browser) as page:
        home = page.locator("#home")
        await page.get_by_role("button", name="⌂ Home").click()
        await expect(home).to_contain_text("12 links, $8,400.00, page 1 of 2")
        await keep(page, "pages-1-home")
        await narrowed_down(page)
        await columns_chosen(page)
        await cancelled(page)
        await home.get_by_role("button", name="Open").first.click()
        await expect(page.get_by_role("dialog")).to_contain_text("Late Payer")
        await keep(page, "pages-8-link")
        await page.get_by_role("dialog").get_by_role("button", name="Close").first.click()
        await home.get_by_role("button", name="Export").click()
        await expect(page.get_by_role("dialog")).to_contain_text("is in your direct messages")
    [file] = [file for message in house.slack.messages(NOOR) for file in message.get("files", [])]
    assert file["name"].endswith(".xlsx")


async def narrowed_down(page: Page) -> None:
    """By the filter form; it says on the field what is wrong."""
    form = page.get_by_role("dialog")
    await page.locator("#home").get_by_role("button", name="Filter").click()
    await form.get_by_label("Client name").fill("late")
    await form.get_by_label("Amount over").fill("lots")
    await form.get_by_role("button", name="Show").click()
    await expect(form).to_contain_text("not a number")
    await keep(page, "pages-2-filter")
    await form.get_by_label("Amount over").fill("100")
    await form.get_by_role("button", name="Show").click()
    await expect(page.locator("#home")).to_contain_text("2 links, $2,400.00")
    await keep(page, "pages-3-filtered")


async def columns_chosen(page: Page) -> None:
    form = page.get_by_role("dialog")
    await page.locator("#home").get_by_role("button", name="Columns").click()
    for column in ("Client", "Amount", "State"):
        await form.get_by_role("group", name="Columns").get_by_label(column, exact=True).check()
    await keep(page, "pages-4-columns")
    await form.get_by_role("button", name="Show").click()
    await expect(page.locator("#home")).to_contain_text("columns client, amount, state")


async def cancelled(page: Page) -> None:
    """Both that are left are ticked and cancelled, after a question that names what they add up to."""
    form = page.get_by_role("dialog")
    await page.locator("#home").get_by_role("button", name="Select").click()
    await form.get_by_role("button", name="Tick all of this page").click()
    await expect(form.get_by_role("checkbox").last).to_be_checked()
    await form.get_by_label("Cancel", exact=False).first.check()
    await keep(page, "pages-5-select")
    await form.get_by_role("button", name="Go on").click()
    await expect(form).to_contain_text("2 links, $2,400.00, will be cancelled")
    await keep(page, "pages-6-question")
    await form.get_by_role("button", name="Cancel the links").click()
    await expect(form).to_contain_text("is cancelled")
    await keep(page, "pages-7-report")
    await form.get_by_role("button", name="Close").first.click()
    await expect(page.locator("#home")).to_contain_text("Cancelled (2)")
