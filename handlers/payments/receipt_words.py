"""What a receipt says, the same on the page, in the letter and in the PDF."""

from __future__ import annotations

from handlers.firm import Firm
from models.calendar import spell_day, spell_short
from models.money import Money, spell
from models.plain_text import clean, plain_line
from models.receipt import Receipt, WentBack


def receipt_facts(receipt: Receipt, firm: Firm) -> list[tuple[str, str]]:
    """Label and value of every line below the amount paid; texts people typed are on one line, not escaped."""
    method = plain_line(receipt.method)
    facts = [
        ("Receipt", receipt.number),
        ("Date", spell_day(receipt.on, firm.locale)),
        ("Received from", plain_line(receipt.payer_name)),
        ("Invoice", plain_line(receipt.invoice_number)),
        ("Paid by", method[:1].upper() + method[1:]),
    ]
    if receipt.part:
        rest = Money(receipt.asked.minor - receipt.paid.minor, receipt.asked.currency)
        facts += [
            ("Amount requested", spell(receipt.asked, firm.locale)),
            ("Left after this payment", spell(rest, firm.locale)),
            ("The rest was paid with", receipt.paid_since),
        ]
    facts += [("Refunded", _went_back(one, firm)) for one in receipt.went_back]
    if receipt.went_back:
        facts.append(("Paid after refunds", spell(receipt.kept, firm.locale)))
    return [(label, value) for label, value in [*facts, ("Payment at Stripe", plain_line(receipt.payment))] if value]


def receipt_news(receipt: Receipt, firm: Firm) -> str:
    """The one sentence that says how the payment stands."""
    name = plain_line(firm.name)
    if receipt.went_back and receipt.kept.minor <= 0:
        return f"{name} received this payment and has refunded it in full."
    if receipt.went_back:
        return f"{name} received this payment and has refunded a part of it."
    if receipt.part:
        return f"Thank you. {name} has received a part of the amount requested."
    return f"Thank you. {name} has received your payment."


def receipt_terms(receipt: Receipt) -> str:
    """The terms its payer saw, under their version; blank where there were none."""
    text = clean(receipt.disclaimer)[0].strip()
    return f"Terms shown when paying (version {receipt.disclaimer_version}): {text}" if text else ""


def _went_back(one: WentBack, firm: Firm) -> str:
    under_way = "" if one.arrived else ", on its way"
    return f"{spell(one.amount, firm.locale)} on {spell_short(one.on, firm.locale)}{under_way}"
