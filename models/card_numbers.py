"""Finding payment card numbers in text, so that none is ever kept (RELIABILITY T21, B20)."""

from __future__ import annotations

import re
import unicodedata

_GROUPS = re.compile(r"\d+(?:[\s.\-‐‑‒–—/_]{1,3}\d+)*")
_GROUP = re.compile(r"\d+")
_SHORTEST, _LONGEST = 13, 19
_ANY = frozenset(range(_SHORTEST, _LONGEST + 1))
_FIFTEEN, _SIXTEEN, _SIXTEEN_UP = frozenset({15}), frozenset({16}), frozenset(range(16, _LONGEST + 1))
_DINERS = frozenset({14, 16, 19})

# First digits (as a range, both ends included) and lengths of the networks' numbers. Source: the networks' published
# issuer ranges, as in ISO/IEC 7812.
_NETWORKS: tuple[tuple[str, str, frozenset[int]], ...] = (
    ("4", "4", frozenset({13, 16, 18, 19})),  # Visa
    ("51", "55", _SIXTEEN),  # Mastercard
    ("2221", "2720", _SIXTEEN),
    ("34", "34", _FIFTEEN),  # American Express
    ("37", "37", _FIFTEEN),
    ("300", "305", _DINERS),  # Diners Club
    ("3095", "3095", _DINERS),
    ("36", "36", _DINERS),
    ("38", "39", _DINERS),
    ("3528", "3589", _SIXTEEN_UP),  # JCB
    ("6011", "6011", _SIXTEEN_UP),  # Discover
    ("622126", "622925", _SIXTEEN_UP),
    ("644", "659", _SIXTEEN_UP),
    ("62", "62", _SIXTEEN_UP),  # UnionPay
    ("81", "81", _SIXTEEN_UP),
    ("2200", "2204", _SIXTEEN_UP),  # Mir
    ("5018", "5018", _ANY),  # Maestro
    ("5020", "5020", _ANY),
    ("5038", "5038", _ANY),
    ("5893", "5893", _ANY),
    ("6304", "6304", _ANY),
    ("6759", "6763", _ANY),
)


def holds_card_number(text: str) -> bool:
    """Whether a card's number stands anywhere: 13 to 19 digits of a known network that pass Luhn's check.

    Spaces and dashes between groups of digits count for nothing, nor do invisible characters. A number stands for
    itself: digits inside a longer unbroken number are not tried.
    """
    if sum(map(str.isdecimal, text)) < _SHORTEST:
        return False
    visible = "".join(ch for ch in text if unicodedata.category(ch) != "Cf")
    return any(_card_in(_GROUP.findall(run)) for run in _GROUPS.findall(visible))


def _card_in(groups: list[str]) -> bool:
    """Whether some neighbouring groups of digits make a card number together."""
    for first in range(len(groups)):
        digits = ""
        for group in groups[first:]:
            digits += "".join(str(int(ch)) for ch in group)  # other scripts' digits too
            if len(digits) > _LONGEST:
                break
            if len(digits) >= _SHORTEST and _of_a_network(digits) and _luhn(digits):
                return True
    return False


def _of_a_network(digits: str) -> bool:
    return any(low <= digits[: len(low)] <= high and len(digits) in lengths for low, high, lengths in _NETWORKS)


def _luhn(digits: str) -> bool:
    """ISO/IEC 7812-1, annex B."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0
