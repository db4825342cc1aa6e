"""The mailboxes: letters read, written and answered."""

from __future__ import annotations

import csv
import io
import re
from datetime import date
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

from playwright.async_api import Page, expect

from bot.clock import SystemClock
from bot.sandbox.sample import sample_csv
from bot.slack.stand_in import SlackStandIn
from tests.bot.sandbox.made import (
    PostOffice,
    command,
)

LETTER = """<!doctype html><html><head><title>x</title></head><body style="background:#eee">
<p id="said" style="color:rgb(255, 0, 0)">Dear Jane</p>
<script>document.getElementById("said").textContent = "run"</script>
<img src="https://tracker.example/x.png" alt=""><a href="SITE">Pay now</a></body></html>"""


async def test_a_clients_letter_arrives_with_its_link_and_is_shown_as_designed_and_as_text(
    page: Page, office: PostOffice, site: str
) -> None:
    link = site.replace("/sandbox/", "/p/abcdefgh12345678")
    office.bring("jane@acme.example", "Payment request", f"Dear Jane,\n{link}\n", LETTER.replace("SITE", link))
    await expect(page.get_by_role("heading", name="jane@acme.example")).to_be_visible()
    await expect(page.get_by_role("link", name="Open the payment page")).to_have_attribute("href", link)
    await page.get_by_role("button", name="Payment request").click()
    frame = page.frame_locator("iframe")
    await expect(frame.locator("#said")).to_have_text("Dear Jane")  # its script did not run
    await expect(frame.locator("#said")).to_have_css("color", "rgb(255, 0, 0)")
    async with page.context.expect_page() as opened:
        await frame.get_by_role("link", name="Pay now").click()
    assert (await opened.value).url == link
    await page.get_by_role("button", name="Show plain text").click()
    await expect(page.locator("pre").get_by_role("link", name=link)).to_be_visible()
    await expect(page.locator("#step-2")).not_to_have_class(re.compile("done"))  # read, but not paid
    page.complaints.clear()  # type: ignore[attr-defined] # Chromium tells of what the frame may not do; that is meant


async def test_staff_mail_the_sample_csv_and_answer_the_review(page: Page, office: PostOffice) -> None:
    await page.get_by_role("button", name="Write a letter").click()
    await page.get_by_role("button", name="Attach the sample CSV").click()
    await expect(page.get_by_role("list", name="Attached files")).to_contain_text("invoices.csv")
    await page.get_by_label("Text").fill("Please send these.")
    await page.get_by_role("button", name="Send the letter").click()
    await expect(page.get_by_role("button", name="To pay@firm.example")).to_be_visible()
    raw, sender, recipients = office.posted[0]
    letter = message_from_bytes(raw, _class=EmailMessage, policy=default)
    assert (sender, recipients) == ("noor@firm.example", ["pay@firm.example"])
    assert (letter["From"], letter["Subject"]) == ("Noor Haddad <noor@firm.example>", "Invoices")
    (attached,) = letter.iter_attachments()
    assert attached.get_filename() == "invoices.csv"
    assert attached.get_payload(decode=True) == sample_csv(SystemClock().now().date())
    office.bring("noor@firm.example", "Re: Invoices: B-1", "5 rows.\nReply: send", References=letter["Message-ID"])
    await page.get_by_role("button", name="B-1").click()
    await page.get_by_role("button", name="Reply").click()
    await page.get_by_label("Text").press_sequentially("send")
    await page.get_by_role("button", name="Send the letter").click()
    await expect(page.get_by_role("button", name="To pay@firm.example")).to_have_count(2)
    answer = message_from_bytes(office.posted[1][0], _class=EmailMessage, policy=default)
    review = message_from_bytes(office.came[0].raw, _class=EmailMessage, policy=default)
    assert answer["Subject"] == "Re: Invoices: B-1"
    assert answer["In-Reply-To"] == review["Message-ID"]
    assert answer["References"].split() == [letter["Message-ID"], review["Message-ID"]]
    assert answer.get_content().splitlines()[0] == "send"
    assert "> Reply: send" in answer.get_content()


async def test_a_file_of_ones_own_and_another_sender(page: Page, office: PostOffice, slack: SlackStandIn) -> None:
    await page.get_by_role("button", name="Write a letter").click()
    await page.get_by_label("From").select_option("sam@firm.example")
    await page.get_by_label("Subject").fill("create 480 omar@client.example for Omar Reyes")
    big = b"a,b\n" + b"1,2\n" * 300_000
    await page.get_by_label("Attach a file").set_input_files({"name": "ä b.csv", "mimeType": "text/csv", "buffer": big})
    await page.get_by_role("button", name="Send the letter").click()
    await expect(page.get_by_role("button", name="To pay@firm.example")).to_be_visible()
    letter = message_from_bytes(office.posted[0][0], _class=EmailMessage, policy=default)
    (attached,) = letter.iter_attachments()
    assert (letter["From"], attached.get_filename()) == ("Sam Ortiz <sam@firm.example>", "ä b.csv")
    assert attached.get_payload(decode=True) == big


async def test_who_writes_is_who_was_chosen_and_a_letter_to_elsewhere_waits_for_no_answer(page: Page) -> None:
    await page.get_by_label("You are").select_option(label="Sam Ortiz · staff")
    await page.get_by_role("button", name="Write a letter").click()
    await expect(page.get_by_label("From")).to_have_value("sam@firm.example")
    for to, told in (
        ("elsewhere@firm.example", "reads only what is mailed to"),
        ("Pay+trust@firm.example", "lands here"),
    ):
        await page.get_by_role("button", name="Write a letter").click()
        await page.get_by_label("To", exact=True).fill(to)
        await page.get_by_role("button", name="Send the letter").click()
        await expect(page.get_by_role("status").filter(has_text=told)).to_be_visible()


async def test_a_command_without_its_slash_is_a_message_and_the_page_says_so(page: Page) -> None:
    await command(page, "list outstanding")
    await expect(page.get_by_role("status").filter(has_text="A command begins with /paylink.")).to_be_visible()


async def test_five_hundred_letters_can_be_searched(page: Page, office: PostOffice) -> None:
    for number in range(500):
        office.bring(f"c{number}@client.example", f"Payment request {number}", "text")
    await expect(page.get_by_text("400 more addresses")).to_be_visible()
    await page.get_by_label("Find an address").fill("c321@")
    await expect(page.locator(".group")).to_have_count(1)
    await expect(page.get_by_role("heading", name="c321@client.example")).to_be_visible()


def test_the_sample_has_the_seven_columns_and_dates_to_come() -> None:
    """(F25)"""
    rows = list(csv.DictReader(io.StringIO(sample_csv(date(2026, 12, 30)).decode())))
    columns = "invoice number, invoice date, due date, recipient name, amount, email address, custom message"
    assert list(rows[0]) == columns.split(", ")
    assert len(rows) == 5
    assert all(row["invoice date"] == "2026-12-30" < row["due date"] for row in rows)
