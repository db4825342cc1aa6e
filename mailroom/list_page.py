"""A list of links as a letter."""

from __future__ import annotations

from handlers.answers import (
    ExportBegun,
    FileReady,
    LinkCard,
    LinkList,
)
from handlers.firm import Firm
from handlers.links.aftermath import beside_state
from handlers.requests import View
from mailroom.blocks import Block, Facts, Page, Row, Rows, Words
from models.calendar import spell_short
from models.money import spell, spell_all
from models.plain_text import counted


def list_page(answer: LinkList, firm: Firm) -> Page:
    """One page of a list, its totals per currency, and the command for the next page."""
    kind = "link" if answer.view is View.ALL else f"{answer.view.value} link"
    if not answer.count:
        return f"No {kind}s found", [Words(f"Looked for: `{answer.command}`.", "fine"), *_note(answer)]
    rows = tuple(
        Row("", f"{card.reference}  {card.payer_name}".strip(), spell(card.amount, firm.locale), _about(card, firm))
        for card in answer.rows
    )
    total = spell_all(answer.totals, firm.locale) or "too many to add up"
    blocks: list[Block] = [Rows("", rows), Facts((("Asked for", total), *_received(answer, firm)))]
    if answer.pages > 1:
        after = f" The next: `{answer.command} page {answer.page + 1}`." if answer.page < answer.pages else ""
        blocks.append(Words(f"Page {answer.page} of {answer.pages}.{after}", "fine"))
    return counted(answer.count, kind), [*blocks, *_counts(answer), *_note(answer), *_whole(answer)]


def _received(answer: LinkList, firm: Firm) -> list[tuple[str, str]]:
    return [("Received", spell_all(answer.received, firm.locale))] if answer.received else []


def _whole(answer: LinkList) -> list[Block]:
    match answer.file:
        case FileReady(filename=filename):
            return [Words(f"All of it is attached as an Excel file, {filename}.", "fine")]
        case ExportBegun(words=words):
            return [Words(words, "fine")]
    return []


def _counts(answer: LinkList) -> list[Block]:
    """How many links each view has, where it has any."""
    views = [f"{each.view} {each.count:,}{' or more' * each.more}" for each in answer.counts if each.count]
    return [Words(f"All links by view: {', '.join(views)}.", "fine")] if views else []


def _note(answer: LinkList) -> list[Block]:
    return [Words(answer.note, "fine")] if answer.note else []


def _about(card: LinkCard, firm: Firm) -> str:
    parts = [
        ", ".join([card.state.spoken, *beside_state(card, firm)]),
        f"invoice {card.invoice_number}" if card.invoice_number else "",
        f"due {spell_short(card.due_on, firm.locale)}" if card.due_on else "",
        f"paid {spell(card.paid, firm.locale)}" if card.paid.minor else "",
        "NEEDS A LOOK" if card.review or card.late_money else "",
    ]
    return ", ".join(part for part in parts if part)
