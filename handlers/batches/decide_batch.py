"""The decision on a batch: send, links or discard, once; and the choice of its account before that."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from tortoise.expressions import F
from tortoise.transactions import in_transaction

from handlers.answers import BatchDecided, BatchReview
from handlers.batches.batch_review import account_names, line_of, review_of, rows_named, totals_of
from handlers.batches.billed_before import billed_before
from handlers.batches.invoice_rows import InvoiceRow, RawRow, Rules
from handlers.batches.judge_rows import judge_rows
from handlers.batches.links_files import links_files
from handlers.batches.stored_rows import BILLED, DISCARDED, LINKS, REVIEW, SENT, invoice_row, terms_of
from handlers.firm import Firm
from handlers.links.create_link import LinkDraft, make_links
from handlers.ports import Ports
from handlers.requests import Asker, ChooseAccount, DecideBatch, Decision, Role
from models.errors import AccountUnclear, NotFound, PaylinkError
from models.statements import change_each
from models.tables import Batch, BatchRow, PaymentLink

_STATE = {Decision.SEND: SENT, Decision.LINKS: LINKS, Decision.DISCARD: DISCARDED}
_DECISION = {state: decision for decision, state in _STATE.items()}
_DONE = {SENT: "sent", LINKS: "made into links without letters", DISCARDED: "discarded"}


class ReviewChanged(PaylinkError):
    """The batch is no longer what the decision was about."""

    code = "review_changed"


class NothingToSend(PaylinkError):
    """No row of the batch is left to bill."""

    code = "nothing_to_send"


@dataclass(frozen=True, slots=True)
class _Made:
    """A row and the link that came of it."""

    stored: BatchRow
    row: InvoiceRow
    link: PaymentLink


async def decide_batch(asked: DecideBatch, by: Asker, ports: Ports) -> BatchDecided:
    """Carry out a decision in one transaction. A second decision changes nothing and is told of the first.

    Raises NotFound: no such batch for this person. Raises AccountUnclear: it has to be chosen first. Raises
    NothingToSend, ReviewChanged.
    """
    batch = await _batch_for(asked.batch, by)
    mine = Batch.filter(id=batch.id, state=REVIEW, revision=batch.revision)
    made: list[_Made] = []
    notes: tuple[str, ...] = ()
    async with in_transaction():
        moved = await mine.update(
            state=_STATE[asked.decision],
            decided_at=ports.clock.now(),
            decided_by=by.name,
            revision=F("revision") + 1,
        )
        if moved and asked.decision is Decision.DISCARD:
            await BatchRow.filter(batch_id=batch.id).delete()
        elif moved:
            made, notes = await _make(batch, asked.decision, by, ports)
    await batch.refresh_from_db()
    if not moved:
        return await _decided_before(batch, ports)
    ports.wake()
    return await _decided(batch, made, notes, ports)


async def choose_account(asked: ChooseAccount, by: Asker, ports: Ports) -> BatchReview:
    """Name the receiving account of a batch under review; the rows are judged again by its currency.

    Raises NotFound: no such batch for this person. Raises AccountUnclear: there is no such account, or it does not
    take what rows ask for. Raises ReviewChanged.
    """
    batch = await _batch_for(asked.batch, by)
    firm = ports.firm
    account = firm.account(asked.account)
    if batch.state != REVIEW:
        raise ReviewChanged(f"{_earlier(batch, ports)} Its account stays as it was.")
    stored = await BatchRow.filter(batch_id=batch.id).order_by("row")
    open_rows = [kept for kept in stored if not kept.left_out]
    rules = Rules.of(firm, firm.today(ports.clock.now()), account.key)
    judged = judge_rows((RawRow(kept.row, kept.cells) for kept in open_rows), rules)
    if judged.errors:
        first = judged.errors[0]
        rows = rows_named(sorted({error.row for error in judged.errors}))
        raise AccountUnclear(f"{batch.number} does not fit the account {account.key}: {rows}. {first.remedy}")
    async with in_transaction():
        mine = Batch.filter(id=batch.id, state=REVIEW, revision=batch.revision)
        if not await mine.update(account=account.key, revision=F("revision") + 1):
            raise ReviewChanged(f"{batch.number} was changed meanwhile: look at its review again.")
        for kept, row in zip(open_rows, judged.rows, strict=True):
            kept.terms = terms_of(row)
        await _save_rows(open_rows, "terms")
    await batch.refresh_from_db()
    return review_of(batch, stored, firm)


async def _batch_for(number: int, by: Asker) -> Batch:
    """The batch, for its sender or an admin; for all others there is none."""
    batch = await Batch.get_or_none(id=number) if 0 < number < 2**63 else None
    if batch is not None:
        own = batch.owner == by.key or (by.email != "" and batch.owner_email == by.email)
        if own or by.role is Role.ADMIN:
            return batch
    raise NotFound(f"B-{number}")


def _check_accounts(batch: Batch, rows: Sequence[InvoiceRow], firm: Firm) -> None:
    """Raises AccountUnclear: a row's money has nowhere to land, or only in an account that is there no more."""
    landing = {row.account or batch.account for row in rows}
    if landing <= set(firm.accounts):
        return
    keys = " or ".join(f"`account {key}`" for key in firm.accounts)
    gone = ", ".join(sorted(landing - set(firm.accounts) - {""}))
    why = f"The account {gone} is not set up any more. " if gone else ""
    raise AccountUnclear(f"{why}Choose where the money of {batch.number} lands first: answer {keys}.")


async def _make(batch: Batch, decision: Decision, by: Asker, ports: Ports) -> tuple[list[_Made], tuple[str, ...]]:
    """The links of the batch, in the caller's transaction, and what is to be said of them."""
    stored = await BatchRow.filter(batch_id=batch.id, left_out="").order_by("row")
    rows = [(kept, invoice_row(kept, ports.firm.currency)) for kept in stored]
    _check_accounts(batch, [row for _, row in rows], ports.firm)
    billed = await billed_before(row for _, row in rows)  # since the review
    left = [(kept, row) for kept, row in rows if row.row not in billed]
    if not left:
        raise NothingToSend(f"{batch.number} has no row left to bill; `discard` it and send a file with new rows.")
    for kept, row in rows:
        if row.row in billed:
            kept.left_out, kept.terms = BILLED, {**kept.terms, "billed_as": billed[row.row]}
    await _save_rows([kept for kept in stored if kept.left_out], "left_out", "terms")
    mailed = decision is Decision.SEND
    links = await make_links([_draft(row, batch, by, mailed=mailed) for _, row in left], by.actor, ports)
    made = [_Made(kept, row, link) for (kept, row), link in zip(left, links, strict=True)]
    for each in made:
        each.stored.link_id = each.link.id
    await _save_rows([each.stored for each in made], "link_id")
    return made, _notes(made, sorted(billed), mailed=mailed)


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
    )


def _notes(made: Sequence[_Made], billed: Sequence[int], *, mailed: bool) -> tuple[str, ...]:
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


async def _decided(
    batch: Batch, made: Sequence[_Made], notes: tuple[str, ...], ports: Ports, *, repeated: bool = False
) -> BatchDecided:
    firm = ports.firm
    pairs = [(each.stored, each.link) for each in made]
    files = await asyncio.to_thread(links_files, batch, pairs, firm) if batch.state == LINKS else ()
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


async def _decided_before(batch: Batch, ports: Ports) -> BatchDecided:
    """What was decided, by whom, and the same answer again."""
    if batch.state == REVIEW:
        raise ReviewChanged(f"{batch.number} was changed meanwhile: look at its review again, then decide.")
    stored = await BatchRow.filter(batch_id=batch.id, link_id__not_isnull=True).order_by("row")
    links = {link.id: link for link in await PaymentLink.filter(batch_id=batch.id)}
    made = [_Made(kept, invoice_row(kept, ""), links[kept.link_id]) for kept in stored if kept.link_id in links]
    return await _decided(batch, made, (f"{_earlier(batch, ports)} Nothing was done now.",), ports, repeated=True)


def _earlier(batch: Batch, ports: Ports) -> str:
    when = f" on {ports.firm.spell_moment(batch.decided_at)}" if batch.decided_at else ""
    return f"{batch.number} was already {_DONE[batch.state]} by {batch.decided_by}{when}."
