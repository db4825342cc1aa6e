"""Finding a link for somebody."""

from __future__ import annotations

from models.errors import NotFound
from models.tables import PaymentLink


async def by_reference(reference: str) -> PaymentLink:
    """The link of a canonical reference.

    Raises NotFound: there is none.
    """
    link = await PaymentLink.get_or_none(reference=reference)
    if link is None:
        raise NotFound(reference)
    return link
