"""What a newcomer sees first."""

from __future__ import annotations

import re

import aiohttp
from playwright.async_api import Page, expect

from bot.sandbox import TRIES
from tests.bot.sandbox.made import App
from tests.waiting import eventually


async def test_the_page_says_what_it_is_and_what_to_do(page: Page) -> None:
    await expect(page.get_by_role("heading", name="Paylink Sandbox")).to_be_visible()
    await expect(page.get_by_text("No real money, no account, nothing leaves this machine.")).to_be_visible()
    steps = page.get_by_role("list", name="How it works").get_by_role("listitem")
    await expect(steps).to_have_text([re.compile("Type a command"), re.compile("pay"), re.compile("turn paid")])
    await expect(page.get_by_text("Harbor & Finch LLP").first).to_be_visible()


async def test_three_commands_to_try_are_a_click_away(page: Page, app: App) -> None:
    await expect(page.locator(".try")).to_have_count(3)
    await page.locator(".try").first.click()
    box = page.get_by_label("Message or command")
    await expect(box).to_have_value(TRIES[0][0])
    await expect(box).to_be_focused()
    assert app.heard == []  # it is put into the box, not sent
    await page.keyboard.press("Enter")
    await expect(box).to_have_value("")
    await eventually(lambda: app.heard, "the command to be heard")
    assert app.heard[0]["text"].startswith("create 1250 <mailto:jane@acme.example|")


async def test_nothing_inline_and_nothing_from_elsewhere(site: str) -> None:
    async with aiohttp.ClientSession() as session, session.get(site) as answer:
        text = await answer.text()
        policy = answer.headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "http" not in policy
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert re.findall(r"<script(?![^>]*src=)|<style|\son\w+=|\sstyle=|https?://", text) == []


async def test_the_address_without_its_slash_leads_to_the_page(site: str) -> None:
    async with aiohttp.ClientSession() as session, session.get(site.rstrip("/"), allow_redirects=False) as answer:
        assert (answer.status, answer.headers["Location"]) == (308, "/sandbox/")
