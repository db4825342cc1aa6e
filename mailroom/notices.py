"""The letter that asks a payer for money, as HTML and as plain text. Pure; cheap, since hundreds go at once."""

from __future__ import annotations

from dataclasses import dataclass

from handlers.firm import Firm
from handlers.ports import PaymentRequest
from mailroom.paper import html_sheet, text_sheet, wrapped
from models.calendar import spell_day
from models.money import spell
from models.plain_text import clean, one_line

NEVER_CARDS = "Never send card numbers by e-mail: card details are typed on the payment page only."


@dataclass(frozen=True, slots=True)
class Printed:
    """A letter's subject and its two bodies."""

    subject: str
    text: str
    html: str


class PaymentRequestPrinter:
    """Prints payment requests of one firm."""

    def __init__(self, firm: Firm) -> None:
        self._firm = firm
        self._html = html_sheet("payment_request.html")
        self._text = text_sheet("payment_request.txt")

    def print(self, asked: PaymentRequest) -> Printed:
        """The letter of one request; nothing in it comes from anywhere but `asked` and the firm."""
        firm = self._firm
        amount = spell(asked.amount, firm.locale)
        invoice = one_line(clean(asked.invoice_number)[0])
        about = f" for invoice {invoice}" if invoice else ""
        due = spell_day(asked.due_on, firm.locale) if asked.due_on else ""
        subject = f"Payment request from {firm.name}{about}"
        values = {
            "language": firm.locale.partition("_")[0],
            "subject": subject,
            "preview": f"{amount}{about}{f', due {due}' if due else ''}. Reference {asked.reference}.",
            "firm": firm.name,
            "greeting": self._greeting(asked),
            "amount": amount,
            "facts": _facts(asked, invoice, due),
            "url": asked.url,
            "button": "Pay online" if asked.partial_allowed else f"Pay {amount} online",
        }
        paragraphs = [one_line(part) for part in clean(asked.message)[0].split("\n") if part.strip()]
        small_print = self._small_print(asked)
        return Printed(
            subject=subject,
            text=self._text.render(
                values,
                paragraphs=[wrapped(paragraph) for paragraph in paragraphs],
                small_print=[wrapped(line) for line in small_print],
            ),
            html=self._html.render(values, paragraphs=paragraphs, small_print=small_print),
        )

    def _greeting(self, asked: PaymentRequest) -> str:
        name = one_line(clean(asked.payer_name)[0])
        return f"Dear {name}," if name else "Hello,"

    def _small_print(self, asked: PaymentRequest) -> list[str]:
        firm = self._firm
        answers = f" A reply to this letter reaches {asked.reply_to}." if asked.reply_to else ""
        lines = [f"This request was sent to you by {firm.name}.{answers} {NEVER_CARDS}", firm.disclaimer]
        return [line for line in lines if line]


def _facts(asked: PaymentRequest, invoice: str, due: str) -> list[tuple[str, str]]:
    facts = [("Invoice", invoice), ("Due", due), ("Reference", asked.reference)]
    if asked.partial_allowed:
        facts.append(("Part payment", "You may pay a part of it now"))
    return [(label, value) for label, value in facts if value]
