"""An admin sets the firm up in Slack's forms, in the browser; it holds for the next payer and the next news."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Locator, Page, expect

from bot.slack.stand_in.people import GENERAL, NOOR, PAYMENTS, SAM
from tests.journeys.house import House, furnished, words_of
from tests.journeys.letters import link_in
from tests.journeys.slack_page import PICTURES, keep, slack_page
from tests.servers import SmtpSink
from tests.waiting import eventually

pytestmark = pytest.mark.only_sqlite
TRUST = {
    "ACCOUNTS__TRUST__SECRET_KEY": "sk_test_51JourneyKey0trust",
    "ACCOUNTS__TRUST__WEBHOOK_SECRET": "whsec_9tZpJourney0trust",
    "ACCOUNTS__TRUST__NAME": "Client Trust",
    "ACCOUNTS__TRUST__KIND": "trust",
}
PLUM = "rgb(122, 31, 75)"  # 7a1f4b


@pytest.fixture
async def house(tmp_path: Path, database_url: str, smtp_sink: SmtpSink) -> AsyncIterator[House]:
    async with furnished(tmp_path, database_url, smtp_sink) as house:
        house.settings |= TRUST
        await house.start()
        yield house


async def test_a_firm_is_set_up_in_forms(house: House, browser: Browser) -> None:
    """(F8, F9, F10, F12, N1)"""
    async with slack_page(house, browser) as page:
        form = page.get_by_role("dialog")
        await settings(page, form)
        await users(page, form)
        await notifications(house, page, form)
        await accounts(page, form)
    await a_payer_pays(house, browser)
    told = await eventually(lambda: the_card_in_general(house), "the card in the channel that hears of payments")
    lines = [words_of(line) for line in house.slack.thread(GENERAL, told)]
    assert any("Paid: $1,250.00" in line for line in lines)
    assert not any("checkout page" in line for line in lines)
    direct = [words_of(message) for message in house.slack.messages(NOOR)]
    assert any("changed firm name: “Finch & Daughters”" in words.replace("&amp;", "&") for words in direct)


async def settings(page: Page, form: Locator) -> None:
    await page.get_by_role("button", name="⌂ Home").click()
    await page.locator("#home").get_by_role("button", name="Settings").click()
    await expect(form.get_by_label("Firm name")).to_have_value("Harbor & Finch LLP")
    await keep(page, "administration-1-settings")
    await form.get_by_label("Firm name").fill("Finch & Daughters")
    await form.get_by_label("Colour").fill("#ffd700")
    await form.get_by_label("Approval limit").fill("5000")
    await form.get_by_role("button", name="Save").click()
    await expect(form.locator(".error")).to_contain_text("White words on #ffd700 cannot be read well")
    await keep(page, "administration-2-refused")
    await form.get_by_label("Colour").fill("#7a1f4b")
    await form.get_by_role("button", name="Save").click()
    await expect(form).to_contain_text("Kept: 3 settings")
    await keep(page, "administration-3-kept")
    await form.get_by_role("button", name="Close").last.click()


async def users(page: Page, form: Locator) -> None:
    await page.locator("#home").get_by_role("button", name="Users").click()
    await form.get_by_label("Add somebody from Slack").select_option(SAM)
    await form.get_by_role("button", name="Add", exact=True).click()
    await expect(form).to_contain_text("Letters from sam@firm.example count as theirs, too.")
    await keep(page, "administration-4-users")
    await form.get_by_role("button", name="Close").last.click()


async def notifications(house: House, page: Page, form: Locator) -> None:
    await page.locator("#home").get_by_role("button", name="Notifications").click()
    await form.get_by_label("News").select_option("paid")
    await form.get_by_label("Channel").select_option(GENERAL)
    await form.get_by_label("Amounts from").fill("1,000")
    await form.get_by_role("button", name="Add", exact=True).click()
    await form.get_by_role("button", name="Send a test").click()
    await expect(form).to_contain_text("The test was posted.")
    assert "This is a test by Noor Haddad" in words_of(house.slack.messages(GENERAL)[-1])
    await keep(page, "administration-5-notifications")
    await form.get_by_role("button", name="Close").last.click()


async def accounts(page: Page, form: Locator) -> None:
    await page.locator("#home").get_by_role("button", name="Accounts").click()
    await expect(form).to_contain_text("Client Trust")
    await keep(page, "administration-6-accounts")
    await form.get_by_role("button", name="Change").first.click()
    await form.get_by_role("group", name="Default account in").get_by_label("#payments").check()
    await form.get_by_label("Allowed", exact=True).check()
    await form.get_by_label("Least part").fill("50")
    await keep(page, "administration-7-account")
    await form.get_by_role("button", name="Save").click()
    await expect(form).to_contain_text("Operating: kept.")
    await expect(form).to_contain_text("Part payments allowed from $50.00")
    await form.get_by_role("button", name="Close").last.click()


async def a_payer_pays(house: House, browser: Browser) -> None:
    """Of a link made by whom the admin let in, for the account that is the channel's default, in the firm's colour."""
    said = await house.type("create 1250 for Jane Doe link-only", SAM, PAYMENTS)
    assert "Link made" in said
    for scheme, name in (("light", "page-by-day"), ("dark", "page-by-night")):
        page = await browser.new_page(color_scheme=scheme)  # type: ignore[arg-type]  # one of Playwright's words
        await page.goto(link_in(said))
        button = page.get_by_role("button", name="Continue to payment")
        await expect(button).to_have_css("color", "rgb(255, 255, 255)")
        await page.screenshot(path=PICTURES / f"administration-8-{name}.png")
        if scheme == "light":
            await expect(button).to_have_css("background-color", PLUM)
            await page.close()
    await expect(page.get_by_text("Finch & Daughters").first).to_be_visible()
    await page.get_by_role("button", name="Continue to payment").click()
    await page.get_by_role("button", name="Pay $1,250.00").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Payment received")
    await page.close()


def the_card_in_general(house: House) -> str:
    """Where the link's card stands there, once its thread has begun."""
    cards = [message for message in house.slack.messages(GENERAL) if "Jane Doe" in words_of(message)]
    return next((card["ts"] for card in cards if house.slack.thread(GENERAL, card["ts"])), "")
