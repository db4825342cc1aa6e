"""Cancelling: the unpaid are closed through Stripe, the rest are reported."""

from __future__ import annotations

from handlers.answers import CancelReport, Outcome
from handlers.firm_trail import keep_refusal
from handlers.links.find import find_for
from handlers.links.history import history
from handlers.links.trail import LinkNotOpen
from handlers.payments.close_link import ask_to_close, close_link
from handlers.ports import Ports, ProcessorTrouble
from handlers.requests import Asker, CancelLinks, Door, Role
from models.errors import Hidden, NotAllowed, PaylinkError
from models.link_states import LinkState
from models.money import spell
from models.tables import PaymentLink

MOST_BY_MAIL = 10  # links that one letter may cancel (T16)


async def cancel_links(asked: CancelLinks, by: Asker, ports: Ports) -> CancelReport:
    """Cancel each reference; one that cannot be is reported and the others go on.

    Raises NotAllowed: they are more than a letter may cancel; nothing was done.
    """
    if by.door is Door.MAIL and len(set(asked.references)) > MOST_BY_MAIL:
        raise NotAllowed(
            f"A letter cancels {MOST_BY_MAIL} links at most, and this one names {len(set(asked.references))}: nothing "
            "was done. Choose them on Paylink's Home in Slack, or type the same there after `/paylink`."
        )
    outcomes = []
    for reference in dict.fromkeys(asked.references):
        try:
            outcomes.append(await _cancel(reference, by, ports, quietly=asked.quietly))
        except PaylinkError as error:
            if isinstance(error, (NotAllowed, Hidden)):
                await keep_refusal(by, f"cancel {reference}", ports, why=error.for_staff())
            outcomes.append(Outcome(reference, False, error.for_staff()))
    return CancelReport(tuple(outcomes))


async def _cancel(reference: str, by: Asker, ports: Ports, *, quietly: bool) -> Outcome:
    link = await find_for(by, reference, ports)
    may_cancel(link, by)
    try:
        await ask_to_close(link, LinkState.CANCELLED, by.actor, by.name, ports, tell_payer=not quietly)
    except LinkNotOpen as error:
        if error.state is not LinkState.CLOSING:
            return Outcome(reference, False, await why_not(link, ports))
    try:
        await close_link(link.id, ports)
    except ProcessorTrouble:
        words = "cancelling is under way: Stripe does not answer yet. The client cannot start paying; you will be told."
        return Outcome(reference, False, f"{reference}: {words}")
    await link.refresh_from_db()
    if link.state is not LinkState.CANCELLED:
        return Outcome(reference, False, await why_not(link, ports))
    payer = f" for {link.payer_name}" if link.payer_name else ""
    amount = spell(link.amount, ports.firm.locale)
    return Outcome(
        reference, True, f"{reference} ({amount}{payer}) is cancelled. The client can no longer pay with it."
    )


def may_cancel(link: PaymentLink, by: Asker) -> None:
    """One's own links always; someone else's as an admin, or in the channel they were made in. Raises NotAllowed."""
    same_channel = by.door is Door.SLACK and link.channel and link.channel == by.channel
    if by.role is not Role.ADMIN and link.created_by not in (by.key, by.email) and not same_channel:
        raise NotAllowed(
            f"{link.reference} was made by {link.creator_name}: ask them or an admin, "
            "or cancel it in the channel it was made in."
        )


async def why_not(link: PaymentLink, ports: Ports) -> str:
    """Why a link is not cancelled, with the event that decided it (B17)."""
    await link.refresh_from_db()
    newest = [line for line in await history(link, ports.firm) if line.kind == link.state.value]
    when = f" on {ports.firm.spell_moment(newest[-1].at)}" if newest else ""
    if link.state is LinkState.CANCELLED and newest:
        return f"{link.reference} was already cancelled{when}. {newest[-1].words}"
    if link.state is LinkState.PROCESSING:
        return (
            f"{link.reference} was paid by bank debit{when}, so it was not cancelled. "
            "The bank takes a few days to confirm it; you will be told."
        )
    verb = "was" if link.state.final else "is"
    return f"{link.reference} {verb} already {link.state.spoken}{when}, so it was not cancelled."
