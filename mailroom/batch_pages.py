"""A file's review, its faults and what was decided of it, as pages of a letter. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from handlers.answers import BatchDecided, BatchLine, BatchRefused, BatchReview, FileReady, RowError
from handlers.batches.csv_file import csv_file
from handlers.batches.invoice_rows import NO_ADDRESS
from handlers.firm import Firm
from mailroom.blocks import MOST_HTML_ROWS, Block, Facts, Forms, Page, Row, Rows, Words
from models.calendar import spell_short
from models.money import spell, spell_all
from models.plain_text import counted, listed, shortened

MOST_ERRORS = 20  # B30


def review_page(answer: BatchReview, firm: Firm) -> Page:
    """The rows as they stand, what was just done to them, and what can be answered."""
    filename = shortened(answer.filename, 60)
    said = [Words(answer.changed, "strong" if answer.done else "warning")] if answer.changed else []
    faults = [_fault_rows(answer.faults)] if answer.faults else []
    left = f", and {len(answer.left_out)} left out" if answer.left_out else ""
    facts = (
        ("Account", answer.account),
        ("Rows", f"{len(answer.lines)}{left}"),
        ("Total", spell_all(answer.totals, firm.locale)),
    )
    blocks: list[Block] = [*said, *faults, Words("Nothing has been sent yet.", "strong"), Facts(facts)]
    blocks += [Words(warning, "warning") for warning in answer.warnings]
    if answer.asked_twice:
        blocks.append(Words(f"If you send it as it stands: {answer.asked_twice}.", "warning"))
    if answer.lines and not answer.account:
        keys = " or ".join(f"account {key}" for key in answer.accounts)
        blocks.append(Words(f"Which account is the money for? Answer this letter; its first line: {keys}.", "warning"))
    blocks += [Words("Answer this letter: what is to be done, one a line, the decision last.", "strong")]
    blocks += [Forms(_forms(answer))]
    whole = _name_of_rows(answer)
    blocks += [_batch_rows("What would be sent", answer.lines, firm, whole)] if answer.lines else []
    blocks += [_batch_rows("Left out", answer.left_out, firm, whole)] if answer.left_out else []
    return _review_title(answer, filename), blocks


def _review_title(answer: BatchReview, filename: str) -> str:
    if not answer.done:
        return f"{answer.number}: nothing was changed"
    if not answer.lines:
        return f"{answer.number}: there is nothing to send in {filename}"
    return f"{answer.number}: {filename} is ready for your decision"


_SENDING = (
    ("send", "mails each client their own link"),
    ("links", "makes the links and gives you a file of them; no client is mailed"),
)
_DISCARDING = ("discard", "drops the file; nothing happens")


def _forms(answer: BatchReview) -> tuple[tuple[str, str], ...]:
    """What can be answered, with rows of this very list as examples."""
    forms = [*_SENDING, _DISCARDING] if answer.lines else [_DISCARDING]
    if answer.lines:
        first, last = answer.lines[0].row, answer.lines[-1].row
        some = f"{first}, {last}" if first != last else f"{first}"
        forms.append((f"delete {some}", "leaves rows out, also delete 3-7; they keep their numbers"))
        forms.append((f"edit {first} amount 120.00", f"puts another value into a row: {_EDITABLE}"))
    forms.append((f"add {', '.join(answer.columns)}", "adds a row, its cells in the order of your file …"))
    forms.append(("add create 120.00 jane@example.com for Jane Doe", "… or in the words of a new link"))
    out = [f"{line.row}" for line in answer.left_out if line.left_out != "example"]
    if out:
        forms.append((f"include {', '.join(out[:2])}", "takes rows in that are left out"))
    if len(answer.accounts) > 1:
        forms.append((f"account {answer.accounts[0]}", f"chooses the account: {', '.join(answer.accounts)}"))
    return tuple(forms)


_EDITABLE = "amount, email, name, invoice, due, message, …; several in one line"


def _batch_rows(heading: str, lines: tuple[BatchLine, ...], firm: Firm, whole_in: str) -> Rows:
    shown = tuple(
        Row(
            str(line.row),
            line.payer_name or line.email,
            spell(line.amount, firm.locale) if line.amount.minor else "",
            _of_line(line, firm),
            line.url,
        )
        for line in lines
    )
    return Rows(heading, shown, whole_in)


def _of_line(line: BatchLine, firm: Firm) -> str:
    note = "; ".join(told for told in line.note.split("; ") if told != NO_ADDRESS)  # it stands there in other words
    due = spell_short(line.due_on, firm.locale) if line.due_on else ""
    parts = [
        line.reference,
        line.email or "no address: a link only",
        f"invoice {line.invoice_number}" if line.invoice_number else "",
        f"due {due}" if due and due not in note else "",
        note,
    ]
    return ", ".join(part for part in parts if part)


def refused_page(answer: BatchRefused, firm: Firm) -> Page:
    count = len(answer.errors)
    blocks: list[Block] = [
        Words("No link was made and nothing was sent. Mend the rows below and send the whole file again.", "strong"),
        _fault_rows(answer.errors),
    ]
    if answer.files:
        [copy] = answer.files
        first = f"These are the first {MOST_ERRORS} of {count}. " if count > MOST_ERRORS else ""
        blocks.append(
            Words(
                f"{first}Attached is {copy.filename}: your file with what is wrong in its first column, “error”. Mend"
                " it there and send it to this address; that column is not read."
            )
        )
    if answer.good_rows:
        blocks.append(Words(f"Without a fault: {counted(answer.good_rows, 'row')}.", "fine"))
    return f"{shortened(answer.filename, 60)} has {counted(count, 'fault')}", blocks


def _fault_rows(errors: Sequence[RowError]) -> Rows:
    rows = tuple(
        Row(
            str(error.row),
            ": ".join(filter(None, (error.column, error.value and f"“{shortened(error.value, 60)}”"))),
            "",
            error.remedy,
        )
        for error in errors[:MOST_ERRORS]
    )
    return Rows("Row, column, and how to mend it", rows)


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
        blocks.append(_batch_rows("The links", answer.lines, firm, _name_of_rows(answer)))
    if answer.lines and answer.repeated:
        some = " ".join(line.reference for line in answer.lines[:2])
        blocks.append(Words(f"To take links back: `cancel {some}` in the subject of a new letter.", "fine"))
    title = f"{answer.number} was already decided" if answer.repeated else titles[answer.decision]
    return title, blocks


def _name_of_rows(answer: BatchReview | BatchDecided) -> str:
    """The attached file that has every row; blank where the letter has them."""
    if isinstance(answer, BatchDecided) and answer.files:
        return answer.files[0].filename
    shown = len(answer.lines) + (len(answer.left_out) if isinstance(answer, BatchReview) else 0)
    return f"{answer.number}.csv" if shown > MOST_HTML_ROWS else ""


def rows_file(answer: BatchReview | BatchDecided, firm: Firm) -> list[FileReady]:
    """All rows of a file, where the letter shows the first of them only."""
    name = _name_of_rows(answer)
    if not name or (isinstance(answer, BatchDecided) and answer.files):
        return []
    columns = ["row", "recipient name", "email address", "amount", "currency", "invoice number", "due date", "note"]
    lines = list(answer.lines)
    links: list[str] = ["reference", "url"]
    if isinstance(answer, BatchReview):
        links, lines = [], sorted([*lines, *answer.left_out], key=lambda line: line.row)
    rows = [[*_cells(line), *([line.reference, line.url] if links else [])] for line in lines]
    return [csv_file(name, [[*columns, *links], *rows], firm.numbers)]


def _cells(line: BatchLine) -> list[str]:
    out = "left out: " if line.left_out else ""
    return [
        f"{line.row}",
        line.payer_name,
        line.email,
        line.amount.plain,
        line.amount.currency,
        line.invoice_number,
        line.due_on.isoformat() if line.due_on else "",
        f"{out}{line.note}",
    ]
