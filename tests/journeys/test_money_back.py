"""Money that goes back, through the product as an operator runs it: a refund by button, a dispute at Stripe."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from bot.slack.stand_in.people import NOOR, PAYMENTS
from models.money import Money
from tests.journeys.house import House, furnished, words_of
from tests.journeys.letters import link_in, reference_in
from tests.servers import SmtpSink
from tests.waiting import eventually


@pytest.fixture
async def house(tmp_path: Path, database_url: str, smtp_sink: SmtpSink) -> AsyncIterator[House]:
    async with furnished(tmp_path, database_url, smtp_sink) as house:
        await house.start()
        yield house


async def test_an_admin_refunds_a_part_by_one_of_twenty_clicks_and_the_rest_is_disputed(
    house: House, browser: Browser
) -> None:
    """(M05, X5)"""
    answer = await house.type("create 100 for Jane Doe link-only")
    reference, url = reference_in(answer), link_in(answer)
    page = await browser.new_page()
    await page.goto(url)
    await page.get_by_role("button", name="Pay $100.00").click()
    await page.get_by_role("button", name="Pay $100.00").click()
    await expect(page).to_have_url(re.compile("/p/"))
    await house.card_says(reference, "Paid")

    proposal = await house.asked(f"refund {reference} 40")
    assert "*$40.00* of $100.00, paid by card" in words_of(proposal)
    clicks = [house.slack.click(NOOR, PAYMENTS, proposal["ts"], "send_refund_0") for _ in range(20)]
    await asyncio.gather(*clicks)
    await house.thread_says(reference, "Refunded: $40.00, asked for by Noor Haddad.")
    await house.card_says(reference, "$40.00 of $100.00 refunded")
    assert [line.refunded for line in house.stripe.ledger] == [Money(4000, "USD")]
    await page.goto(url)
    await expect(page.get_by_text("$40.00 of what was paid here has been refunded")).to_be_visible()

    house.stripe.dispute(house.stripe.ledger[0].session, "product_not_received", 6000)
    await house.thread_says(reference, "DISPUTED: the client's bank wants $60.00 back (the client says")
    await house.card_says(reference, "disputed: answer by")
    await eventually(
        lambda: any("DISPUTED" in words_of(said) for said in house.slack.messages(NOOR)), "Noor to be told in person"
    )
    house.stripe.close_dispute(house.stripe.ledger[0].session, won=True)
    lines = await house.thread_says(reference, "The dispute over $60.00 was won: the money stays.")
    assert sum("Refunded" in line for line in lines) == 1
