"""What happened to a link, in the words its thread and `show` use."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from handlers.links.history import line
from models.tables import LinkEvent, PaymentLink
from tests.cast import FIRM

AT = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("kind", "detail", "locale", "words"),
    [
        ("paid", {"amount": "1250.00", "currency": "USD", "method": "card"}, "en_US", "Paid: $1,250.00 by card."),
        ("paid", {"amount": "9.50", "currency": "USD", "method": "us_bank_account"}, "en_US", "$9.50 by bank debit."),
        ("paid", {"amount": "1000", "currency": "JPY", "method": None}, "en_US", "Paid: ¥1,000."),
        ("paid", {"amount": "1250.00", "currency": "EUR", "method": "link"}, "de_DE", "1.250,00\u00a0€ by Link."),
        ("part_paid", {"amount": "4", "currency": "ISK", "balance": "6"}, "en_US", "ISK\u00a06 is still owed."),
        ("refunded", {"amount": "40.00", "currency": "USD", "where": "at sea"}, "en_US", "Refunded: $40.00, at sea."),
        ("refunded", {"amount": "40.00", "currency": "USD"}, "en_US", "Refunded: $40.00."),
        ("refunded", {"amount": "4.00", "currency": "USD", "asked_by": "Noor"}, "en_US", "$4.00, asked for by Noor."),
        (
            "refund_failed",
            {"amount": "4.00", "currency": "USD", "why": "declined"},
            "en_US",
            "FAILED: the client's bank did not take it",
        ),
        (
            "disputed",
            {"amount": "40", "currency": "USD", "reason": "product_not_received", "due": "2026-12-01T04:59:00+00:00"},
            "en_US",
            "(the client says that they did not get what they paid for). Answer it in Stripe's dashboard by Nov 30,",
        ),
        ("disputed", {"amount": "40", "currency": "USD", "reason": "", "due": ""}, "en_US", "(no reason was given)."),
        ("late_money", {"amount": "1.25", "currency": "KWD"}, "de_DE", "1,25\u00a0KWD"),
    ],
)
def test_sums_and_methods_are_spelled_as_on_the_card(
    kind: str, detail: dict[str, object], locale: str, words: str
) -> None:
    event = LinkEvent(number=3, at=AT, kind=kind, who="stripe", detail=detail)
    assert words in line(event, PaymentLink(created_by="U0SAM", creator_name="Sam"), replace(FIRM, locale=locale)).words
