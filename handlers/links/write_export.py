"""Links as an Excel file: the columns of the list, one row a link, read and written a page at a time (F58)."""

from __future__ import annotations

import asyncio
import tempfile
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import NamedTuple

from tortoise.queryset import QuerySet

from handlers.answers import FileReady
from handlers.excel_file import EXCEL, Cell, Column, ExcelFile, ExcelSheet
from handlers.firm import Firm
from handlers.grammar import spell_list
from handlers.links.list_links import in_order
from handlers.ports import Ports
from handlers.requests import ListLinks, View
from models.link_states import LinkState
from models.money import Money
from models.plain_text import counted
from models.tables import PaymentLink, Recipient

_PAGE = 1000  # links in memory at a time
_CURRENCY = "currency"  # its own column, beside the first amount


class _Line(NamedTuple):
    """What an export says of a link. Whole rows of the table would take twice as long to read."""

    id: int
    reference: str
    created_at: datetime
    payer_name: str
    amount_minor: int
    paid_minor: int
    refunded_minor: int
    currency: str
    state: LinkState
    invoice_number: str
    due_on: date | None
    account: str
    creator_name: str
    late_money: bool
    disputed: bool
    review: bool


_FIELDS = _Line._fields
_Cells = Callable[[_Line, Firm, Sequence[str]], Cell]  # of a link and the addresses it was mailed to
_COLUMNS: dict[str, tuple[Column, _Cells]] = {
    "reference": (Column("Reference", 12), lambda link, firm, to: link.reference),
    "created": (Column("Created", 20), lambda link, firm, to: _moment(link.created_at, firm)),
    "client": (Column("Client", 28), lambda link, firm, to: link.payer_name),
    "amount": (Column("Amount", 14), lambda link, firm, to: Money(link.amount_minor, link.currency)),
    "paid": (Column("Paid", 14), lambda link, firm, to: Money(link.paid_minor, link.currency)),
    "refunded": (Column("Refunded", 14), lambda link, firm, to: Money(link.refunded_minor, link.currency)),
    _CURRENCY: (Column("Currency", 10), lambda link, firm, to: link.currency),
    "state": (Column("State", 14), lambda link, firm, to: link.state.spoken),
    "invoice": (Column("Invoice", 16), lambda link, firm, to: link.invoice_number),
    "due": (Column("Due", 12), lambda link, firm, to: link.due_on),
    "account": (Column("Account", 24), lambda link, firm, to: _account(link.account, firm)),
    "by": (Column("Made by", 20), lambda link, firm, to: link.creator_name),
    "email": (Column("Email", 30), lambda link, firm, to: ", ".join(to)),
    "look": (Column("Needs a look", 20), lambda link, firm, to: _marks(link)),
}
_TOTALS = (Column("Currency", 10), Column("Links", 10), *(Column(what, 16) for what in ("Amount", "Paid", "Refunded")))
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
                links = await _links(ids[start : start + _PAGE])
                sent = await _addresses(links) if "email" in names else {}
                await asyncio.to_thread(_write, sheet, sums, names, links, sent, firm)
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


async def _links(ids: Sequence[int]) -> list[_Line]:
    links = {row[0]: _Line(*row) for row in await PaymentLink.filter(id__in=ids).values_list(*_FIELDS)}
    return [links[each] for each in ids if each in links]


async def _addresses(links: Sequence[_Line]) -> dict[int, list[str]]:
    """Whom each link was mailed to."""
    sent: dict[int, list[str]] = defaultdict(list)
    recipients = Recipient.filter(link_id__in=[link.id for link in links]).order_by("id")
    for link_id, address in await recipients.values_list("link_id", "address"):
        sent[link_id].append(address)
    return sent


def _write(
    sheet: ExcelSheet,
    sums: _Sums,
    names: Sequence[str],
    links: Sequence[_Line],
    sent: Mapping[int, Sequence[str]],
    firm: Firm,
) -> None:
    cells = [_COLUMNS[name][1] for name in names]
    sheet.add([cell(link, firm, sent.get(link.id, ())) for cell in cells] for link in links)
    for link in links:
        sums.add(link)


@dataclass(slots=True)
class _Sums:
    """What the links add up to, by currency, in minor units: links, asked for, paid, refunded."""

    found: dict[str, list[int]] = field(default_factory=dict)

    def add(self, link: _Line) -> None:
        one = (1, link.amount_minor, link.paid_minor, link.refunded_minor)
        before = self.found.get(link.currency, [0] * len(one))
        self.found[link.currency] = [a + b for a, b in zip(before, one, strict=True)]

    def rows(self) -> list[list[Cell]]:
        rows: list[list[Cell]] = []
        for code, (links, *sums) in sorted(self.found.items()):
            rows.append([code, links, *(Money(minor, code) for minor in sums)])
        return rows


def _about(asked: ListLinks, count: int, ports: Ports) -> list[list[Cell]]:
    firm = ports.firm
    return [
        ["Firm", firm.name],
        ["What was asked for", spell_list(asked).replace("list", "export", 1)],
        ["Links", count],
        ["Made at", _moment(ports.clock.now(), firm)],
        ["Time zone", firm.timezone],
        ["Addresses of the links", "not in this file: whoever has one can see and pay the request"],
    ]


def _moment(at: datetime, firm: Firm) -> datetime:
    """The firm's own time, as Excel knows no zones."""
    return at.astimezone(firm.zone).replace(tzinfo=None, microsecond=0)


def _account(key: str, firm: Firm) -> str:
    account = firm.accounts.get(key)
    return account.name if account else key


def _marks(link: _Line) -> str:
    marks = ["money came late" * link.late_money, "disputed" * link.disputed, "needs a look" * link.review]
    return ", ".join(filter(None, marks))
