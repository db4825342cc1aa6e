"""Making the links of a batch that is decided, and what is answered then and to everybody who decides again."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from handlers.answers import BatchDecided
from handlers.batches.batch_review import account_names, line_of, totals_of
from handlers.batches.billed_before import billed_before
from handlers.batches.corrections import ONCE_SENT, STILL_ASKING, overtaken_by
from handlers.batches.find_batch import DISCARDED, LINKS, REVIEW, SENT, NothingToSend, ReviewChanged, already
from handlers.batches.invoice_rows import InvoiceRow
from handlers.batches.links_files import links_files
from handlers.batches.overtaken import Overtaken
from handlers.batches.review_warnings import rows_named
from handlers.batches.stored_rows import invoice_row, leave_out_billed
from handlers.firm import Firm
from handlers.links.create_link import make_links
from handlers.links.link_draft import LinkDraft
from handlers.ports import Ports
from handlers.requests import Asker, Decision
from models.errors import AccountUnclear
from models.statements import change_each
from models.tables import Batch, BatchRow, PaymentLink
from models.turns import BILLING, take_turn

STATE = {Decision.SEND: SENT, Decision.LINKS: LINKS, Decision.DISCARD: DISCARDED}
_DECISION = {state: decision for decision, state in STATE.items()}


@dataclass(frozen=True, slots=True)
class Made:
    """A row and the link that came of it."""

    stored: BatchRow
    row: InvoiceRow
    link: PaymentLink


def _check_accounts(batch: Batch, rows: Sequence[InvoiceRow], firm: Firm) -> None:
    """Raises AccountUnclear: a row's money has nowhere to land, or only where the batch's channel does not reach."""
    landing = {row.account or batch.account for row in rows}
    served = firm.served_in(batch.channel)
    if landing <= set(served):
        return
    keys = " or ".join(f"`account {key}`" for key in served)
    gone = landing - set(served) - {""}
    why = f"The account {', '.join(sorted(gone))} is {_missing(gone, firm)}. " if gone else ""
    raise AccountUnclear(f"{why}Choose where the money of {batch.number} lands first: answer {keys}.")


def _missing(keys: set[str], firm: Firm) -> str:
    return "not one of this channel's" if keys <= set(firm.accounts) else "not set up any more"


async def make_batch(batch: Batch, decision: Decision, by: Asker, ports: Ports) -> tuple[list[Made], tuple[str, ...]]:
    """The links of the batch, in the caller's transaction, and what is to be said of them.

    Raises AccountUnclear, NothingToSend. Raises Overtaken: the review must be looked at again first.
    """
    stored = await BatchRow.filter(batch_id=batch.id, left_out="").order_by("row")
    rows = [(kept, invoice_row(kept, ports.firm.currency)) for kept in stored]
    _check_accounts(batch, [row for _, row in rows], ports.firm)
    await take_turn(BILLING)  # another batch may be billing the same invoices in this very moment
    billed = await billed_before(row for _, row in rows)
    overtaken = await overtaken_by(batch, [row for _, row in rows], billed, ports.firm)
    if overtaken is not None:
        raise Overtaken(batch, overtaken)
    late = [kept for kept in stored if leave_out_billed(kept, billed.get(kept.row, ()))]  # since the review
    left = [(kept, row) for kept, row in rows if not kept.left_out]
    if not left:
        raise NothingToSend(f"{batch.number} has no row left to bill; `discard` it and send a file with new rows.")
    await _save_rows(late, "left_out", "terms")
    mailed = decision is Decision.SEND
    links = await make_links([_draft(row, batch, by, mailed=mailed) for _, row in left], by.actor, ports)
    made = [Made(kept, row, link) for (kept, row), link in zip(left, links, strict=True)]
    for each in made:
        each.stored.link_id = each.link.id
    await _save_rows([each.stored for each in made], "link_id")
    again = [note.replace(ONCE_SENT, "Now:") for note in batch.notes if note.startswith(STILL_ASKING)]
    return made, (*_notes(made, [kept.row for kept in late], mailed=mailed), *again)


def _draft(row: InvoiceRow, batch: Batch, by: Asker, *, mailed: bool) -> LinkDraft:
    return LinkDraft(
        amount=row.amount,
        account=row.account or batch.account,
        creator_name=by.name,
        emails=(row.email,) if mailed and row.email else (),
        payer_name=row.payer_name,
        invoice_number=row.invoice_number,
        due_on=row.due_on,
        message=row.message,
        partial=row.partial,
        partial_minimum=row.partial_minimum,
        channel=batch.channel,
        batch_id=batch.id,
        confirmed_by=by.confirmed_by,
    )


def _notes(made: Sequence[Made], billed: Sequence[int], *, mailed: bool) -> tuple[str, ...]:
    notes = []
    silent = [each.row.row for each in made if not each.row.email]
    if mailed and silent:
        named = rows_named(silent)
        notes.append(f"Without an e-mail address, so links only, for you to send yourself: {named}.")
    if billed:
        notes.append(f"Billed by another link since the review, so left out: {rows_named(billed)}.")
    return tuple(notes)


async def _save_rows(rows: Sequence[BatchRow], *fields: str) -> None:
    await change_each(BatchRow, [{"id": kept.id, **{name: getattr(kept, name) for name in fields}} for kept in rows])


async def decided(
    batch: Batch,
    made: Sequence[Made],
    notes: tuple[str, ...],
    ports: Ports,
    *,
    repeated: bool = False,
    with_files: bool = True,
) -> BatchDecided:
    """What was decided; where links were made without letters, the files of them are its gist."""
    firm = ports.firm
    pairs = [(each.stored, each.link) for each in made]
    wanted = with_files and batch.state == LINKS
    files = await asyncio.to_thread(links_files, batch, pairs, firm) if wanted else ()
    return BatchDecided(
        number=batch.number,
        decision=_DECISION[batch.state].value,
        account=account_names(batch, [each.row for each in made], firm) if made else "",
        lines=tuple(
            line_of(each.row, reference=each.link.reference, url=firm.page_url(each.link.token)) for each in made
        ),
        letters=sum(bool(each.row.email) for each in made) if batch.state == SENT else 0,
        totals=totals_of(each.row for each in made),
        notes=notes,
        files=files,
        repeated=repeated,
    )


async def decided_before(batch: Batch, ports: Ports, *, with_files: bool = True) -> BatchDecided:
    """What was decided, by whom, and the same answer again."""
    if batch.state == REVIEW:
        raise ReviewChanged(f"{batch.number} was changed meanwhile: look at its review again, then decide.")
    stored = await BatchRow.filter(batch_id=batch.id, link_id__not_isnull=True).order_by("row")
    links = {link.id: link for link in await PaymentLink.filter(batch_id=batch.id)}
    made = [Made(kept, invoice_row(kept, ""), links[kept.link_id]) for kept in stored if kept.link_id in links]
    notes = (f"{already(batch, ports)} Nothing was done now.",)
    return await decided(batch, made, notes, ports, repeated=True, with_files=with_files)
