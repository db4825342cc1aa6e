"""What a payer is written when money moves or a request is taken back; owed in the transaction that causes it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import timedelta

from handlers.links.trail import note
from handlers.owed import Debt, owe_all
from handlers.ports import Ports
from handlers.requests import PAYLINK
from models.link_states import LinkState
from models.tables import Payment, PaymentLink, Recipient

_UNREACHED = ("failed", "bounced")  # Recipient.delivery of an address that no letter reaches
_LEAVING = timedelta(seconds=20)  # a letter that is on its way out at this moment is written down by then


async def owe_payer_letters(
    link: PaymentLink, became: LinkState, intent: str, ports: Ports, *, tell_payer: bool = True
) -> None:
    """Owe what follows from the state a link came to by a payment; part of the transaction that settles it.

    A payment is settled once, so each of these letters is owed once, however often Stripe is asked again (M07).
    """
    if ports.letters is None or not (became.received or became is LinkState.OPEN):
        return
    payment = await Payment.get(payment_intent=intent)
    now = ports.clock.now()
    if not tell_payer:
        await note(link, "letter_held", PAYLINK, now)
        return
    to = await payer_addresses(link, payment)
    if became is LinkState.OPEN:
        words: dict[str, object] = {"link": link.id, "payment": payment.id}
        await owe_all([Debt("send_debit_failed", {**words, "to": address}, now) for address in to])
        return
    await owe_receipts(payment, to, ports)
    if ports.firm.receipt_copy:
        copy: dict[str, object] = {"link": link.id, "payment": payment.id, "to": ports.firm.receipt_copy, "copy": True}
        await owe_all([Debt("send_receipt", copy, now)])


async def owe_receipts(payment: Payment, to: Sequence[str], ports: Ports) -> None:
    """Owe a payment's receipt to these addresses; each is the link's from now on, so that its bounce finds it."""
    for address in to:
        recipient, _ = await Recipient.get_or_create(link_id=payment.link_id, address=address)
        await Recipient.filter(id=recipient.id).update(delivery="queued", trouble="")
    words: dict[str, object] = {"link": payment.link_id, "payment": payment.id, "copy": False}
    await owe_all([Debt("send_receipt", {**words, "to": address}, ports.clock.now()) for address in to])


async def payer_addresses(link: PaymentLink, payment: Payment) -> list[str]:
    """Where the payer is written to: each address the link was mailed to; where there is none that a letter reaches,
    the one they typed on Stripe's page (docs/decisions/015)."""
    known = await Recipient.filter(link_id=link.id).exclude(delivery__in=_UNREACHED).order_by("id")
    return [recipient.address for recipient in known] or list(filter(None, [payment.payer_email]))


async def owe_cancelled_letters(link: PaymentLink, ports: Ports, beside: Collection[str] = ()) -> None:
    """Owe it to each address that the request was mailed to that it is cancelled; part of the cancel's transaction.

    Whether the request really left is looked at again when the letter's turn comes. `beside`: addresses that hear of it
    in another letter.
    """
    firm, now = ports.firm, ports.clock.now()
    if ports.letters is None or firm.cancel_letter != "on":
        return
    mailed = await Recipient.filter(link_id=link.id).exclude(delivery__in=_UNREACHED).order_by("id")
    await owe_all(
        [
            Debt("send_cancelled", {"link": link.id, "to": one.address}, now if one.sent_at else now + _LEAVING)
            for one in mailed
            if one.address not in beside
        ]
    )
