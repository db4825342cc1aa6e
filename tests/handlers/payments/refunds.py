"""What an admin types and presses to send money back."""

from __future__ import annotations

from handlers.answers import Answer, RefundOffer, RefundProposed
from handlers.desk import Desk
from handlers.requests import SendRefund
from tests.cast import NOOR
from tests.handlers.payments.conftest import Till


async def asked(till: Till, words: str) -> Answer:
    return await Desk(till.around.ports).hear(NOOR.in_slack(), words)


async def proposed(till: Till, words: str) -> RefundProposed:
    answer = await asked(till, words)
    assert isinstance(answer, RefundProposed), answer
    return answer


async def pressed(till: Till, offer: RefundOffer, by: object = None) -> Answer:
    request = SendRefund(offer.reference, offer.payment, offer.amount.minor, offer.turn)
    return await Desk(till.around.ports).ask(NOOR.in_slack() if by is None else by, request)  # type: ignore[arg-type]


def sent(till: Till) -> list[int]:
    """What Stripe sent back, in minor units."""
    return sorted(refund.amount.minor for refund in till.cards.sent_back)
