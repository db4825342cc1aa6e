"""Several steps at once, several people at once, and who must agree: what was seen is what is done."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from handlers.answers import BatchDecided, BatchReview, Refusal, Waiting
from handlers.batches.change_batch import change_batch
from handlers.batches.find_batch import StepRefused
from handlers.desk import Desk
from handlers.jobs.kinds import STEPS
from handlers.jobs.worker import Worker
from handlers.requests import (
    AddRow,
    ChangeBatch,
    ChooseAccount,
    DecideBatch,
    DecideProposal,
    Decision,
    DeleteRows,
    EditRow,
    IncludeRows,
    ReviewFile,
    ShowBatch,
)
from models.errors import CommandUnclear
from models.money import Money
from models.tables import Batch, BatchRow, PaymentLink, StaffMember
from tests.cast import NOOR, SAM, VERA, Surroundings
from tests.handlers.batches.asking import rows, shown, three
from tests.handlers.batches.samples import JANE, OMAR, TWO_CURRENCIES, as_csv, lines

pytestmark = pytest.mark.usefixtures("database")
SEND = DecideBatch(1, Decision.SEND)


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
