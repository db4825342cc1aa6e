"""A file's review, its faults and what was decided of it, as pages of a letter. Pure."""

from __future__ import annotations

from handlers.answers import BatchDecided, BatchLine, BatchRefused, BatchReview, FileReady
from handlers.batches.csv_file import csv_file
from handlers.firm import Firm
from mailroom.blocks import MOST_HTML_ROWS, Block, Facts, Forms, Page, Row, Rows, Words
from models.calendar import spell_short
from models.money import spell, spell_all
from models.plain_text import counted, listed, shortened

MOST_ERRORS = 20  # B30
MOST_ROWS = 1_000


def review_page(answer: BatchReview, firm: Firm) -> Page:
    blocks: list[Block] = [Words("Nothing has been sent yet.", "strong")]
    blocks.append(
        Facts(
            (
                ("Account", answer.account),
                ("Rows", str(len(answer.lines))),
                ("Total", spell_all(answer.totals, firm.locale)),
            )
        )
    )
    blocks += [Words(warning, "warning") for warning in answer.warnings]
    left_out = [_batch_rows("Left out", answer.left_out, firm)] if answer.left_out else []
    filename = shortened(answer.filename, 60)
    if not answer.lines:
        return f"{answer.number}: there is nothing to send in {filename}", [*blocks, *left_out]
    if not answer.account:
        keys = " or ".join(f"account {key}" for key in answer.accounts)
        blocks.append(Words(f"Which account is the money for? Answer this letter; its first line: {keys}.", "warning"))
    blocks += [Words("Answer this letter; its first line decides:", "strong"), Forms(_DECISIONS)]
    blocks += [_batch_rows("What would be sent", answer.lines, firm), *left_out]
    return f"{answer.number}: {filename} is ready for your decision", blocks


_DECISIONS = (
    ("send", "mails each client their own link"),
    ("links", "makes the links and gives you a file of them; no client is mailed"),
    ("discard", "drops the file; nothing happens"),
)


def _batch_rows(heading: str, lines: tuple[BatchLine, ...], firm: Firm) -> Rows:
    shown = tuple(
        Row(
            str(line.row),
            line.payer_name or line.email,
            spell(line.amount, firm.locale) if line.amount.minor else "",
            _of_line(line, firm),
            line.url,
        )
        for line in lines[:MOST_ROWS]
    )
    if len(lines) > MOST_ROWS:
        shown += (Row("…", f"and {len(lines) - MOST_ROWS} more rows"),)
    return Rows(heading, shown)


def _of_line(line: BatchLine, firm: Firm) -> str:
    parts = [
        line.reference,
        line.email or "no address: a link only",
        f"invoice {line.invoice_number}" if line.invoice_number else "",
        f"due {spell_short(line.due_on, firm.locale)}" if line.due_on else "",
        line.note,
    ]
    return ", ".join(part for part in parts if part)


def refused_page(answer: BatchRefused, firm: Firm) -> Page:
    count = len(answer.errors)
    rows = tuple(
        Row(
            str(error.row),
            ": ".join(filter(None, (error.column, error.value and f"“{shortened(error.value, 60)}”"))),
            "",
            error.remedy,
        )
        for error in answer.errors[:MOST_ERRORS]
    )
    blocks: list[Block] = [
        Words("No link was made and nothing was sent. Mend the rows below and send the whole file again.", "strong"),
        Rows("Row, column, and how to mend it", rows),
    ]
    if count > MOST_ERRORS:
        blocks.append(Words(f"These are the first {MOST_ERRORS} of {count}; the attached errors.csv has all."))
    if answer.good_rows:
        blocks.append(Words(f"Without a fault: {counted(answer.good_rows, 'row')}.", "fine"))
    return f"{shortened(answer.filename, 60)} has {counted(count, 'fault')}", blocks


def decided_page(answer: BatchDecided, firm: Firm) -> Page:
    titles = {
        "send": f"{answer.number}: {counted(answer.letters, 'letter')} on the way",
        "links": f"{answer.number}: {counted(len(answer.lines), 'link')} made, nobody was mailed",
        "discard": f"{answer.number} is discarded; nothing was sent",
    }
    blocks: list[Block] = [Facts((("Account", answer.account), ("Total", spell_all(answer.totals, firm.locale))))]
    blocks += [Words(note) for note in answer.notes]
    if answer.files:
        blocks.append(Words(f"Attached: {listed([file.filename for file in answer.files])}."))
    if answer.lines:
        blocks.append(_batch_rows("The links", answer.lines, firm))
    title = f"{answer.number} was already decided" if answer.repeated else titles[answer.decision]
    return title, blocks


def errors_file(answer: BatchRefused, firm: Firm) -> list[FileReady]:
    """All faults of a file, where the letter shows the first of them only."""
    if len(answer.errors) <= MOST_ERRORS:
        return []
    errors = [(str(error.row), error.column, error.value, error.remedy) for error in answer.errors]
    return [csv_file("errors.csv", [("row", "column", "value", "how to mend it"), *errors], firm.numbers)]


def rows_file(answer: BatchReview, firm: Firm) -> list[FileReady]:
    """All rows of a file, where the letter's HTML shows the first of them only."""
    if len(answer.lines) <= MOST_HTML_ROWS:
        return []
    columns = ("row", "recipient name", "email address", "amount", "currency", "invoice number")
    rows = [
        (str(line.row), line.payer_name, line.email, line.amount.plain, line.amount.currency, line.invoice_number)
        for line in answer.lines
    ]
    return [csv_file(f"{answer.number}.csv", [columns, *rows], firm.numbers)]
