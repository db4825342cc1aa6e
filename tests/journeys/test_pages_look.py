"""The payer's pages in a real browser: nobody is kept out, nothing overflows, and Pay leads to the checkout page."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from playwright.async_api import Browser, BrowserContext, Page, expect

from handlers.firm import Firm
from handlers.ports import ProcessorUnreachable
from models.link_states import LinkState
from models.money import Money
from tests.cast import FIRM
from tests.paypage.payer_house import (
    CONFIRMING,
    EVERY_PAGE,
    OPEN,
    PAID,
    PARTIAL,
    House,
    PlayedOperations,
    payer_house,
    token,
    usd,
)

WORDY_FIRM: Firm = replace(FIRM, disclaimer="Payments are held under the rules of professional conduct. " * 6)
LONG = replace(
    OPEN,
    token=token("long"),
    amount=Money(99_999_999, "HUF"),
    payer_name="Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft mbH " * 2,
    invoice_number="0123456789" * 6,
    message=("https://example.com/" + "a" * 180 + "\n") * 2 + "Ein Satz. " * 10,
)
RIGHT_TO_LEFT = replace(OPEN, token=token("rtl"), payer_name="שרה כהן", message="שלום, תודה רבה. Invoice 1042.")

Axe = Callable[[Page], Awaitable[list[str]]]
PHONE, DESK = 390, 1280


async def every_page(page: Page, house: House) -> list[tuple[str, Callable[[], Awaitable[object]]]]:
    """How to reach each page that there is, by name."""

    def at(path: str) -> Callable[[], Awaitable[object]]:
        return lambda: page.goto(house.url + path)

    async def wrong_amount() -> None:
        await page.goto(f"{house.url}/p/{PARTIAL.token}")
        await page.get_by_label("Amount to pay").fill("1e2")
        await page.get_by_role("button").click()
        await expect(page.get_by_role("alert")).to_be_visible()

    async def unreachable() -> None:
        await page.goto(f"{house.url}/p/{OPEN.token}")
        await page.get_by_role("button").click()
        await expect(page.get_by_role("heading")).to_have_text("Payment service not reachable")

    async def out_of_date() -> None:
        await page.goto(f"{house.url}/p/{OPEN.token}")
        house.operations.links[OPEN.token] = replace(OPEN, amount=usd(130_000))
        await page.get_by_role("button").click()
        house.operations.links[OPEN.token] = OPEN
        await expect(page.get_by_role("heading")).to_have_text("This page is out of date")

    linked = [(link.token, at(f"/p/{link.token}")) for link in (*EVERY_PAGE, LONG, RIGHT_TO_LEFT)]
    return [
        *linked,
        ("receipt", at(f"/p/{PAID.token}/receipt")),
        ("unknown", at("/p/nothing")),
        ("wrong amount", wrong_amount),
        ("unreachable", unreachable),
        ("out of date", out_of_date),
    ]


def played() -> PlayedOperations:
    operations = PlayedOperations(answer=ProcessorUnreachable("refused"))
    operations.links |= {link.token: link for link in (LONG, RIGHT_TO_LEFT)}
    return operations


async def look(browser: Browser, width: int, scheme: str) -> tuple[BrowserContext, Page]:
    # axe runs as a script in the page, which the page's own policy forbids; nothing else is relaxed.
    context = await browser.new_context(
        viewport={"width": width, "height": 800},
        color_scheme="dark" if scheme == "dark" else "light",
        bypass_csp=True,
    )
    return context, await context.new_page()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [PHONE, DESK])
async def test_no_page_keeps_anybody_out(browser: Browser, axe: Axe, width: int, scheme: str) -> None:
    """(X10) axe finds nothing on any page, on a phone and on a desk, by day and by night."""
    async with payer_house(firm=WORDY_FIRM, operations=played(), sandbox=width == PHONE) as house:
        context, page = await look(browser, width, scheme)
        found = {}
        for name, reach in await every_page(page, house):
            await reach()
            found[name] = await axe(page)
        await context.close()
    assert {name: faults for name, faults in found.items() if faults} == {}


async def test_no_page_is_wider_than_a_small_phone(browser: Browser) -> None:
    """(X10) 320 px, which is also a desk at 400 % (WCAG 1.4.10)."""
    async with payer_house(firm=WORDY_FIRM, operations=played(), sandbox=True) as house:
        context, page = await look(browser, 320, "light")
        wide = {}
        for name, reach in await every_page(page, house):
            await reach()
            wide[name] = await page.evaluate("document.documentElement.scrollWidth")
        await context.close()
    assert {name: width for name, width in wide.items() if width > 320} == {}


async def test_buttons_and_fields_are_large_enough_for_a_thumb(browser: Browser) -> None:
    """(WCAG 2.5.8)"""
    async with payer_house() as house:
        context, page = await look(browser, 320, "light")
        await page.goto(f"{house.url}/p/{PARTIAL.token}")
        for target in (page.get_by_role("button"), page.get_by_label("Amount to pay")):
            box = await target.bounding_box()
            assert box
            assert box["height"] >= 44
        await context.close()


async def test_the_keyboard_reaches_field_and_button_and_enter_pays(browser: Browser) -> None:
    async with payer_house(operations=played()) as house:
        context, page = await look(browser, DESK, "light")
        await page.goto(f"{house.url}/p/{PARTIAL.token}")
        await page.keyboard.press("Tab")
        await expect(page.get_by_label("Amount to pay")).to_be_focused()
        await page.keyboard.press("Tab")
        await expect(page.get_by_role("button")).to_be_focused()
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("heading")).to_have_text("Payment service not reachable")
        await context.close()
    assert house.operations.paid == [(PARTIAL.token, PARTIAL.amount)]


async def test_on_paper_there_is_no_button_but_everything_to_know(browser: Browser) -> None:
    async with payer_house() as house:
        context, page = await look(browser, DESK, "dark")
        await page.goto(f"{house.url}/p/{OPEN.token}")
        await page.emulate_media(media="print", color_scheme="dark")
        await expect(page.get_by_role("button")).to_be_hidden()
        for words in ("Harbor & Finch LLP", "$1,250.00", "Tuesday, December 15, 2026", "PL-7F3K9Q"):
            await expect(page.locator("body")).to_contain_text(words)
        ink = await page.evaluate("getComputedStyle(document.documentElement).color")
        paper = await page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
        await context.close()
    assert (ink, paper) == ("rgb(0, 0, 0)", "rgb(255, 255, 255)")


async def test_a_real_browser_presses_pay_and_reaches_the_checkout_page(browser: Browser) -> None:
    """(L, T04, T06) The strict policy and the sender's headers, as Chromium sees them; without any script."""

    async def hosted_page(request: web.Request) -> web.Response:
        return web.Response(text="<!doctype html><title>Checkout</title>Card number", content_type="text/html")

    stripe = web.Application()
    stripe.router.add_get("/c/pay/{session}", hosted_page)
    async with TestServer(stripe) as checkout:
        host = f"http://127.0.0.1:{checkout.port}"
        operations = PlayedOperations(answer=f"{host}/c/pay/cs_test_a1")
        async with payer_house(operations=operations, checkout_hosts=[host]) as house:
            context = await browser.new_context(java_script_enabled=False)
            page = await context.new_page()
            await page.goto(f"{house.url}/p/{PARTIAL.token}")
            await page.get_by_label("Amount to pay").fill("400")
            await page.get_by_role("button", name="Continue to payment").click()
            await expect(page).to_have_title("Checkout")
            assert page.url == f"{host}/c/pay/cs_test_a1"
            await page.go_back()
            await page.get_by_role("button", name="Continue to payment").click()  # the back button, then again (B55)
            await expect(page).to_have_title("Checkout")
            await context.close()
    assert operations.paid[0] == (PARTIAL.token, usd(40_000))
    assert len(operations.paid) == 2


async def test_a_checkout_host_that_is_not_in_the_policy_is_not_reached(browser: Browser) -> None:
    """(L) The control of the test above: the browser itself holds payers back from strange hosts."""

    async def hosted_page(request: web.Request) -> web.Response:
        return web.Response(text="<!doctype html><title>Checkout</title>", content_type="text/html")

    stripe = web.Application()
    stripe.router.add_get("/c/pay/{session}", hosted_page)
    async with TestServer(stripe) as checkout:
        operations = PlayedOperations(answer=f"http://127.0.0.1:{checkout.port}/c/pay/cs_test_a1")
        async with payer_house(operations=operations) as house:
            context = await browser.new_context()
            page = await context.new_page()
            blocked: list[str] = []
            page.on("console", lambda message: blocked.append(message.text))
            await page.goto(f"{house.url}/p/{OPEN.token}")
            await page.get_by_role("button").click()
            await expect(page.get_by_role("button")).to_be_visible()
            for _ in range(50):
                if blocked:
                    break
                await page.wait_for_timeout(100)
            assert any("form-action" in text for text in blocked)
            assert page.url.startswith(house.url)
            await context.close()


async def test_a_confirming_page_becomes_the_paid_page_by_itself(browser: Browser) -> None:
    """(B54) Without any script."""
    operations = PlayedOperations()
    async with payer_house(operations=operations) as house:
        context = await browser.new_context(java_script_enabled=False)
        page = await context.new_page()
        await page.goto(f"{house.url}/p/{CONFIRMING.token}?session_id=cs_test_a1")
        await expect(page.get_by_role("heading")).to_have_text("Confirming your payment")
        operations.links[CONFIRMING.token] = replace(PAID, token=CONFIRMING.token, state=LinkState.PAID)
        await expect(page.get_by_role("heading")).to_have_text("Payment received", timeout=15_000)
        await context.close()


async def test_no_page_runs_or_loads_anything_foreign(browser: Browser) -> None:
    """(T03, T04) With the policy in force: no complaint of the browser's, and only our own server is asked."""
    async with payer_house(firm=WORDY_FIRM, operations=played()) as house:
        context = await browser.new_context()
        page = await context.new_page()
        asked: list[str] = []
        complaints: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: complaints.append(message.text))
        for _, reach in await every_page(page, house):
            await reach()
            assert await page.locator("script").count() == 0
        await context.close()
    assert all(url.startswith(house.url) for url in asked)
    assert [text for text in complaints if "Failed to load resource" not in text] == []
