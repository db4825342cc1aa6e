"""The letters to a payer, as HTML and as plain text. Pure; cheap, since hundreds of requests go at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from handlers.firm import Firm
from handlers.payments.receipt_words import receipt_facts, receipt_news, receipt_terms
from handlers.payments.request_words import NEVER_CARDS, about_invoice, answers_reach, greeting, request_words
from handlers.ports import CancelledLetter, PaymentRequest, ReceiptLetter
from mailroom.mime import Picture
from mailroom.paper import colours_of, html_sheet, logo_of, text_sheet, wrapped
from models.money import spell
from models.plain_text import plain_line


@dataclass(frozen=True, slots=True)
class Printed:
    """A letter's subject and its two bodies."""

    subject: str
    text: str
    html: str
    pictures: tuple[Picture, ...] = ()  # that the HTML shows


@dataclass(frozen=True, slots=True)
class Words:
    """What stands on the sheet, in the order of reading; nothing of it is escaped yet."""

    subject: str
    preview: str  # what mail programs show beside the subject
    kind: str
    greeting: str
    paragraphs: Sequence[str]
    amount_label: str
    amount: str
    facts: Sequence[tuple[str, str]]
    button: str  # blank: there is nothing to open
    url: str
    small_print: Sequence[str]
    stop_url: str = ""  # where the payer stops reminders


class LetterPrinter:
    """Prints one firm's letters to payers; nothing in them comes from anywhere but the values given and the firm."""

    def __init__(self, firm: Firm) -> None:
        self._firm = firm

    def request(self, asked: PaymentRequest) -> Printed:
        """The letter that asks for money, for the first time or after a bank has refused."""
        words = request_words(asked, self._firm)
        return self._print(
            Words(
                stop_url=asked.reminding.stop_url if asked.reminding else "",
                subject=words.subject,
                preview=words.preview,
                kind=words.kind,
                greeting=words.greeting,
                paragraphs=words.paragraphs,
                amount_label="Amount due",
                amount=words.amount,
                facts=words.facts,
                button=words.button,
                url=asked.url,
                small_print=words.small_print,
            )
        )

    def receipt(self, letter: ReceiptLetter) -> Printed:
        """The letter that says what was paid; its file is printed by mailroom.receipt_pdf."""
        firm, receipt = self._firm, letter.receipt
        amount = spell(receipt.paid, firm.locale)
        about = about_invoice(receipt.invoice_number)
        subject = f"Receipt from {firm.name}{about}"
        opening, said = greeting(receipt.payer_name), receipt_news(receipt, firm)
        if letter.copy:
            subject = f"Copy of the receipt {receipt.number}{about}"
            opening, said = "For your files:", "This is the firm's copy of a receipt. The client's says the same."
        contact = plain_line(receipt.contact)
        contact = f" Questions? Please contact {contact}." if contact not in ("", letter.reply_to) else ""
        small_print = [
            f"This receipt was sent by {firm.name}.{contact}{answers_reach(letter.reply_to)} {NEVER_CARDS}",
            receipt_terms(receipt),
        ]
        return self._print(
            Words(
                subject=subject,
                preview=f"{amount} paid{about}. Receipt {receipt.number}.",
                kind="Receipt",
                greeting=opening,
                paragraphs=[said, "The receipt is attached as a PDF. It can also be opened online and printed there."],
                amount_label="Amount paid",
                amount=amount,
                facts=receipt_facts(receipt, firm),
                button="Open the receipt",
                url=letter.url,
                small_print=[line for line in small_print if line],
            )
        )

    def cancelled(self, letter: CancelledLetter) -> Printed:
        """The letter that takes a request back."""
        firm, name = self._firm, plain_line(self._firm.name)
        about = about_invoice(letter.invoice_number)
        contact = plain_line(letter.contact)
        questions = f" Questions? Please contact {contact}." if contact not in ("", letter.reply_to) else ""
        taken_back = (
            f"{name} has cancelled the payment request below. Nothing is owed by it any more, and it can no longer be "
            "paid."
        )
        return self._print(
            Words(
                subject=f"Cancelled: payment request from {name}{about}",
                preview=f"Nothing is owed by this request any more. Reference {letter.reference}.",
                kind="Payment request cancelled",
                greeting=greeting(letter.payer_name),
                paragraphs=[taken_back, "There is nothing for you to do."],
                amount_label="Amount that was asked for",
                amount=spell(letter.amount, firm.locale),
                facts=[
                    (label, value)
                    for label, value in (
                        ("Invoice", plain_line(letter.invoice_number)),
                        ("Reference", letter.reference),
                        ("State", "Cancelled"),
                    )
                    if value
                ],
                button="",
                url="",
                small_print=[
                    line
                    for line in (
                        f"This letter was sent to you by {name}.{questions}{answers_reach(letter.reply_to)}",
                        firm.disclaimer,
                    )
                    if line
                ],
            )
        )

    def _print(self, words: Words) -> Printed:
        logo = logo_of(self._firm)
        values = {
            "language": "en",
            "firm": self._firm.name,
            "subject": words.subject,
            "preview": words.preview,
            "kind": words.kind,
            "greeting": words.greeting,
            "amount_label": words.amount_label,
            "amount": words.amount,
            "facts": words.facts,
            "url": words.url,
            "button": words.button,
            "stop_url": words.stop_url,
            "logo": logo,
            **colours_of(self._firm),
        }
        return Printed(
            subject=words.subject,
            text=text_sheet("letter.txt").render(
                values,
                firm=wrapped(self._firm.name),
                stop_words=wrapped(f"To get no more reminders from {self._firm.name}:"),
                greeting=wrapped(words.greeting),
                facts=[wrapped(f"{label}: {value}") for label, value in words.facts],
                paragraphs=[wrapped(paragraph) for paragraph in words.paragraphs],
                small_print=[wrapped(line) for line in words.small_print],
            ),
            html=html_sheet("letter.html").render(values, paragraphs=words.paragraphs, small_print=words.small_print),
            pictures=((logo.content_id, "logo.png", logo.picture),) if logo else (),
        )
