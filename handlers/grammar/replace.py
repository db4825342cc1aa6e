"""`replace REF [same words as create]`: what is said takes the place of what was, the rest stays."""

from __future__ import annotations

from handlers.grammar.create import VOCABULARY, day_said, last_day_said, take_addresses
from handlers.grammar.house import House
from handlers.grammar.said import Said, not_longer, sorted_out
from handlers.grammar.words import words_of
from handlers.requests import ReplaceLink
from models.plain_text import INVOICE_MAX, MESSAGE_MAX, NAME_MAX


def read_changes(reference: str, text: str, house: House) -> ReplaceLink:
    """What follows the reference. The amounts are read once it is known which currency the link is in.

    Raises AddressUnclear, DateUnclear, AccountUnclear, CommandUnclear.
    """
    said, emails, bad_emails = take_addresses(sorted_out(words_of(text, VOCABULARY), VOCABULARY))
    message = not_longer(said.text("message", "Thank you."), "Message", MESSAGE_MAX)
    least = said.text("partial min", "100.00")
    return ReplaceLink(
        reference,
        amount=_typed(said, "", "amount", "currency"),
        account=house.account(said.text("account", "KEY")).key if said.has("account") else None,
        emails=emails,
        bad_emails=bad_emails,
        payer_name=said.line("for", "Jane Doe", "Client name", NAME_MAX) if said.has("for") else None,
        invoice_number=said.line("invoice", "1042", "Invoice number", INVOICE_MAX) if said.has("invoice") else None,
        due_on=day_said(said, "due", "due date", house),
        message=message if said.has("message") else None,
        partial=True if least else said.flag("partial") if said.has("partial") else None,
        partial_minimum=_typed(said, "partial min") if least else "",
        expires_on=last_day_said(said, house),
        link_only=said.flag("link-only"),
    )


def _typed(said: Said, *keys: str) -> str:
    """The words of some keywords, in order, as they were typed."""
    words = [word.text.rstrip(",;") for key in keys for word in said.words(key)]
    return " ".join(word for word in words if word.lower() != "to")
