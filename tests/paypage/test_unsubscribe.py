"""Stopping reminders: by the page, or by one click in a mail program (RFC 8058, B57)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from aiohttp import FormData
from playwright.async_api import Browser, Page

from handlers.desk import Desk
from handlers.jobs.kinds import STEPS
from handlers.jobs.worker import Worker
from handlers.links.create_link import create_link
from handlers.requests import CreateLink
from models.money import Money
from models.tables import LinkEvent, PayerAddress, PaymentLink
from paypage.pace import Limits
from tests.cast import SAM, Surroundings
from tests.paypage.payer_house import Answer, House, payer_house

pytestmark = pytest.mark.usefixtures("database")

JANE = "Jane@client.example"
ONE_CLICK = "List-Unsubscribe=One-Click"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.fixture
def around() -> Surroundings:
    return Surroundings()


@pytest.fixture
async def house(around: Surroundings) -> AsyncIterator[House]:
    async with payer_house(real=around.ports) as house:
        yield house


async def work(around: Surroundings) -> None:
    working = Worker(STEPS, around.ports)
    while await working.run_due():
        pass


async def remind(around: Surroundings, link: PaymentLink) -> None:
    await Desk(around.ports).hear(SAM.in_slack(), f"remind {link.reference}")
    await work(around)


async def reminded(around: Surroundings) -> tuple[PaymentLink, str]:
    """A link whose payer has had a reminder; and the path that it names to get no more."""
    made = await create_link(CreateLink(Money(10000, "USD"), "operating", (JANE,)), SAM.in_slack(), around.ports)
    link = await PaymentLink.get(reference=made.card.reference)
    await work(around)
    await remind(around, link)
    reminding = around.letters.requests[-1].reminding
    assert reminding is not None
    return link, urlsplit(reminding.stop_url).path


async def post(
    house: House, path: str, body: str | FormData = ONE_CLICK, headers: dict[str, str] | None = None
) -> Answer:
    """As a mail provider's server sends it: no cookie, no Origin."""
    sent = FORM if isinstance(body, str) else None
    async with house.http.post(house.url + path, data=body, headers=sent, allow_redirects=False) as answer:
        return Answer(answer.status, dict(answer.headers), await answer.read())


async def stopped() -> bool:
    return (await PayerAddress.get()).stopped_at is not None


async def test_looking_asks_and_changes_nothing(around: Surroundings, house: House) -> None:
    """(T02) Mail scanners follow every address."""
    _, path = await reminded(around)
    for method in ("GET", "HEAD", "GET"):
        answer = await house.get(path, method=method)
        assert answer.status == 200
    shown = await house.get(path)
    assert "Stop reminders" in shown.words
    assert "j…@client.example" in shown.words
    assert JANE.lower() not in shown.text.lower()
    assert not await stopped()


async def test_one_click_of_a_mail_program_stops_them_without_cookie_origin_or_redirect(
    around: Surroundings, house: House
) -> None:
    link, path = await reminded(around)
    answer = await post(house, path)
    assert answer.status == 200
    assert "Location" not in answer.headers
    assert "Set-Cookie" not in answer.headers
    assert "No more reminders" in answer.words
    assert await stopped()
    around.clock.tick(timedelta(days=1))
    before = len(around.letters.requests)
    await remind(around, link)
    assert len(around.letters.requests) == before


async def test_a_form_of_parts_is_taken_too(around: Surroundings, house: House) -> None:
    """RFC 8058 lets mail programs send multipart/form-data."""
    _, path = await reminded(around)
    form = FormData({"List-Unsubscribe": "One-Click"})
    form._is_multipart = True
    assert (await post(house, path, form)).status == 200
    assert await stopped()


async def test_twice_and_twenty_times_at_once_is_the_same_as_once(around: Surroundings, house: House) -> None:
    link, path = await reminded(around)
    answers = await asyncio.gather(*(post(house, path) for _ in range(20)))
    assert {answer.status for answer in answers} == {200}
    assert await LinkEvent.filter(link_id=link.id, kind="unsubscribed").count() == 1
    await work(around)
    assert [line.words for line in around.poster.threads][-1] == "jane@client.example asked for no more reminders."


async def test_payment_requests_still_go_out(around: Surroundings, house: House) -> None:
    link, path = await reminded(around)
    await post(house, path)
    await Desk(around.ports).hear(SAM.in_slack(), f"resend {link.reference}")
    await work(around)
    assert around.letters.requests[-1].reminding is None


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_foreign_token_gets_the_page_that_anything_unknown_gets(
    around: Surroundings, house: House, method: str
) -> None:
    """(T01)"""
    link, _ = await reminded(around)
    unknown = await house.get("/p/0123456789abcdefghijklmnopqrstuv")
    for token in ("0123456789abcdefghijklmnopqrstuv", link.token, "x", "../p"):  # a link's own token is foreign here
        answer = await house.get(f"/unsubscribe/{token}", method=method)
        assert (answer.status, answer.body) == (404, unknown.body)
    assert not await stopped()


async def test_the_page_has_the_headers_of_the_other_pages(around: Surroundings, house: House) -> None:
    _, path = await reminded(around)
    unknown = (await house.get("/p/0123456789abcdefghijklmnopqrstuv")).headers
    for answer in (await house.get(path), await post(house, path)):
        for name in ("Content-Security-Policy", "Cache-Control", "Referrer-Policy", "X-Robots-Tag", "X-Frame-Options"):
            assert answer.headers[name] == unknown[name]


async def test_a_form_as_large_as_none_is_turned_away(around: Surroundings, house: House) -> None:
    """(T10)"""
    _, path = await reminded(around)
    assert (await post(house, path, "x" * 70_000)).status == 413
    assert not await stopped()


async def test_a_mail_provider_clicks_for_all_its_customers(around: Surroundings) -> None:
    async with payer_house(real=around.ports, limits=Limits(looks=10**6, tries=1, tries_a_link=10**6)) as house:
        _, path = await reminded(around)
        assert [(await post(house, path)).status for _ in range(5)] == [200] * 5


@pytest.mark.only_sqlite  # about browsers; what a press asks of a database the others ask of both engines
@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_anybody_can_stop_them_in_a_browser(
    around: Surroundings, house: House, browser: Browser, axe: Callable[[Page], Awaitable[list[str]]], scheme: str
) -> None:
    """(X10)"""
    _, path = await reminded(around)
    context = await browser.new_context(
        viewport={"width": 320, "height": 700},
        color_scheme="dark" if scheme == "dark" else "light",
        bypass_csp=True,
    )
    page = await context.new_page()
    await page.goto(house.url + path)
    assert await axe(page) == []
    assert await page.evaluate("document.documentElement.scrollWidth") <= 320
    await page.get_by_role("button", name="Stop reminders").click()
    await page.get_by_role("heading", name="No more reminders").wait_for()
    assert await axe(page) == []
    assert await stopped()
    await context.close()
