"""The rows of a batch under review while steps are taken: all in memory, written at the end, so all or nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from handlers.batches.batch_review import account_names
from handlers.batches.billed_before import billed_before
from handlers.batches.columns import MARK, column_named, columns_told
from handlers.batches.find_batch import RowsFaulty, StepRefused
from handlers.batches.grid import MOST_ROWS
from handlers.batches.invoice_rows import InvoiceRow, RawRow, Rules
from handlers.batches.judge_rows import judge_rows
from handlers.batches.review_warnings import rows_named
from handlers.batches.stored_rows import (
    DELETED,
    EXAMPLE,
    KNOWN,
    invoice_row,
    kept_cells,
    known_bills,
    terms_of,
    write_row,
)
from handlers.batches.typed_row import cells_of_line
from handlers.firm import Firm
from handlers.ports import Ports
from handlers.requests import AddRow, ChooseAccount, DeleteRows, EditRow, IncludeRows
from models.errors import AccountUnclear
from models.money import spell
from models.plain_text import shortened
from models.statements import change_each
from models.tables import Batch, BatchRow

RowStep = DeleteRows | IncludeRows | EditRow | AddRow | ChooseAccount


@dataclass(slots=True)
class Worksheet:
    """A batch with its rows by number. `told`: what each step did, as sentences."""

    batch: Batch
    ports: Ports
    rows: dict[int, BatchRow]
    told: list[str] = field(default_factory=list)
    _touched: set[int] = field(default_factory=set)

    @classmethod
    async def opened(cls, batch: Batch, ports: Ports) -> Worksheet:
        stored = await BatchRow.filter(batch_id=batch.id).order_by("row")
        return cls(batch, ports, {kept.row: kept for kept in stored})

    async def take(self, step: RowStep) -> None:
        """One step. Raises StepRefused, RowsFaulty, AccountUnclear: nothing of the whole may be kept."""
        match step:
            case DeleteRows(rows=rows):
                self._delete(rows)
            case IncludeRows(rows=rows):
                await self._include(rows)
            case EditRow(row=row, changes=changes):
                await self._edit(row, changes)
            case AddRow(cells=cells, typed=typed):
                await self._add(cells, typed)
            case ChooseAccount(account=account):
                self._choose(account)

    async def save(self) -> None:
        """Write what changed, in the caller's transaction."""
        changed = [self.rows[number] for number in sorted(self._touched)]
        await BatchRow.bulk_create([kept for kept in changed if kept.id is None], batch_size=500)
        names = ("cells", "terms", "left_out")
        known = [kept for kept in changed if kept.id is not None]
        await change_each(BatchRow, [{"id": k.id, **{name: getattr(k, name) for name in names}} for k in known])
        await Batch.filter(id=self.batch.id).update(account=self.batch.account, columns=self.batch.columns)

    # ── the steps ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def _delete(self, numbers: Iterable[int]) -> None:
        going = [kept for kept in self._named(numbers) if kept.left_out not in (DELETED, EXAMPLE)]
        if not going:
            raise StepRefused(self._no_change("to delete", numbers))
        for kept in going:
            kept.left_out = DELETED
            self._touched.add(kept.row)
        self.told.append(f"Deleted: {rows_named([kept.row for kept in going])}.")

    async def _include(self, numbers: Iterable[int]) -> None:
        named = self._named(numbers)
        examples = [kept.row for kept in named if kept.left_out == EXAMPLE]
        if examples:
            raise StepRefused(
                f"The template's examples are never sent, so nothing was changed: {rows_named(examples)}."
            )
        coming = [kept for kept in named if kept.left_out]
        if not coming:
            raise StepRefused(self._no_change("to include", numbers))
        read = self._judged([RawRow(kept.row, kept.cells) for kept in coming])
        billed = await billed_before(read)
        for kept, row in zip(coming, read, strict=True):
            # a row without an invoice number is known to be billed by the file it was in before only
            before = [*filter(None, [(kept.terms or {}).get("billed_as")])]
            known = list(dict.fromkeys([*billed.get(row.row, []), *known_bills(kept), *before]))
            kept.left_out, kept.terms = "", terms_of(row) | ({KNOWN: known} if known else {})
            self._touched.add(kept.row)
        self.told.append(f"Taken in: {rows_named([kept.row for kept in coming])}.")

    async def _edit(self, number: int, changes: Sequence[tuple[str, str]]) -> None:
        named = self._named([number])
        if not named:
            raise StepRefused(self._no_change("to edit", [number]))
        [kept] = named
        if kept.left_out:
            why = {DELETED: "deleted", EXAMPLE: "the template's example"}.get(kept.left_out, "billed already")
            way = "" if kept.left_out == EXAMPLE else f" Say `include {number}` first."
            raise StepRefused(f"Row {number} is left out ({why}), so nothing was changed.{way}")
        texts = self._columns_of(changes)
        [row] = self._judged([RawRow(number, {**kept.cells, **texts})])
        write_row(kept, row, (await billed_before([row])).get(number, ()))
        self._touched.add(number)
        told = ", ".join(f"{column} {_quoted(text)}" for column, text in texts.items())
        self.told.append(f"Row {number} is changed: {told}.{_left_out_again(kept)}")

    async def _add(self, cells: Sequence[tuple[str, str]], typed: str) -> None:
        if len(self.rows) >= MOST_ROWS:
            raise StepRefused(f"{self.batch.number} has {len(self.rows):,} rows, and no more than that are taken.")
        texts = self._columns_of(cells or cells_of_line(typed, self.batch.columns))
        number = max(self.rows, default=1) + 1
        [row] = self._judged([RawRow(number, texts)])
        kept = BatchRow(batch_id=self.batch.id, row=number, cells={}, terms={})
        write_row(kept, row, (await billed_before([row])).get(number, ()))
        self.rows[number] = kept
        self._touched.add(number)
        amount = spell(row.amount, self.ports.firm.locale)
        self.told.append(f"Row {number} is added: {shortened(row.payer_name, 60)}, {amount}.{_left_out_again(kept)}")

    def _choose(self, key: str) -> None:
        """Another account: every row is judged anew by its currency, and those left out that do not fit stay out."""
        account = self._here().account(key)
        rules = replace(self._rules(), account=account.key)
        open_rows = [kept for kept in self.rows.values() if not kept.left_out]
        judged = judge_rows((RawRow(kept.row, kept.cells) for kept in open_rows), rules)
        if judged.errors:
            rows = rows_named(sorted({error.row for error in judged.errors}))
            remedy = judged.errors[0].remedy
            raise AccountUnclear(f"{self.batch.number} does not fit the account {account.key}: {rows}. {remedy}")
        for kept, row in zip(open_rows, judged.rows, strict=True):
            known = {name: said for name, said in kept.terms.items() if name == KNOWN}
            kept.terms = terms_of(row) | known
            self._touched.add(kept.row)
        self.batch.account = account.key
        self.told.append(
            f"The money goes to {account_names(self.batch, judged.rows, self.ports.firm) or account.name}."
        )

    # ── what the steps share ──────────────────────────────────────────────────────────────────────────────────────────

    def _named(self, numbers: Iterable[int]) -> list[BatchRow]:
        """The rows of these numbers; blank lines within the file have none. Raises StepRefused: beyond the file."""
        wanted = sorted(set(numbers))
        last = max(self.rows, default=1)
        beyond = [number for number in wanted if not 1 < number <= last]
        if beyond:
            there = f"its rows are 2 to {last}" if self.rows else "it has no row"
            raise StepRefused(f"{self.batch.number} has no {rows_named(beyond)} ({there}), so nothing was changed.")
        return [self.rows[number] for number in wanted if number in self.rows]

    def _no_change(self, what: str, numbers: Iterable[int]) -> str:
        return f"There is nothing {what} at {rows_named(sorted(set(numbers)))}: look at the rows as they stand."

    def _columns_of(self, texts: Iterable[tuple[str, str]]) -> dict[str, str]:
        """The cells by our names of their columns, which the batch has from now on.

        Raises StepRefused: no such column.
        """
        found: dict[str, str] = {}
        for said, text in texts:
            column = column_named(said)
            if not column or column == MARK:
                raise StepRefused(f"There is no column “{shortened(said)}”, so nothing was changed. {columns_told()}")
            found[column] = kept_cells({column: text})[column]
        known = {column_named(spelled) for spelled in self.batch.columns}
        self.batch.columns = [*self.batch.columns, *(c for c, text in found.items() if c not in known and text)]
        return found

    def _judged(self, raw: Sequence[RawRow]) -> tuple[InvoiceRow, ...]:
        """These rows as a file's are read, beside the others. Raises RowsFaulty."""
        mine = {line.row for line in raw}
        # only rows without an account must go together with others
        others = [] if self.batch.account else [k for k in self.rows.values() if not k.left_out and k.row not in mine]
        beside = [invoice_row(kept, self.ports.firm.currency) for kept in others]
        judged = judge_rows(raw, self._rules(), beside)
        if judged.errors:
            raise RowsFaulty(judged.errors)
        return judged.rows

    def _rules(self) -> Rules:
        here = self._here()
        return Rules.of(here, here.today(self.ports.clock.now()), self.batch.account)

    def _here(self) -> Firm:
        """The firm with the accounts that the file's channel serves."""
        firm = self.ports.firm
        return replace(firm, accounts=firm.served_in(self.batch.channel))


def _quoted(text: str) -> str:
    return f"“{shortened(text, 60)}”" if text.strip() else "empty"


def _left_out_again(kept: BatchRow) -> str:
    if not kept.left_out:
        return ""
    return f" It is left out, as {kept.terms['billed_as']} bills it already: `include {kept.row}` takes it in."
