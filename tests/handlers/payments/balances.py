"""Part payments and the balance links that follow them."""

from __future__ import annotations

from handlers.answers import LinkMade
from handlers.links.balance_link import balance_link
from handlers.requests import BalanceLink
from models.money import Money
from models.tables import PaymentLink
from tests.cast import SAM
from tests.handlers.payments.conftest import Till


def usd(minor: int) -> Money:
    return Money(minor, "USD")


async def paid_in_part(till: Till, minor: int = 10000, part: int = 4000, **asked: object) -> PaymentLink:
    """A link on which a part was paid."""
    link = await till.link(minor, partial=True, **asked)
    await pays(till, link, part)
    return link


async def pays(till: Till, link: PaymentLink, minor: int | None = None) -> None:
    session = await till.press_pay(link, minor)
    till.cards.pay(session)
    await till.hears("completed", session)
    await link.refresh_from_db()


async def ask(till: Till, link: PaymentLink) -> LinkMade:
    made = await balance_link(BalanceLink(link.reference), SAM.in_slack(), till.around.ports)
    await till.work()
    return made


async def made_by(till: Till, link: PaymentLink) -> PaymentLink:
    return await PaymentLink.get(reference=(await ask(till, link)).card.reference)
