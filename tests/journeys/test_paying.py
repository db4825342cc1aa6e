"""The main job, from a typed or mailed command to a paid link, through the product as an operator runs it."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from playwright.async_api import Browser, Page, expect

from bot.slack.stand_in.people import NOOR, PAYMENTS
from tests.journeys.house import NOOR_EMAIL, House, furnished, words_of
from tests.journeys.letters import letter, link_in, reference_in, text_of
from tests.servers import Dovecot, SmtpSink
from tests.waiting import eventually

COMMAND = "create 1250 jane@acme.example for Jane Doe invoice 1042 due in 2 weeks"


@pytest.fixture
async def house(tmp_path: Path, database_url: str, smtp_sink: SmtpSink, dovecot: Dovecot) -> AsyncIterator[House]:
    async with furnished(tmp_path, database_url, smtp_sink, dovecot) as house:
        await house.start()
        yield house


async def pay(page: Page, url: str) -> None:
    """Open the link, press Pay, pay on the stand-in's hosted page and come back."""
    answer = await page.goto(url)
    assert answer is not None
    assert answer.status == 200
    await page.get_by_role("button", name="Pay $1,250.00").click()
    await expect(page).not_to_have_url(re.compile("/p/"))
    await page.get_by_role("button", name="Pay $1,250.00").click()
    await expect(page).to_have_url(re.compile("/p/"))


async def test_a_typed_command_becomes_a_paid_link_and_the_channel_is_told(house: House, browser: Browser) -> None:
    """(F1, F2, F3, F11, F21, F42, N1)"""
    answer = await house.type(COMMAND)
    reference = reference_in(answer)
    request = text_of((await house.letter_to("jane@acme.example")).message)
    assert "Jane Doe" in request
    assert "$1,250.00" in request
    await house.card_says(reference, "Jane Doe")

    page = await browser.new_page()
    await pay(page, link_in(request))
    await expect(page.get_by_role("heading", level=1)).to_have_text("Payment received")

    await house.thread_says(reference, "Paid: $1,250.00 by card.")
    assert "Paid" in await house.card_says(reference, "Paid")
    [charge] = house.stripe.ledger
    assert (charge.amount.minor, charge.amount.currency, charge.reference) == (125000, "USD", reference)

    again = await page.goto(link_in(request))
    assert again is not None
    assert again.status == 200
    await expect(page.get_by_role("button")).to_have_count(0)


async def test_two_tabs_and_an_impatient_double_click_meet_on_one_checkout_page(house: House, browser: Browser) -> None:
    """(M01, B55) That the first click is already told in the thread does not put the other page out of date."""
    url = link_in(await house.type("create 80 for Jane Doe link-only"))
    context = await browser.new_context()
    tabs = [await context.new_page() for _ in range(2)]
    for tab in tabs:
        await tab.goto(url)
    for tab in tabs:
        await tab.get_by_role("button", name="Pay $80.00").dblclick(delay=30)
        await expect(tab).to_have_url(re.compile("/c/pay/"))
    assert tabs[0].url == tabs[1].url


async def test_a_mailed_command_becomes_a_paid_link_and_its_sender_is_told(house: House, browser: Browser) -> None:
    """The same by a letter dropped into a real mailbox; Slack tells Noor in person."""
    await house.type("help")  # Slack has seen Noor, so her mail address is hers here, too
    asked = letter(COMMAND, "Thanks!\n")
    house.deliver(asked)

    answer = (await house.letter_to(NOOR_EMAIL)).message
    assert answer["In-Reply-To"] == asked["Message-ID"]
    reference = reference_in(text_of(answer))
    request = (await house.letter_to("jane@acme.example")).message
    page = await browser.new_page()
    await pay(page, link_in(text_of(request)))
    await house.thread_says(reference, "Paid: $1,250.00 by card.", channel=NOOR)
    await house.card_says(reference, "Paid", channel=NOOR)


async def test_the_buttons_of_a_card_copy_the_link_and_cancel_it(house: House, browser: Browser) -> None:
    """(F23, F57)"""
    reference = reference_in(await house.type("create 80 for Jane Doe link-only"))
    card = await house.card(reference)
    copied = words_of(await house.slack.click(NOOR, PAYMENTS, card["ts"], "copy_link"))
    url = link_in(copied)
    assert "/p/" not in words_of(card)
    await house.slack.click(NOOR, PAYMENTS, card["ts"], "cancel_link")
    await house.thread_says(reference, "Cancelled by Noor Haddad")
    page = await browser.new_page()
    answer = await page.goto(url)
    assert answer is not None
    assert answer.status == 410
    await expect(page.get_by_role("button")).to_have_count(0)


async def test_in_socket_mode_a_typed_command_becomes_a_link_and_no_route_for_slack_is_mounted(
    tmp_path: Path, database_url: str, smtp_sink: SmtpSink, dovecot: Dovecot
) -> None:
    """(T23) Slack's requests come over a websocket that we opened; the answer, the card and the thread are the same."""
    async with furnished(tmp_path, database_url, smtp_sink, dovecot, socket_mode=True) as house:
        await house.start()
        await eventually(lambda: connected(house), "the websocket to be up")
        reference = reference_in(await house.type("create 80 jane@acme.example for Jane Doe"))
        await house.thread_says(reference, "The letter to jane@acme.example was sent.")
        card = await house.card(reference)
        await house.slack.click(NOOR, PAYMENTS, card["ts"], "cancel_link")
        await house.card_says(reference, "Cancelled")
        async with aiohttp.ClientSession() as session, session.post(f"{house.url}/slack/events") as answer:
            assert answer.status == 404


async def connected(house: House) -> bool:
    async with aiohttp.ClientSession() as session, session.get(f"{house.url}/readyz") as answer:
        return bool((await answer.json())["slack"] == "ok")
