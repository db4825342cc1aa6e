"""`./run pictures`: the README's screenshots, taken anew from the real sandbox in Chromium."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.request import urlopen

from playwright.async_api import Browser, Page, async_playwright

from tests.servers import free_port

PICTURES = Path(__file__).parent.parent / "docs" / "pictures"
COMMAND = "/paylink create 1250 jane@acme.example for Jane Doe invoice 1042 due in 2 weeks"
DESKTOP = {"width": 1280, "height": 800}
TALL = {"width": 1280, "height": 1000}  # a card and its whole thread
PHONE = {"width": 390, "height": 844}


async def take_all() -> None:
    """Play the first two minutes of a newcomer, a picture of what is worth one."""
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        async with _sandbox(Path(folder)) as url, _browser() as browser:
            desk = await browser.new_page(viewport=TALL)  # type: ignore[arg-type]  # its typed dict is private
            await desk.goto(f"{url}/sandbox/")
            await desk.get_by_text("# payments").wait_for()
            await desk.get_by_role("textbox").first.fill(COMMAND)
            await desk.keyboard.press("Enter")
            letter = desk.get_by_role("link", name="Open the payment page")
            await letter.wait_for()
            await desk.get_by_text("1 reply").wait_for()
            pay_url = await letter.get_attribute("href") or ""
            await _pay(browser, pay_url)
            await desk.get_by_text("4 replies").wait_for()
            await desk.get_by_text("4 replies").click()
            await desk.get_by_text("Paid: $1,250.00 by card.").wait_for()
            await _keep(desk, "5-told")
            await _in_slack(desk)


async def _in_slack(desk: Page) -> None:
    """What docs/slack.md shows: the shortcuts, the Home tab, the form."""
    await desk.get_by_role("button", name="Files and shortcuts").click()
    await _keep(desk, "6-shortcuts")
    await desk.keyboard.press("Escape")
    await desk.get_by_role("button", name="⌂ Home").click()
    home = desk.get_by_role("region", name="Paylink’s Home")
    await home.get_by_text("Jane Doe").first.wait_for()
    await _keep(desk, "7-home")
    await home.get_by_role("button", name="New payment link").click()
    form = desk.get_by_role("dialog", name="New payment link")
    await form.get_by_label("Amount").wait_for()
    await _keep(desk, "8-form")


async def _pay(browser: Browser, url: str) -> None:
    for size, name in ((DESKTOP, "3-pay"), (PHONE, "3-pay-phone")):
        page = await browser.new_page(viewport=size)  # type: ignore[arg-type]
        await page.goto(url)
        await _keep(page, name)
    await page.get_by_role("button", name="Pay $1,250.00").click()
    await page.get_by_role("button", name="Pay $1,250.00").click()
    await page.get_by_role("heading", name="Payment received").wait_for()
    await _keep(page, "4-paid-phone")


async def _keep(page: Page, name: str) -> None:
    await page.screenshot(path=PICTURES / f"{name}.png")
    print(PICTURES / f"{name}.png")  # noqa: T201  what this program is for


@contextlib.asynccontextmanager
async def _browser() -> AsyncIterator[Browser]:
    chromium = shutil.which("chromium") or sys.exit("Chromium is not installed: apt-get install chromium")
    flags = ["--no-sandbox"] if os.geteuid() == 0 else []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=flags)
        yield browser
        await browser.close()


@contextlib.asynccontextmanager
async def _sandbox(folder: Path) -> AsyncIterator[str]:
    port = free_port()
    command = [sys.executable, "-m", "bot", "sandbox", "--port", str(port), "--data", str(folder)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        url = f"http://127.0.0.1:{port}"
        await _until_ready(url)
        yield url
    finally:
        process.terminate()
        process.wait(20)


async def _until_ready(url: str) -> None:
    for _ in range(600):
        try:
            await asyncio.to_thread(urlopen, f"{url}/readyz", timeout=2)
        except OSError:
            await asyncio.sleep(0.1)
        else:
            return
    raise TimeoutError("the sandbox did not come up within a minute")


if __name__ == "__main__":
    asyncio.run(take_all())
