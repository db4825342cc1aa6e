"""Somebody asks to be let in, an admin lets them in; what is above the limit is confirmed by a second person."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from bot.slack.stand_in.people import NOOR, PAYMENTS, SAM
from tests.journeys.house import House, furnished, words_of
from tests.journeys.slack_page import keep, slack_page
from tests.servers import SmtpSink
from tests.waiting import eventually

pytestmark = pytest.mark.only_sqlite


@pytest.fixture
async def house(tmp_path: Path, database_url: str, smtp_sink: SmtpSink) -> AsyncIterator[House]:
    async with furnished(tmp_path, database_url, smtp_sink) as house:
        await house.start()
        yield house


async def test_a_colleague_is_let_in_and_a_large_link_is_confirmed(house: House, browser: Browser) -> None:
    """(T12, T16, RELIABILITY 1)"""
    await house.type("settings approval limit 5000")
    async with slack_page(house, browser) as page:
        await be(page, SAM)
        await say(page, "/paylink create 6000 for Jane Doe invoice 1042")
        refused = page.locator(".message", has_text="You are not set up")
        await expect(refused).to_contain_text("Ask an admin")
        await keep(page, "access-1-stranger")
        await refused.get_by_role("button", name="Ask for access").click()
        await expect(page.locator(".message", has_text="are asked to let you in")).to_be_visible()
        await keep(page, "access-2-asked")

        await be(page, NOOR)
        await page.locator("#channels button[data-place^=D]").click()
        wish = page.locator(".message", has_text="Sam Ortiz (sam@firm.example)").first
        await expect(wish.get_by_role("button", name="Deny")).to_be_visible()
        await keep(page, "access-3-wish")
        await wish.get_by_role("button", name="Approve", exact=True).click()
        await expect(wish).to_contain_text("approved as staff by Noor Haddad")
        await expect(wish.get_by_role("button", name="Approve", exact=True)).to_have_count(0)
        await keep(page, "access-4-approved")

        await be(page, SAM)
        await page.locator("#channels button", has_text="payments").click()
        await say(page, "/paylink create 6000 for Jane Doe invoice 1042")
        await expect(page.locator(".message", has_text="P-1 waits for 7 days")).to_be_visible()
        question = page.locator(".message", has_text="May it be made?").first
        await expect(question).to_contain_text("above the approval limit of $5,000.00")
        await keep(page, "access-5-limit")

        await be(page, NOOR)
        await page.locator("#channels button", has_text="payments").click()
        await question.get_by_role("button", name="Approve").click()
        await expect(page.locator(".message", has_text="Approved by Noor Haddad").first).to_be_visible()
        await expect(page.locator(".message", has_text="Jane Doe").last).to_be_visible()
        await made(house)
        await keep(page, "access-6-confirmed")


async def be(page: Page, person: str) -> None:
    await page.locator("#person").select_option(person)


async def say(page: Page, words: str) -> None:
    await page.get_by_label("Message or command").fill(words)
    await page.keyboard.press("Escape")
    await page.keyboard.press("Enter")


async def made(house: House) -> None:
    """The card stands in the channel, and the second person in its thread."""

    def look() -> bool:
        cards = [message for message in house.slack.messages(PAYMENTS) if "PL-" in words_of(message)]
        threads = [words_of(line) for card in cards for line in house.slack.thread(PAYMENTS, card["ts"])]
        return any("Noor Haddad confirmed it" in line for line in threads)

    await eventually(look, "the card of the link that was confirmed")
