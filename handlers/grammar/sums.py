"""Sums of money in a message that people wrote to each other: only what is certain."""

from __future__ import annotations

import re
from dataclasses import dataclass

from handlers.grammar.amounts import read_money
from handlers.grammar.house import House
from models.currencies import CURRENCIES
from models.errors import CommandUnclear, PaylinkError
from models.money import Money
from models.plain_text import listed, shortened

Span = tuple[int, int]
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


@dataclass(frozen=True, slots=True)
class Sum:
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


def sums_in(text: str, house: House) -> list[Sum]:
    """Every sum of money in the text."""
    own = {account.currency for account in house.accounts.values()} | {house.firm.currency}
    found: dict[Span, Sum] = {}
    for one in _SUM.finditer(text):
        before, after = (mark if mark and _is_currency(mark, own) else "" for mark in (one["before"], one["after"]))
        if before or after:
            start, end = one.start("before" if before else "figure"), one.end("after" if after else "figure")
            words = [
                f"{before}{one['figure']}" if before and not before.isalpha() else f"{before} {one['figure']}",
                after,
            ]
            found[one.span("figure")] = Sum(
                one.span("figure"),
                one["figure"],
                tuple(filter(None, (before, after))),
                text[start:end],
                _read(" ".join(words), house),
            )
    for one in _SAID_TO_BE.finditer(text):
        figure, span = one["figure"], one.span("figure")
        found.setdefault(span, Sum(span, figure, (), figure, _read(figure, house)))
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


def only_amount(sums: list[Sum], text: str, house: House, hints: list[str]) -> tuple[str, str]:
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
