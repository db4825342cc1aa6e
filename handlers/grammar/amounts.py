"""AMOUNT [CUR] as people type it: `1250`, `$1,250.00`, `1250 EUR`, `EUR 1250`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from models.currencies import CURRENCIES, currency
from models.errors import CommandUnclear
from models.money import Money, NumberStyle, currency_meant, parse_amount

_CODE = re.compile(r"[A-Za-z]{3}")
_JOINED = re.compile(r"(?P<before>[A-Za-z]{3})(?=[0-9])|(?<=[0-9])(?P<after>[A-Za-z]{3})$")


def read_money(
    words: Iterable[str],
    usual: str,
    style: NumberStyle,
    unclear: Callable[[str], CommandUnclear],
    read: Callable[[str, str, NumberStyle], Money] = parse_amount,
) -> Money:
    """An amount with or without its currency; `usual` is the currency where none is named.

    Raises AmountUnclear, CurrencyUnknown: as `read`. Raises CommandUnclear: two currencies, or whatever `unclear` makes
    of a word that has nothing to do with an amount.
    """
    parts = [part for word in words for part in _JOINED.sub(r" \g<0> ", word).split()]
    if not any(ch.isnumeric() for part in parts for ch in part):
        return read(" ".join(parts), usual, style)  # raises: there is no number
    codes = [part for part in parts if part.upper() in CURRENCIES]
    strangers = [part for part in parts if part not in codes and part.isalpha()]
    if strangers:
        error = unclear(strangers[0])
        if len(parts) == 2 and not codes and _CODE.fullmatch(strangers[0]) and "Did you mean" not in error.sentence:
            currency(strangers[0])  # raises: it stands where a currency would
        raise error
    if len(codes) > 1:
        raise CommandUnclear(f"The currency is given twice: {' and '.join(codes)}. Write one of them.")
    figures = " ".join(part for part in parts if part not in codes)
    return read(figures, codes[0] if codes else currency_meant(figures, usual), style)
