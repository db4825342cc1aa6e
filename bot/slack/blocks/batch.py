"""Answers about a file of invoices: its faults, and what became of it."""

from __future__ import annotations

from itertools import islice

from slack_sdk.models.blocks import ActionsBlock, Block, ButtonElement

from bot.slack.blocks.batch_review import LINKS, fault_text
from bot.slack.blocks.batch_rows import Spot, page_of, rows_with_links, turns
from bot.slack.blocks.buttons import button
from bot.slack.blocks.message import Message, message
from bot.slack.blocks.wording import said, section, small, total, typed
from handlers.answers import BatchDecided, BatchRefused
from handlers.firm import Firm
from handlers.requests import Decision
from models.plain_text import counted

SHOW = "batch_show"
_MOST_FAULTS = 20  # B30: the whole report is in the file that comes with it


def batch_refused(refused: BatchRefused, firm: Firm) -> Message:
    """Every fault up to twenty, by row and column; nothing of the file was kept."""
    count = len(refused.errors)
    head = (
        f"{typed(refused.filename, 100)} has {counted(count, 'fault')}, so nothing was made "
        f"({counted(refused.good_rows, 'good row')}). Mend the file and send it again."
    )
    blocks: list[Block] = [section(f"⚠️ {head}")]
    blocks += [section(fault_text(error)) for error in islice(refused.errors, _MOST_FAULTS)]
    if count > _MOST_FAULTS:
        blocks.append(small(f"and {count - _MOST_FAULTS} more faults"))
    if refused.files:
        names = ", ".join(f"`{typed(file.filename, 80)}`" for file in refused.files[:3])
        blocks.append(small(f"Marked row by row in your direct messages with Paylink: {names}"))
    return message(f"{refused.filename} has {counted(count, 'fault')}, so nothing was made.", blocks)


def batch_decided(decided: BatchDecided, firm: Firm, page: int = 1) -> Message:
    """What became of a batch, and a page of its links."""
    made = f"✅ {counted(len(decided.lines), 'link')} made"
    words = {
        "send": f"{made}, {counted(decided.letters, 'letter')} on the way",
        "links": f"{made}, no letter was sent",
        "discard": "🗑️ Discarded: no link was made",
    }[decided.decision]
    if decided.repeated:
        words = "▫️ Already decided"
    into = f" into {typed(decided.account, 80)}" if decided.account else ""
    sums = f" {total(decided.totals, firm)}{into}." if decided.totals else ""
    blocks: list[Block] = [section(f"*{decided.number}*  ·  {words}.{sums}")]
    blocks += [small(said(note, 600)) for note in decided.notes[:10]]
    blocks += rows_with_links(decided.lines, page, firm)
    if found := _ways_on(decided, page):
        blocks.append(ActionsBlock(block_id="pages", elements=found))
    return message(f"{decided.number}: {words}.", blocks)


def _ways_on(decided: BatchDecided, page: int) -> list[ButtonElement]:
    page, _ = page_of(decided.lines, page)
    spot = Spot(int(decided.number.removeprefix("B-")), 0, page)
    found = turns(len(decided.lines), spot)
    if decided.decision == Decision.LINKS.value and decided.lines:
        found.append(button("Send me the files", LINKS, str(spot)))
    return found


def batch_known(sentence: str, number: int) -> Message:
    """The file came before: a way to its review, which may have scrolled away."""
    show = button(f"Show B-{number}", SHOW, str(Spot(number, 0)))
    return message(sentence, [section(f"⚠️ {said(sentence)}"), ActionsBlock(elements=[show])])
