"""The right address in the place of a wrong one: after a letter came back, or could not be delivered (X4)."""

from __future__ import annotations

from tortoise.transactions import in_transaction

from handlers.answers import AddressFixed
from handlers.links.cards import card_for
from handlers.links.find import find_for
from handlers.links.tell import owe_news
from handlers.links.trail import LinkNotOpen, note
from handlers.once import remember
from handlers.owed import owe
from handlers.ports import Ports
from handlers.requests import Asker, FixAddress
from models.errors import AddressUnclear, PaylinkError
from models.link_states import LinkState
from models.tables import LinkEvent, PaymentLink, Recipient

_ARRIVING = ("queued", "sent")  # Recipient.delivery of an address to which no further letter is owed


class NotMailedThere(PaylinkError):
    """The link is not mailed to the address that is to be corrected."""

    code = "not_mailed_there"


async def fix_address(asked: FixAddress, by: Asker, ports: Ports) -> AddressFixed:
    """Mail the link to the right address from now on, and to the wrong one no more; the trail keeps both.

    The letter leaves at once, to the right address only; one that is still owed to the wrong one does not leave, nor
    does a reminder. However often and by however many it is asked, it is done once.

    Raises NotFound. Raises LinkNotOpen. Raises AddressUnclear: it is the same address. Raises NotMailedThere.
    """
    link = await find_for(by, asked.reference, ports)
    if asked.right.lower() == asked.wrong.lower():
        raise AddressUnclear("That is the address that did not work. Write the right one.")
    now = ports.clock.now()
    async with in_transaction():
        await remember(by, f"the address of {link.reference} was corrected.", now)
        gone = await Recipient.filter(link_id=link.id, address=asked.wrong).delete()  # of two at once, one changes it
        if gone:
            await _replace(link, asked, by, ports)
    if not gone:
        return await _done_before(link, asked, ports)
    ports.wake()
    return AddressFixed(
        await card_for(link, ports.firm),
        f"{link.reference} goes to {asked.right} now; nothing more is mailed to {asked.wrong}.",
    )


async def _replace(link: PaymentLink, asked: FixAddress, by: Asker, ports: Ports) -> None:
    now = ports.clock.now()
    detail: dict[str, object] = {"to": asked.right, "wrong": asked.wrong, "name": by.name}
    await link.refresh_from_db()
    first = {"email": asked.right} if link.email == asked.wrong else {}
    await note(link, "address_fixed", by.actor, now, detail, **first)
    if link.state is not LinkState.OPEN:
        raise LinkNotOpen(link.reference, link.state)
    recipient, _ = await Recipient.get_or_create(defaults={"delivery": "failed"}, link_id=link.id, address=asked.right)
    if recipient.delivery not in _ARRIVING:
        await Recipient.filter(id=recipient.id).update(delivery="queued", trouble="")
        await owe("send_letter", {"link": link.id, "to": asked.right}, now)
    await owe_news(link, now, ports)


async def _done_before(link: PaymentLink, asked: FixAddress, ports: Ports) -> AddressFixed:
    """Who corrected it before, and to what. Raises LinkNotOpen, NotMailedThere."""
    events = await LinkEvent.filter(link_id=link.id, kind="address_fixed").order_by("-number")
    event = next((one for one in events if one.detail.get("wrong") == asked.wrong), None)
    if event is None and link.state is not LinkState.OPEN:
        raise LinkNotOpen(link.reference, link.state)
    if event is None:
        raise NotMailedThere(f"{link.reference} is not mailed to {asked.wrong}. `show {link.reference}` says to whom.")
    who, when = event.detail.get("name") or event.who, ports.firm.spell_moment(event.at)
    words = f"Nothing more was done: {who} corrected that address to {event.detail['to']} on {when}."
    if event.detail["to"] != asked.right:
        words += f" `resend {link.reference} {asked.right}` sends it to {asked.right} as well."
    return AddressFixed(await card_for(link, ports.firm), words)
