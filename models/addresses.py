"""E-mail addresses as people type them."""

from __future__ import annotations

from email_validator import EmailNotValidError, validate_email

from models.errors import AddressUnclear
from models.plain_text import shortened


def read_address(text: str) -> str:
    """The address in the form any mail server takes: ASCII, the domain in lower case (in Punycode where need be).

    No look-up is made; `.test` and `.example` pass.

    Raises AddressUnclear: it is none, or its name part is not ASCII, which many servers refuse.
    """
    try:
        found = validate_email(text.strip(), check_deliverability=False, test_environment=True, allow_smtputf8=False)
    except EmailNotValidError:
        found = None
    if found is None or found.ascii_email is None:
        raise AddressUnclear(f"“{shortened(text, 60)}” is not an e-mail address. Write it as jane@example.com.")
    return found.ascii_email
