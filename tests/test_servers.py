"""The servers the suite itself starts do what the tests rely on."""

from __future__ import annotations

import ssl
from collections.abc import Awaitable, Callable
from email.message import EmailMessage

import aiosmtplib
import pytest
from imapclient import IMAPClient
from playwright.async_api import Browser, Page

from models.tables import MerchantAccount
from tests.servers import Dovecot, SmtpSink


def _letter(to: str = "jane@client.example") -> EmailMessage:
    letter = EmailMessage()
    letter["From"], letter["To"], letter["Subject"] = "sam@harborfinch.example", to, "create 100"
    letter.set_content("for Jane Doe\n")
    return letter


@pytest.mark.parametrize("account", ["operating", "trust"])
async def test_every_test_has_a_database_of_its_own(database: str, account: str) -> None:
    assert await MerchantAccount.all().count() == 0
    await MerchantAccount.create(key=account, name="Harbor & Finch", currency="USD")
    assert await MerchantAccount.all().count() == 1


def test_a_letter_dropped_into_dovecot_is_read_over_imap(dovecot: Dovecot) -> None:
    dovecot.deliver(_letter(dovecot.user))
    with IMAPClient("127.0.0.1", dovecot.imap_port, ssl=False, timeout=10) as box:
        box.starttls(ssl.create_default_context(cafile=str(dovecot.ca_file)))
        box.login(dovecot.user, dovecot.password)
        assert {b"IDLE", b"MOVE", b"UIDPLUS"} <= set(box.capabilities())
        box.select_folder("INBOX")
        (uid,) = box.search("ALL")
        assert b"create 100" in box.fetch([uid], ["BODY.PEEK[]"])[uid][b"BODY[]"]
    with IMAPClient(
        "localhost", dovecot.imaps_port, ssl_context=ssl.create_default_context(cafile=str(dovecot.ca_file)), timeout=10
    ) as box:
        box.login(dovecot.user, dovecot.password)
    assert len(dovecot.letters()) == 1


def test_dovecot_can_be_had_without_its_modern_abilities(start_dovecot: Callable[..., Dovecot]) -> None:
    plain = start_dovecot(capability="IMAP4rev1 LITERAL+")
    with IMAPClient("127.0.0.1", plain.imap_port, ssl=False, timeout=10) as box:
        box.login(plain.user, plain.password)
        assert not {b"IDLE", b"MOVE", b"UIDPLUS"} & set(box.capabilities())


async def test_the_sink_keeps_letters_and_can_be_made_difficult(smtp_sink: SmtpSink) -> None:
    async with aiosmtplib.SMTP(hostname="127.0.0.1", port=smtp_sink.port, timeout=10) as out:
        await out.send_message(_letter())
        smtp_sink.greylist.add("jane@client.example")
        with pytest.raises(aiosmtplib.SMTPRecipientsRefused):
            await out.send_message(_letter())
        await out.send_message(_letter())
        smtp_sink.hang_up = 1
        with pytest.raises(aiosmtplib.SMTPServerDisconnected):
            await out.send_message(_letter())
    assert [letter.message["Subject"] for letter in smtp_sink.to("jane@client.example")] == ["create 100"] * 3


async def test_the_browser_shows_pages_and_axe_finds_their_faults(
    browser: Browser, axe: Callable[[Page], Awaitable[list[str]]]
) -> None:
    page = await browser.new_page()
    await page.set_content("<title>x</title><main><h1>Pay</h1><p style='color:#777;background:#888'>faint</p></main>")
    found = await axe(page)
    assert any(line.startswith("color-contrast") for line in found)
    assert any(line.startswith("html-has-lang") for line in found)
