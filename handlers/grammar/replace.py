"""`replace REF [same words as create]`: what is said takes the place of what was, the rest stays.

`none` or `-` after a keyword takes out what was there: `replace PL-7F3K9Q due none`.
"""

from __future__ import annotations

from collections.abc import Sequence

from handlers.grammar.create import VOCABULARY, day_said, last_day_said, take_addresses
from handlers.grammar.house import House
from handlers.grammar.said import Said, not_longer, sorted_out
from handlers.grammar.words import Word, words_of
from handlers.requests import ReplaceLink
from models.plain_text import INVOICE_MAX, MESSAGE_MAX, NAME_MAX

_OPTIONAL = ("for", "invoice", "due", "message", "partial min")
_NOTHING = frozenset({"none", "-", "–", "—"})


def read_changes(reference: str, text: str, house: House) -> ReplaceLink:
    """What follows the reference. The amounts are read once it is known which currency the link is in.

    Raises AddressUnclear, DateUnclear, AccountUnclear, CommandUnclear.
    """
    said, emails, bad_emails = take_addresses(sorted_out(words_of(text, VOCABULARY), VOCABULARY))
    said, out = _taken_out(said)
    message = not_longer(said.text("message", "Thank you."), "Message", MESSAGE_MAX)
    least = said.text("partial min", "100.00")
    return ReplaceLink(
        reference,
        amount=_typed(said, "", "amount", "currency"),
        account=house.account(said.text("account", "KEY")).key if said.has("account") else None,
        emails=emails,
        bad_emails=bad_emails,
        payer_name=said.line("for", "Jane Doe", "Client name", NAME_MAX) if said.has("for") else out.get("for"),
        invoice_number=(
            said.line("invoice", "1042", "Invoice number", INVOICE_MAX) if said.has("invoice") else out.get("invoice")
        ),
        due_on=day_said(said, "due", "due date", house),
        no_due="due" in out,
        message=message if said.has("message") else out.get("message"),
        partial=True if least or "partial min" in out else said.flag("partial") if said.has("partial") else None,
        partial_minimum=_typed(said, "partial min") if least else "",
        expires_on=last_day_said(said, house),
        link_only=said.flag("link-only"),
    )


def _taken_out(said: Said) -> tuple[Said, dict[str, str]]:
    """What is said without the keywords whose values are to go, and those, each with the blank that is left."""
    out = {key: "" for key in _OPTIONAL if said.has(key) and _is_nothing(said.words(key))}
    return Said({key: words for key, words in said.values.items() if key not in out}), out


def _is_nothing(words: Sequence[Word]) -> bool:
    """In quotes only what is blank: somebody may be called None."""
    return len(words) == 1 and (
        not words[0].text.strip() if words[0].quoted else words[0].text.rstrip(",;").lower() in _NOTHING
    )


def _typed(said: Said, *keys: str) -> str:
    """The words of some keywords, in order, as they were typed."""
    words = [word.text.rstrip(",;") for key in keys for word in said.words(key)]
    return " ".join(word for word in words if word.lower() != "to")
