"""The letters to a payer, as HTML and as plain text. Pure; cheap, since hundreds of requests go at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from handlers.firm import Firm
from handlers.payments.receipt_words import receipt_facts, receipt_news, receipt_terms
from handlers.ports import PaymentRequest, ReceiptLetter
from mailroom.paper import html_sheet, text_sheet, wrapped
from models.calendar import spell_day
from models.money import spell
from models.plain_text import clean, one_line, plain_line, shortened

NEVER_CARDS = "Never send card numbers by e-mail: card details are typed on the payment page only."


@dataclass(frozen=True, slots=True)
class Printed:
    """A letter's subject and its two bodies."""

    subject: str
    text: str
    html: str


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
    button: str
    url: str
    small_print: Sequence[str]
    stop_url: str = ""  # where the payer stops reminders


class LetterPrinter:
    """Prints one firm's letters to payers; nothing in them comes from anywhere but the values given and the firm."""

    def __init__(self, firm: Firm) -> None:
        self._firm = firm

    def request(self, asked: PaymentRequest) -> Printed:
        """The letter that asks for money, for the first time or after a bank has refused."""
        firm = self._firm
        amount = spell(asked.amount, firm.locale)
        about = _about(asked.invoice_number)
        due = spell_day(asked.due_on, firm.locale) if asked.due_on else ""
        subject, kind = f"Payment request from {firm.name}{about}", "Payment request"
        preview = f"{amount}{about}{f', due {due}' if due else ''}. Reference {asked.reference}."
        paragraphs = [one_line(part) for part in clean(asked.message)[0].split("\n") if part.strip()]
        if asked.whole is not None:
            subject, kind = f"{subject}: the balance", "Payment request for the balance"
            paid, whole = spell(asked.whole - asked.amount, firm.locale), spell(asked.whole, firm.locale)
            paragraphs.insert(0, f"You have paid {paid} of {whole}. This request is for the rest, {amount}.")
        if asked.refused is not None:
            subject, kind = f"Your payment to {firm.name}{about} did not go through", "Payment not received"
            paragraphs = self._refused(asked)
            preview = paragraphs[0]
        if asked.reminding is not None:
            subject, kind = f"Reminder: payment to {firm.name}{about}", "Payment reminder"
            paragraphs = [self._reminded(asked, amount, due), *paragraphs]
        return self._print(
            Words(
                stop_url=asked.reminding.stop_url if asked.reminding else "",
                subject=subject,
                preview=preview,
                kind=kind,
                greeting=_greeting(asked.payer_name),
                paragraphs=paragraphs,
                amount_label="Amount due",
                amount=amount,
                facts=_facts(asked, due),
                button="Pay online" if asked.partial_allowed else f"Pay {amount} online",
                url=asked.url,
                small_print=[f"This request was sent to you by {firm.name}.{_answers(asked.reply_to)} {NEVER_CARDS}"]
                + [line for line in [firm.disclaimer] if line],
            )
        )

    def receipt(self, letter: ReceiptLetter) -> Printed:
        """The letter that says what was paid; its file is printed by mailroom.receipt_pdf."""
        firm, receipt = self._firm, letter.receipt
        amount = spell(receipt.paid, firm.locale)
        about = _about(receipt.invoice_number)
        subject = f"Receipt from {firm.name}{about}"
        greeting, said = _greeting(receipt.payer_name), receipt_news(receipt, firm)
        if letter.copy:
            subject = f"Copy of the receipt {receipt.number}{about}"
            greeting, said = "For your files:", "This is the firm's copy of a receipt. The client's says the same."
        contact = plain_line(receipt.contact)
        contact = f" Questions? Please contact {contact}." if contact not in ("", letter.reply_to) else ""
        small_print = [
            f"This receipt was sent by {firm.name}.{contact}{_answers(letter.reply_to)} {NEVER_CARDS}",
            receipt_terms(receipt),
        ]
        return self._print(
            Words(
                subject=subject,
                preview=f"{amount} paid{about}. Receipt {receipt.number}.",
                kind="Receipt",
                greeting=greeting,
                paragraphs=[said, "The receipt is attached as a PDF. It can also be opened online and printed there."],
                amount_label="Amount paid",
                amount=amount,
                facts=receipt_facts(receipt, firm),
                button="Open the receipt",
                url=letter.url,
                small_print=[line for line in small_print if line],
            )
        )

    def _reminded(self, asked: PaymentRequest, amount: str, due: str) -> str:
        assert asked.reminding is not None  # noqa: S101  asked for by the caller
        when = f", which {'was' if asked.reminding.overdue else 'is'} due on {due}," if due else ""
        return (
            f"This is a reminder: the payment of {amount}{when} has not reached {self._firm.name} yet. "
            "If you have paid in the meantime, thank you; nothing more is to be done."
        )

    def _refused(self, asked: PaymentRequest) -> list[str]:
        assert asked.refused is not None  # noqa: S101  asked for by the caller
        why = shortened(plain_line(asked.refused_why), 200)
        amount = spell(asked.refused, self._firm.locale)
        reason = f"The reason given was: “{why.rstrip('.')}”." if why else ""
        told = [
            f"Your bank did not carry out your payment of {amount}. {self._firm.name} has received nothing by it.",
            reason,
            "If your bank shows the amount as taken, it will put it back by itself.",
            "You can pay again with the same link.",
        ]
        return [line for line in told if line]

    def _print(self, words: Words) -> Printed:
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
        }
        return Printed(
            subject=words.subject,
            text=text_sheet("letter.txt").render(
                values,
                paragraphs=[wrapped(paragraph) for paragraph in words.paragraphs],
                small_print=[wrapped(line) for line in words.small_print],
            ),
            html=html_sheet("letter.html").render(values, paragraphs=words.paragraphs, small_print=words.small_print),
        )


def _about(invoice_number: str) -> str:
    invoice = plain_line(invoice_number)
    return f" for invoice {invoice}" if invoice else ""


def _greeting(payer_name: str) -> str:
    name = plain_line(payer_name)
    return f"Dear {name}," if name else "Hello,"


def _answers(reply_to: str) -> str:
    return f" A reply to this letter reaches {reply_to}." if reply_to else ""


def _facts(asked: PaymentRequest, due: str) -> list[tuple[str, str]]:
    facts = [("Invoice", plain_line(asked.invoice_number)), ("Due", due), ("Reference", asked.reference)]
    if asked.partial_allowed:
        facts.append(("Part payment", "You may pay a part of it now"))
    return [(label, value) for label, value in facts if value]
