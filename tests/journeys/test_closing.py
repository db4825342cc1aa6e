"""A link that is closed while its client is on the checkout page: one of the two was first, and both are told which."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from models import database
from models.tables import Job, PaymentLink
from tests.journeys.house import House, furnished
from tests.journeys.letters import link_in, reference_in
from tests.servers import SmtpSink


@pytest.fixture
async def house(tmp_path: Path, database_url: str, smtp_sink: SmtpSink) -> AsyncIterator[House]:
    async with furnished(tmp_path, database_url, smtp_sink) as house:
        await house.start()
        yield house


async def to_the_checkout_page(browser: Browser, url: str) -> Page:
    """A client who has pressed Pay and is about to pay."""
    page = await browser.new_page()
    await page.goto(url)
    await page.get_by_role("button", name="Pay $80.00").click()
    await expect(page).to_have_url(re.compile("/c/pay/"))
    return page


async def test_a_client_whose_link_is_cancelled_on_the_way_is_not_charged_and_told_why(
    house: House, browser: Browser
) -> None:
    """(M03) Staff were first: Stripe's page is over, and ours says who has withdrawn it."""
    made = await house.type("create 80 for Jane Doe link-only")
    reference = reference_in(made)
    page = await to_the_checkout_page(browser, link_in(made))
    assert "is cancelled" in await house.type(f"cancel {reference}")

    await page.get_by_role("button", name="Pay $80.00").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("This checkout page has expired")
    await page.get_by_role("link", name="Back to Harbor & Finch LLP").last.click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("This payment request was cancelled")
    assert [line.state for line in house.stripe.ledger] in ([], ["failed"])
    await house.thread_says(reference, "Cancelled by")


async def test_a_cancel_that_comes_after_the_payment_is_refused_and_says_it_was_paid(
    house: House, browser: Browser
) -> None:
    """(M03) The client was first, though Stripe's webhook has not come: its own answer decides."""
    house.stripe.weather.hold = True
    made = await house.type("create 80 for Jane Doe link-only")
    reference, url = reference_in(made), link_in(made)
    page = await to_the_checkout_page(browser, url)
    [session] = house.stripe.till.sessions.values()
    house.stripe.pay(session.id)

    answer = await house.type(f"cancel {reference}")
    assert "not cancelled" in answer
    assert "paid" in answer
    await page.goto(url)
    await expect(page.get_by_role("heading", level=1)).to_have_text("Payment received")
    lines = await house.thread_says(reference, "Paid: $80.00 by card.")
    await house.stripe.release()
    assert not any("Cancelled by" in line for line in lines)
    assert [line.state for line in house.stripe.ledger] == ["succeeded"]


async def test_a_link_whose_time_ends_while_its_client_pays_is_closed_by_stripes_word(
    house: House, browser: Browser
) -> None:
    """(M15) Expiry ends the checkout page with it; the client is told whom to ask."""
    made = await house.type("create 80 for Jane Doe link-only")
    reference, url = reference_in(made), link_in(made)
    page = await to_the_checkout_page(browser, url)
    await its_time_is_over(house, reference)

    await house.thread_says(reference, "Expired.")
    await page.get_by_role("button", name="Pay $80.00").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("This checkout page has expired")
    answer = await page.goto(url)
    assert answer is not None
    assert answer.status == 410
    await expect(page.get_by_role("heading", level=1)).to_have_text("This payment link has expired")
    await expect(page.get_by_text("ask Harbor & Finch LLP for a new link")).to_be_visible()
    assert "expired" in await house.type("list expired")


async def test_a_link_whose_time_ends_just_after_its_client_paid_is_paid(house: House, browser: Browser) -> None:
    """(M15) No webhook has come by then: expiry asks Stripe, and finds the payment."""
    house.stripe.weather.hold = True
    made = await house.type("create 80 for Jane Doe link-only")
    reference, url = reference_in(made), link_in(made)
    page = await to_the_checkout_page(browser, url)
    [session] = house.stripe.till.sessions.values()
    house.stripe.pay(session.id)
    await its_time_is_over(house, reference)

    await house.thread_says(reference, "Paid: $80.00 by card.")
    await page.goto(url)
    await expect(page.get_by_role("heading", level=1)).to_have_text("Payment received")
    assert "Expired" not in await house.card_says(reference, "Paid")


async def its_time_is_over(house: House, reference: str) -> None:
    """As if the link's last day were over. The product is down meanwhile, for its database has one writer."""
    await house.stop()
    over = datetime.now(UTC) - timedelta(seconds=1)
    async with database.opened(house.database_url):
        link = await PaymentLink.get(reference=reference)
        await PaymentLink.filter(id=link.id).update(expires_at=over)
        due = [job for job in await Job.filter(kind="expire_link") if job.payload == {"link": link.id}]
        await Job.filter(id__in=[job.id for job in due]).update(run_at=round(over.timestamp() * 1000))
    await house.start()
