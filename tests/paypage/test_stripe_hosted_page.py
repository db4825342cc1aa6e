"""The local Stripe's hosted page in a real browser: a payer's every way through it."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

import pytest
from aiohttp import ClientSession, web
from playwright.async_api import Browser, Page, expect

from handlers.ports import CheckoutRequest
from models.money import Money
from paypage.stand_in import StandInAccount, StripeStandIn
from paypage.stripe_cards import StripeCards
from paypage.stripe_line import StripeKeys
from tests.contracts.card_bench import request_for
from tests.fakes import FakeClock

KEY = "sk_test_operating"


@dataclass(frozen=True, slots=True)
class Scene:
    stand_in: StripeStandIn
    cards: StripeCards
    clock: FakeClock
    shop: str  # where the payer came from

    async def opened(self, product: str = "Invoice 1042", key: str = "k1") -> tuple[str, str]:
        """A session's id and its page."""
        asked: CheckoutRequest = request_for(self.clock, key=key)
        price = asked.params["line_items"][0]["price_data"]  # type: ignore[index]  # the shape is our own
        price["product_data"]["name"] = product
        asked.params["success_url"] = f"{self.shop}/done?session_id={{CHECKOUT_SESSION_ID}}"
        asked.params["cancel_url"] = f"{self.shop}/back"
        page = await self.cards.open_checkout(asked)
        return page.session_id, page.url


@pytest.fixture
async def scene() -> AsyncIterator[Scene]:
    async def shop(request: web.Request) -> web.Response:
        return web.Response(text=f"<!doctype html><title>Shop</title><p>{request.path}", content_type="text/html")

    app = web.Application()
    app.router.add_get("/{where}", shop)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    clock = FakeClock()
    stand_in = StripeStandIn({"operating": StandInAccount(KEY, name="Harbor & Finch LLP")}, clock)
    url = await stand_in.serve()
    cards = StripeCards({"operating": StripeKeys(KEY)}, clock, url, [url])
    yield Scene(stand_in, cards, clock, f"http://127.0.0.1:{site.port}")
    await cards.close()
    await stand_in.close()
    await runner.cleanup()


@pytest.fixture
async def page(browser: Browser) -> AsyncIterator[Page]:
    """A phone without scripts."""
    context = await browser.new_context(java_script_enabled=False, viewport={"width": 390, "height": 844})
    yield await context.new_page()
    await context.close()


async def test_a_payer_pays_and_comes_back_to_the_shop(scene: Scene, page: Page) -> None:
    session, url = await scene.opened()
    await page.goto(url)
    await expect(page.get_by_text("no real money; no card is charged")).to_be_visible()
    await expect(page.get_by_text("Invoice 1042")).to_be_visible()
    await page.get_by_role("button", name="Pay $1,250.50").click()
    await expect(page).to_have_url(f"{scene.shop}/done?session_id={session}")
    assert [line.state for line in scene.stand_in.ledger] == ["succeeded"]


async def test_a_declined_card_is_said_and_another_try_pays(scene: Scene, page: Page) -> None:
    session, url = await scene.opened()
    await page.goto(url)
    await page.get_by_role("button", name="Card is declined").click()
    await expect(page.get_by_role("alert")).to_contain_text("Your card was declined.")
    assert (await scene.cards.read_checkout("operating", session)).status == "open"
    await page.get_by_role("button", name="Pay $1,250.50").click()
    await expect(page).to_have_url(re.compile("/done"))


async def test_a_bank_debit_is_decided_later_on_the_same_page(scene: Scene, page: Page) -> None:
    """(M09)"""
    _, url = await scene.opened()
    await page.goto(url)
    await page.get_by_role("button", name="Pay by bank debit").click()
    await expect(page).to_have_url(re.compile("/done"))
    await page.goto(f"{scene.stand_in.base_url}/")
    await page.get_by_role("link", name="PL-7F3K9Q").click()
    await page.get_by_role("button", name="The bank pays").click()
    await expect(page.get_by_role("heading", name="You’re all done here")).to_be_visible()
    assert [line.state for line in scene.stand_in.ledger] == ["succeeded"]


async def test_a_payer_goes_back_without_paying(scene: Scene, page: Page) -> None:
    _, url = await scene.opened()
    await page.goto(url)
    await page.get_by_role("link", name="Back to Harbor & Finch LLP").click()
    await expect(page).to_have_url(f"{scene.shop}/back")
    assert scene.stand_in.ledger == ()


async def test_a_page_closed_under_the_payer_takes_no_money(scene: Scene, page: Page) -> None:
    """(M03) The button was on the screen; Stripe had expired the session meanwhile."""
    session, url = await scene.opened()
    await page.goto(url)
    await scene.cards.close_checkout("operating", session)
    await page.get_by_role("button", name="Pay $1,250.50").click()
    await expect(page.get_by_role("heading", name="This checkout page has expired")).to_be_visible()
    assert scene.stand_in.ledger == ()


async def test_pressing_pay_twice_pays_once(scene: Scene) -> None:
    session, url = await scene.opened()
    async with ClientSession() as http:
        for _ in range(2):
            async with http.post(url, data={"action": "pay"}, allow_redirects=False) as answer:
                assert answer.status == 303
    assert [line.session for line in scene.stand_in.ledger] == [session]
    assert len(scene.stand_in.till.events) == 1


@pytest.mark.parametrize("action", ["clear", "bounce", "nonsense", ""])
async def test_a_button_the_page_does_not_show_does_nothing(scene: Scene, action: str) -> None:
    session, url = await scene.opened()
    async with ClientSession() as http:
        async with http.post(url, data={"action": action}, allow_redirects=False) as answer:
            assert (answer.status, answer.headers["Location"]) == (303, f"/c/pay/{session}")
    assert (await scene.cards.read_checkout("operating", session)).status == "open"


async def test_a_page_nobody_opened_is_not_found(scene: Scene) -> None:
    async with ClientSession() as http:
        async with http.get(f"{scene.stand_in.base_url}/c/pay/cs_test_nope") as answer:
            assert answer.status == 404


async def test_what_people_typed_stays_text(scene: Scene) -> None:
    """(T04)"""
    _, url = await scene.opened('<script>alert(1)</script>"><img src=x onerror=alert(1)>')
    async with ClientSession() as http:
        async with http.get(url) as answer:
            html = await answer.text()
            policy = answer.headers["Content-Security-Policy"]
    assert "<script" not in html
    assert "<img" not in html
    assert "script-src" not in policy
    assert "default-src 'none'" in policy


@pytest.mark.parametrize(("width", "scheme"), [(320, "light"), (390, "dark"), (1280, "light")])
async def test_every_face_of_the_page_keeps_nobody_out(
    scene: Scene, browser: Browser, axe: Callable[[Page], Awaitable[list[str]]], width: int, scheme: str
) -> None:
    """(X10) axe finds nothing, and nothing is wider than the screen."""
    urls = {}
    for face in ("open", "declined", "paid", "refunded", "disputed", "processing", "failed", "expired"):
        session, urls[face] = await scene.opened("A rather long line about an invoice, " * 3, face)
        match face:
            case "declined":
                scene.stand_in.decline(session)
            case "paid" | "refunded" | "disputed":
                scene.stand_in.pay(session)
            case "processing" | "failed":
                scene.stand_in.debit(session)
            case "expired":
                await scene.cards.close_checkout("operating", session)
        if face == "refunded":
            scene.stand_in.refund_at_stripe(session, 100)
        if face == "disputed":
            scene.stand_in.dispute(session)
        if face == "failed":
            scene.stand_in.settle_debit(session, cleared=False)
    urls["list"], urls["unknown"] = f"{scene.stand_in.base_url}/", f"{scene.stand_in.base_url}/c/pay/nope"
    context = await browser.new_context(
        viewport={"width": width, "height": 800},
        color_scheme="dark" if scheme == "dark" else "light",
        bypass_csp=True,  # axe is a script, and the page allows none
    )
    page = await context.new_page()
    for face, url in urls.items():
        await page.goto(url)
        assert await axe(page) == [], face
        assert await page.evaluate("document.documentElement.scrollWidth") <= width, face
    await context.close()


# ── later: the firm's dashboard and the payer's bank ──────────────────────────────────────────────────────────────────


async def test_somebody_at_the_firm_refunds_a_part_and_then_the_rest(scene: Scene, page: Page) -> None:
    session, url = await scene.opened()
    scene.stand_in.pay(session)
    await page.goto(url)
    await page.get_by_label("Amount to refund").fill("40.00")
    await page.get_by_role("button", name=re.compile("^Refund ")).click()
    await expect(page.get_by_text("$40.00 refunded")).to_be_visible()
    assert scene.stand_in.ledger[0].refunded == Money(4_000, "USD")
    await page.get_by_role("button", name=re.compile("^Refund ")).click()
    await expect(page.get_by_text("$1,250.50 refunded")).to_be_visible()
    await expect(page.get_by_role("button", name=re.compile("^Refund "))).to_have_count(0)
    await page.get_by_role("button", name=re.compile("^The refund fails")).click()
    assert scene.stand_in.ledger[0].refunded == Money(4_000, "USD")


@pytest.mark.parametrize("amount", ["abc", "0", "-5", "1250.51", "999999999999999999999"])
async def test_an_amount_that_cannot_be_refunded_changes_nothing(scene: Scene, page: Page, amount: str) -> None:
    session, url = await scene.opened()
    scene.stand_in.pay(session)
    await page.goto(url)
    await page.get_by_label("Amount to refund").fill(amount)
    await page.get_by_role("button", name=re.compile("^Refund ")).click()
    await expect(page.get_by_label("Amount to refund")).to_have_value("")
    assert scene.stand_in.ledger[0].refunded.minor == 0


@pytest.mark.parametrize("end", ["won", "lost"])
async def test_a_payer_disputes_and_the_bank_decides(scene: Scene, page: Page, end: str) -> None:
    session, url = await scene.opened()
    scene.stand_in.pay(session)
    await page.goto(url)
    await page.get_by_role("button", name=re.compile("^Dispute ")).click()
    await expect(page.get_by_label("Amount to refund")).to_have_count(0)
    await page.get_by_role("button", name=re.compile(f"^Dispute {end}")).click()
    await expect(page.get_by_text(f"paid, dispute {end}")).to_be_visible()
    assert scene.stand_in.ledger[0].dispute == end
    await page.goto(scene.stand_in.base_url)
    await expect(page.get_by_text(f"paid, dispute {end}")).to_be_visible()
