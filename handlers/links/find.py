"""Finding a link for somebody."""

from __future__ import annotations

from handlers.people.sight import sees, sight_of
from handlers.ports import Ports
from handlers.requests import Asker
from models.errors import Hidden, NotFound
from models.tables import PaymentLink


async def find_for(by: Asker, reference: str, ports: Ports) -> PaymentLink:
    """The link of a canonical reference, for somebody who asks something of it.

    Raises NotFound: there is none. Raises Hidden, which reads the same: there is none that this person may see here.
    """
    link = await by_reference(reference)
    if not await sees(sight_of(by, ports.firm), link):
        raise Hidden(reference)
    return link


async def by_reference(reference: str) -> PaymentLink:
    """The link of a canonical reference, whoever asks.

    Raises NotFound: there is none.
    """
    link = await PaymentLink.get_or_none(reference=reference)
    if link is None:
        raise NotFound(reference)
    return link
