"""The receipt as a letter and as a PDF, and the letter after a bank has refused."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date

import pytest
from bs4 import BeautifulSoup
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from handlers.firm import FirmBook
from handlers.ports import DeliveryRefused, ReceiptLetter
from mailroom import receipt_pdf as printing
from mailroom.mail_server import MailServer
from mailroom.notices import LetterPrinter, Printed
from mailroom.receipt_pdf import LEFT_OUT, receipt_pdf
from mailroom.smtp_sender import SmtpSender
from models.money import Money
from models.receipt import Receipt, WentBack
from tests.cast import FIRM
from tests.fakes import FakeClock
from tests.mailroom.test_mime import EVIL, EVIL_ADDRESSES
from tests.mailroom.test_notices import ASKED
from tests.paypage.test_pages_markup import PAYLOADS
from tests.pdf import pages_of, text_of
from tests.servers import SmtpSink

URL = "https://pay.harborfinch.example/p/Zk3vQ9dKx0w_8fLr2yT5aBcD7eHj1mNp/receipt"
RECEIPT = Receipt(
    number="PL-7F3K9Q-1",
    reference="PL-7F3K9Q",
    token="Zk3vQ9dKx0w_8fLr2yT5aBcD7eHj1mNp",
    on=date(2026, 11, 23),
    paid=Money(125050, "USD"),
    asked=Money(125050, "USD"),
    method="card",
    payer_name="Jane Doe",
    invoice_number="INV-1042",
    payment="pi_3QKd0sLkdIwHu7ix0Zf1aBcD",
    disclaimer="Held under the rules of professional conduct.",
    disclaimer_version=3,
    contact="+1 617 555 0100",
)
LETTER = ReceiptLetter(
    to="jane@client.example",
    message_id="receipt-pl-7f3k9q-1@harborfinch.example",
    url=URL,
    receipt=RECEIPT,
    reply_to="noor@harborfinch.example",
)
PART = replace(
    RECEIPT,
    paid=Money(40000, "USD"),
    method="bank debit",
    went_back=(WentBack(Money(10000, "USD"), date(2026, 11, 25), arrived=False),),
)


def letter(receipt: Receipt = RECEIPT, *, copy: bool = False, **firm: str) -> Printed:
    printer = LetterPrinter(replace(FIRM, **firm))  # type: ignore[arg-type]  # texts only
    return printer.receipt(replace(LETTER, receipt=receipt, copy=copy))


def pdf(receipt: Receipt = RECEIPT, **firm: str) -> bytes:
    return receipt_pdf(receipt, replace(FIRM, **firm), URL)  # type: ignore[arg-type]


# ── the letter ────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("part", ["text", "html"])
@pytest.mark.parametrize(
    "fact",
    [
        "Harbor & Finch LLP",
        "Dear Jane Doe,",
        "Thank you. Harbor & Finch LLP has received your payment.",
        "$1,250.50",
        "PL-7F3K9Q-1",
        "Monday, November 23, 2026",
        "INV-1042",
        "pi_3QKd0sLkdIwHu7ix0Zf1aBcD",
        URL,
        "+1 617 555 0100",
        "noor@harborfinch.example",
        "Terms shown when paying (version 3):",
    ],
)
def test_the_letter_says_what_was_paid_to_whom_for_what_when_how_and_whom_to_ask(part: str, fact: str) -> None:
    """(F15)"""
    printed = letter(disclaimer="The terms of today.")
    text = printed.text if part == "text" else BeautifulSoup(printed.html, "html.parser").get_text()
    assert fact in " ".join(text.split())
    assert "The terms of today." not in text
    assert printed.subject == "Receipt from Harbor & Finch LLP for invoice INV-1042"


def test_the_firms_copy_says_that_it_is_one() -> None:
    printed = letter(copy=True)
    assert printed.subject == "Copy of the receipt PL-7F3K9Q-1 for invoice INV-1042"
    assert "the firm's copy" in printed.text
    assert "Dear" not in printed.text
    assert "Received from: Jane Doe" in printed.text


@pytest.mark.parametrize("payload", PAYLOADS)
def test_hostile_text_is_shown_as_it_was_typed_and_is_no_markup(payload: str) -> None:
    """(T04, T18)"""
    hostile = replace(RECEIPT, payer_name=payload, invoice_number=payload, disclaimer=payload, contact=payload)
    soup = BeautifulSoup(letter(hostile, name=payload).html, "html.parser")
    assert not soup.find_all(["script", "img", "iframe", "form", "svg", "object", "base"])
    assert {link["href"] for link in soup.find_all("a")} == {URL}
    assert not re.search(r"[\r\n]", letter(hostile).subject)


def test_a_letter_about_a_refusal_says_what_the_bank_said_that_nothing_came_and_where_to_pay_again() -> None:
    """(M09)"""
    refused = replace(ASKED, refused=Money(125050, "USD"), refused_why="Insufficient\r\nfunds.\x00")
    printed = LetterPrinter(FIRM).request(refused)
    assert printed.subject == "Your payment to Harbor & Finch LLP for invoice INV-1042 did not go through"
    said = " ".join(printed.text.split())
    for words in (
        "Your bank did not carry out your payment of $1,250.50. Harbor & Finch LLP has received nothing by it.",
        "The reason given was: “Insufficient funds”.",
        "If your bank shows the amount as taken, it will put it back by itself.",
        f"Pay $1,250.50 online: {ASKED.url}",
    ):
        assert words in said
    assert "Thank you for your business." not in said
    assert "reason" not in LetterPrinter(FIRM).request(replace(refused, refused_why="")).text


# ── the file ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_file_says_all_that_the_letter_says_on_one_sheet() -> None:
    said = text_of(pdf(PART))
    for fact in (
        "Harbor & Finch LLP",
        "received this payment and has refunded a part of it.",
        "Amount paid $400.00",
        "Receipt PL-7F3K9Q-1",
        "Date Monday, November 23, 2026",
        "Received from Jane Doe",
        "Invoice INV-1042",
        "Paid by Bank debit",
        "Amount requested $1,250.50",
        "Left after this payment $850.50",
        "Refunded $100.00 on Nov 25, 2026, on its way",
        "Paid after refunds $300.00",
        "Payment at Stripe pi_3QKd0sLkdIwHu7ix0Zf1aBcD",
        "Please contact Harbor & Finch LLP, +1 617 555 0100 and mention",
        "Terms shown when paying (version 3): Held under the rules of professional conduct.",
    ):
        assert fact in said
    assert pages_of(pdf(PART)) == 1


def test_the_same_receipt_is_the_same_bytes_and_names_itself_and_its_language() -> None:
    assert pdf() == pdf()
    assert b"/Lang (en)" in pdf()
    assert b"/DisplayDocTitle true" in pdf()
    assert b"(Receipt PL-7F3K9Q-1 of Harbor & Finch LLP)" in pdf()


def test_the_sheet_is_the_paper_of_the_firms_country() -> None:
    assert b"/MediaBox [ 0 0 612 792 ]" in pdf()
    assert b"/MediaBox [ 0 0 595.2756 841.8898 ]" in pdf(locale="de_DE")
    assert "1.250,50 $" in text_of(pdf(locale="de_DE")).replace("\xa0", " ")


@pytest.mark.parametrize("payload", PAYLOADS)
def test_hostile_text_in_the_file_is_text(payload: str) -> None:
    """(T04) reportlab reads a paragraph as XML: tags for images, links, fonts and scripts of its own."""
    hostile = replace(RECEIPT, payer_name=payload, invoice_number=payload, disclaimer=payload, contact=payload)
    file = pdf(hostile, name=payload)
    assert not re.search(rb"/(URI|JavaScript|JS|Launch|EmbeddedFile|XObject|AcroForm|OpenAction) ?[(/<0-9]", file)
    shown, typed = text_of(file), " ".join(payload.replace("\u2028", " ").replace("\u202e", "").split())
    assert "".join(typed.split()) in "".join(shown.split())


@pytest.mark.parametrize(
    "tag",
    ['<img src="file:///etc/passwd"/>', '<a href="https://evil.example">x</a>', "<font name='nope'>", "<onDraw/>"],
)
def test_reportlabs_own_tags_are_text(tag: str) -> None:
    """(T04)"""
    file = pdf(replace(RECEIPT, payer_name=tag))
    assert b"/URI" not in file
    assert "".join(tag.split()) in "".join(text_of(file).split())


def test_letters_that_no_font_has_are_left_out_and_the_file_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(printing, "_fallbacks", tuple)  # a machine without any font
    printing._font_for.cache_clear()
    try:
        said = text_of(pdf(replace(RECEIPT, payer_name="Łukasz Żółć")))
        assert f"Received from {LEFT_OUT}ukasz {LEFT_OUT}ó{LEFT_OUT}" in said
        assert f"{LEFT_OUT} stands for letters this file cannot show; see" in said
        assert LEFT_OUT not in text_of(pdf())
    finally:
        printing._font_for.cache_clear()


def test_letters_of_other_alphabets_are_set_where_a_font_has_them() -> None:
    """Vera comes with reportlab, so there is one everywhere."""
    file = pdf(replace(RECEIPT, payer_name="Žofie Łukasz"))
    assert LEFT_OUT not in text_of(file)
    assert b"/FontFile2" in file


@pytest.mark.parametrize("name", ["שרה כהן", "فاطمة", "सीता", "😀\U0010ffff"])
def test_a_name_that_would_be_set_wrongly_is_left_out_and_said_to_be(name: str) -> None:
    """Right to left, or letters that join: reportlab does not shape them."""
    assert f"{LEFT_OUT} stands for letters this file cannot show" in text_of(pdf(replace(RECEIPT, payer_name=name)))


def test_long_texts_break_and_go_on_to_a_next_sheet() -> None:
    long = replace(RECEIPT, payer_name="W" * 200, invoice_number="9" * 60, disclaimer="long terms\n" * 400)
    file = pdf(long, name="Donaudampfschifffahrtsgesellschaft" * 8)
    assert pages_of(file) > 1
    assert "W" * 200 in "".join(text_of(file).split())


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.text(max_size=200), st.text(max_size=60), st.text(max_size=300))
def test_any_text_makes_a_letter_and_a_file(name: str, invoice: str, words: str) -> None:
    """(T18)"""
    receipt = replace(RECEIPT, payer_name=name, invoice_number=invoice, disclaimer=words, contact=invoice)
    assert pdf(receipt, name=name).startswith(b"%PDF-")
    printed = letter(receipt)
    assert not re.search(r"[\x00-\x1f\x7f]", printed.subject)


# ── on the wire ───────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
async def sender(smtp_sink: SmtpSink) -> AsyncIterator[SmtpSender]:
    sender = SmtpSender(MailServer.of(smtp_sink.url), FirmBook(FIRM), FakeClock(), answer_within=5)
    yield sender
    await sender.close()


async def test_a_receipt_leaves_with_its_pdf_attached(sender: SmtpSender, smtp_sink: SmtpSink) -> None:
    await sender.send_receipt(LETTER)
    [arrived] = smtp_sink.letters
    message = arrived.message
    assert arrived.recipients == ("jane@client.example",)
    assert (message["From"], message["Reply-To"]) == (
        "Harbor & Finch LLP <pay@harborfinch.example>",
        "noor@harborfinch.example",
    )
    assert message["Message-ID"] == f"<{LETTER.message_id}>"
    [file] = message.iter_attachments()
    assert (file.get_filename(), file.get_content_type()) == ("receipt-PL-7F3K9Q-1.pdf", "application/pdf")
    assert file.get_content() == pdf()


async def test_nothing_typed_gets_into_the_head_of_a_receipt(sender: SmtpSender, smtp_sink: SmtpSink) -> None:
    """(T18)"""
    for evil in EVIL:
        await sender.send_receipt(replace(LETTER, receipt=replace(RECEIPT, payer_name=evil, invoice_number=evil)))
    for arrived in smtp_sink.letters:
        assert arrived.recipients == ("jane@client.example",)
        assert {name.lower() for name in arrived.message} <= {
            *("from", "to", "reply-to", "subject", "date", "message-id"),
            *("auto-submitted", "mime-version", "content-type"),
        }


async def test_a_receipt_to_what_is_no_address_is_refused_before_anything_is_sent(
    sender: SmtpSender, smtp_sink: SmtpSink
) -> None:
    """(T18)"""
    for address in EVIL_ADDRESSES:
        with pytest.raises(DeliveryRefused):
            await sender.send_receipt(replace(LETTER, to=address))
    assert smtp_sink.letters == []
