"""A client pays a part, a person asks for the rest with one press, and the client pays that: one thread, whole sums."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect

from bot.slack.stand_in.people import NOOR, PAYMENTS
from tests.journeys.house import NOOR_EMAIL, House, furnished, words_of
from tests.journeys.letters import letter, link_in, reference_in, text_of
from tests.servers import Dovecot, SmtpSink
from tests.waiting import eventually

COMMAND = "create 100 jane@acme.example for Jane Doe invoice 1042 partial min 10"
PHONE = {"width": 390, "height": 844}


@pytest.fixture
async def house(tmp_path: Path, database_url: str, smtp_sink: SmtpSink, dovecot: Dovecot) -> AsyncIterator[House]:
    async with furnished(tmp_path, database_url, smtp_sink, dovecot) as house:
        await house.start()
        yield house


async def request_to_jane(house: House, reference: str) -> str:
    """The letter that asks for this link's money."""

    async def look() -> str:
        found = [text_of(one.message) for one in house.sink.to("jane@acme.example")]
        return next((text for text in found if reference in text and "/p/" in text and "eceipt" not in text), "")

    return str(await eventually(look, f"the letter of {reference}"))


async def pay_on(page: Page, amount: str) -> None:
    """On the stand-in's checkout page, and back."""
    await expect(page).to_have_url(re.compile("/c/pay/"))
    await page.get_by_role("button", name=f"Pay {amount}").click()
    await expect(page).to_have_url(re.compile("/p/"))


async def card_in_thread(house: House, root: str, reference: str, words: str) -> dict[str, Any]:
    """The card of a balance link, under the first link's, once it says the words."""

    async def look() -> dict[str, Any] | None:
        replies = house.slack.thread(PAYMENTS, root)
        cards = [reply for reply in replies if words_of(reply).startswith(f"*{reference}*")]
        assert len(cards) <= 1, f"{reference} has {len(cards)} cards"
        return cards[0] if cards and words in words_of(cards[0]) else None

    found: dict[str, Any] = await eventually(look, f"the card of {reference} in the thread to say {words!r}")
    return found


async def pays_forty(house: House, browser: Browser) -> tuple[Page, str]:
    """A link over 100.00 of which the client pays 40.00; their page and the reference."""
    reference = reference_in(await house.type(COMMAND))
    page = await browser.new_page(viewport=PHONE)  # type: ignore[arg-type]  # its typed dict is private
    await page.goto(link_in(await request_to_jane(house, reference)))
    amount = page.get_by_label("Amount to pay, in USD")
    await expect(page.get_by_text("or a part from $10.00 to $99.50.")).to_be_visible()
    await amount.fill("5")
    await page.get_by_role("button", name="Continue to payment").click()
    await expect(page.get_by_role("alert")).to_have_text(
        "Please enter an amount such as 50.00, from $10.00 to $99.50, or $100.00 to pay all of it."
    )
    await expect(amount).to_have_value("5")
    await amount.fill("40")
    await page.get_by_role("button", name="Continue to payment").click()
    await pay_on(page, "$40.00")
    return page, reference


async def test_forty_of_a_hundred_then_the_balance_by_one_press_then_the_rest(house: House, browser: Browser) -> None:
    """(F4, M08, X2)"""
    page, reference = await pays_forty(house, browser)
    await expect(page.get_by_role("heading", level=1)).to_have_text("Part payment received")
    await expect(page.get_by_text("Still to pay")).to_be_visible()
    await expect(page.get_by_text("$60.00")).to_be_visible()
    await expect(page.get_by_text("please ask Harbor & Finch LLP for a new link")).to_be_visible()
    await expect(page.get_by_role("button")).to_have_count(0)

    await house.thread_says(reference, "Partly paid: $40.00 by card. $60.00 is still owed.")
    card = await house.card(reference)
    made = words_of(await house.slack.click(NOOR, PAYMENTS, card["ts"], "balance_link"))
    assert f"Balance link of {reference} made" in made
    balance = reference_in(made.replace(reference, ""))
    again = await house.type(f"balance {reference}")  # the button is gone from the card by now
    assert f"{reference} has a balance link already" in again
    assert balance in again

    await card_in_thread(house, card["ts"], balance, "Outstanding")
    await house.card_says(reference, f"Balance link *{balance}*  ·  $60.00  ·  🔵 Outstanding")
    await page.reload()
    await expect(page.get_by_text("has made a new link for the rest")).to_be_visible()

    second = await browser.new_page()
    await second.goto(link_in(await request_to_jane(house, balance)))
    await expect(second.get_by_role("heading", level=1)).to_contain_text("$60.00")
    await second.get_by_role("button", name="Continue to payment").click()
    await pay_on(second, "$60.00")
    await expect(second.get_by_role("heading", level=1)).to_have_text("Payment received")

    lines = await house.thread_says(reference, f"{balance}: Paid: $60.00 by card.")
    assert len(lines) == len(set(lines))
    await card_in_thread(house, card["ts"], balance, "✅ Paid")
    first = await house.card_says(reference, f"Balance link *{balance}*  ·  $60.00  ·  ✅ Paid")
    assert "Partly paid" in first
    assert "still owed" not in first
    assert "Balance link" not in [block.get("text", {}).get("text") for block in _buttons(await house.card(reference))]
    await page.reload()
    await expect(page.get_by_text("All of it has been paid by now.")).to_be_visible()
    assert [(one.amount.minor, one.reference) for one in house.stripe.ledger] == [(4000, reference), (6000, balance)]


def _buttons(card: dict[str, Any]) -> list[dict[str, Any]]:
    return [element for block in card["blocks"] if block["type"] == "actions" for element in block["elements"]]


async def test_the_balance_is_asked_for_by_mail_and_shown_in_the_thread(house: House, browser: Browser) -> None:
    """(F4, X1, X2)"""
    _, reference = await pays_forty(house, browser)
    await house.thread_says(reference, "Partly paid")
    asked = letter(f"balance {reference}")
    house.deliver(asked)
    answer = (await house.letter_to(NOOR_EMAIL)).message
    assert answer["In-Reply-To"] == asked["Message-ID"]
    text = text_of(answer)
    assert "$60.00" in text
    assert reference in text
    balance = reference_in(text.replace(reference, ""))
    root = (await house.card(reference))["ts"]
    await card_in_thread(house, root, balance, "Outstanding")
    assert balance in await house.type(f"show {reference}")
    assert reference in await house.type(f"show {balance}")
