"""The review of a file: what it would do, row by row, and the buttons that change and decide it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from slack_sdk.models.blocks import ActionsBlock, Block, ButtonElement, Option, PlainTextObject, StaticSelectElement

from bot.slack.blocks.batch_rows import Spot, page_of, rows_left_out, rows_under_review, turns
from bot.slack.blocks.buttons import button, confirmation
from bot.slack.blocks.message import Message, message
from bot.slack.blocks.wording import said, section, small, total, typed
from handlers.answers import BatchLine, BatchReview, RowError
from handlers.firm import Firm
from handlers.requests import Decision
from models.plain_text import counted, shortened

SEND, LINKS, DISCARD, ACCOUNT = "batch_send", "batch_links", "batch_discard", "batch_account"
ADD, INCLUDE, NAME_ACCOUNT = "batch_add", "batch_include", "batch_name_account"
DECISIONS = {SEND: Decision.SEND, LINKS: Decision.LINKS, DISCARD: Decision.DISCARD}
_MOST_WARNINGS = 5
_MOST_LEFT_OUT = 5
_MOST_ACCOUNTS = 40  # with labels of 40 characters: all text of a message must fit into 12,000
_MOST_FAULTS = 5


def batch_review(review: BatchReview, firm: Firm) -> Message:
    """What the file would do, a page of its rows, and what can be done; nothing has left yet."""
    page, _ = page_of(review.lines, review.page)
    spot = Spot(int(review.number.removeprefix("B-")), review.revision, page)
    count = counted(len(review.lines), "row")
    sums = total(review.totals, firm)
    head = f"*{review.number}*  ·  {typed(review.filename, 100)}  ·  {count}, {sums or 'nothing'}"
    blocks: list[Block] = [section(f"{head}\nNothing has been sent yet.")]
    if review.account:
        blocks.append(small(f"Paid into: {typed(review.account, 80)}"))
    blocks += [*_news(review), *_warnings(review)]
    blocks += rows_under_review(review.lines, spot, firm)
    blocks.append(ActionsBlock(block_id="rows", elements=[*turns(len(review.lines), spot), *_changes(review, spot)]))
    blocks += _left_out(review, spot, firm)
    blocks.append(ActionsBlock(block_id="decision", elements=_decisions(review, spot, firm)))
    return message(f"{review.number}: {count} to review, {sums}. Nothing has been sent.", blocks)


def _news(review: BatchReview) -> Iterator[Block]:
    """What the last press did, or why it did nothing."""
    if review.changed:
        yield section(f"{'✅' if review.done else '⚠️'} {said(review.changed, 600)}")
    for fault in review.faults[:_MOST_FAULTS]:
        yield small(fault_text(fault))


def _warnings(review: BatchReview) -> Iterator[Block]:
    told = [warning for warning in review.warnings if warning != review.changed]
    for warning in told[:_MOST_WARNINGS]:
        yield section(f"⚠️ {said(warning, 500)}")
    if len(told) > _MOST_WARNINGS:
        yield small(f"and {len(told) - _MOST_WARNINGS} more warnings")


def _left_out(review: BatchReview, spot: Spot, firm: Firm) -> Iterator[Block]:
    if not review.left_out:
        return
    yield section(f"*Left out: {counted(len(review.left_out), 'row')}*")
    yield from rows_left_out(review.left_out[:_MOST_LEFT_OUT], spot, firm)
    if len(review.left_out) > _MOST_LEFT_OUT:
        yield small(f"and {len(review.left_out) - _MOST_LEFT_OUT:,} more rows")


def _changes(review: BatchReview, spot: Spot) -> list[ButtonElement | StaticSelectElement]:
    """What changes the review and decides nothing."""
    found: list[ButtonElement | StaticSelectElement] = [button("Add row", ADD, str(spot))]
    if len(review.left_out) > _MOST_LEFT_OUT:
        found.append(button("Include left-out rows", INCLUDE, str(spot)))
    if len(review.accounts) > _MOST_ACCOUNTS and review.lines:
        found.append(button("Change the account" if review.account else "Choose the account", NAME_ACCOUNT, str(spot)))
    elif len(review.accounts) > 1 and review.lines:
        label = f"Into: {review.account}" if review.account else "Choose the account"
        options = [
            Option(text=PlainTextObject(text=shortened(f"Into {key}", 40)), value=f"{spot} {key}"[:150])
            for key in review.accounts
        ]
        placeholder = PlainTextObject(text=shortened(label, 150))
        found.append(StaticSelectElement(action_id=ACCOUNT, placeholder=placeholder, options=options))
    return found


def _decisions(review: BatchReview, spot: Spot, firm: Firm) -> list[ButtonElement]:
    asked = f"{counted(len(review.lines), 'row')}, *{total(review.totals, firm)}*, into {typed(review.account, 60)}."
    asked += f" ⚠️ {review.asked_twice}." if review.asked_twice else ""
    send = confirmation(f"Send {review.number}?", f"{asked} {_letters(review.lines)}", "Send all", "Not yet")
    links = confirmation(f"Make the links of {review.number}?", f"{asked} No letter is sent.", "Make links", "Not yet")
    gone = confirmation(f"Discard {review.number}?", "No link is made of it.", "Discard", "Keep it", danger=True)
    discard = button("Discard", DISCARD, str(spot), style="danger", confirm=gone)
    if not review.lines or not review.account:
        return [discard]
    return [
        button("Send all", SEND, str(spot), style="primary", confirm=send),
        button("Links only", LINKS, str(spot), confirm=links),
        discard,
    ]


def _letters(lines: Sequence[BatchLine]) -> str:
    """Who gets a letter, and who does not for want of an address."""
    without = sum(not line.email for line in lines)
    if not without:
        return "Every client gets a letter."
    if without == len(lines):
        return "None of them has an e-mail address: no letter is sent, you get the links."
    mailed = len(lines) - without
    gets = "gets" if mailed == 1 else "get"
    return f"{counted(mailed, 'client')} {gets} a letter; {counted(without, 'row')} without an address only a link."


def fault_text(error: RowError) -> str:
    """One fault: where, what stands there, how to mend it."""
    where = ", ".join(filter(None, (f"Row {error.row}" if error.row else "", typed(error.column, 60))))
    value = f" “{typed(error.value, 80)}”" if error.value else ""
    return f"*{where}*{value}: {said(error.remedy, 300)}"
