"""A link and its balance links: what a part payment left open is asked for by the next link of the chain.

Each link of a chain but the first names the one before it (`parent_id`), and at most one names it: a chain never
branches. A link with no balance link is a chain of one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from models.link_states import LinkState
from models.money import Money
from models.tables import PaymentLink

Chain = tuple[PaymentLink, ...]


async def chain_of(link: PaymentLink) -> Chain:
    """The whole chain, the first link first."""
    return (await chains_of([link]))[link.id]


async def links_before(link: PaymentLink) -> Chain:
    """The links whose balance this one asks for, the first first."""
    found = await _with_those_before([link])
    return _in_order(link, found)[:-1]


async def chains_of(links: Sequence[PaymentLink]) -> dict[int, Chain]:
    """The chain of each link, by its id; one read a generation for all of them, none where nothing was paid in part."""
    found = await _with_those_before(links)
    youngest: Iterable[PaymentLink] = list(found.values())
    while parents := [link.id for link in youngest if _may_have_balance_link(link)]:
        youngest = [link for link in await PaymentLink.filter(parent_id__in=parents) if link.id not in found]
        found |= {link.id: link for link in youngest}
    after = {link.parent_id: link for link in found.values() if link.parent_id is not None}
    chains = {}
    for link in links:
        last = found[link.id]
        while last.id in after:
            last = after[last.id]
        chains[link.id] = _in_order(last, found)
    return chains


async def _with_those_before(links: Sequence[PaymentLink]) -> dict[int, PaymentLink]:
    found = {link.id: link for link in links}
    while missing := {link.parent_id for link in found.values() if link.parent_id is not None} - found.keys():
        found |= {link.id: link for link in await PaymentLink.filter(id__in=missing)}
    return found


def _in_order(last: PaymentLink, found: dict[int, PaymentLink]) -> Chain:
    chain = [last]
    while (parent := chain[-1].parent_id) is not None:
        chain.append(found[parent])
    return tuple(reversed(chain))


def _may_have_balance_link(link: PaymentLink) -> bool:
    """A balance link that nobody can pay any more is followed by another one."""
    return link.state is LinkState.PART_PAID or (link.state.taken_back and link.parent_id is not None)


def left_open(chain: Chain) -> Money | None:
    """What is still owed after the part payments of a chain; None where nothing was paid in part.

    Refunds do not raise it: money that the firm sent back is not asked for again (docs/decisions).
    """
    if not any(link.state is LinkState.PART_PAID for link in chain):
        return None
    paid = sum(link.paid_minor for link in chain if link.state.received)
    return chain[0].amount - Money(paid, chain[0].currency)


def paid_since(rest: Chain) -> str:
    """The reference of the link by which the balance of a chain's first link was paid at last; blank: of none."""
    first, *later = rest
    paid = [link.reference for link in later if link.state.received]
    return paid[-1] if paid and first.state is LinkState.PART_PAID else ""


def standing(chain: Chain) -> PaymentLink | None:
    """The balance link that a client can pay now, or is paying; None where there is none."""
    last = chain[-1]
    return last if last.parent_id is not None and not last.state.final else None


def owing(chain: Chain) -> PaymentLink:
    """The newest link of a chain on which something was paid: what it left open is asked for next."""
    return next(link for link in reversed(chain) if link.state is LinkState.PART_PAID)


async def asked_at_first(link: PaymentLink) -> Money | None:
    """What the first link of a balance link's chain asked for; what that is more than this one asks for was paid since.

    None where this is no balance link.
    """
    return None if link.parent_id is None else (await links_before(link))[0].amount
