"""Rows of a file as a message shows them, ten a page, each with what can be done to it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from slack_sdk.models.blocks import Block, ButtonElement, Option, PlainTextObject, SectionBlock
from slack_sdk.models.blocks.block_elements import OverflowMenuElement

from bot.slack.blocks.buttons import button
from bot.slack.blocks.card import COPY
from bot.slack.blocks.wording import day, money, mrkdwn, said, small, typed
from handlers.answers import BatchLine
from handlers.firm import Firm

ROW, INCLUDE_ROW, PREVIOUS, NEXT = "batch_row", "batch_include_row", "batch_previous", "batch_next"
EDIT, DELETE = "edit", "delete"
A_PAGE = 10  # rows: with their menus, and all that stands around them, they fit into one message
_SPOT = re.compile(r"B-([0-9]{1,12}) ([0-9]{1,9}) ([0-9]{1,6}) ([0-9]{1,6})")


@dataclass(frozen=True, slots=True)
class Spot:
    """Where in a review somebody pressed: the batch, the revision they saw, the page, the row."""

    batch: int
    seen: int
    page: int = 1
    row: int = 0

    def __str__(self) -> str:
        """As the value of a button has it."""
        return f"B-{self.batch} {self.seen} {self.page} {self.row}"

    def at(self, *, page: int | None = None, row: int | None = None) -> Spot:
        """The same batch, elsewhere in it."""
        return replace(self, page=self.page if page is None else page, row=self.row if row is None else row)


def spot_in(value: str) -> tuple[Spot, str] | None:
    """The spot that a button's value names, and what follows it; None for a value that is none of ours."""
    found = _SPOT.match(value)
    if found is None:
        return None
    rest = value[found.end() :]
    if rest and not rest.startswith(" "):
        return None
    return Spot(*(int(number) for number in found.groups())), rest.strip()


def pages_of(rows: int) -> int:
    return max(1, -(-rows // A_PAGE))


def page_of(lines: Sequence[BatchLine], page: int) -> tuple[int, Sequence[BatchLine]]:
    """A page that there is, the nearest to the one asked for, and its rows."""
    page = min(max(page, 1), pages_of(len(lines)))
    return page, lines[(page - 1) * A_PAGE : page * A_PAGE]


def rows_under_review(lines: Sequence[BatchLine], spot: Spot, firm: Firm) -> Iterator[Block]:
    """A page of rows, each with a menu: edit or delete."""
    page, shown = page_of(lines, spot.page)
    if len(lines) > A_PAGE:
        yield small(_whereabouts(page, shown, len(lines)))
    for line in shown:
        yield _section(line, firm, _menu(spot.at(page=page, row=line.row)))


def rows_left_out(lines: Sequence[BatchLine], spot: Spot, firm: Firm) -> Iterator[Block]:
    """Rows that are not billed, each with a button that takes it in; the template's examples never are."""
    for line in lines:
        taken_in = button("Include", INCLUDE_ROW, str(spot.at(row=line.row)))
        yield _section(line, firm, None if line.left_out == "example" else taken_in, name="out")


def rows_with_links(lines: Sequence[BatchLine], page: int, firm: Firm) -> Iterator[Block]:
    """A page of rows with their links, each to be copied (F36)."""
    page, shown = page_of(lines, page)
    if len(lines) > A_PAGE:
        yield small(_whereabouts(page, shown, len(lines)))
    for line in shown:
        yield _section(line, firm, button("Copy link", COPY, line.reference) if line.reference else None)


def turns(rows: int, spot: Spot) -> list[ButtonElement]:
    """The ways to the pages before and after."""
    page = min(max(spot.page, 1), pages_of(rows))
    found = []
    if page > 1:
        found.append(button("◀ Previous", PREVIOUS, str(spot.at(page=page - 1, row=0))))
    if page < pages_of(rows):
        found.append(button("Next ▶", NEXT, str(spot.at(page=page + 1, row=0))))
    return found


def _whereabouts(page: int, shown: Sequence[BatchLine], rows: int) -> str:
    first = (page - 1) * A_PAGE + 1
    return f"{first:,} to {first + len(shown) - 1:,} of {rows:,}  ·  page {page:,} of {pages_of(rows):,}"


def _menu(spot: Spot) -> OverflowMenuElement:
    options = [
        Option(text=PlainTextObject(text=label), value=f"{spot} {verb}")
        for label, verb in (("Edit", EDIT), ("Delete", DELETE))
    ]
    return OverflowMenuElement(action_id=ROW, options=options)


def _section(
    line: BatchLine, firm: Firm, accessory: ButtonElement | OverflowMenuElement | None, name: str = "row"
) -> SectionBlock:
    return SectionBlock(block_id=f"{name}_{line.row}", text=mrkdwn(row_text(line, firm)), accessory=accessory)


def row_text(line: BatchLine, firm: Firm) -> str:
    """One row's facts on a line, and a note under it."""
    facts = [
        f"*{line.reference}*" if line.reference else f"Row {line.row}",
        f"*{money(line.amount, firm)}*",
        typed(line.payer_name, 60),
        typed(line.email, 60) or "no address",
        f"invoice {typed(line.invoice_number, 40)}" if line.invoice_number else "",
        f"due {day(line.due_on, firm)}" if line.due_on else "",
    ]
    note = f"\n{said(line.note, 150)}" if line.note else ""
    return "  ·  ".join(filter(None, facts)) + note
