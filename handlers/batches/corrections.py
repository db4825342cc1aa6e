"""A file sent again with corrections: which file it corrects, and what of it is unchanged, changed or new (X3)."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from tortoise.expressions import Q

from handlers.batches.billed_before import ASKING
from handlers.batches.find_batch import DISCARDED, REVIEW
from handlers.batches.invoice_rows import InvoiceRow
from handlers.batches.review_warnings import rows_named
from handlers.firm import Firm
from models.calendar import spell_short
from models.link_states import LinkState
from models.money import Money, spell
from models.parts import in_parts
from models.plain_text import counted, listed
from models.tables import Batch, BatchRow, PaymentLink

CORRECTED_WITHIN = timedelta(days=30)
STILL_ASKING = "Still asking as they were before"  # begins the note that is told again once the batch is sent
ONCE_SENT = "Once this is sent:"  # within it; then it is the time
_MOST_LOOKED_AT = 10  # of the sender's latest files
_MOST_TOLD = 10
_COPY = re.compile(r"(-marked|\s*\(\d+\)|\s*-\s*copy)*\.\w{2,4}$", re.IGNORECASE)

Key = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Correction:
    """What a new file is to those that came before it."""

    corrects: int | None = None  # Batch.id
    unchanged: Mapping[int, list[str]] = field(default_factory=dict)  # row → the links that bill it
    differs: Mapping[int, str] = field(default_factory=dict)  # row billed already → what is other than it was then
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Before:
    """A row of an earlier file."""

    terms: Mapping[str, Any]
    link_id: int | None

    @property
    def amount(self) -> Money:
        return Money(self.terms["minor"], self.terms["currency"])

    @property
    def key(self) -> Key:
        return _key(self.terms["invoice"], self.terms["email"], self.terms["name"], self.amount, self.terms["due"])


async def correction_of(
    batch: Batch, rows: Sequence[InvoiceRow], billed: Mapping[int, Sequence[str]], firm: Firm
) -> Correction:
    """What a file just read changes; `billed` are its rows that links bill already, by number, amount and payer.

    A file is a corrected copy of the sender's latest one, decided within 30 days, that shares at least half of the rows
    of the smaller of the two. Rows are the same by their invoice number; without one by payer, amount and due day, and
    then only under the same file name, since a retainer may be due every month.
    """
    waiting: list[str] = []
    for earlier in await _candidates(batch):
        before = await _rows_of(earlier)
        if not _overlaps(rows, before, same_name=_name(earlier) == _name(batch)):
            continue
        if earlier.state != REVIEW:
            found = await _compared(earlier, before, rows, billed, firm)
            return Correction(earlier.id, found.unchanged, found.differs, (*found.notes, *waiting))
        waiting.append(
            f"{earlier.number} ({earlier.filename}) has rows of this file and still waits for a decision: `discard`"
            " there, if this one takes its place."
        )
    return Correction(notes=tuple(waiting))


async def overtaken_by(
    batch: Batch, rows: Sequence[InvoiceRow], billed: Mapping[int, Sequence[str]], firm: Firm
) -> Correction | None:
    """As correction_of, by a file of the sender's that was decided since this one came, whichever came first.

    None: there is no such file, the review tells of it already, or all that they share is billed already.
    """
    asked = [row for row in rows if row.row not in billed]
    since = Batch.filter(_own(batch), decided_at__gte=batch.created_at, id__not=batch.id)
    decided = since.exclude(state__in=[REVIEW, DISCARDED]).order_by("-decided_at", "-id")
    for other in await decided.limit(_MOST_LOOKED_AT):
        before = await _rows_of(other)
        if _overlaps(rows, before, same_name=_name(other) == _name(batch)):
            shared = {_key_of(row) for row in asked} & {one.key for one in before}
            known = other.id == batch.corrects or not shared
            return None if known else await _compared(other, before, rows, billed, firm)
    return None


async def _candidates(batch: Batch) -> list[Batch]:
    since = batch.created_at - CORRECTED_WITHIN
    found = Batch.filter(_own(batch), created_at__gt=since, id__lt=batch.id).exclude(state=DISCARDED)
    return await found.order_by("-id").limit(_MOST_LOOKED_AT)


def _own(batch: Batch) -> Q:
    return Q(owner=batch.owner) | Q(owner_email=batch.owner_email) if batch.owner_email else Q(owner=batch.owner)


async def _rows_of(earlier: Batch) -> list[_Before]:
    """The rows that were to be billed, or were."""
    found = BatchRow.filter(batch_id=earlier.id)
    found = found.filter(left_out="") if earlier.state == REVIEW else found.filter(link_id__not_isnull=True)
    return [_Before(terms, link_id) for terms, link_id in await found.values_list("terms", "link_id")]


def _overlaps(rows: Sequence[InvoiceRow], before: Sequence[_Before], *, same_name: bool) -> bool:
    there = {one.key for one in before}
    shared = [row for row in rows if _key_of(row) in there]
    enough = bool(shared) and 2 * len(shared) >= min(len(rows), len(before))
    return enough and (same_name or any(row.invoice_number for row in shared))


async def _compared(
    earlier: Batch,
    before: Sequence[_Before],
    rows: Sequence[InvoiceRow],
    billed: Mapping[int, Sequence[str]],
    firm: Firm,
) -> Correction:
    links = await _links(before)
    by_key: dict[Key, list[_Before]] = defaultdict(list)
    for one in before:
        by_key[one.key].append(one)
    unchanged = _unnumbered_unchanged(rows, by_key, links)
    differs = {row.row: told for row in rows if row.row in billed and (told := _beside(row, by_key, billed, links))}
    here = [row for row in rows if row.row not in billed and row.row not in unchanged]
    numbered = [row for row in here if row.invoice_number and _key_of(row) in by_key]
    changed = {row.row: _change(row, by_key[_key_of(row)][-1], links, firm) for row in numbered}
    new = [row.row for row in here if row.row not in changed]
    old = [links[one.link_id] for row in numbered for one in by_key[_key_of(row)] if one.link_id]
    notes = [_told(earlier, len(rows) - len(here), changed, new, firm), *_still_asking(old)]
    return Correction(earlier.id, unchanged, differs, tuple(notes))


async def _links(before: Iterable[_Before]) -> dict[int, PaymentLink]:
    found: dict[int, PaymentLink] = {}
    for part in in_parts([one.link_id for one in before if one.link_id is not None]):
        found |= {link.id: link for link in await PaymentLink.filter(id__in=part)}
    return found


def _unnumbered_unchanged(
    rows: Iterable[InvoiceRow], by_key: Mapping[Key, Sequence[_Before]], links: Mapping[int, PaymentLink]
) -> dict[int, list[str]]:
    """Rows without a number that a link of the earlier file asks for; each link is one row's only."""
    taken: Counter[Key] = Counter()
    found: dict[int, list[str]] = {}
    for row in rows:
        if row.invoice_number:
            continue
        key = _key_of(row)
        asking = [one for one in by_key.get(key, ()) if one.link_id and links[one.link_id].state in ASKING]
        if taken[key] < len(asking):
            found[row.row] = [links[asking[taken[key]].link_id or 0].reference]
            taken[key] += 1
    return found


def _beside(
    row: InvoiceRow,
    by_key: Mapping[Key, Sequence[_Before]],
    billed: Mapping[int, Sequence[str]],
    links: Mapping[int, PaymentLink],
) -> str:
    """What of a row billed already is other than in the earlier file, though it asks for the same."""
    same = [one for one in by_key.get(_key_of(row), ()) if one.link_id]
    own = [one for one in same if links[one.link_id or 0].reference in billed[row.row]]
    least = min((_other_than(row, one) for one in own), key=len, default=[])
    return f"its {' and '.join(least)} changed" if least else ""


def _other_than(row: InvoiceRow, before: _Before) -> list[str]:
    other = ["due date"] if before.terms["due"] != _iso(row.due_on) else []
    return [*other, "message"] if before.terms["message"] != row.message else other


def _change(row: InvoiceRow, before: _Before, links: Mapping[int, PaymentLink], firm: Firm) -> str:
    """What is other than in the earlier file; or how the earlier link ended, where the row is the same."""
    told = []
    if before.amount != row.amount:
        told.append(f"{spell(before.amount, firm.locale)} is now {spell(row.amount, firm.locale)}")
    if before.terms["email"].casefold() != row.email.casefold():
        told.append("another address" if row.email else "no address any more")
    if before.terms["name"].casefold() != row.payer_name.casefold():
        told.append("another name")
    link = links.get(before.link_id or 0)
    return ", ".join(told) or (f"{link.reference} is {link.state.spoken}" if link else "")


def _told(earlier: Batch, left: int, changed: Mapping[int, str], new: Sequence[int], firm: Firm) -> str:
    when = f", {spell_short(firm.today(earlier.created_at), firm.locale)}"
    parts = [f"{counted(left, 'row')} as before, left out"] if left else []
    if changed:
        some = [f"row {row} ({told})" if told else f"row {row}" for row, told in [*changed.items()][:_MOST_TOLD]]
        more = f", … ({len(changed)} in all)" if len(changed) > _MOST_TOLD else ""
        parts.append(f"changed: {listed(some) if not more else ', '.join(some)}{more}")
    if new:
        parts.append(f"new: {rows_named(new)}")
    return f"A corrected copy of {earlier.number} ({earlier.filename}{when}): {'; '.join(parts)}."


def _still_asking(links: Iterable[PaymentLink]) -> list[str]:
    """The links of rows that changed: a client must not pay both."""
    waiting = sorted({link.reference for link in links if link.state is LinkState.OPEN})
    if not waiting:
        return []
    shown, more = waiting[:_MOST_TOLD], len(waiting) - _MOST_TOLD
    rest = f", and {more} more" if more > 0 else ""
    return [f"{STILL_ASKING}: {', '.join(shown)}{rest}. {ONCE_SENT} `cancel {' '.join(shown)}`."]


def _key_of(row: InvoiceRow) -> Key:
    return _key(row.invoice_number, row.email, row.payer_name, row.amount, _iso(row.due_on))


def _key(invoice: str, email: str, name: str, amount: Money, due: str) -> Key:
    return (invoice.casefold(),) if invoice else ((email or name).casefold(), amount, due)


def _iso(day: date | None) -> str:
    return day.isoformat() if day else ""


def _name(batch: Batch) -> str:
    return _COPY.sub("", batch.filename).casefold().strip()
