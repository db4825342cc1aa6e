"""Links as an Excel file: the columns of the list, one row a link, read and written a page at a time (F58)."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tortoise.queryset import QuerySet

from handlers.answers import FileReady, LinkCard
from handlers.excel_file import EXCEL, Cell, Column, ExcelFile, ExcelSheet
from handlers.firm import Firm
from handlers.grammar import spell_list
from handlers.links.cards import cards_for
from handlers.links.list_links import in_order
from handlers.ports import Ports
from handlers.requests import ListLinks, View
from models.money import Money
from models.plain_text import counted
from models.tables import PaymentLink

_PAGE = 500  # links in memory at a time
_WRITER = dict[str, tuple[Column, Callable[[LinkCard, Firm], Cell]]]
_CURRENCY = "currency"  # its own column, beside the first amount
_COLUMNS: _WRITER = {
    "reference": (Column("Reference", 12), lambda card, firm: card.reference),
    "created": (
        Column("Created", 20),
        lambda card, firm: card.created_at.astimezone(firm.zone).replace(tzinfo=None, microsecond=0),
    ),
    "client": (Column("Client", 28), lambda card, firm: card.payer_name),
    "amount": (Column("Amount", 14), lambda card, firm: card.amount),
    "paid": (Column("Paid", 14), lambda card, firm: card.paid),
    _CURRENCY: (Column("Currency", 10), lambda card, firm: card.amount.currency),
    "state": (Column("State", 14), lambda card, firm: card.state.spoken),
    "invoice": (Column("Invoice", 16), lambda card, firm: card.invoice_number),
    "due": (Column("Due", 12), lambda card, firm: card.due_on),
    "account": (Column("Account", 24), lambda card, firm: card.account),
    "by": (Column("Made by", 20), lambda card, firm: card.created_by),
    "email": (Column("Email", 30), lambda card, firm: ", ".join(one.address for one in card.deliveries)),
    "look": (Column("Needs a look", 20), lambda card, firm: _marks(card)),
}
_TOTALS = (Column("Currency", 10), Column("Links", 10), Column("Amount", 16), Column("Paid", 16))
_ABOUT = (Column("About this file", 24), Column("", 60))

Progress = Callable[[int], Awaitable[None]]  # how many links are written


async def _silent(written: int) -> None:
    return None


async def write_export(
    asked: ListLinks, found: QuerySet[PaymentLink], ports: Ports, *, note: str = "", progress: Progress = _silent
) -> FileReady:
    """The links that were found, in the order and with the columns that were asked for; `note` is told with them.

    Which links, and their order, is settled at the start; what each of them says is read when its page is written.
    """
    made_at, firm = ports.clock.now(), ports.firm
    names = columns_of(asked)
    ids = [int(each) for each in await in_order(found, asked).values_list("id", flat=True)]  # type: ignore[call-overload]  # flat
    with tempfile.TemporaryDirectory(prefix="paylink-") as folder:
        path = Path(folder) / "export.xlsx"
        with ExcelFile(path, made_at) as file:
            sheet, sums = file.sheet("Links", [_COLUMNS[name][0] for name in names]), _Sums()
            for start in range(0, len(ids), _PAGE):
                cards = await _cards(ids[start : start + _PAGE], firm)
                await asyncio.to_thread(_write, sheet, sums, names, cards, firm)
                await progress(sheet.rows)
            sheet.filtered()
            file.sheet("Totals", _TOTALS).add(sums.rows())
            file.sheet("About", _ABOUT).add(_about(asked, sheet.rows, ports))
            await asyncio.to_thread(file.close)
        content = await asyncio.to_thread(path.read_bytes)
    view = "links" if asked.view is View.ALL else asked.view.value
    return FileReady(
        f"paylink-{view}-{firm.today(made_at)}.xlsx", content, EXCEL, f"{counted(sheet.rows, 'link')}. {note}".strip()
    )


def columns_of(asked: ListLinks) -> tuple[str, ...]:
    """The columns of the file: the reference, as in every list, then those asked for, or else all there are."""
    if not asked.columns:
        return tuple(_COLUMNS)
    names = ["reference", *(name for name in asked.columns if name != "reference")]
    amounts = [names.index(name) for name in ("amount", "paid") if name in names]
    if amounts:
        names.insert(min(amounts) + 1, _CURRENCY)
    return tuple(names)


async def _cards(ids: Sequence[int], firm: Firm) -> tuple[LinkCard, ...]:
    links = {link.id: link for link in await PaymentLink.filter(id__in=ids)}
    return await cards_for([links[each] for each in ids if each in links], firm)


def _write(sheet: ExcelSheet, sums: _Sums, names: Sequence[str], cards: Sequence[LinkCard], firm: Firm) -> None:
    cells = [_COLUMNS[name][1] for name in names]
    sheet.add([cell(card, firm) for cell in cells] for card in cards)
    for card in cards:
        sums.add(card)


@dataclass(slots=True)
class _Sums:
    """What the links add up to, by currency."""

    links: dict[str, int] = field(default_factory=dict)
    asked: dict[str, Money] = field(default_factory=dict)
    paid: dict[str, Money] = field(default_factory=dict)

    def add(self, card: LinkCard) -> None:
        code = card.amount.currency
        nothing = Money(0, code)
        self.links[code] = self.links.get(code, 0) + 1
        self.asked[code] = self.asked.get(code, nothing) + card.amount
        self.paid[code] = self.paid.get(code, nothing) + card.paid

    def rows(self) -> list[list[Cell]]:
        return [[code, self.links[code], self.asked[code], self.paid[code]] for code in sorted(self.links)]


def _about(asked: ListLinks, count: int, ports: Ports) -> list[list[Cell]]:
    firm = ports.firm
    return [
        ["Firm", firm.name],
        ["What was asked for", spell_list(asked).replace("list", "export", 1)],
        ["Links", count],
        ["Made at", ports.clock.now().astimezone(firm.zone).replace(tzinfo=None, microsecond=0)],
        ["Time zone", firm.timezone],
        ["Addresses of the links", "not in this file: whoever has one can see and pay the request"],
    ]


def _marks(card: LinkCard) -> str:
    marks = ["money came late" * card.late_money, "needs a look" * card.review]
    return ", ".join(filter(None, marks))
