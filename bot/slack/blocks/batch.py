"""Answers about a file of invoices: its review, its faults, what became of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

from slack_sdk.models.blocks import ActionsBlock, Block, ButtonElement

from bot.slack.blocks.buttons import button, confirmation
from bot.slack.blocks.message import Message, message
from bot.slack.blocks.wording import day, money, said, section, small, total, typed
from handlers.answers import BatchDecided, BatchLine, BatchRefused, BatchReview, RowError
from handlers.firm import Firm
from handlers.requests import Decision
from models.plain_text import counted

SEND, LINKS, DISCARD, ACCOUNT = "batch_send", "batch_links", "batch_discard", "batch_account"
DECISIONS = {SEND: Decision.SEND, LINKS: Decision.LINKS, DISCARD: Decision.DISCARD}
_MOST_ROWS = 20  # B30: the whole report is in the file that comes with it
_MOST_ACCOUNTS = 20


def batch_review(review: BatchReview, firm: Firm) -> Message:
    """What the file would do, and the buttons that decide; nothing has left yet."""
    count = counted(len(review.lines), "row")
    head = f"*{review.number}*  ·  {typed(review.filename, 100)}  ·  {count}, {total(review.totals, firm) or 'nothing'}"
    blocks: list[Block] = [section(f"{head}\nNothing has been sent yet.")]
    if review.account:
        blocks.append(small(f"Paid into: {typed(review.account, 80)}"))
    blocks += [section(f"⚠️ {said(warning, 600)}") for warning in review.warnings[:5]]
    blocks += _lines(review.lines, firm)
    if review.left_out:
        blocks += [section(f"*Left out: {counted(len(review.left_out), 'row')}*"), *_lines(review.left_out[:5], firm)]
    blocks.append(ActionsBlock(elements=_choices(review, firm)))
    return message(f"{review.number}: {count} to review, {total(review.totals, firm)}. Nothing has been sent.", blocks)


def _choices(review: BatchReview, firm: Firm) -> list[ButtonElement]:
    if not review.lines:
        return [button("Discard", DISCARD, review.number)]
    if not review.account:
        # the action ids of one block must differ, so the account's number is part of its own
        return [
            button(f"Into {key}"[:75], f"{ACCOUNT}_{number}", f"{review.number} {key}")
            for number, key in enumerate(review.accounts[:_MOST_ACCOUNTS])
        ]
    asked = f"{counted(len(review.lines), 'row')}, *{total(review.totals, firm)}*, into {typed(review.account, 60)}."
    send = confirmation(f"Send {review.number}?", f"{asked} Every client gets a letter.", "Send all", "Not yet")
    links = confirmation(f"Make the links of {review.number}?", f"{asked} No letter is sent.", "Make links", "Not yet")
    gone = confirmation(f"Discard {review.number}?", f"{asked} No link is made.", "Discard", "Keep it", danger=True)
    return [
        button("Send all", SEND, review.number, style="primary", confirm=send),
        button("Links only", LINKS, review.number, confirm=links),
        button("Discard", DISCARD, review.number, style="danger", confirm=gone),
    ]


def _lines(lines: Sequence[BatchLine], firm: Firm) -> Iterator[Block]:
    for line in lines[:_MOST_ROWS]:
        yield section(_line(line, firm))
    if len(lines) > _MOST_ROWS:
        yield small(f"and {len(lines) - _MOST_ROWS} more rows")


def _line(line: BatchLine, firm: Firm) -> str:
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


def batch_refused(refused: BatchRefused, firm: Firm) -> Message:
    """Every fault up to twenty, by row and column; nothing of the file was kept."""
    count = len(refused.errors)
    head = (
        f"{typed(refused.filename, 100)} has {counted(count, 'fault')}, so nothing was made "
        f"({counted(refused.good_rows, 'good row')}). Mend the file and send it again."
    )
    blocks: list[Block] = [section(f"⚠️ {head}")]
    blocks += [section(_fault(error)) for error in islice(refused.errors, _MOST_ROWS)]
    if count > _MOST_ROWS:
        blocks.append(small(f"and {count - _MOST_ROWS} more faults"))
    return message(f"{refused.filename} has {counted(count, 'fault')}, so nothing was made.", blocks)


def _fault(error: RowError) -> str:
    column = f", {typed(error.column, 60)}" if error.column else ""
    value = f" “{typed(error.value, 80)}”" if error.value else ""
    return f"*Row {error.row}{column}*{value}: {said(error.remedy, 300)}"


def batch_decided(decided: BatchDecided, firm: Firm) -> Message:
    made = f"✅ {counted(len(decided.lines), 'link')} made"
    words = {
        "send": f"{made}, {counted(decided.letters, 'letter')} on the way",
        "links": f"{made}, no letter was sent",
        "discard": "🗑️ Discarded: no link was made",
    }[decided.decision]
    if decided.repeated:
        words = "▫️ Already decided"
    sums = f" {total(decided.totals, firm)}." if decided.totals else ""
    into = f" into {typed(decided.account, 80)}" if decided.account and not decided.repeated else ""
    blocks: list[Block] = [section(f"*{decided.number}*  ·  {words}{into}.{sums}")]
    blocks += [small(said(note, 600)) for note in decided.notes[:10]]
    blocks += _lines(decided.lines, firm)
    return message(f"{decided.number}: {words}.", blocks)
