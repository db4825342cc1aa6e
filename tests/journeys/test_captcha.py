"""The check that a person pays, in a real browser: it lets people through and keeps scripts out (F7, X10)."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from playwright.async_api import Browser, Page, Route, expect

from handlers.payments.tries import TriedTooOften
from paypage.captcha import Captcha
from paypage.siteverify import SERVICES, SiteKeys, SiteVerify
from tests.fakes import FakeClock
from tests.journeys.house import furnished
from tests.journeys.letters import link_in
from tests.paypage.captcha_service import SECRET, SITE_KEY, captcha_service
from tests.paypage.payer_house import OPEN, PARTIAL, House, PlayedOperations, payer_house, usd
from tests.paypage.test_altcha import work
from tests.servers import SmtpSink

Axe = Callable[[Page], Awaitable[list[str]]]
CHECKED = "Checked: you are not a robot."


@asynccontextmanager
async def house_with(captcha: Captcha) -> AsyncIterator[House]:
    """The pages with a captcha, and a checkout page behind them."""

    async def hosted_page(request: web.Request) -> web.Response:
        return web.Response(text="<!doctype html><title>Checkout</title>Card number", content_type="text/html")

    stripe = web.Application()
    stripe.router.add_get("/c/pay/{session}", hosted_page)
    async with TestServer(stripe) as checkout:
        host = f"http://127.0.0.1:{checkout.port}"
        operations = PlayedOperations(answer=f"{host}/c/pay/cs_test_a1")
        async with payer_house(operations=operations, checkout_hosts=[host], captcha=captcha) as house:
            yield house
    await captcha.close()


@pytest.fixture
async def house() -> AsyncIterator[House]:
    async with house_with(work()) as running:
        yield running


async def test_a_link_is_paid_with_altcha_on(
    tmp_path: Path, database_url: str, smtp_sink: SmtpSink, browser: Browser
) -> None:
    """(F7) The whole product: the browser solves the challenge, Pay leads on, and the same answer leads nowhere."""
    async with furnished(tmp_path, database_url, smtp_sink, CAPTCHA__PROVIDER="altcha") as house:
        await house.start()
        url = link_in(await house.type("create 1250 for Jane Doe link-only"))
        page = await browser.new_page()
        sent: list[str] = []
        page.on("request", lambda request: sent.append(request.post_data or "") if request.method == "POST" else None)
        await page.goto(url)
        await expect(page.get_by_role("status")).to_have_text(CHECKED)
        await page.get_by_role("button", name="Pay $1,250.00").dblclick()
        await expect(page).to_have_url(re.compile("/c/pay/"))
        await page.get_by_role("button", name="Pay $1,250.00").click()
        await expect(page.get_by_role("heading", level=1)).to_have_text("Payment received")
        [charge] = house.stripe.ledger
        assert charge.amount.minor == 125_000
        assert await page.locator("script").count() == 0  # the paid page
        assert "altcha=" in sent[0]
        assert "page.not_a_person" not in house.log


async def test_without_the_script_the_form_is_refused_and_nothing_is_opened(house: House, browser: Browser) -> None:
    """(F7) Whether JavaScript is off or only ours is kept out; both are told whom to ask."""
    context = await browser.new_context(java_script_enabled=False)
    page = await context.new_page()
    await page.goto(f"{house.url}/p/{PARTIAL.token}")
    await expect(page.get_by_role("status")).to_be_hidden()
    await page.get_by_label("Amount to pay").fill("400")
    await page.get_by_role("button").click()
    await expect(page.get_by_role("alert")).to_contain_text("please contact Harbor & Finch LLP")
    await expect(page.get_by_label("Amount to pay")).to_have_value("400")
    await context.close()

    page = await browser.new_page()
    await page.route("**/captcha.*.js", lambda route: route.abort())
    await page.goto(f"{house.url}/p/{OPEN.token}")
    await page.get_by_role("button").click()
    await expect(page.get_by_role("alert")).to_contain_text("We could not tell that a person is paying")
    assert house.operations.paid == []


async def test_a_payer_who_is_quicker_than_the_check_is_sent_on_by_itself(house: House, browser: Browser) -> None:
    """By the keyboard; the amount that was typed is the one that is paid."""
    page = await browser.new_page()
    let_go = asyncio.Event()

    async def later(route: Route) -> None:
        await let_go.wait()
        await route.continue_()

    await page.route("**/captcha-worker.*.js", later)
    await page.goto(f"{house.url}/p/{PARTIAL.token}")
    await expect(page.get_by_role("status")).to_contain_text("Checking that you are not a robot")
    await page.get_by_label("Amount to pay").fill("400")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("status")).to_contain_text("The payment page opens by itself")
    assert house.operations.paid == []
    let_go.set()
    await expect(page).to_have_title("Checkout")
    assert house.operations.paid == [(PARTIAL.token, usd(40_000))]


async def test_a_browser_that_cannot_do_the_check_says_whom_to_ask(house: House, browser: Browser) -> None:
    page = await browser.new_page()
    await page.route("**/captcha-worker.*.js", lambda route: route.abort())
    await page.goto(f"{house.url}/p/{OPEN.token}")
    await expect(page.get_by_role("alert")).to_contain_text("contact Harbor & Finch LLP")
    await page.unroute("**/captcha-worker.*.js")
    await page.get_by_role("button").click()  # the hiccup is over: it is tried once more
    await expect(page).to_have_title("Checkout")


async def test_going_back_and_paying_again_solves_anew(house: House, browser: Browser) -> None:
    """(B55)"""
    page = await browser.new_page()
    await page.goto(f"{house.url}/p/{OPEN.token}")
    for _ in range(3):
        await page.get_by_role("button").click()
        await expect(page).to_have_title("Checkout")
        await page.go_back()
        await expect(page.get_by_role("status")).to_have_text(CHECKED)
    assert len(house.operations.paid) == 3


async def test_two_tabs_each_have_an_answer_of_their_own(house: House, browser: Browser) -> None:
    context = await browser.new_context()
    tabs = [await context.new_page() for _ in range(2)]
    for tab in tabs:
        await tab.goto(f"{house.url}/p/{OPEN.token}")
    for tab in tabs:
        await tab.get_by_role("button").click()
        await expect(tab).to_have_title("Checkout")
    await context.close()


@pytest.mark.parametrize(("width", "scheme"), [(390, "light"), (1280, "dark"), (320, "dark"), (1280, "light")])
async def test_the_check_keeps_no_person_out(browser: Browser, axe: Axe, width: int, scheme: str) -> None:
    """(X10) axe finds nothing, whatever became of the check, and nothing overflows."""
    clock = FakeClock()
    broken = SiteVerify(SERVICES["turnstile"], SiteKeys(SITE_KEY, SECRET, "http://127.0.0.1:9/"), "127.0.0.1")
    found: dict[str, list[str]] = {}
    context = await browser.new_context(
        viewport={"width": width, "height": 800}, color_scheme="dark" if scheme == "dark" else "light", bypass_csp=True
    )
    async with house_with(work(clock)) as house:
        page = await context.new_page()
        await page.goto(f"{house.url}/p/{PARTIAL.token}")
        await expect(page.get_by_role("status")).to_have_text(CHECKED)
        found["checked"] = await looked(page, axe)
        clock.tick(4000)
        await page.get_by_role("button").click()
        await expect(page.get_by_role("alert")).to_be_visible()
        await expect(page.get_by_role("status")).to_have_text(CHECKED)
        found["refused"] = await looked(page, axe)
        await page.route("**/captcha-worker.*.js", lambda route: route.abort())
        await page.goto(f"{house.url}/p/{OPEN.token}")
        await expect(page.get_by_role("alert")).to_be_visible()
        found["failed"] = await looked(page, axe)
    async with house_with(broken) as house:
        page = await context.new_page()
        await page.route("https://challenges.cloudflare.com/**", widget)
        await page.goto(f"{house.url}/p/{PARTIAL.token}")
        await page.get_by_role("button").click()
        await expect(page.get_by_role("alert")).to_contain_text("does not work just now")
        found["down"] = await looked(page, axe)
    async with payer_house() as house:
        house.operations.tries = TriedTooOften(timedelta(hours=5))
        await page.goto(f"{house.url}/p/{OPEN.token}")
        await page.get_by_role("button").click()
        await expect(page.get_by_role("heading")).to_have_text("Please contact the sender")
        found["tried too often"] = await looked(page, axe)
    await context.close()
    assert {state: faults for state, faults in found.items() if faults} == {}


async def looked(page: Page, axe: Axe) -> list[str]:
    """What is wrong with the page as it stands."""
    widest = await page.evaluate("document.documentElement.scrollWidth - innerWidth")
    return [*await axe(page), *(["wider than its window"] if widest > 0 else [])]


async def test_nothing_foreign_is_asked_and_the_policy_is_not_met_with_a_complaint(
    house: House, browser: Browser
) -> None:
    """(T03, T04) With the policy in force."""
    page = await browser.new_page()
    asked: list[str] = []
    complaints: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    await page.goto(f"{house.url}/p/{OPEN.token}")
    await expect(page.get_by_role("status")).to_have_text(CHECKED)
    assert all(url.startswith(house.url) for url in asked)
    assert complaints == []


# ── services, their scripts played ────────────────────────────────────────────────────────────────────────────────────


async def widget(route: Route) -> None:
    """Puts the answer into the form at once, as all three widgets do in the end."""
    script = """
    const box = document.querySelector(".g-recaptcha, .h-captcha, .cf-turnstile");
    const field = document.createElement("input");
    field.type = "hidden";
    field.name = {"g-recaptcha": "g-recaptcha-response", "h-captcha": "h-captcha-response",
                  "cf-turnstile": "cf-turnstile-response"}[box.classList[1]];
    field.value = "a-person";
    box.append(field);
    """
    await route.fulfill(body=script, content_type="text/javascript")


async def score(route: Route) -> None:
    """reCAPTCHA v3: an answer is asked for when the form is sent."""
    script = """
    window.grecaptcha = {
      ready: (then) => then(),
      execute: async (key, {action}) => key.startsWith("6Lc") && action === "pay" ? "a-person" : "a-robot",
    };
    """
    await route.fulfill(body=script, content_type="text/javascript")


@pytest.mark.parametrize(
    ("name", "min_score", "script"),
    [
        ("recaptcha", None, widget),
        ("recaptcha", 0.5, score),
        ("hcaptcha", None, widget),
        ("turnstile", None, widget),
    ],
)
async def test_the_scripts_of_the_services_may_load_and_their_answer_leads_on(
    browser: Browser, name: str, min_score: float | None, script: Callable[[Route], Awaitable[None]]
) -> None:
    """(F7) Our side of it, under the real policy; the services' own scripts are played."""
    async with captcha_service() as service:
        service.says = {"score": 0.9, "action": "pay"} if min_score else {}
        captcha = SiteVerify(SERVICES[name], SiteKeys(SITE_KEY, SECRET, service.url, min_score), "127.0.0.1")
        async with house_with(captcha) as house:
            page = await browser.new_page()
            await page.route(lambda url: not url.startswith("http://127.0.0.1"), script)
            await page.goto(f"{house.url}/p/{OPEN.token}")
            await page.get_by_role("button").click()
            await expect(page).to_have_title("Checkout")
            assert [asked["response"] for asked in service.asked] == ["a-person"]


async def test_a_service_whose_script_does_not_come_says_whom_to_ask(browser: Browser) -> None:
    async with house_with(SiteVerify(SERVICES["recaptcha"], SiteKeys(SITE_KEY, SECRET, "", 0.5), "127.0.0.1")) as house:
        page = await browser.new_page()
        await page.route("https://www.google.com/**", lambda route: route.abort())
        await page.goto(f"{house.url}/p/{OPEN.token}")
        await page.get_by_role("button").click()
        await expect(page.get_by_role("alert")).to_contain_text("contact Harbor & Finch LLP")
        assert house.operations.paid == []
