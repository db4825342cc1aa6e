"""Money that came late, twice or not as it was asked for stays, as an admin decides; other trouble is marked as seen.

Both leave the list of what needs attention, with who and when in the trail. Who presses second learns who was first.
"""

from __future__ import annotations

from collections.abc import Sequence

from tortoise.expressions import F, Q
from tortoise.transactions import in_transaction

from handlers.answers import Decided
from handlers.links.find import find_for
from handlers.links.tell import owe_news
from handlers.links.trail import become, note
from handlers.payments.money_back import standing_of
from handlers.payments.offers import CAME_TO_NOTHING, SUCCEEDED, left_of, offers_of, undecided, unseen
from handlers.payments.payer_letters import owe_payer_letters
from handlers.ports import Ports
from handlers.requests import Asker, KeepMoney, MarkSeen
from models.errors import NotFound, PaylinkError
from models.link_states import LinkState
from models.money import Money, spell
from models.tables import LinkEvent, Payment, PaymentLink, Refund


class KeepImpossible(PaylinkError):
    """That money cannot be kept now: it is gone, or its link is not done with."""

    code = "keep_impossible"


async def keep_money(asked: KeepMoney, by: Asker, ports: Ports) -> Decided:
    """The money stays. A link that is still open counts as paid by it, wholly or in part, and its payer has a receipt.

    Raises NotFound. Raises KeepImpossible: nothing is left of it, or its link is between two states.
    """
    link = await find_for(by, asked.reference, ports)
    payment = await Payment.get_or_none(id=asked.payment, link_id=link.id, state=SUCCEEDED)
    if payment is None:
        raise NotFound(link.reference)
    async with in_transaction():
        # The payment's row first, as everybody who writes of its money does: of two who press, one changes it.
        mine = await Payment.filter(undecided(), id=payment.id, state=SUCCEEDED).update(kept=True)
        if mine:
            await payment.refresh_from_db()
            await _keep(link, payment, by, ports)
    if not mine:
        return await _told_again(link, "kept", payment.id, ports)
    ports.wake()
    amount = spell(left_of(payment), ports.firm.locale)
    words = f"{amount} of {link.reference} stays. `refund {link.reference}` can still send it back."
    return Decided(link.reference, words)


async def _keep(link: PaymentLink, payment: Payment, by: Asker, ports: Ports) -> None:
    now, left = ports.clock.now(), left_of(payment)
    if left.minor <= 0:
        raise KeepImpossible(f"Nothing of that money is left: all of it went back to the client of {link.reference}.")
    await link.refresh_from_db()
    detail: dict[str, object] = {"amount": left.plain, "currency": left.currency, "payment": payment.id}
    if not payment.late_money and not link.state.final:
        await _count_in(link, payment, by, ports)
    await note(link, "kept", by.actor, now, {**detail, "name": by.name}, **await standing_of(link))
    await owe_news(link, now, ports)


async def _count_in(link: PaymentLink, payment: Payment, by: Asker, ports: Ports) -> None:
    """A link that waits for nothing but this decision is paid by the money, so that nobody is asked for it again.

    Raises KeepImpossible, LinkNotOpen.
    """
    if link.state is not LinkState.OPEN:
        raise KeepImpossible(f"{link.reference} is {link.state.spoken}. Decide once that has come to its end.")
    if payment.currency != link.currency:
        raise KeepImpossible(
            f"{link.reference} asks for {link.currency}, but {payment.currency} came. Cancel the link first, so that "
            "nobody pays it once more, or refund the money."
        )
    paid: dict[str, object] = {"amount": payment.amount.plain, "currency": payment.currency, "method": payment.method}
    to = LinkState.PAID
    if payment.amount_minor < link.amount_minor:
        to, paid["balance"] = LinkState.PART_PAID, Money(link.amount_minor - payment.amount_minor, link.currency).plain
    await become(link, to, by.actor, ports.clock.now(), detail=paid, paid_minor=payment.amount_minor)
    await Payment.filter(id=payment.id).update(review="")  # it counts like any other; the trail says what it was
    await owe_payer_letters(link, to, payment.payment_intent, ports)


async def mark_seen(asked: MarkSeen, by: Asker, ports: Ports) -> Decided:
    """What needs a look, and no decision over money, is seen: refunds that failed, payments that came to nothing.

    Raises NotFound. Raises KeepImpossible: something more has come up since the button was made.
    """
    link = await find_for(by, asked.reference, ports)
    now = ports.clock.now()
    async with in_transaction():
        await Payment.filter(link_id=link.id).update(refunded_minor=F("refunded_minor"))  # locked, as in keep_money
        await link.refresh_from_db()
        trouble = (await unseen([link])).get(link.id, 0)
        if trouble > asked.newest:
            raise KeepImpossible(
                f"Something more has come up on {link.reference}: look at its thread, then press again."
            )
        if trouble:
            await _see(await Payment.filter(link_id=link.id), link, ports)
            standing = await standing_of(link)
            await note(link, "seen", by.actor, now, {"name": by.name}, **standing)
            await owe_news(link, now, ports)
    if not trouble:
        return await _told_again(link, "seen", 0, ports)
    ports.wake()
    waits = " Money of it still waits for a decision: keep it, or refund it." if link.review or link.late_money else ""
    return Decided(link.reference, f"{link.reference} needs no look any more.{waits}")


async def _see(payments: Sequence[Payment], link: PaymentLink, ports: Ports) -> None:
    offers = await offers_of(payments, {link.id: link.reference}, ports.firm)
    offered = {offer.payment for offer in offers}
    others = [payment.id for payment in payments if payment.id not in offered]
    await Payment.filter(~Q(review=""), id__in=others).update(kept=True)
    ids = [payment.id for payment in payments]
    await Refund.filter(payment_id__in=ids, state__in=CAME_TO_NOTHING).update(seen=True)


async def _told_again(link: PaymentLink, kind: str, payment: int, ports: Ports) -> Decided:
    """Who decided before, and when."""
    events = await LinkEvent.filter(link_id=link.id, kind=kind).order_by("-number")
    event = next((one for one in events if one.detail.get("payment", 0) == payment), None)
    if event is None:
        return Decided(link.reference, f"Nothing of {link.reference} needs that any more.", repeated=True)
    who, when = event.detail.get("name") or event.who, ports.firm.spell_moment(event.at)
    done = "kept that money" if kind == "kept" else "has seen to it"
    return Decided(link.reference, f"Nothing more was done: {who} {done} on {when}.", repeated=True)
