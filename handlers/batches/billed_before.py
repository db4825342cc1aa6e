"""Which rows of a list a link bills already (SPEC section 8)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from handlers.batches.invoice_rows import InvoiceRow
from models.link_states import LinkState
from models.parts import in_parts
from models.tables import PaymentLink, Recipient

# A cancelled or expired link, and one that is being closed, no longer asks for the money.
ASKING = (LinkState.OPEN, LinkState.PROCESSING, LinkState.PAID, LinkState.PART_PAID)


async def billed_before(rows: Iterable[InvoiceRow]) -> dict[int, list[str]]:
    """The spreadsheet's row → the references of the links with the same invoice number, amount and payer, oldest first.

    The payer is the same by the address, or by the name where one of the two has no address. A row without an invoice
    number is never taken for billed: a retainer may be due every month.
    """
    numbered = [row for row in rows if row.invoice_number]
    links = await _links_of(sorted({row.invoice_number for row in numbered}))
    addresses = await _addresses_of([link.id for same in links.values() for link in same])
    found: dict[int, list[str]] = defaultdict(list)
    for row in numbered:
        for link in links[row.invoice_number]:
            if link.amount == row.amount and _same_payer(row, link, addresses[link.id]):
                found[row.row].append(link.reference)
    return dict(found)


def _same_payer(row: InvoiceRow, link: PaymentLink, addresses: set[str]) -> bool:
    if row.email and addresses:
        return row.email.casefold() in addresses
    return row.payer_name.casefold() == link.payer_name.casefold()


async def _links_of(numbers: Sequence[str]) -> dict[str, list[PaymentLink]]:
    found: dict[str, list[PaymentLink]] = defaultdict(list)
    for part in in_parts(numbers):
        for link in await PaymentLink.filter(invoice_number__in=part, state__in=ASKING).order_by("id"):
            found[link.invoice_number].append(link)
    return found


async def _addresses_of(links: Sequence[int]) -> dict[int, set[str]]:
    found: dict[int, set[str]] = defaultdict(set)
    for part in in_parts(links):
        for link_id, address in await Recipient.filter(link_id__in=part).values_list("link_id", "address"):
            found[link_id].add(str(address).casefold())
    return found
