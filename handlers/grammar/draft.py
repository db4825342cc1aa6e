"""What a message that people wrote to each other says of a payment: only what is certain, the rest stays blank (X1).

It is no command: nobody wrote it for us. Whatever may mean two things is left out, and a hint says so.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from handlers.grammar.amounts import read_money
from handlers.grammar.as_meant import unwrapped
from handlers.grammar.house import House
from handlers.grammar.named import clear_name
from models.addresses import read_address
from models.calendar import DateStyle, parse_day
from models.card_numbers import holds_card_number
from models.currencies import CURRENCIES
from models.errors import CommandUnclear, DateUnclear, PaylinkError
from models.money import Money
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


Span = tuple[int, int]

_CARD = (
    "That message holds what looks like a payment card number, so nothing was taken from it. "
    "Ask its writer to delete it."
)
_LONGEST = 8000  # characters; a person asks for a payment in fewer
_TOO_LONG = "That message is too long to draft a link from it, so nothing was taken from it."
_FIGURE = r"[0-9]+(?:[.,'’\u00a0\u202f][0-9]+)*"
_ENDS = r"(?![\w%/]|[-–.,'’][0-9]|[ \u00a0]?(?:k|mn?|mio|million|thousand|bn|billion)\b|[ ](?:or|to)[ ][0-9])"
_SUM = re.compile(
    rf"(?<![\w.,'’/#+–-])(?P<before>[A-Za-z]{{0,2}}[$€£¥]|[A-Za-z]{{3}}(?=[ \u00a0]?[0-9]))?[ \u00a0]?"
    rf"(?<![\w.,'’/#+–-](?=[0-9]))(?P<figure>{_FIGURE})(?:[ \u00a0]?(?P<after>[$€£¥]|[A-Za-z]{{3}}\b))?{_ENDS}",
    re.ASCII,
)
_SAID_TO_BE = re.compile(
    rf"\b(?:(?:amount|create)(?: due)?(?:[ \t]*[:=]|[ \t]+(?:is|of))?|(?:total|sum|fee|balance)(?: due)?[ \t]*[:=])"
    rf"[ \t]*(?P<figure>{_FIGURE}){_ENDS}",
    re.IGNORECASE,
)
_WORDS_TOO = frozenset("ALL COP CUP GEL MAD PEN RON SOS TOP TRY".split())  # codes that are English words in lower case
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
    sums = _sums(plain, house)
    amount, currency = _amount(sums, text, house, hints)
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


# ── the amount ───────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class _Sum:
    """A sum of money in the text."""

    span: Span  # of its figure
    figure: str
    marks: tuple[str, ...]  # the currency's code or symbol before and after it; none: it is only said to be a sum
    shown: str  # as it stands there
    read: Money | None  # None: not clear enough

    @property
    def many(self) -> bool:
        """Whether its symbol stands for several currencies, and no code says which."""
        return any(mark[-1] in "$¥" for mark in self.marks) and not any(mark.isalpha() for mark in self.marks)


def _sums(text: str, house: House) -> list[_Sum]:
    """Every sum of money in the text."""
    own = {account.currency for account in house.accounts.values()} | {house.firm.currency}
    found: dict[Span, _Sum] = {}
    for one in _SUM.finditer(text):
        before, after = (mark if mark and _is_currency(mark, own) else "" for mark in (one["before"], one["after"]))
        if before or after:
            start, end = one.start("before" if before else "figure"), one.end("after" if after else "figure")
            words = [
                f"{before}{one['figure']}" if before and not before.isalpha() else f"{before} {one['figure']}",
                after,
            ]
            found[one.span("figure")] = _Sum(
                one.span("figure"),
                one["figure"],
                tuple(filter(None, (before, after))),
                text[start:end],
                _read(" ".join(words), house),
            )
    for one in _SAID_TO_BE.finditer(text):
        figure, span = one["figure"], one.span("figure")
        found.setdefault(span, _Sum(span, figure, (), figure, _read(figure, house)))
    return list(found.values())


def _is_currency(mark: str, own: set[str]) -> bool:
    code = mark.upper()
    if not mark.isalpha():
        return True
    if mark == code:
        return code in CURRENCIES and (code not in _WORDS_TOO or code in own)
    return code in own and code not in _WORDS_TOO


def _read(said: str, house: House) -> Money | None:
    account = house.usual_account
    codes = {one.currency for one in house.accounts.values()}
    usual = account.currency if account else codes.pop() if len(codes) == 1 else house.firm.currency
    try:
        return read_money(said.split(), usual, house.firm.numbers, lambda word: CommandUnclear(word))
    except PaylinkError:
        return None


def _amount(sums: list[_Sum], text: str, house: House, hints: list[str]) -> tuple[str, str]:
    """The only sum, as it stands in the text, and its currency; blanks where there is none or more than one."""
    distinct = list({one.read or one.figure: one for one in sums}.values())
    if len(distinct) > 1:
        shown = listed(shortened(one.shown) for one in distinct[:3]) + (", …" if len(distinct) > 3 else "")
        hints.append(f"The message names several amounts ({shown}): type the one that is meant.")
    if len(distinct) != 1:
        return "", ""
    [only] = distinct
    if only.read is None or only.shown not in text:  # signs that nobody sees stand within it
        hints.append(f"The amount “{shortened(only.shown)}” is not clear, so it was left blank.")
        return "", ""
    if only.many and house.usual_account is None and len({one.currency for one in house.accounts.values()}) > 1:
        return only.shown, ""  # of which currency the account tells that is to be chosen
    return only.figure, only.read.currency if only.marks else ""


# ── the rest ─────────────────────────────────────────────────────────────────────────────────────────────────────────


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
