"""What a letter that asks for money says: the same in the letter and in its preview before anything is sent."""

from __future__ import annotations

from dataclasses import dataclass

from handlers.firm import Firm
from handlers.ports import PaymentRequest
from models.calendar import spell_day
from models.money import spell
from models.plain_text import clean, one_line, plain_line, shortened

NEVER_CARDS = "Never send card numbers by e-mail: card details are typed on the payment page only."


@dataclass(frozen=True, slots=True)
class RequestWords:
    """The words in the order of reading; what people typed in them is on one line a paragraph, and not escaped."""

    subject: str
    preview: str  # what mail programs show beside the subject
    kind: str
    greeting: str
    paragraphs: tuple[str, ...]
    amount: str
    facts: tuple[tuple[str, str], ...]  # label and value
    button: str
    small_print: tuple[str, ...]


def request_words(asked: PaymentRequest, firm: Firm) -> RequestWords:
    """For the first time, as a reminder, after a bank has refused, or for a balance."""
    amount = spell(asked.amount, firm.locale)
    about = about_invoice(asked.invoice_number)
    due = spell_day(asked.due_on, firm.locale) if asked.due_on else ""
    subject, kind = f"Payment request from {firm.name}{about}", "Payment request"
    preview = f"{amount}{about}{f', due {due}' if due else ''}. Reference {asked.reference}."
    paragraphs = [one_line(part) for part in clean(asked.message)[0].split("\n") if part.strip()]
    if asked.replaces:
        paragraphs.insert(0, f"This request takes the place of the earlier one, {asked.replaces}, which is cancelled.")
    if asked.whole is not None:
        subject, kind = f"{subject}: the balance", "Payment request for the balance"
        paid, whole = spell(asked.whole - asked.amount, firm.locale), spell(asked.whole, firm.locale)
        paragraphs.insert(0, f"You have paid {paid} of {whole}. This request is for the rest, {amount}.")
    if asked.refused is not None:
        subject, kind = f"Your payment to {firm.name}{about} did not go through", "Payment not received"
        paragraphs = _refused(asked, firm)
        preview = paragraphs[0]
    if asked.reminding is not None:
        subject, kind = f"Reminder: payment to {firm.name}{about}", "Payment reminder"
        paragraphs = [_reminded(asked, amount, due, firm), *paragraphs]
    what = "reminder" if asked.reminding else "request"
    sent_by = f"This {what} was sent to you by {firm.name}.{answers_reach(asked.reply_to)} {NEVER_CARDS}"
    return RequestWords(
        subject=subject,
        preview=preview,
        kind=kind,
        greeting=greeting(asked.payer_name),
        paragraphs=tuple(paragraphs),
        amount=amount,
        facts=_facts(asked, due, firm),
        button="Pay online" if asked.partial_allowed else f"Pay {amount} online",
        small_print=(sent_by, firm.disclaimer) if firm.disclaimer else (sent_by,),
    )


def about_invoice(invoice_number: str) -> str:
    invoice = plain_line(invoice_number)
    return f" for invoice {invoice}" if invoice else ""


def greeting(payer_name: str) -> str:
    name = plain_line(payer_name)
    return f"Dear {name}," if name else "Hello,"


def answers_reach(reply_to: str) -> str:
    return f" A reply to this letter reaches {reply_to}." if reply_to else ""


def _reminded(asked: PaymentRequest, amount: str, due: str, firm: Firm) -> str:
    assert asked.reminding is not None  # noqa: S101  asked for by the caller
    when = f", which {'was' if asked.reminding.overdue else 'is'} due on {due}," if due else ""
    return (
        f"This is a reminder: the payment of {amount}{when} has not reached {firm.name} yet. "
        "If you have paid in the meantime, thank you; nothing more is to be done."
    )


def _refused(asked: PaymentRequest, firm: Firm) -> list[str]:
    assert asked.refused is not None  # noqa: S101  asked for by the caller
    why = shortened(plain_line(asked.refused_why), 200)
    amount = spell(asked.refused, firm.locale)
    reason = f"The reason given was: “{why.rstrip('.')}”." if why else ""
    told = [
        f"Your bank did not carry out your payment of {amount}. {firm.name} has received nothing by it.",
        reason,
        "If your bank shows the amount as taken, it will put it back by itself.",
        "You can pay again with the same link.",
    ]
    return [line for line in told if line]


def _facts(asked: PaymentRequest, due: str, firm: Firm) -> tuple[tuple[str, str], ...]:
    facts = [("Invoice", plain_line(asked.invoice_number)), ("Due", due), ("Reference", asked.reference)]
    if asked.partial_allowed:
        least = f", {spell(asked.partial_minimum, firm.locale)} or more" if asked.partial_minimum else ""
        facts.append(("Part payment", f"You may pay a part of it now{least}"))
    return tuple((label, value) for label, value in facts if value)
