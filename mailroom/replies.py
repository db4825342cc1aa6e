"""Every answer of the desk printed as a letter, in the thread of the letter it answers. Pure."""

from __future__ import annotations

import base64
import csv
import io
import re
from collections.abc import Callable, Iterable
from typing import Any

from handlers.answers import (
    Answer,
    BatchDecided,
    BatchLine,
    BatchRefused,
    BatchReview,
    CancelReport,
    FileReady,
    FormWanted,
    HelpText,
    LinkCard,
    LinkCopied,
    LinkList,
    LinkMade,
    LinkShown,
    Refusal,
    Resent,
)
from handlers.firm import Firm
from handlers.ports import StaffLetter
from mailroom.blocks import MOST_HTML_ROWS, Address, Block, Facts, Forms, Row, Rows, Words, as_html, as_text
from mailroom.letters import Head
from models.calendar import spell_day, spell_short
from models.money import Money, spell
from models.plain_text import shortened

MOST_ERRORS = 20  # B30
MOST_ROWS = 1_000
_FORMULA = frozenset("=+-@\t\r\0＝＋－＠")

Page = tuple[str, list[Block]]  # title and blocks


def reply(answer: Answer, head: Head, to: str, message_id: str, firm: Firm, notes: Iterable[str] = ()) -> StaffLetter:
    """The answer as a letter to `to`, in the thread of the letter with this head."""
    title, blocks = page_of(answer, firm)
    blocks += [Words(note, "fine") for note in notes]
    subject = head.subject if re.match(r"re\s*:", head.subject, re.IGNORECASE) else f"Re: {head.subject or title}"
    answered = [head.message_id] if head.message_id else []
    thread = [*reversed(head.answered_ids[:20]), *answered]
    return StaffLetter(
        to=to,
        message_id=message_id,
        subject=shortened(subject, 200),
        text=as_text(title, blocks),
        html=as_html(title, blocks, firm.name),
        in_reply_to=head.message_id,
        references=" ".join(thread),
        attachments=tuple(
            (file.filename, file.content_type.partition(";")[0], base64.b64encode(file.content).decode("ascii"))
            for file in _files(answer)
        ),
    )


def page_of(answer: Answer, firm: Firm) -> Page:
    """The answer as a title and blocks."""
    printers: dict[type, Callable[[Any, Firm], Page]] = {
        LinkMade: _made,
        LinkShown: _shown,
        LinkCopied: _copied,
        LinkList: _list,
        CancelReport: _cancelled,
        Resent: _resent,
        FileReady: _file,
        HelpText: _help,
        FormWanted: _form,
        Refusal: _refusal,
        BatchReview: _review,
        BatchRefused: _batch_refused,
        BatchDecided: _decided,
    }
    return printers[type(answer)](answer, firm)


def _files(answer: Answer) -> tuple[FileReady, ...]:
    match answer:
        case FileReady():
            return (answer,)
        case BatchDecided():
            return answer.files
        case BatchRefused() if len(answer.errors) > MOST_ERRORS:
            errors = [(str(error.row), error.column, error.value, error.remedy) for error in answer.errors]
            return (_table("errors.csv", ("row", "column", "value", "how to mend it"), errors),)
        case BatchReview() if len(answer.lines) > MOST_HTML_ROWS:
            rows = [
                (
                    str(line.row),
                    line.payer_name,
                    line.email,
                    line.amount.plain,
                    line.amount.currency,
                    line.invoice_number,
                )
                for line in answer.lines
            ]
            columns = ("row", "recipient name", "email address", "amount", "currency", "invoice number")
            return (_table(f"{answer.number}.csv", columns, rows),)
    return ()


def _table(filename: str, columns: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> FileReady:
    """A list too long for the letter. Cells that a spreadsheet would run as formulas are quoted (T20)."""
    page = io.StringIO(newline="")
    writer = csv.writer(page)
    writer.writerow(columns)
    writer.writerows([f"'{cell}" if cell[:1] in _FORMULA else cell for cell in row] for row in rows)
    return FileReady(filename, page.getvalue().encode("utf-8-sig"), "text/csv", "")


# ── links ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _made(answer: LinkMade, firm: Firm) -> Page:
    card = answer.card
    told = f"is on its way to {_and(answer.mailed_to)}" if answer.mailed_to else "is ready"
    repeated = (
        [Words("This letter arrived before; this is the link it made the first time.")] if answer.repeated else []
    )
    notes = [Words(note) for note in answer.notes]
    return f"{card.reference} {told}", [*repeated, _card(card, firm), Address(card.url), *notes, _next_steps(card)]


def _shown(answer: LinkShown, firm: Firm) -> Page:
    card = answer.card
    history = tuple(Row("", line.words, "", _moment(line.at, firm)) for line in answer.history)
    letters = tuple(Row("", sent.address, "", _delivery(sent.state, sent.trouble)) for sent in card.deliveries)
    blocks: list[Block] = [*_alarms(card), _card(card, firm), Address(card.url)]
    blocks += [Rows("Letters", letters)] if letters else []
    return f"{card.reference} is {card.state.spoken}", [*blocks, Rows("What happened", history), _next_steps(card)]


def _copied(answer: LinkCopied, firm: Firm) -> Page:
    return f"The link of {answer.reference}", [Address(answer.url)]


def _resent(answer: Resent, firm: Firm) -> Page:
    return f"{answer.card.reference} is on its way again to {_and(answer.mailed_to)}", [_card(answer.card, firm)]


def _cancelled(answer: CancelReport, firm: Firm) -> Page:
    done = sum(outcome.done for outcome in answer.outcomes)
    if len(answer.outcomes) == 1:
        return answer.outcomes[0].sentence, []
    title = f"{done} of {len(answer.outcomes)} cancelled"
    return title, [Rows("", tuple(Row("✓" if one.done else "–", one.sentence) for one in answer.outcomes))]


def _list(answer: LinkList, firm: Firm) -> Page:
    view = "links" if answer.view.value == "all" else f"{answer.view.value} links"
    if not answer.count:
        return f"No {view} found", [Words(f"Looked for: {answer.filters}.", "fine")] if answer.filters else []
    rows = tuple(
        Row("", f"{card.reference}  {card.payer_name}".strip(), spell(card.amount, firm.locale), _about(card, firm))
        for card in answer.rows
    )
    blocks: list[Block] = [Rows("", rows), Facts((("Total", _sums(answer.totals, firm)),))]
    if answer.pages > 1:
        after = (
            f" The next: `{_command('list', answer.filters)} page {answer.page + 1}`."
            if answer.page < answer.pages
            else ""
        )
        blocks.append(Words(f"Page {answer.page} of {answer.pages}.{after}", "fine"))
    return f"{answer.count} {view if answer.count > 1 else view[:-1]}", blocks


def _command(word: str, rest: str) -> str:
    return rest if rest.startswith(word) else f"{word} {rest}".strip()


def _card(card: LinkCard, firm: Firm) -> Facts:
    money = spell(card.amount, firm.locale)
    if card.paid.minor:
        money += f", of which {spell(card.paid, firm.locale)} is paid"
    partial = ""
    if card.partial_allowed:
        least = f", at least {spell(card.partial_minimum, firm.locale)}" if card.partial_minimum else ""
        partial = f"allowed{least}"
    return Facts(
        (
            ("Amount", money),
            ("State", card.state.spoken),
            ("Client", card.payer_name),
            ("Invoice", card.invoice_number),
            ("Due", spell_day(card.due_on, firm.locale) if card.due_on else ""),
            ("Account", card.account),
            ("Part payment", partial),
            ("Message", shortened(card.message, 300)),
            ("Link works until", _last_day(card, firm)),
            ("Made by", card.created_by),
        )
    )


def _last_day(card: LinkCard, firm: Firm) -> str:
    if card.expires_at is None:
        return ""
    end = card.expires_at.astimezone(firm.zone)
    day = end.date()
    if (end.hour, end.minute) == (0, 0):  # it ends with the day before
        day = day.fromordinal(day.toordinal() - 1)
    return spell_day(day, firm.locale)


def _alarms(card: LinkCard) -> list[Block]:
    alarms: list[Block] = []
    if card.late_money:
        alarms.append(Words("Money arrived after this link was closed: keep or refund it in Stripe.", "warning"))
    if card.review:
        alarms.append(Words("Something about this link needs a look: see below.", "warning"))
    return alarms


def _next_steps(card: LinkCard) -> Words:
    steps = [f"`show {card.reference}`"]
    if card.cancellable:
        steps += [f"`resend {card.reference}`", f"`cancel {card.reference}`"]
    return Words(f"In the subject of a new letter: {', '.join(steps)}.", "fine")


def _about(card: LinkCard, firm: Firm) -> str:
    parts = [
        card.state.spoken,
        f"invoice {card.invoice_number}" if card.invoice_number else "",
        f"due {spell_short(card.due_on, firm.locale)}" if card.due_on else "",
        f"paid {spell(card.paid, firm.locale)}" if card.paid.minor else "",
        "NEEDS A LOOK" if card.review or card.late_money else "",
    ]
    return ", ".join(part for part in parts if part)


def _delivery(state: str, trouble: str) -> str:
    return f"{state}: {trouble}" if trouble else state


# ── batches ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def _review(answer: BatchReview, firm: Firm) -> Page:
    blocks: list[Block] = [Words("Nothing has been sent yet.", "strong")]
    blocks.append(
        Facts((("Account", answer.account), ("Rows", str(len(answer.lines))), ("Total", _sums(answer.totals, firm))))
    )
    blocks += [Words(warning, "warning") for warning in answer.warnings]
    if not answer.account:
        keys = " or ".join(f"account {key}" for key in answer.accounts)
        blocks.append(Words(f"Which account is the money for? Answer this letter; its first line: {keys}.", "warning"))
    blocks += [Words("Answer this letter; its first line decides:", "strong"), Forms(_DECISIONS)]
    blocks.append(_batch_rows("What would be sent", answer.lines, firm))
    if answer.left_out:
        blocks.append(_batch_rows("Left out", answer.left_out, firm))
    return f"{answer.number}: {shortened(answer.filename, 60)} is ready for your decision", blocks


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
            spell(line.amount, firm.locale),
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


def _batch_refused(answer: BatchRefused, firm: Firm) -> Page:
    count = len(answer.errors)
    rows = tuple(
        Row(
            str(error.row),
            f"{error.column}: “{shortened(error.value, 60)}”" if error.value else error.column,
            "",
            error.remedy,
        )
        for error in answer.errors[:MOST_ERRORS]
    )
    faults = "1 fault" if count == 1 else f"{count} faults"
    blocks: list[Block] = [
        Words("No link was made and nothing was sent. Mend the rows below and send the whole file again.", "strong"),
        Rows("Row, column, and how to mend it", rows),
    ]
    if count > MOST_ERRORS:
        blocks.append(Words(f"These are the first {MOST_ERRORS} of {count}; the attached errors.csv has all."))
    if answer.good_rows:
        blocks.append(Words(f"The other {answer.good_rows} rows are fine.", "fine"))
    return f"{shortened(answer.filename, 60)} has {faults}", blocks


def _decided(answer: BatchDecided, firm: Firm) -> Page:
    titles = {
        "send": f"{answer.number}: {answer.letters} letters are on their way",
        "links": f"{answer.number}: {len(answer.lines)} links are made, nobody was mailed",
        "discard": f"{answer.number} is discarded; nothing was sent",
    }
    blocks: list[Block] = [Facts((("Account", answer.account), ("Total", _sums(answer.totals, firm))))]
    blocks += [Words(note) for note in answer.notes]
    if answer.files:
        blocks.append(Words(f"Attached: {_and([file.filename for file in answer.files])}."))
    if answer.lines:
        blocks.append(_batch_rows("The links", answer.lines, firm))
    return titles.get(answer.decision, answer.number), blocks


# ── words ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _file(answer: FileReady, firm: Firm) -> Page:
    return f"{answer.filename} is attached", [Words(answer.words)]


def _help(answer: HelpText, firm: Firm) -> Page:
    note: list[Block] = [Words(answer.note)] if answer.note else []
    return answer.title, [Forms(answer.lines), *note]


def _form(answer: FormWanted, firm: Firm) -> Page:
    return "What shall Paylink do?", [Words("Write a command in the subject, such as `help`.")]


def _refusal(answer: Refusal, firm: Firm) -> Page:
    return "Nothing was done", [Words(answer.sentence)]


def _and(words: Iterable[str]) -> str:
    *most, last = [*words] or [""]
    return f"{', '.join(most)} and {last}" if most else last


def _sums(totals: Iterable[Money], firm: Firm) -> str:
    return " + ".join(spell(total, firm.locale) for total in totals)


def _moment(at: Any, firm: Firm) -> str:
    local = at.astimezone(firm.zone)
    return f"{spell_short(local.date(), firm.locale)}, {local:%H:%M}"
