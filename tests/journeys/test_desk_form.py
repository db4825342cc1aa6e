"""The New payment link form in the browser: bare, filled, refused, previewed, sent, and drafted from a message."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Locator, Page, expect

from bot.slack.stand_in.faults import Fault
from bot.slack.stand_in.people import NOOR, PAYMENTS, SAM
from tests.journeys.house import House, furnished, words_of
from tests.journeys.letters import reference_in, text_of
from tests.journeys.slack_page import keep, slack_page
from tests.servers import Dovecot, SmtpSink
from tests.waiting import eventually

pytestmark = pytest.mark.only_sqlite
ASKED = "Please bill Jane Doe $1,250.00 for invoice 1042, due 15 Dec 2027. She is at jane@acme.example."


@pytest.fixture
async def house(tmp_path: Path, database_url: str, smtp_sink: SmtpSink, dovecot: Dovecot) -> AsyncIterator[House]:
    async with furnished(tmp_path, database_url, smtp_sink, dovecot) as house:
        await house.start()
        yield house


async def test_a_link_is_asked_for_with_the_form_and_drafted_from_a_message(house: House, browser: Browser) -> None:
    """(F11, F14, F19, F21, X1, B01)"""
    async with slack_page(house, browser) as page:
        form = page.get_by_role("dialog", name="New payment link")
        await opened(house, page, form)
        await refused(page, form)
        await previewed(page, form)
        await form.get_by_role("button", name="Send").click()
        await expect(form).to_be_hidden()
        made = page.locator(".message", has_text="Link made")
        await expect(made).to_contain_text("$1,250.00")
        await keep(page, "form-5-made")
        letter = text_of((await house.letter_to("jane@acme.example")).message)
        assert "Dear Jane Doe," in letter
        assert "See you on Tuesday." in letter
        await drafted(house, page, form)


async def opened(house: House, page: Page, form: Locator) -> None:
    """Bare while it is not known yet who asks, then with its fields."""
    known = asyncio.Event()
    house.slack.faults.plan("users.info", Fault(until=known))
    await page.get_by_label("Message or command").fill("/paylink")
    await page.keyboard.press("Escape")
    await page.keyboard.press("Enter")
    await expect(form).to_contain_text("One moment")
    await keep(page, "form-1-bare")
    known.set()
    await expect(form.get_by_label("Amount")).to_be_visible()
    await keep(page, "form-2-filled")
    await keep(page, "form-2-its-end", form.get_by_role("button", name="Preview"))


async def refused(page: Page, form: Locator) -> None:
    """Errors stand on their fields, and nothing is lost or made."""
    await form.get_by_label("Amount").fill("1.000,00")
    await form.get_by_label("Client name").fill("Jane Doe")
    await form.get_by_label("Email").fill("jane@acme.example, nonsense")
    await form.get_by_role("button", name="Send").click()
    await expect(form.locator(".error")).to_have_count(2)
    await keep(page, "form-3-refused")
    await form.get_by_label("Amount").fill("1,250.00")
    await form.get_by_label("Email").fill("jane@acme.example")
    await form.get_by_label("Message").fill("See you on Tuesday.")


async def previewed(page: Page, form: Locator) -> None:
    """The letter over the form, which keeps what was typed."""
    await form.get_by_role("button", name="Preview").click()
    preview = page.get_by_role("dialog", name="Preview")
    await expect(preview).to_contain_text("Dear Jane Doe,")
    await expect(preview).to_contain_text("See you on Tuesday.")
    await keep(page, "form-4-preview")
    await preview.get_by_role("button", name="Back").click()
    await expect(form.get_by_label("Amount")).to_have_value("1,250.00")
    await expect(form.get_by_label("Message")).to_have_value("See you on Tuesday.")


async def drafted(house: House, page: Page, form: Locator) -> None:
    """From a message's own menu, into its thread; then a mention in that thread, and a link in another's place."""
    message = await house.slack.say(SAM, PAYMENTS, ASKED)
    await house.slack.say(SAM, PAYMENTS, "She asked twice.", thread_ts=message["ts"])
    said = page.locator(".message", has_text="Please bill Jane Doe").first
    await said.hover()
    await said.get_by_role("button", name="More actions").click()
    await page.get_by_role("button", name="Ask for payment").click()
    await expect(form.get_by_label("Amount")).to_have_value("1,250.00")
    await expect(form.get_by_label("Client name")).to_have_value("Jane Doe")
    await expect(form.get_by_label("Invoice number")).to_have_value("1042")
    await expect(form.get_by_label("Due date")).to_have_value("2027-12-15")
    await keep(page, "form-6-drafted")
    await form.get_by_label("Only give me the link, mail nothing").check()
    await form.get_by_role("button", name="Send").click()
    await expect(form).to_be_hidden()
    first = await in_thread(house, message["ts"], "Nothing was mailed, as you asked")
    await expect(page.locator(".thread .whisper", has_text="Nothing was mailed, as you asked")).to_be_visible()
    await house.slack.say(NOOR, PAYMENTS, "@Paylink create 40 for Jane Doe", thread_ts=message["ts"])
    await in_thread(house, message["ts"], "$40.00")
    await expect(page.locator(".thread .whisper", has_text="$40.00")).to_be_visible()
    await keep(page, "form-7-in-the-thread")
    said_now = await house.type(f"replace {reference_in(first)} 1300")
    assert f"in place of {reference_in(first)}" in said_now
    assert "$1,300.00" in said_now
    await house.card_says(reference_in(first), "Cancelled")
    await house.thread_says(reference_in(first), "replaced it with")


async def in_thread(house: House, ts: str, words: str) -> str:
    """Wait for an answer for Noor's eyes only in a thread; all its words."""

    def look() -> str:
        calls = [call.args for call in house.slack.calls if call.method == "chat.postEphemeral"]
        there = [words_of(args) for args in calls if args.get("thread_ts") == ts and args["user"] == NOOR]
        return next((said for said in there if words in said), "")

    return str(await eventually(look, f"an answer in the thread that says {words!r}"))
