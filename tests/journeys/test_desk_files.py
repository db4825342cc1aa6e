"""A file of invoices from the Bulk upload form to the last letter, in the browser, through the product as it is run."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Locator, Page, expect

from bot.slack.stand_in.people import PAYMENTS
from tests.handlers.batches.samples import as_csv
from tests.journeys.house import House, furnished, words_of
from tests.journeys.slack_page import keep, slack_page
from tests.servers import Dovecot, SmtpSink
from tests.waiting import eventually

pytestmark = pytest.mark.only_sqlite
COUNT = 24


@pytest.fixture
async def house(tmp_path: Path, database_url: str, smtp_sink: SmtpSink, dovecot: Dovecot) -> AsyncIterator[House]:
    async with furnished(tmp_path, database_url, smtp_sink, dovecot, JOBS__RETRY="4") as house:
        await house.start()
        yield house


def addresses() -> list[str]:
    return [f"client{number}@x.example" for number in range(1, COUNT + 1)]


def the_file(folder: Path) -> Path:
    path = folder / "november.csv"
    rows = [
        (f"INV-{number}", "", "2027-01-15", f"Client {number}", f"{number * 10}.50", address, "")
        for number, address in enumerate(addresses(), start=1)
    ]
    path.write_bytes(as_csv(*rows))
    return path


async def test_a_file_goes_from_the_form_through_its_review_to_the_last_letter(
    house: House, browser: Browser, smtp_sink: SmtpSink, tmp_path: Path
) -> None:
    """(F24, F27, F29, F31, F32, F33, F34, F36)"""
    smtp_sink.refuse["client2@x.example"] = "550 5.1.1 no such mailbox"
    smtp_sink.greylist |= {"client20@x.example", "client21@x.example"}
    async with slack_page(house, browser) as page:
        await upload(page, the_file(tmp_path))
        review = page.locator(".message", has_text="B-1").last
        await expect(review).to_contain_text("1 to 10 of 24")
        await keep(page, "files-2-review", review.get_by_role("button", name="Send all"))
        await change(page, review)
        await review.get_by_role("button", name="Send all").click()
        await keep(page, "files-5-send")
        await page.get_by_role("dialog").get_by_role("button", name="Send all").click()
        await expect(review).to_contain_text("24 links made, 24 letters on the way")
        await review.get_by_role("button", name="Copy link").first.click()
        await expect(page.get_by_text(re.compile(r"/p/[\w-]{20,}")).last).to_be_visible()
        progress = page.get_by_text(re.compile("[1-9][0-9]* of 24 letters sent"))
        await expect(progress).to_be_visible(timeout=20_000)
        await keep(page, "files-6-progress", progress)
        await told(house, "23 of 24 letters sent, 1 failed")
        await expect(page.get_by_text("Row 3, Client 2", exact=False).last).to_be_visible()
        await keep(page, "files-7-failures", progress)
    assert {address for address in [*addresses(), "ana@x.example"] if smtp_sink.to(address)} == {
        *addresses(),
        "ana@x.example",
    } - {"client2@x.example", "client12@x.example"}
    assert all(len(smtp_sink.to(address)) <= 1 for address in addresses())


async def upload(page: Page, path: Path) -> None:
    """From the answer to `template` to the form, and the form with the file in it."""
    await page.get_by_label("Message or command").fill("/paylink template")
    await page.keyboard.press("Escape")
    await page.keyboard.press("Enter")
    await page.get_by_role("button", name="Bulk upload").last.click()
    form = page.get_by_role("dialog")
    await form.locator("input[type=file]").set_input_files(path)
    await expect(form.get_by_text(path.name)).to_be_visible()
    await keep(page, "files-1-upload")
    await form.get_by_role("button", name="Review").click()
    await expect(form).to_be_hidden()


async def change(page: Page, review: Locator) -> None:
    """A page on, a row deleted, one edited (wrongly first), one added."""
    await review.get_by_role("button", name="Next").click()
    await expect(review).to_contain_text("11 to 20 of 24")
    await menu(page, review, "Client 12", "Delete")
    await expect(review).to_contain_text("Left out: 1 row")
    await menu(page, review, "Client 13", "Edit")
    form = page.get_by_role("dialog")
    await form.get_by_label("Amount").fill("a lot")
    await form.get_by_role("button", name="Save").click()
    await expect(form).to_contain_text("Amount")
    await expect(form.locator("[role=alert], .error").first).to_be_visible()
    await keep(page, "files-3-edit-refused")
    await form.get_by_label("Amount").fill("1300.00")
    await form.get_by_role("button", name="Save").click()
    await expect(review).to_contain_text("$1,300.00")
    await review.get_by_role("button", name="Add row").click()
    await form.get_by_label("Amount").fill("75")
    await form.get_by_label("Client name").fill("Ana Ito")
    await form.get_by_label("Email").fill("ana@x.example")
    await form.get_by_role("button", name="Add").click()
    await expect(review).to_contain_text("Row 26 is added: Ana Ito")
    await keep(page, "files-4-changed", review.get_by_role("button", name="Send all"))


async def menu(page: Page, review: Locator, row: str, choice: str) -> None:
    line = review.locator(".section", has_text=re.compile(rf"\b{row}\b"))
    await line.get_by_role("button", name="More").click()
    await page.get_by_role("button", name=choice, exact=True).click()


async def told(house: House, words: str) -> None:
    """Wait until the one message about the letters says so."""

    def look() -> bool:
        said = [words_of(message) for message in house.slack.messages(PAYMENTS) if "B-1: " in words_of(message)]
        assert len(said) <= 1, said
        return any(re.search(words, one) for one in said)

    await eventually(look, f"the progress to say {words!r}", 30)
