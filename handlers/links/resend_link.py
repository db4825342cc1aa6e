"""Sending a link's letter again, to the same people or to others: the request, or the receipt once it is paid."""

from __future__ import annotations

from tortoise.transactions import in_transaction

from handlers.answers import Resent
from handlers.links.cards import card_for
from handlers.links.find import find_for
from handlers.links.tell import owe_news
from handlers.links.trail import LinkNotOpen, note
from handlers.once import remember
from handlers.owed import Debt, owe_all
from handlers.payments.payer_letters import owe_receipts, payer_addresses
from handlers.payments.read_receipt import paid_by
from handlers.ports import Ports
from handlers.requests import Asker, ResendLink
from models.errors import AddressUnclear
from models.link_states import LinkState
from models.tables import Payment, PaymentLink, Recipient


async def resend_link(asked: ResendLink, by: Asker, ports: Ports) -> Resent:
    """Owe the letter to each address again; new addresses are added to the link.

    Raises NotFound. Raises LinkNotOpen: it cannot be paid any more, and was not. Raises AddressUnclear: it never had an
    address and none is given.
    """
    link = await find_for(by, asked.reference, ports)
    now = ports.clock.now()
    async with in_transaction():
        await remember(by, f"the letter of {link.reference} was sent again.", now)
        payment = await paid_by(link)
        if payment is None:
            addresses = await _request_again(link, asked, by, ports)
        else:
            addresses = await _receipt_again(link, payment, asked, by, ports)
        await owe_news(link, now, ports)
    return Resent(await card_for(link, ports.firm), addresses, receipt=payment is not None)


async def _request_again(link: PaymentLink, asked: ResendLink, by: Asker, ports: Ports) -> tuple[str, ...]:
    now = ports.clock.now()
    addresses = asked.emails or tuple(await _addresses(link))
    if not addresses:
        raise AddressUnclear(f"{link.reference} was never mailed: say where to, `resend {link.reference} EMAIL`.")
    await note(link, "resent", by.actor, now, {"to": list(addresses), "name": by.name})
    if link.state is not LinkState.OPEN:
        raise LinkNotOpen(link.reference, link.state)
    for address in addresses:
        recipient, _ = await Recipient.get_or_create(link_id=link.id, address=address)
        await Recipient.filter(id=recipient.id).update(delivery="queued", trouble="")
    await owe_all([Debt("send_letter", {"link": link.id, "to": address}, now) for address in addresses])
    return addresses


async def _receipt_again(
    link: PaymentLink, payment: Payment, asked: ResendLink, by: Asker, ports: Ports
) -> tuple[str, ...]:
    addresses = asked.emails or tuple(await _addresses(link)) or tuple(await payer_addresses(link, payment))
    if not addresses:
        raise AddressUnclear(f"{link.reference} was never mailed: say where to, `resend {link.reference} EMAIL`.")
    await note(link, "receipt_resent", by.actor, ports.clock.now(), {"to": list(addresses), "name": by.name})
    await owe_receipts(payment, addresses, ports)
    return addresses


async def _addresses(link: PaymentLink) -> list[str]:
    return [r.address for r in await Recipient.filter(link_id=link.id).order_by("id")]
