"""Several links of a list at once: looked at, reminded of, copied. Each has its own outcome, told by its reference."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from handlers.answers import LinkCopied, LinksChosen, LinksCopied, Outcome, RemindReport
from handlers.firm_trail import keep_refusal
from handlers.links.cards import cards_for
from handlers.people.sight import seen, sight_of
from handlers.ports import Ports
from handlers.reminders.remind_link import remind_link
from handlers.requests import MOST_CHOSEN, Asker, ChooseLinks, CopyLinks, RemindLink, RemindLinks
from models.errors import CommandUnclear, Hidden, NotFound, PaylinkError
from models.money import Money
from models.tables import PaymentLink


async def choose_links(asked: ChooseLinks, by: Asker, ports: Ports) -> LinksChosen:
    """The links as they stand now, in the order they were chosen in. Raises CommandUnclear: too many."""
    links = await _found(asked.references, by, ports)
    cards = await cards_for(links, ports.firm)
    missing = tuple(reference for reference in asked.references if reference not in {link.reference for link in links})
    chosen = LinksChosen(cards, missing, (), asked.to_remind)
    return replace(chosen, totals=_added_up(card.amount for card in chosen.able))


async def remind_links(asked: RemindLinks, by: Asker, ports: Ports) -> RemindReport:
    """A reminder of each; one that cannot leave is reported and the others go on. Raises CommandUnclear: too many."""
    outcomes = []
    for reference in _not_too_many(asked.references):
        # each is a thing of its own, so that the same press that arrives twice reminds of each once
        one = replace(by, delivery=by.delivery and f"{by.delivery} {reference}")
        try:
            reminded = await remind_link(RemindLink(reference), one, ports)
        except PaylinkError as error:
            if isinstance(error, Hidden):
                await keep_refusal(by, f"remind {reference}", ports, why=error.for_staff())
            outcomes.append(Outcome(reference, False, error.for_staff()))
        else:
            outcomes.append(Outcome(reference, True, reminded.sentence))
    return RemindReport(tuple(outcomes))


async def copy_links(asked: CopyLinks, by: Asker, ports: Ports) -> LinksCopied:
    """The URLs of those that can still be paid, and why the others have none. Raises CommandUnclear: too many."""
    links = await _found(asked.references, by, ports)
    there = {link.reference: link for link in links}
    copied, outcomes = [], []
    for reference in dict.fromkeys(asked.references):
        link = there.get(reference)
        if link is None:
            outcomes.append(Outcome(reference, False, NotFound(reference).for_staff()))
        elif link.state.final:
            outcomes.append(Outcome(reference, False, f"{reference} is {link.state.spoken}: nobody can pay with it."))
        else:
            copied.append(LinkCopied(reference, ports.firm.page_url(link.token), link.payer_name))
    return LinksCopied(tuple(copied), tuple(outcomes))


async def _found(references: Sequence[str], by: Asker, ports: Ports) -> list[PaymentLink]:
    """Those that this person may see, in the order they were named in."""
    wanted = _not_too_many(references)
    sight = sight_of(by, ports.firm)
    links = {link.reference: link for link in await PaymentLink.filter(seen(sight), reference__in=wanted)}
    await keep_hidden([one for one in wanted if one not in links], by, ports)
    return [links[reference] for reference in wanted if reference in links]


async def keep_hidden(missing: Sequence[str], by: Asker, ports: Ports) -> None:
    """Keep which links somebody named that there are, but not for them: they are answered as if there were none."""
    hidden = await PaymentLink.filter(reference__in=list(missing)).order_by("id") if missing else []
    if hidden:
        named = ", ".join(link.reference for link in hidden)
        await keep_refusal(by, f"several links: {named}", ports, why="links that are not seen there")


def _not_too_many(references: Sequence[str]) -> list[str]:
    wanted = list(dict.fromkeys(references))
    if len(wanted) > MOST_CHOSEN:
        raise CommandUnclear(f"{len(wanted)} links are chosen, and {MOST_CHOSEN} at most are dealt with at once.")
    return wanted


def _added_up(amounts: Iterable[Money]) -> tuple[Money, ...]:
    sums: dict[str, int] = {}
    for amount in amounts:
        sums[amount.currency] = sums.get(amount.currency, 0) + amount.minor
    return tuple(Money(minor, code) for code, minor in sorted(sums.items()))
