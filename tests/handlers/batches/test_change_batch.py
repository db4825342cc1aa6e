"""Rows of a batch under review: deleted, changed, added, taken in; one step or several, all or none."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from handlers.answers import BatchDecided, BatchReview, LinkMade, Refusal, Waiting
from handlers.batches.change_batch import change_batch
from handlers.batches.columns import USUAL
from handlers.batches.find_batch import StepRefused
from handlers.batches.template import template
from handlers.desk import Desk
from handlers.jobs.kinds import STEPS
from handlers.jobs.worker import Worker
from handlers.requests import (
    AddRow,
    Asker,
    ChangeBatch,
    ChooseAccount,
    CreateLink,
    DecideBatch,
    DecideProposal,
    Decision,
    DeleteRows,
    EditRow,
    IncludeRows,
    Request,
    ReviewFile,
    ShowBatch,
)
from models.errors import CommandUnclear
from models.link_states import LinkState
from models.money import Money
from models.tables import Batch, BatchRow, PaymentLink, StaffMember
from tests.cast import NOOR, ONE_ACCOUNT_FIRM, SAM, VERA, Surroundings
from tests.handlers.batches.samples import JANE, OMAR, TODAY, TWO_CURRENCIES, as_csv, lines

pytestmark = pytest.mark.usefixtures("database")
KIM = ("1044", "", "2026-12-20", "Kim Novak", "10.00", "kim@acme.example", "")
SEND = DecideBatch(1, Decision.SEND)


@pytest.fixture
def around() -> Surroundings:
    return Surroundings(firm=ONE_ACCOUNT_FIRM)


@pytest.fixture
def desk(around: Surroundings) -> Desk:
    return Desk(around.ports)


async def shown(desk: Desk, request: Request, by: Asker | None = None) -> BatchReview:
    answer = await desk.ask(by or SAM.by_mail(), request)
    assert isinstance(answer, BatchReview), answer
    return answer


async def three(desk: Desk) -> BatchReview:
    return await shown(desk, ReviewFile("november.csv", as_csv(JANE, OMAR, KIM)))


def rows(review: BatchReview) -> list[tuple[int, str]]:
    return [(line.row, line.amount.plain) for line in review.lines]


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


# ── several steps, several people ─────────────────────────────────────────────────────────────────────────────────────


async def test_steps_are_taken_in_order_and_decided_at_the_end(desk: Desk) -> None:
    await three(desk)
    steps = (
        AddRow(1, typed="1050,,,Max,13.00,,"),
        EditRow(1, 5, (("amount", "14.00"),)),
        DeleteRows(1, (2, 3)),
        IncludeRows(1, (3,)),
        SEND,
    )
    decided = await desk.ask(SAM.by_mail(), ChangeBatch(1, steps))
    assert isinstance(decided, BatchDecided)
    assert [(line.row, line.amount.plain) for line in decided.lines] == [(3, "99.50"), (4, "10.00"), (5, "14.00")]
    assert {link.payer_name for link in await PaymentLink.all()} == {"Omar Haddad", "Kim Novak", "Max"}


async def test_a_decision_before_other_steps_and_no_step_at_all_are_refused(desk: Desk, around: Surroundings) -> None:
    await three(desk)
    for steps in ((SEND, DeleteRows(1, (2,))), ()):
        with pytest.raises(CommandUnclear):
            await change_batch(ChangeBatch(1, steps), SAM.by_mail(), around.ports)
    assert await PaymentLink.all().count() == 0


async def test_whoever_acts_on_an_old_review_does_nothing_and_is_shown_the_new_one(desk: Desk) -> None:
    await three(desk)
    await shown(desk, DeleteRows(1, (2,), seen=0))
    for late in (DeleteRows(1, (3,), seen=0), replace(SEND, seen=0), ChangeBatch(1, (DeleteRows(1, (3,)), SEND), 0)):
        answer = await shown(desk, late)
        assert not answer.done
        assert "was changed meanwhile" in answer.changed
        assert rows(answer) == [(3, "99.50"), (4, "10.00")]
    decided = await desk.ask(SAM.by_mail(), replace(SEND, seen=1))
    assert isinstance(decided, BatchDecided)


async def test_of_two_people_at_once_one_wins_and_the_other_looks_again(desk: Desk) -> None:
    for number in range(1, 9):
        await shown(desk, ReviewFile("a.csv", as_csv((f"{number}a", *JANE[1:]), (f"{number}b", *OMAR[1:]))))
        answers = await asyncio.gather(
            desk.ask(SAM.by_mail(), DeleteRows(number, (2,), seen=0)),
            desk.ask(NOOR.in_slack(), EditRow(number, 3, (("amount", "1.00"),), seen=0)),
            desk.ask(NOOR.by_mail(), AddRow(number, typed="x,,,Lee,1.00,,", seen=0)),
        )
        reviews = [answer for answer in answers if isinstance(answer, BatchReview)]
        assert [review.done for review in reviews].count(True) == 1
        assert (await Batch.get(id=number)).revision == 1


async def test_the_very_same_delivery_adds_its_row_once(desk: Desk) -> None:
    """(M13)"""
    await three(desk)
    step = AddRow(1, typed="1050,,,Max,13.00,,")
    for _ in range(2):
        answer = await shown(desk, step, SAM.by_mail("<1@x.example>"))
    assert rows(answer)[-1] == (5, "13.00")
    assert answer.changed == "The same came twice; it was done the first time."
    assert await BatchRow.filter(batch_id=1).count() == 4


async def test_a_delivery_whose_rows_wait_for_a_second_person_says_so_when_it_comes_twice(
    around: Surroundings,
) -> None:
    """(T11)"""
    around.firm = replace(around.firm, approval_limit=Money(100000, "USD"))
    desk = Desk(around.ports)
    await three(desk)
    first = await desk.ask(SAM.in_slack(delivery="t1"), SEND)
    assert isinstance(first, Waiting)
    again = await desk.ask(SAM.in_slack(delivery="t1"), SEND)
    assert not isinstance(again, BatchDecided | BatchReview)
    assert first.number in repr(again)


async def test_only_its_sender_or_an_admin_may_and_what_is_decided_stays(desk: Desk) -> None:
    await three(desk)
    for step in (DeleteRows(1, (2,)), EditRow(1, 2, (("amount", "1"),)), AddRow(1), IncludeRows(1, (2,)), ShowBatch(1)):
        answer = await desk.ask(replace(VERA.by_mail(), role=SAM.role), step)
        assert isinstance(answer, Refusal)
        assert answer.code == "not_found"
    await desk.ask(NOOR.in_slack(), DecideBatch(1, Decision.LINKS))
    for step in (DeleteRows(1, (2,)), ShowBatch(1)):
        decided = await desk.ask(SAM.by_mail(), step)
        assert isinstance(decided, BatchDecided)
        assert decided.repeated
        assert "already made into links without letters by Noor Haddad" in decided.notes[0]
    assert await PaymentLink.all().count() == 3


async def test_pages_of_a_review(desk: Desk) -> None:
    many = [(f"{n}", "", "", f"Client {n}", "10.00", "", "") for n in range(45)]
    review = await shown(desk, ReviewFile("a.csv", as_csv(*many)))
    assert (review.page, review.pages) == (1, 3)
    assert [line.row for line in review.shown] == list(range(2, 22))
    last = await shown(desk, ShowBatch(1, page=99))
    assert last.page == 3
    assert [line.row for line in last.shown] == list(range(42, 47))
    assert len((await shown(desk, ShowBatch(1, page=-1))).shown) == 20


# ── accounts and currencies ───────────────────────────────────────────────────────────────────────────────────────────


async def test_an_added_row_must_go_with_the_others_while_no_account_is_chosen() -> None:
    """(B32)"""
    desk = Desk(Surroundings(firm=TWO_CURRENCIES).ports)
    file = lines("recipient name,amount,email address,currency", "Jane,10.00,,USD", "Omar,20.00,,USD")
    await shown(desk, ReviewFile("a.csv", file))
    answer = await shown(desk, AddRow(1, typed="Kim,30.00,,EUR"))
    [fault] = answer.faults
    assert (fault.row, fault.column, fault.value) == (4, "currency", "EUR")
    assert "one currency" in fault.remedy
    named = await shown(
        desk, AddRow(1, (*zip(("recipient name", "amount"), ("Kim", "30.00"), strict=True), ("account", "berlin")))
    )
    assert rows(named)[-1] == (4, "30.00")


async def test_a_row_that_is_left_out_is_judged_by_the_account_that_was_chosen_meanwhile() -> None:
    desk = Desk(Surroundings(firm=TWO_CURRENCIES).ports)
    file = lines("recipient name,amount,email address,currency", "Jane,10.00,,USD", "Omar,20.00,,")
    await shown(desk, ReviewFile("a.csv", file))
    await shown(desk, DeleteRows(1, (2,)))
    chosen = await shown(desk, ChooseAccount(1, "berlin"))
    assert chosen.totals == (Money(2000, "EUR"),)
    assert chosen.changed == "The money goes to Berlin."
    refused = await shown(desk, IncludeRows(1, (2,)))
    assert refused.faults[0].row == 2
    assert "takes EUR, not USD" in refused.faults[0].remedy


# ── a second person ───────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("changed", [False, True])
async def test_a_second_person_confirms_the_rows_that_were_shown_and_no_others(
    around: Surroundings, changed: bool
) -> None:
    await StaffMember.create(slack_id=SAM.slack_id, email=SAM.email, name=SAM.name, role="staff")
    around.firm = replace(around.firm, approval_limit=Money(100000, "USD"))
    desk = Desk(around.ports)
    await three(desk)
    assert isinstance(await desk.ask(SAM.in_slack(), SEND), Waiting)
    assert await PaymentLink.all().count() == 0
    if changed:
        await shown(desk, EditRow(1, 2, (("amount", "9999.00"),)))
    await desk.ask(NOOR.in_slack(), DecideProposal(1, approve=True))
    worker = Worker(STEPS, around.ports)
    while await worker.run_due():
        pass
    assert await PaymentLink.all().count() == (0 if changed else 3)
    told = [words for _, words in around.poster.told if "approved by" in words]
    assert told
    assert all(("changed meanwhile" in words) is changed for words in told)


async def test_a_batch_holds_no_more_rows_than_a_file(
    desk: Desk, around: Surroundings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """(B28)"""
    monkeypatch.setattr("handlers.batches.worksheet.MOST_ROWS", 3)
    await three(desk)
    with pytest.raises(StepRefused, match="no more than that"):
        await change_batch(AddRow(1, typed="1050,,,Max,13.00,,"), SAM.by_mail(), around.ports)
