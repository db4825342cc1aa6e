"""Money as whole minor units with their currency: never a float, never a bare int. Reading and spelling it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from copy import copy
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from babel import Locale
from babel.numbers import NumberPattern, get_currency_symbol, get_decimal_symbol, get_group_symbol

from models.currencies import Currency, currency
from models.errors import AmountUnclear
from models.plain_text import listed, shortened


@dataclass(frozen=True, slots=True)
class Money:
    """An exact amount."""

    minor: int  # cents for EUR, whole yen for JPY, as Stripe counts them
    currency: str  # ISO 4217, upper case

    def __add__(self, other: Money) -> Money:
        return Money(self.minor + self._same(other), self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.minor - self._same(other), self.currency)

    def _same(self, other: Money) -> int:
        if other.currency != self.currency:
            raise ValueError(f"{self.currency} and {other.currency} do not add up")
        return other.minor

    @property
    def decimal(self) -> Decimal:
        """The amount in major units: 1250.50 for 125050 cents."""
        return Decimal(self.minor).scaleb(-currency(self.currency).exponent)

    @classmethod
    def of_plain(cls, figures: str, code: str) -> Money:
        """The amount that `plain` wrote down."""
        return cls(int(Decimal(figures).scaleb(currency(code).exponent)), code)

    @property
    def plain(self) -> str:
        """The amount as the grammar reads it in any locale, without the currency: '1250.50', '500' for yen."""
        return f"{self.decimal:.{currency(self.currency).decimals}f}"

    def __str__(self) -> str:
        """The same with its currency: '1250.50 USD'."""
        return f"{self.plain} {self.currency}"


@dataclass(frozen=True, slots=True)
class NumberStyle:
    """How the firm writes numbers."""

    decimal: str  # "." in en_US, "," in de_DE
    group: str  # "," in en_US, "." in de_DE, a narrow space in fr_FR
    grouping: tuple[int, int] = (3, 3)  # digits of the last group and of those before: (3, 2) in en_IN
    locale: str = "en_US"

    @classmethod
    def of(cls, locale: str) -> NumberStyle:
        """The style of a locale such as 'en_US'."""
        grouping = Locale.parse(locale).decimal_formats[None].grouping
        return cls(get_decimal_symbol(locale), get_group_symbol(locale), grouping, locale)


_SYMBOLS = {"$": "USD AUD CAD NZD SGD HKD MXN".split(), "€": ["EUR"], "£": ["GBP"], "¥": "JPY CNY".split()}
_SPACES = " \u00a0\u202f"
_SIGNS = "+-−"
_MOST_DIGITS = 40  # more cannot be meant, and int() is slow and then fails on thousands of them


def currency_meant(text: str, usual: str) -> str:
    """The currency that an amount's symbol names by itself, EUR for '€', or else the `usual` one.

    A dollar sign or a ¥ names none by itself: parse_amount refuses it where `usual` is no such currency.
    """
    for symbol, codes in _SYMBOLS.items():
        if symbol in text and len(codes) == 1:
            return codes[0]
    return usual


def parse_amount(text: str, code: str, style: NumberStyle) -> Money:
    """Read '1,250.50' as 125050 minor units; never rounds and never guesses.

    Raises AmountUnclear: not a plain number in `style`, not above zero, more decimals than the currency has, below
    Stripe's minimum or over its eight digits. Raises CurrencyUnknown: no such currency.
    """
    return within_limits(parse_figure(text, code, style), style.locale)


def parse_figure(text: str, code: str, style: NumberStyle) -> Money:
    """Read an amount that nobody is charged, such as a filter's: as parse_amount, but as small as one likes, 0 too.

    Raises AmountUnclear, CurrencyUnknown: as parse_amount.
    """
    cur = currency(code)
    said = text.strip()
    figures = _without_mark(said, cur.code, style)
    if not re.fullmatch(rf"[0-9][0-9.,'’{_SPACES}]*", figures):
        raise AmountUnclear(_why_no_number(said, figures))
    if len(figures) > _MOST_DIGITS:
        raise _too_much(cur, style.locale)
    whole, fraction = _split(figures, cur, style)
    if len(fraction.rstrip("0")) > cur.decimals or len(fraction) > max(cur.decimals, cur.exponent):
        raise AmountUnclear(f"{shortened(said)} is too precise: {_decimals_of(cur)}.")
    amount = Money(int(whole + fraction[: cur.exponent].ljust(cur.exponent, "0")), cur.code)
    if amount.minor > cur.maximum:
        raise _too_much(cur, style.locale)
    return amount


def within_limits(amount: Money, locale: str = "en_US") -> Money:
    """The same amount, when Stripe would charge it.

    Raises AmountUnclear: zero or less, below the currency's minimum, over its maximum, or between its steps.
    """
    cur = currency(amount.currency)
    if amount.minor <= 0:
        raise AmountUnclear("The amount must be more than 0.")
    if amount.minor < cur.minimum:
        raise AmountUnclear(f"The minimum is {spell(Money(cur.minimum, cur.code), locale)}.")
    if amount.minor > cur.maximum:
        raise _too_much(cur, locale)
    if amount.minor % cur.step:
        raise AmountUnclear(f"{amount.decimal} is too precise: {_decimals_of(cur)}.")
    return amount


def _too_much(cur: Currency, locale: str) -> AmountUnclear:
    most = Money(cur.maximum - cur.maximum % cur.step, cur.code)
    return AmountUnclear(f"That is above the limit of {spell(most, locale)}.")


def _without_mark(said: str, code: str, style: NumberStyle) -> str:
    """The figures without the currency's code or symbol before or after them."""
    marked = _marked(code, style.locale).fullmatch(said)
    if marked:
        return (marked["after"] or marked["before"] or "").strip()
    for symbol, codes in _SYMBOLS.items():
        if symbol in said and code not in codes:
            raise AmountUnclear(f"{shortened(said)} has a {symbol} but the currency is {code}: name one of them only.")
    return said


@lru_cache(maxsize=256)
def _marked(code: str, locale: str) -> re.Pattern[str]:
    """What a currency's code or symbol stands before or after; kept, since a list has ten thousand amounts."""
    symbols = [symbol for symbol, codes in _SYMBOLS.items() if code in codes]
    marks = [get_currency_symbol(code, locale), code, *(f"{code[:2]}{symbol}" for symbol in symbols), *symbols]
    any_mark = "|".join(re.escape(mark) for mark in marks)
    return re.compile(rf"(?:{any_mark})(?P<after>.*)|(?P<before>.*?)(?:{any_mark})", re.IGNORECASE | re.DOTALL)


def _why_no_number(said: str, figures: str) -> str:
    shown = shortened(said)
    if not shown:
        return "The amount is missing. Write it as 1250.00."
    if re.search("[0-9]", said) and (said.strip(_SIGNS) != said or figures.strip(_SIGNS) != figures):
        return f"{shown}: the amount must be more than 0, in digits 0-9 only, without a sign. Write it as 1250.00."
    if said.isascii() or said.isalpha():
        return f"The amount is missing or not a number: {shown}. Write it as 1250.00."
    return f"{shown} is not written in plain digits: use digits 0-9, as in 1250.00."


def _split(figures: str, cur: Currency, style: NumberStyle) -> tuple[str, str]:
    """The whole and the fractional digits. Grouping counts only where it is complete and in the firm's own style."""
    plain = re.fullmatch(r"([0-9]+)(?:\.([0-9]+))?", figures)
    if plain and (style.decimal == "." or plain[2] is None or len(plain[2]) != 3):
        return plain[1], plain[2] or ""  # 1250.00 reads one way in every style
    last, before = style.grouping
    group = f"[{_SPACES}]" if style.group in _SPACES else "['’]" if style.group in "'’" else re.escape(style.group)
    grouped = rf"[0-9]{{1,{before}}}(?:{group}[0-9]{{{before}}})*{group}[0-9]{{{last}}}"
    styled = re.fullmatch(rf"({grouped}|[0-9]+)(?:{re.escape(style.decimal)}([0-9]+))?", figures)
    if not styled:
        raise AmountUnclear(f"{figures} is ambiguous: write {_meant(figures, cur)} if that is what you mean.")
    return re.sub(r"[^0-9]", "", styled[1]), styled[2] or ""


def _meant(figures: str, cur: Currency) -> str:
    """The likeliest reading of an ambiguous number, written so that it reads one way."""
    *front, last = re.split(r"[.,]", re.sub(r"[^0-9.,]", "", figures))
    if front and cur.decimals and len(last) in (1, 2):
        return f"{''.join(front)}.{last.ljust(2, '0')}"
    if front and not cur.decimals and not last.strip("0") and len(last) != 3:
        return "".join(front)
    return "".join((*front, last)) + (".00" if cur.decimals else "")


def _decimals_of(cur: Currency) -> str:
    if cur.decimals == 0:
        return f"{cur.code} has no decimals, so write it without, such as 1250"
    return f"{cur.code} has {cur.decimals} decimals, so write it with {cur.decimals}, such as 20.55"


@lru_cache(maxsize=64)
def _pattern(locale: str, decimals: int) -> tuple[NumberPattern, Locale]:
    known = Locale.parse(locale)
    pattern = copy(known.currency_formats["standard"])
    pattern.frac_prec = (decimals, decimals)  # ours, not CLDR's: see models.currencies
    return pattern, known


def spell(amount: Money, locale: str = "en_US") -> str:
    """The amount as people of the locale write it: '$1,250.00', '1.250,00 €', '¥500'."""
    return _spelled(amount, locale)


def spell_all(amounts: Iterable[Money], locale: str = "en_US") -> str:
    """Several amounts, such as a total in each currency: '$1,250.00 and €90.00'."""
    return listed(_spelled(amount, locale) for amount in amounts)


@lru_cache(maxsize=4096)  # a card or a page says its amount three or four times, and Babel takes its time
def _spelled(amount: Money, locale: str) -> str:
    pattern, known = _pattern(locale, currency(amount.currency).decimals)
    spelled = pattern.apply(amount.decimal, known, currency=amount.currency, currency_digits=False)
    return re.sub(r"(?<=[^\W\d_])(?=[0-9])", "\u00a0", spelled)  # CLDR's currencySpacing, which Babel leaves out
