"""Money that came too late, twice or unexpected, and the button that sends it back (M16)."""

from __future__ import annotations

from handlers.answers import LinkShown, Refusal
from handlers.desk import Desk
from handlers.requests import CancelLinks, ShowLink
from models.link_states import LinkState
from models.money import Money
from models.tables import Payment, PaymentLink, Refund
from tests.cast import NOOR, SAM
from tests.handlers.payments.conftest import Till
from tests.handlers.payments.refunds import asked, pressed, proposed, sent


async def late(till: Till) -> tuple[PaymentLink, str]:
    """A link cancelled in our books while its session was being paid."""
    link = await till.link()
    session = await till.press_pay(link)
    await PaymentLink.filter(id=link.id).update(state=LinkState.CANCELLED)
    till.cards.pay(session)
    await till.hears("completed", session)
    return await PaymentLink.get(id=link.id), session


async def test_late_money_is_told_to_the_admins_with_a_button_that_sends_it_back(till: Till) -> None:
    """(M04)"""
    await late(till)
    [(to, offer)] = [one for one in till.around.poster.offered if one[0] == "U0NOOR"]
    assert (to, offer.amount) == ("U0NOOR", Money(10000, "USD"))
    [card] = till.around.poster.cards.values()
    assert card.offers == (offer,)
    await pressed(till, offer)
    await pressed(till, card.offers[0])
    await till.work()
    assert sent(till) == [10000]
    assert (await Refund.get()).idempotency_key == f"rf-{(await Payment.get()).payment_intent}"


async def test_late_money_that_went_back_needs_nobody_any_more(till: Till) -> None:
    link, _ = await late(till)
    attention = await asked(till, "list attention")
    assert [card.reference for card in attention.rows] == [link.reference]  # type: ignore[union-attr]
    await pressed(till, till.around.poster.offered[0][1])
    await till.work()
    assert (await asked(till, "list attention")).rows == ()  # type: ignore[union-attr]
    link = await PaymentLink.get(id=link.id)
    assert (link.late_money, link.refunded_minor, link.state) == (False, 10000, LinkState.CANCELLED)
    assert (await Payment.get()).late_money  # the fact stays
    [card] = till.around.poster.cards.values()
    assert (card.offers, card.refunded) == ((), Money(10000, "USD"))


async def test_of_a_good_and_a_late_payment_the_button_sends_the_late_one_back(till: Till) -> None:
    """(M04)"""
    link, _ = await till.paid()
    good = await Payment.get()
    await PaymentLink.filter(id=link.id).update(state=LinkState.OPEN)
    second = await till.press_pay(await PaymentLink.get(id=link.id))
    await PaymentLink.filter(id=link.id).update(state=LinkState.PAID)
    till.cards.pay(second)
    await till.hears("completed", second)
    late_one = await Payment.get(late_money=True)
    [offer] = {offer for _, offer in till.around.poster.offered}
    assert offer.payment == late_one.id
    both = (await proposed(till, f"refund {link.reference}")).offers
    assert [(one.payment, bool(one.why)) for one in both] == [(good.id, False), (late_one.id, True)]
    await pressed(till, offer)
    await till.work()
    assert [(await Payment.get(id=one)).refunded_minor for one in (good.id, late_one.id)] == [0, 10000]
    link = await PaymentLink.get(id=link.id)
    assert (link.state, link.late_money) == (LinkState.PAID, False)


async def test_the_button_on_the_card_refuses_staff_and_their_own_view_has_none(till: Till) -> None:
    link, _ = await late(till)
    offer = till.around.poster.offered[0][1]
    assert isinstance(await pressed(till, offer, SAM.in_slack()), Refusal)
    shown = await Desk(till.around.ports).ask(NOOR.in_slack(), ShowLink(link.reference))
    assert isinstance(shown, LinkShown)
    assert shown.card.offers == (offer,)
    seen = await Desk(till.around.ports).ask(SAM.in_slack(), ShowLink(link.reference))
    assert isinstance(seen, LinkShown)
    assert (seen.card.offers, seen.card.late_money) == ((), True)
    await Desk(till.around.ports).ask(NOOR.in_slack(), CancelLinks((link.reference,)))
    await till.work()
    assert sent(till) == []
