"""E-mail addresses as people type them."""

from __future__ import annotations

import re
from functools import lru_cache

from email_validator import EmailNotValidError, validate_email

from models.errors import AddressUnclear
from models.plain_text import shortened

# A name that is one by any reading of RFC 5321, and whatever follows it.
_PLAIN = re.compile(r"(?P<name>(?=.{1,64}@)[A-Za-z0-9_+-]+(?:\.[A-Za-z0-9_+-]+)*)@(?P<domain>[^@]+)")
_LONGEST = 254


def read_address(text: str) -> str:
    """The address in the form any mail server takes: ASCII, the domain in lower case (in Punycode where need be).

    No look-up is made; `.test` and `.example` pass.

    Raises AddressUnclear: it is none, or its name part is not ASCII, which many servers refuse.
    """
    typed = text.strip()
    plain = _PLAIN.fullmatch(typed)
    domain = _domain(plain["domain"]) if plain else ""
    address = f"{plain['name']}@{domain}" if plain and domain else ""
    if not address or len(address) > _LONGEST:
        address = _judged(typed)
    if not address:
        raise AddressUnclear(f"“{shortened(text, 60)}” is not an e-mail address. Write it as jane@example.com.")
    return address


def address_or_blank(text: str) -> str:
    """The address, where what other people filled in is one; else blank."""
    try:
        return read_address(text) if text else ""
    except AddressUnclear:
        return ""


@lru_cache(maxsize=4096)
def _domain(typed: str) -> str:
    """A domain as it is written, judged once: the thousands of addresses of a list are at few."""
    return _judged(f"a@{typed}").removeprefix("a@")


def _judged(typed: str) -> str:
    """The address, or blank where it is none."""
    try:
        found = validate_email(typed, check_deliverability=False, test_environment=True, allow_smtputf8=False)
    except EmailNotValidError:
        return ""
    return found.ascii_email or ""
