"""Money as whole minor units with their currency: never a float, never a bare int. Reading and spelling it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from babel import Locale
from babel.numbers import NumberPattern, get_decimal_symbol, get_group_symbol

from models.currencies import Currency, currency
from models.errors import AmountUnclear


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

    @property
    def plain(self) -> str:
        """The amount as the grammar reads it in any locale, without the currency: '1250.50', '500' for yen."""
        return f"{self.decimal:.{currency(self.currency).decimals}f}"


@dataclass(frozen=True, slots=True)
class NumberStyle:
    """How the firm writes numbers."""

    decimal: str  # "." in en_US, "," in de_DE
    group: str  # "," in en_US, "." in de_DE, a narrow space in fr_FR

    @classmethod
    def of(cls, locale: str) -> NumberStyle:
        """The style of a locale such as 'en_US'."""
        return cls(get_decimal_symbol(locale), get_group_symbol(locale))


_SYMBOLS = {"$": {"USD", "AUD", "CAD", "NZD", "SGD", "HKD", "MXN"}, "€": {"EUR"}, "£": {"GBP"}, "¥": {"JPY", "CNY"}}
_LIKE_A_SPACE = " \u00a0\u202f"


def parse_amount(text: str, code: str, style: NumberStyle) -> Money:
    """Read '1,250.50' as 125050 minor units; never rounds and never guesses.

    Raises AmountUnclear: not a plain number in `style`, not above zero, more decimals than the currency has, below
    Stripe's minimum or over its eight digits. Raises CurrencyUnknown: no such currency.
    """
    cur = currency(code)
    digits = _without_symbol(text.strip(), cur.code)
    if not re.fullmatch(r"[0-9][0-9.,'’ \u00a0\u202f]*", digits):
        raise AmountUnclear(_why_no_number(text, digits))
    whole, fraction = _split(digits, text, style)
    if len(fraction.rstrip("0")) > cur.decimals or len(fraction) > max(cur.decimals, cur.exponent):
        raise AmountUnclear(f"{text.strip()} is too precise: {_decimals_of(cur)}.")
    return within_limits(Money(int(whole + fraction[: cur.exponent].ljust(cur.exponent, "0")), cur.code))


def within_limits(amount: Money) -> Money:
    """The same amount, when Stripe would charge it.

    Raises AmountUnclear: zero or less, below the currency's minimum, over its maximum, or between its steps.
    """
    cur = currency(amount.currency)
    if amount.minor <= 0:
        raise AmountUnclear("The amount must be more than 0.")
    if amount.minor < cur.minimum:
        raise AmountUnclear(f"The minimum is {Money(cur.minimum, cur.code).plain} {cur.code}.")
    if amount.minor > cur.maximum:
        most = Money(cur.maximum - cur.maximum % cur.step, cur.code)
        raise AmountUnclear(f"That is above the limit of {most.plain} {cur.code}.")
    if amount.minor % cur.step:
        raise AmountUnclear(f"{amount.decimal} is too precise: {_decimals_of(cur)}.")
    return amount


def _without_symbol(text: str, code: str) -> str:
    for symbol, codes in _SYMBOLS.items():
        if symbol in text:
            if code not in codes:
                raise AmountUnclear(f"{text} has a {symbol} but the currency is {code}: name one of them only.")
            return text.replace(symbol, "", 1).strip()
    return text


def _why_no_number(text: str, digits: str) -> str:
    said = text.strip()
    if re.fullmatch(r"[-+−]?[0-9.,]+[-+−]?", digits):
        return f"{said}: the amount must be more than 0, digits only, without a sign. Write it as 1250.00."
    if re.search(r"[^\W\d_]", digits, re.ASCII) or digits.isascii():
        return f"The amount is missing or not a number: {said or '(nothing)'}. Write it as 1250.00."
    return f"{said} is not written in plain digits: use digits 0-9, as in 1250.00."


def _split(digits: str, text: str, style: NumberStyle) -> tuple[str, str]:
    """The whole and the fractional digits. Grouping counts only where it is complete and in the firm's own style."""
    decimal, group = style.decimal, style.group
    plain = re.fullmatch(r"([0-9]+)(?:\.([0-9]+))?", digits)
    if plain and (decimal == "." or plain[2] is None or len(plain[2]) != 3):  # 1250.00 reads one way in every style
        return plain[1], plain[2] or ""
    groups = re.escape(group) if group not in _LIKE_A_SPACE else f"[{_LIKE_A_SPACE}]"
    if group in "'’":
        groups = "['’]"
    styled = re.fullmatch(rf"([0-9]{{1,3}}(?:{groups}[0-9]{{3}})+|[0-9]+)(?:{re.escape(decimal)}([0-9]+))?", digits)
    if not styled:
        raise _ambiguous(text)
    return re.sub(r"[^0-9]", "", styled[1]), styled[2] or ""


def _ambiguous(text: str) -> AmountUnclear:
    bare = re.sub(r"[^0-9.,]", "", text)
    parts = re.split(r"[.,]", bare)
    meant = "".join(parts[:-1]) + "." + parts[-1] if len(parts) > 1 and len(parts[-1]) == 2 else "".join(parts) + ".00"
    return AmountUnclear(f"{text.strip()} is ambiguous: write {meant} if that is what you mean.")


def _decimals_of(cur: Currency) -> str:
    if cur.decimals == 0:
        return f"{cur.code} has no decimals"
    return f"{cur.code} has {cur.decimals} decimals"


@lru_cache(maxsize=32)
def _pattern(locale: str) -> tuple[NumberPattern, Locale]:
    known = Locale.parse(locale)
    return known.currency_formats["standard"], known


def spell(amount: Money, locale: str = "en_US") -> str:
    """The amount as people of the locale write it: '$1,250.00', '1.250,00 €', '¥500'."""
    pattern, known = _pattern(locale)
    shown = currency(amount.currency).decimals
    return str(
        pattern.apply(
            amount.decimal, known, currency=amount.currency, currency_digits=False, force_frac=(shown, shown)
        )
    )
