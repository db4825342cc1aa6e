"""A link that is paid, and the letters that left."""

from __future__ import annotations

from typing import Any

from models.tables import (
    PaymentLink,
)
from tests.handlers.payments.conftest import Till

JANE, JOE = "jane@acme.example", "joe@acme.example"


async def paid(till: Till, *emails: str, minor: int | None = None, **asked: Any) -> PaymentLink:
    """A link that was paid by card, and all that follows from it done."""
    link = await till.link(emails=emails, **asked)
    session = await till.press_pay(link, minor)
    till.cards.pay(session)
    await till.hears("completed", session)
    return await PaymentLink.get(id=link.id)


async def debit(till: Till, *emails: str) -> tuple[PaymentLink, str]:
    """A link on which a bank debit is under way."""
    link = await till.link(emails=emails)
    session = await till.press_pay(link)
    till.cards.debit(session)
    await till.hears("completed", session)
    return await PaymentLink.get(id=link.id), session


def receipts(till: Till) -> list[str]:
    return [letter.to for letter in till.around.letters.receipts]
