"""What a message that people wrote to each other says of a payment: only what is certain, the rest stays blank (X1).

It is no command: nobody wrote it for us. Whatever may mean two things is left out, and a hint says so.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from handlers.grammar.as_meant import unwrapped
from handlers.grammar.house import House
from handlers.grammar.named import clear_name
from handlers.grammar.sums import Span, only_amount, sums_in
from models.addresses import read_address
from models.calendar import DateStyle, parse_day
from models.card_numbers import holds_card_number
from models.errors import DateUnclear, PaylinkError
from models.plain_text import INVOICE_MAX, clean, listed, shortened


@dataclass(frozen=True, slots=True)
class Draft:
    """The beginnings of a link, for a person to look at."""

    amount: str = ""  # as it stands in the message, its currency's symbol with it where that alone names no currency
    currency: str = ""
    client: str = ""
    email: str = ""
    invoice: str = ""
    due: date | None = None
    hints: tuple[str, ...] = ()  # what was left blank, and why


_CARD = (
    "That message holds what looks like a payment card number, so nothing was taken from it. "
    "Ask its writer to delete it."
)
_LONGEST = 8000  # characters; a person asks for a payment in fewer
_TOO_LONG = "That message is too long to draft a link from it, so nothing was taken from it."
_INVOICE = re.compile(
    r"\binv(?:oice)?\b\.?[ \t]*(?P<label>(?:(?:number|num|no|nr|id)\b\.?[ \t]*)?[:#=№]?)[ \t]*"
    r"(?P<number>[A-Za-z0-9][\w/.-]*)",
    re.IGNORECASE,
)
_DUE = re.compile(
    r"\b(?:due(?: date| on| by)?|payable by|pay by|deadline)\b(?: is)?[ \t]*[:=]?[ \t]*(?=(?P<when>[^\n;()]{1,40}))",
    re.IGNORECASE,
)
_SHORT_FIGURES = re.compile(r"[0-9]{1,2}[./-][0-9]{1,2}[./-]?(?:[0-9]{1,2})?")  # 10.12 may be a sum, or two days
_MARKS = re.compile(r"(?<![^\W_])[*_~`]+|[*_~`]+(?![^\W_])")  # Slack's own, around words


def read_draft(text: str, house: House, said_on: date) -> Draft:
    """What is certain in a message of Slack's that was written on a day. It never raises."""
    if len(text) > _LONGEST:
        return Draft(hints=(_TOO_LONG,))
    plain = _MARKS.sub(" ", unwrapped(clean(text)[0]))
    if holds_card_number(text) or holds_card_number(plain):
        return Draft(hints=(_CARD,))
    hints: list[str] = []
    sums = sums_in(plain, house)
    amount, currency = only_amount(sums, text, house, hints)
    spans = [one.span for one in sums]
    email = _address(plain, house, hints)
    return Draft(
        amount=amount,
        currency=currency,
        client=clear_name(plain, email),
        email=email,
        invoice=_one((number for number in _invoices(plain, spans) if number in text), "invoice numbers", hints),
        due=_due(plain, spans, house, said_on, hints),
        hints=tuple(hints),
    )


def _one(found: Iterable[str], what: str, hints: list[str]) -> str:
    """The only one; blank where there are several, which a hint tells."""
    distinct = list(dict.fromkeys(found))
    if len(distinct) > 1:
        shown = listed(shortened(one) for one in distinct[:3])
        hints.append(f"The message names several {what} ({shown}{', …' if len(distinct) > 3 else ''}).")
    return distinct[0] if len(distinct) == 1 else ""


def _address(text: str, house: House, hints: list[str]) -> str:
    """The only address that is not the firm's own."""
    firm = house.firm
    ours = {address.lower() for address in (firm.intake_address, firm.reply_to, firm.receipt_copy)}
    found: dict[str, str] = {}
    for word in re.split(r"[\s<>()\[\],;:\"“”]+", text):
        address = _read_address(word.strip(".!?'’*_")) if "@" in word[1:] else ""
        if address and address.lower() not in ours:
            found.setdefault(address.lower(), address)
    return _one(found.values(), "addresses", hints)


def _read_address(word: str) -> str:
    try:
        return read_address(word)
    except PaylinkError:
        return ""


def _invoices(text: str, sums: list[Span]) -> Iterator[str]:
    for found in _INVOICE.finditer(text):
        number = found["number"].rstrip("./-_")
        start = found.start("number")
        is_sum = any(begin < start + len(number) and start < end for begin, end in sums)
        is_day = re.fullmatch(r"[0-9]{4}[-/.][0-9]{1,2}[-/.][0-9]{1,2}", number)
        few = len(number) < 3 and not found["label"].strip()  # invoice 15 Dec
        if any(ch.isdecimal() for ch in number) and len(number) <= INVOICE_MAX and not (is_sum or is_day or few):
            yield number


def _due(text: str, sums: list[Span], house: House, said_on: date, hints: list[str]) -> date | None:
    """The only day that something is said to be due on; one without its year is the next after it was said."""
    days: dict[date, None] = {}
    for found in _DUE.finditer(text):
        if any(begin <= found.start("when") < end for begin, end in sums):
            continue
        try:
            day = _day(found["when"].split()[:5], said_on, house.firm.dates)
        except DateUnclear as error:
            hints.append(f"The due date was left blank. {error.for_staff()}")
            return None
        if day:
            days[day] = None
    only = _one((f"{day:%Y-%m-%d}" for day in days), "due dates", hints)
    if not only:
        return None
    day = date.fromisoformat(only)
    if day < house.today:
        hints.append(f"The due date {only} is past, so it was left blank.")
        return None
    return day


def _day(words: list[str], said_on: date, style: DateStyle) -> date | None:
    """The day that words begin with; None where they begin with none. Raises DateUnclear: with one of two readings."""
    for count in range(len(words), 0, -1):
        said = " ".join(words[:count]).rstrip(".,:!?*_")
        if _SHORT_FIGURES.fullmatch(said):
            return None
        try:
            return parse_day(said, said_on, style)
        except DateUnclear as error:
            if "ambiguous" in error.sentence:
                raise
    return None
