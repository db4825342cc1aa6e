"""Rows of a batch under review: deleted, changed, added, taken in; one step or several, all or none."""

from __future__ import annotations

from dataclasses import replace

import pytest

from handlers.answers import BatchDecided, LinkMade
from handlers.batches.columns import USUAL
from handlers.batches.template import template
from handlers.desk import Desk
from handlers.requests import (
    AddRow,
    ChangeBatch,
    CreateLink,
    DecideBatch,
    Decision,
    DeleteRows,
    EditRow,
    IncludeRows,
    Request,
    ReviewFile,
    ShowBatch,
)
from models.link_states import LinkState
from models.money import Money
from models.tables import Batch, PaymentLink
from tests.cast import SAM, Surroundings
from tests.handlers.batches.asking import rows, shown, three
from tests.handlers.batches.samples import JANE, OMAR, TODAY, as_csv, lines

pytestmark = pytest.mark.usefixtures("database")
SEND = DecideBatch(1, Decision.SEND)


# ── each step ─────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_deleted_rows_keep_their_numbers_and_can_be_taken_in_again(desk: Desk) -> None:
    """(F32)"""
    await three(desk)
    gone = await shown(desk, DeleteRows(1, (2, 4)))
    assert rows(gone) == [(3, "99.50")]
    assert [(line.row, line.note, line.left_out) for line in gone.left_out] == [
        (2, "deleted", "deleted"),
        (4, "deleted", "deleted"),
    ]
    assert gone.changed == "Deleted: rows 2 and 4."
    assert gone.totals == (Money(9950, "USD"),)
    assert gone.revision == 1
    back = await shown(desk, IncludeRows(1, (4,)))
    assert rows(back) == [(3, "99.50"), (4, "10.00")]
    assert back.changed == "Taken in: row 4."
    assert "Deleted: row 2." in back.warnings


async def test_an_edited_row_is_judged_as_the_files_rows_are(desk: Desk) -> None:
    """(F33)"""
    await three(desk)
    edited = await shown(desk, EditRow(1, 3, (("Amount", "120.00"), ("email_address", ""))))
    assert rows(edited)[1] == (3, "120.00")
    assert edited.lines[1].cells["amount"] == "120.00"
    assert "no e-mail address" in edited.lines[1].note
    assert edited.changed == "Row 3 is changed: amount “120.00”, email address empty."
    refused = await shown(desk, EditRow(1, 3, (("due date", "2026-11-01"),)))
    assert "before the invoice date" in refused.faults[0].remedy


async def test_warnings_follow_the_rows(desk: Desk) -> None:
    """(F31)"""
    await three(desk)
    late = await shown(desk, EditRow(1, 4, (("due date", "2026-11-20"), ("email address", ""))))
    assert late.done
    assert "Due in the past: row 4." in late.warnings
    assert "Without an e-mail address, so a link without a letter: row 4." in late.warnings
    assert (await shown(desk, DeleteRows(1, (4,)))).warnings == ("Deleted: row 4.",)


@pytest.mark.parametrize(
    ("column", "text", "remedy"),
    [
        ("amount", "12,5", "ambiguous"),
        ("amount", "", "missing"),
        ("email address", "jane@", "not an e-mail address"),
        ("due date", "31.02.2026", "no such date"),
        ("currency", "XYZ", "XYZ"),
        ("recipient name", "", "name is missing"),
        ("custom message", "4242 4242 4242 4242", "card number"),
    ],
)
async def test_a_fault_refuses_the_whole_with_column_value_and_remedy(
    desk: Desk, column: str, text: str, remedy: str
) -> None:
    """(F30, F33, T21)"""
    before = await three(desk)
    answer = await shown(desk, ChangeBatch(1, (DeleteRows(1, (4,)), EditRow(1, 3, ((column, text),)))))
    [fault] = answer.faults
    assert (fault.row, fault.column) == (3, column)
    assert remedy.casefold() in fault.remedy.casefold()
    assert "4242" not in repr(answer)
    assert replace(answer, changed="", faults=(), done=True) == before
    assert await Batch.get(id=1).values_list("revision", flat=True) == 0  # type: ignore[comparison-overlap]  # flat


async def test_an_added_row_comes_after_the_last_whatever_was_deleted(desk: Desk) -> None:
    await three(desk)
    await shown(desk, DeleteRows(1, (4,)))
    cells = (("recipient name", "Lee"), ("amount", "12.00"), ("email address", "lee@x.example"))
    added = await shown(desk, AddRow(1, cells))
    assert rows(added)[-1] == (5, "12.00")
    assert added.changed == "Row 5 is added: Lee, $12.00."
    typed = await shown(desk, AddRow(1, typed="1050;;2026-12-24;Max;13.00;;Hi"))
    assert rows(typed)[-1] == (6, "13.00")
    assert typed.lines[-1].invoice_number == "1050"


async def test_a_typed_row_of_another_width_shows_the_files_columns(desk: Desk) -> None:
    await three(desk)
    answer = await shown(desk, AddRow(1, typed="Lee,12.00,lee@x.example"))
    assert "3 cells and the file 7 columns" in answer.changed
    assert ", ".join(USUAL) in answer.changed


async def test_a_column_that_the_file_did_not_have_is_in_the_file_of_links(desk: Desk) -> None:
    file = lines("recipient name,amount,email address", "Jane,10.00,j@x.example")
    await shown(desk, ReviewFile("a.csv", file))
    edited = await shown(desk, EditRow(1, 2, (("invoice number", "77"), ("partial", ""))))
    assert edited.columns == ("recipient name", "amount", "email address", "invoice number")
    decided = await desk.ask(SAM.by_mail(), DecideBatch(1, Decision.LINKS))
    assert isinstance(decided, BatchDecided)
    assert b"recipient name,amount,email address,invoice number,reference,url" in decided.files[0].content


@pytest.mark.parametrize(
    ("step", "why"),
    [
        (DeleteRows(1, (9,)), "has no row 9 (its rows are 2 to 4)"),
        (DeleteRows(1, (1,)), "has no row 1"),
        (DeleteRows(1, (3,)), "nothing to delete at row 3"),
        (IncludeRows(1, (2,)), "nothing to include at row 2"),
        (EditRow(1, 3, (("amount", "1.00"),)), "Row 3 is left out (deleted), so nothing was changed. Say `include 3`"),
        (EditRow(1, 2, (("colour", "red"),)), "no column “colour”"),
        (EditRow(1, 2, (("error", "x"),)), "no column “error”"),
        (AddRow(1), "1 cell and the file 7 columns"),
    ],
)
async def test_a_step_that_does_not_fit_the_rows_is_answered_with_how_they_stand(
    desk: Desk, step: Request, why: str
) -> None:
    await three(desk)
    before = await shown(desk, DeleteRows(1, (3,)))
    answer = await shown(desk, step)
    assert why in answer.changed
    assert replace(answer, changed="", done=True) == replace(before, changed="")


async def test_the_templates_examples_are_neither_taken_in_nor_edited_nor_deleted(
    desk: Desk, around: Surroundings
) -> None:
    """(B34)"""
    content = template(around.firm, TODAY).content + b"77,,,Jane,10.00,j@x.example,\r\n"
    await shown(desk, ReviewFile("a.csv", content))
    for step in (IncludeRows(1, (2,)), EditRow(1, 2, (("amount", "1.00"),)), DeleteRows(1, (2,))):
        answer = await shown(desk, step)
        assert not answer.done
    assert rows(await shown(desk, ShowBatch(1))) == [(4, "10.00")]


async def test_blank_lines_within_the_file_do_not_hinder_a_range(desk: Desk) -> None:
    await shown(desk, ReviewFile("a.csv", as_csv(JANE, [""] * 7, OMAR)))
    assert rows(await shown(desk, DeleteRows(1, (2, 3)))) == [(4, "99.50")]
    assert "nothing to edit at row 3" in (await shown(desk, EditRow(1, 3, (("amount", "1"),)))).changed


# ── billed before ─────────────────────────────────────────────────────────────────────────────────────────────────────

_BILLED = CreateLink(
    Money(125000, "USD"), "operating", ("jane@acme.example",), payer_name="Jane Doe", invoice_number="1042"
)


@pytest.mark.own_rows
async def test_a_billed_row_that_is_included_is_sent_all_the_same(desk: Desk) -> None:
    """(SPEC 8)"""
    made = await desk.ask(SAM.in_slack(), _BILLED)
    assert isinstance(made, LinkMade)
    assert [line.row for line in (await three(desk)).left_out] == [2]
    taken = await shown(desk, IncludeRows(1, (2,)))
    assert taken.lines[0].note == f"included, though {made.card.reference} bills it already"
    assert taken.warnings[0] == f"Row 2 asks again for what {made.card.reference} already asks for (outstanding)."
    assert (taken.again, taken.doubled, taken.asked_twice) == (1, 0, "1 row was billed before")
    await PaymentLink.filter(invoice_number="1042").update(state=LinkState.PART_PAID, paid_minor=60000)
    later = await shown(desk, EditRow(1, 3, (("custom message", "Hello"),)))
    assert later.warnings[0].endswith("already asks for (partly paid $600.00 of $1,250.00).")
    doubled = await shown(desk, AddRow(1, typed=",".join(OMAR)))
    assert doubled.asked_twice == "2 rows are in the file twice, 1 was billed before"
    await shown(desk, DeleteRows(1, (5,)))
    edited = await shown(desk, EditRow(1, 2, (("custom message", "Again"),)))
    assert [line.row for line in edited.lines] == [2, 3, 4]
    decided = await desk.ask(SAM.by_mail(), SEND)
    assert isinstance(decided, BatchDecided)
    assert [line.row for line in decided.lines] == [2, 3, 4]
    assert await PaymentLink.filter(invoice_number="1042").count() == 2


async def test_a_row_that_is_billed_once_more_after_it_was_included_is_left_out(desk: Desk) -> None:
    await desk.ask(SAM.in_slack(), _BILLED)
    await three(desk)
    await shown(desk, IncludeRows(1, (2,)))
    await desk.ask(SAM.in_slack(), replace(_BILLED, again=True))
    decided = await desk.ask(SAM.by_mail(), SEND)
    assert isinstance(decided, BatchDecided)
    assert [line.row for line in decided.lines] == [3, 4]


async def test_a_row_that_becomes_one_that_is_billed_already_is_left_out_and_says_so(desk: Desk) -> None:
    made = await desk.ask(SAM.in_slack(), replace(_BILLED, amount=Money(500, "USD")))
    assert isinstance(made, LinkMade)
    await three(desk)
    edited = await shown(desk, EditRow(1, 2, (("amount", "5.00"),)))
    assert [line.row for line in edited.left_out] == [2]
    assert f"left out, as {made.card.reference} bills it already: `include 2`" in edited.changed
    added = await shown(desk, AddRow(1, typed=",".join((*JANE[:4], "5.00", *JANE[5:]))))
    assert [line.row for line in added.left_out] == [2, 5]
