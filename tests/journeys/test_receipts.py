"""What payers hold in their hands when money has moved: the receipt, and word of a bank that refused."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from bot.slack.stand_in.people import NOOR, PAYMENTS
from tests.journeys.house import House, furnished, words_of
from tests.journeys.letters import link_in, reference_in, text_of
from tests.pdf import text_of as pdf_text_of
from tests.servers import Dovecot, SmtpSink

JANE = "jane@acme.example"
COMMAND = f"create 80 {JANE} for Jane Doe invoice 1042"


@pytest.fixture
async def house(tmp_path: Path, database_url: str, smtp_sink: SmtpSink, dovecot: Dovecot) -> AsyncIterator[House]:
    async with furnished(tmp_path, database_url, smtp_sink, dovecot) as house:
        await house.start()
        yield house


async def to_the_checkout_page(house: House, browser: Browser) -> tuple[str, str, Page]:
    """A link is mailed and its client presses Pay: its reference, its address, and where the client is."""
    reference = reference_in(await house.type(COMMAND))
    url = link_in(text_of((await house.letter_to(JANE)).message))
    page = await browser.new_page()
    await page.goto(url)
    await page.get_by_role("button", name="Pay $80.00").click()
    await expect(page).to_have_url(re.compile("/c/pay/"))
    return reference, url, page


async def test_a_client_who_paid_has_a_receipt_on_the_page_and_by_mail_and_can_have_it_again(
    house: House, browser: Browser
) -> None:
    """(F15, N1)"""
    reference, url, page = await to_the_checkout_page(house, browser)
    await page.get_by_role("button", name="Pay $80.00").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Payment received")
    await page.get_by_role("link", name="Open the receipt").click()
    await expect(page).to_have_url(f"{url}/receipt")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Receipt")
    for fact in ("Harbor & Finch LLP", "$80.00", f"{reference}-1", "Jane Doe", "1042", "Card", "pi_"):
        await expect(page.get_by_role("main")).to_contain_text(fact)

    message = (await house.letter_to(JANE, 2)).message
    assert message["Subject"] == "Receipt from Harbor & Finch LLP for invoice 1042"
    assert f"{url}/receipt" in text_of(message)
    [file] = message.iter_attachments()
    assert file.get_filename() == f"receipt-{reference}-1.pdf"
    assert "Amount paid $80.00" in pdf_text_of(file.get_content())
    await house.thread_says(reference, f"The receipt was sent to {JANE}.")

    card = await house.card(reference)
    pressed = words_of(await house.slack.click(NOOR, PAYMENTS, card["ts"], "resend_link"))
    assert f"The receipt of *{reference}* ($80.00) is on its way again to {JANE}." in pressed
    again = (await house.letter_to(JANE, 3)).message
    assert again["Subject"] == message["Subject"]
    assert again["Message-ID"] != message["Message-ID"]


async def test_a_bank_debit_that_clears_is_waited_for_and_then_receipted(house: House, browser: Browser) -> None:
    """(M09)"""
    reference, url, page = await to_the_checkout_page(house, browser)
    await page.get_by_role("button", name="Pay by bank debit").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Your payment is on its way")
    await expect(page.get_by_role("main")).to_contain_text("up to 4 working days")
    await expect(page.get_by_role("main")).to_contain_text("$80.00")
    await page.goto(f"{url}/receipt")
    await expect(page).to_have_url(url)
    await house.thread_says(reference, "by bank debit")

    [session] = house.stripe.till.sessions.values()
    bank = await browser.new_page()
    await bank.goto(session.url)
    await bank.get_by_role("button", name="The bank pays").click()
    message = (await house.letter_to(JANE, 2)).message
    assert "Paid by: Bank debit" in text_of(message)
    await page.goto(f"{url}/receipt")
    await expect(page.get_by_role("main")).to_contain_text("Bank debit")


async def test_a_bank_debit_that_is_refused_opens_the_link_again_and_the_client_is_told(
    house: House, browser: Browser
) -> None:
    """(M09)"""
    reference, url, page = await to_the_checkout_page(house, browser)
    await page.get_by_role("button", name="Pay by bank debit").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Your payment is on its way")
    [session] = house.stripe.till.sessions.values()
    bank = await browser.new_page()
    await bank.goto(session.url)
    await bank.get_by_role("button", name="The bank refuses").click()

    message = (await house.letter_to(JANE, 2)).message
    assert message["Subject"] == "Your payment to Harbor & Finch LLP for invoice 1042 did not go through"
    assert link_in(text_of(message)) == url
    await house.thread_says(reference, "The bank debit failed; the client can pay again.")
    await page.goto(url)
    await expect(page.get_by_role("main")).to_contain_text("Your last payment did not go through.")
    await page.get_by_role("button", name="Pay $80.00").click()
    await expect(page).to_have_url(re.compile("/c/pay/"))
    await page.get_by_role("button", name="Pay $80.00").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Payment received")
    receipt = (await house.letter_to(JANE, 3)).message
    assert f"{reference}-2" in text_of(receipt)
