"""What happened to a link, in the words its thread and `show` use."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from handlers.links.history import line
from models.tables import LinkEvent, PaymentLink

AT = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("kind", "detail", "locale", "words"),
    [
        ("paid", {"amount": "1250.00", "currency": "USD", "method": "card"}, "en_US", "Paid: $1,250.00 by card."),
        ("paid", {"amount": "9.50", "currency": "USD", "method": "us_bank_account"}, "en_US", "$9.50 by bank debit."),
        ("paid", {"amount": "1000", "currency": "JPY", "method": None}, "en_US", "Paid: ¥1,000."),
        ("paid", {"amount": "1250.00", "currency": "EUR", "method": "link"}, "de_DE", "1.250,00\u00a0€ by Link."),
        ("part_paid", {"amount": "4", "currency": "ISK", "balance": "6"}, "en_US", "ISK\u00a06 is still owed."),
        ("late_money", {"amount": "1.25", "currency": "KWD"}, "de_DE", "1,25\u00a0KWD"),
    ],
)
def test_sums_and_methods_are_spelled_as_on_the_card(
    kind: str, detail: dict[str, object], locale: str, words: str
) -> None:
    event = LinkEvent(number=3, at=AT, kind=kind, who="stripe", detail=detail)
    assert words in line(event, PaymentLink(created_by="U0SAM", creator_name="Sam"), locale).words
