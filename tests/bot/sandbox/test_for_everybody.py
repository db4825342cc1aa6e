"""Phones, dark screens, keyboards and screen readers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest
from playwright.async_api import Browser, Page, expect

from bot.slack.stand_in import BOT_USER, NOOR, PAYMENTS, SlackStandIn
from tests.bot.sandbox.made import (
    CARD,
    EVERY_BLOCK,
    FORM,
    PHONE,
    App,
    Json,
    PostOffice,
    open_page,
    section,
)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [{}, PHONE], ids=["desktop", "phone"])
async def test_the_page_keeps_nobody_out(
    browser: Browser,
    site: str,
    slack: SlackStandIn,
    office: PostOffice,
    axe: Callable[[Page], Awaitable[list[str]]],
    size: Json,
    scheme: str,
) -> None:
    """WCAG 2.2 AA, nothing wider than the window, in every state of the page."""
    page = await open_page(browser, site, **size, color_scheme=scheme)
    found = [await axe(page)]
    card = slack.workspace.post(PAYMENTS, BOT_USER, "card", EVERY_BLOCK)
    slack.workspace.post(PAYMENTS, BOT_USER, "reply", (), card["ts"])
    slack.workspace.whisper(PAYMENTS, NOOR, "for you", [section("*for you* `code`")], command="/paylink list")
    office.bring("jane@acme.example", "Payment request", "Dear Jane", "<html lang=en><title>x</title><p>Dear Jane</p>")
    await page.get_by_role("button", name="1 reply").click()
    await expect(page.locator(".whisper")).to_be_visible()
    found.append(await axe(page))
    await page.get_by_label("Message or command").fill("/pay")
    await expect(page.get_by_role("listbox")).to_be_visible()
    found.append(await axe(page))
    assert await page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    slack.workspace.open_view(NOOR, FORM)
    await page.get_by_role("dialog").get_by_role("button", name="Send").click()
    await expect(page.locator(".error").first).to_be_visible()
    found.append(await axe(page))
    await page.get_by_role("button", name="Close", exact=True).click()
    if size:
        await page.get_by_role("button", name="Mail").click()
    await page.get_by_role("button", name="Payment request").click()
    await expect(page.frame_locator("iframe").get_by_text("Dear Jane")).to_be_visible()
    found.append(await axe(page))
    await page.get_by_role("button", name="Write a letter").click()
    await page.get_by_role("button", name="Attach the sample CSV").click()
    found.append(await axe(page))
    assert await page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    assert found == [[]] * len(found)
    await page.context.close()


async def test_everything_can_be_done_with_the_keyboard(page: Page, slack: SlackStandIn, app: App) -> None:
    slack.workspace.post(PAYMENTS, BOT_USER, "card", CARD)
    await expect(page.locator(".heading")).to_be_visible()
    await page.get_by_role("log").focus()
    reached = []
    for _ in range(3):
        await page.keyboard.press("Tab")
        reached.append(await page.evaluate("document.activeElement.textContent"))
    assert reached == ["jane@acme.example", "Copy link", "Cancel"]
    await page.keyboard.press("Enter")
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("dialog", name="Cancel PL-7F3K9Q?")).to_be_hidden()
    assert app.actions() == []
