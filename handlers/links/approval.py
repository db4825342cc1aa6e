"""What may not be made on one person's word, or on a letter's alone: it waits for somebody's button in Slack."""

from __future__ import annotations

from collections.abc import Sequence

from handlers.firm import Firm
from handlers.links.link_draft import LinkDraft
from handlers.ports import Ports
from handlers.requests import Actor, Door
from models.errors import NeedsPress, NeedsSecond
from models.money import spell
from models.plain_text import counted
from models.tables import PaymentLink
from models.turns import MAILED, take_turn


def within_approval(drafts: Sequence[LinkDraft], firm: Firm) -> None:
    """Raises NeedsSecond."""
    above = [draft for draft in drafts if firm.above_limit(draft.amount) and not draft.confirmed_by]
    if not above:
        return
    limit = spell(firm.approval_limit, firm.locale) if firm.approval_limit else ""
    raise NeedsSecond(
        what_of(drafts, above, firm), above[0].channel, f"{_are(drafts)} above the approval limit of {limit}"
    )


async def within_mail_caps(drafts: Sequence[LinkDraft], by: Actor, ports: Ports) -> None:
    """What letters may have made by their word alone; part of the caller's transaction (T16).

    Raises NeedsPress. What is made counts for the day, also where somebody has confirmed it.
    """
    firm = ports.firm
    if by.door is not Door.MAIL or all(draft.confirmed_by for draft in drafts):
        return
    above = [draft for draft in drafts if firm.above_mail_limit(draft.amount)]
    if above and firm.mail_limit:
        most = spell(firm.mail_limit, firm.locale)
        why = f"{_are(drafts)} above the {most} that a letter may ask for by itself"
        raise NeedsPress(what_of(drafts, above, firm), "", why)
    if not firm.mail_links:
        return
    await take_turn(MAILED)  # two of their letters may be read at once
    midnight = firm.start_of(firm.today(ports.clock.now()))
    made = await PaymentLink.filter(created_by=by.who, door=by.door.value, created_at__gte=midnight).count()
    if made + len(drafts) > firm.mail_links:
        most = f"the {counted(firm.mail_links, 'link')} a day that one person may have made by mail"
        why = f"{_are(drafts)} more than {most} ({made:,} made today)"
        raise NeedsPress(what_of(drafts, drafts, firm), "", why)


def _are(drafts: Sequence[LinkDraft]) -> str:
    return "is" if len(drafts) == 1 else "are"


def what_of(drafts: Sequence[LinkDraft], above: Sequence[LinkDraft], firm: Firm) -> str:
    """What is asked for, as whoever is to confirm it reads it; the largest of `above` by name."""
    most = max(above, key=lambda draft: draft.amount.decimal)
    about = f" for {most.payer_name}" if most.payer_name else ""
    about += f", invoice {most.invoice_number}" if most.invoice_number else ""
    largest = f"{spell(most.amount, firm.locale)}{about}, to {firm.account_shown(most.account)}"
    if len(drafts) == 1:
        return f"a link of {largest}"
    some = f"{len(above)} of them above the limit, the largest" if len(above) > 1 else "one of them"
    some = "the largest" if len(above) == len(drafts) else some
    return f"{len(drafts)} links, {some} of {largest}"
