"""A file becomes a review; nothing leaves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

import pytest

from handlers.answers import BatchRefused, BatchReview
from handlers.batches.change_batch import change_batch
from handlers.batches.review_batch import AlreadyImported, review_file
from handlers.batches.template import template
from handlers.links.create_link import create_link
from handlers.requests import CreateLink, DecideBatch, Decision, ReviewFile
from models.errors import AccountUnclear, AlreadyDone, CardNumberSeen, SheetUnreadable
from models.link_states import LinkState
from models.money import Money
from models.tables import Batch, BatchRow, InboundEvent, Job, PaymentLink
from tests.cast import ONE_ACCOUNT_FIRM, SAM, VERA, Person, Surroundings
from tests.handlers.batches.samples import JANE, OMAR, TODAY, TWO_CURRENCIES, as_csv, lines

pytestmark = pytest.mark.usefixtures("database")

NARROW = "recipient name,amount,email address,invoice number,currency,account"


@pytest.fixture
def around() -> Surroundings:
    return Surroundings(firm=ONE_ACCOUNT_FIRM)


async def review(
    around: Surroundings,
    content: bytes,
    *,
    by: Person = SAM,
    delivery: str = "",
    account: str = "",
    again: bool = False,
    filename: str = "invoices.csv",
) -> BatchReview:
    asked = ReviewFile(filename, content, account, again)
    answer = await review_file(asked, by.by_mail(delivery), around.ports)
    assert isinstance(answer, BatchReview), answer
    return answer


def rows(numbers: Sequence[int]) -> list[list[str]]:
    return [[f"INV-{n}", "", "", f"Client {n}", "10.00", f"client{n}@x.example", ""] for n in numbers]


async def test_a_good_file_is_laid_out_and_nothing_leaves(around: Surroundings) -> None:
    """(F31)"""
    answer = await review(around, as_csv(JANE, OMAR))
    assert answer.number == "B-1"
    assert answer.filename == "invoices.csv"
    assert answer.account == "Harbor & Finch Operating"
    assert answer.totals == (Money(134950, "USD"),)
    jane, omar = answer.lines
    assert (jane.row, jane.payer_name, jane.amount, jane.due_on) == (
        2,
        "Jane Doe",
        Money(125000, "USD"),
        date(2026, 12, 15),
    )
    assert (omar.row, omar.email, omar.invoice_number) == (3, "omar@acme.example", "1043")
    assert answer.left_out == ()
    assert answer.warnings == ()
    assert await PaymentLink.all().count() == await Job.all().count() == around.woken == 0


async def test_one_bad_row_of_five_hundred_keeps_everything_out(around: Surroundings) -> None:
    """(F30, B30) No leftovers."""
    content = as_csv(*rows(range(499)), ["", "", "", "Jane", "abc", "jane@x.example", ""])
    answer = await review_file(ReviewFile("invoices.csv", content), SAM.by_mail("m1"), around.ports)
    assert isinstance(answer, BatchRefused)
    assert [(error.row, error.column, error.value) for error in answer.errors] == [(501, "amount", "abc")]
    assert answer.good_rows == 499
    for table in (Batch, BatchRow, PaymentLink, Job, InboundEvent):
        assert await table.all().count() == 0
    assert len((await review(around, as_csv(*rows(range(499))), delivery="m1")).lines) == 499


async def test_a_file_that_is_no_list_keeps_nothing(around: Surroundings) -> None:
    with pytest.raises(SheetUnreadable):
        await review(around, b"%PDF-1.7")
    assert await Batch.all().count() == 0


async def test_a_card_number_in_the_name_of_the_file_is_refused(around: Surroundings) -> None:
    """(T21)"""
    with pytest.raises(CardNumberSeen):
        await review(around, as_csv(JANE), filename="4242424242424242.csv")


async def test_the_totals_are_one_a_currency(around: Surroundings) -> None:
    """(F31)"""
    around.firm = TWO_CURRENCIES
    content = lines(
        NARROW, "J,10.00,j@x.example,,USD,operating", "O,20.00,o@x.example,,,berlin", "K,5.00,k@x.example,,,operating"
    )
    answer = await review(around, content)
    assert answer.totals == (Money(1500, "USD"), Money(2000, "EUR"))
    assert answer.account == "Harbor & Finch Operating, Berlin"


async def test_with_two_accounts_and_none_named_the_account_is_asked_for() -> None:
    """(F12, F28)"""
    around = Surroundings()
    answer = await review(around, as_csv(JANE))
    assert answer.account == ""
    assert answer.accounts == ("operating", "trust")
    named = await review(around, as_csv(OMAR), account="trust")
    assert named.account == "Harbor & Finch Client Trust"
    with pytest.raises(AccountUnclear, match="operating, trust"):
        await review(around, as_csv(OMAR), account="nowhere", again=True)


async def test_the_template_sent_back_as_it_is_is_reviewed_with_nothing_to_send(around: Surroundings) -> None:
    """(F27, B34)"""
    answer = await review(around, template(around.firm, TODAY).content)
    assert answer.lines == ()
    assert [line.note for line in answer.left_out] == ["the template's example"] * 2
    assert any("rows 2 and 3" in warning for warning in answer.warnings)
    assert any("No row is left" in warning for warning in answer.warnings)


async def test_the_same_invoice_number_twice_in_a_file_is_a_warning(around: Surroundings) -> None:
    """(B29)"""
    other = ("1042", *OMAR[1:])
    assert "The same invoice number 1042: rows 2 and 4." in (await review(around, as_csv(JANE, OMAR, other))).warnings


async def test_the_same_demand_twice_without_an_invoice_number_is_a_warning(around: Surroundings) -> None:
    """(B29)"""
    demand = ("", *JANE[1:])
    assert "The same demand twice" in (await review(around, as_csv(demand, demand))).warnings[0]
    other = (*demand[:4], "1.00", *demand[5:])
    assert (await review(around, as_csv(demand, other), filename="december.csv")).warnings == ()


async def test_amounts_far_from_the_others_are_a_warning(around: Surroundings) -> None:
    """(F31) A decimal sign may have slipped; four rows are too few to say what is usual."""
    usual = [(f"1{n}", "", "", f"Client {n}", "100.00", "c@x.example", "") for n in range(4)]
    large, small = ("20", "", "", "L", "10,000.00", "c@x.example", ""), ("21", "", "", "S", "1.00", "c@x.example", "")
    answer = await review(around, as_csv(*usual, large, small))
    [warning] = answer.warnings
    assert warning.startswith("Far from the other amounts: row 6 ($10,000.00) and row 7 ($1.00); half of the file")
    few = [(f"3{number}", *row[1:]) for number, row in enumerate((*usual[:3], large))]
    assert (await review(around, as_csv(*few))).warnings == ()


async def test_days_gone_by_are_a_warning(around: Surroundings) -> None:
    answer = await review(around, as_csv(("1", "", "2026-11-20", "Jane", "10.00", "j@x.example", ""), OMAR))
    assert answer.warnings == ("Due in the past: row 2.",)
    assert "in the past" in answer.lines[0].note


async def test_rows_without_an_address_are_named_beforehand(around: Surroundings) -> None:
    answer = await review(around, as_csv((*JANE[:5], "", ""), OMAR))
    assert answer.warnings == ("Without an e-mail address, so a link without a letter: row 2.",)


async def test_blank_rows_are_told(around: Surroundings) -> None:
    """(B26)"""
    answer = await review(around, as_csv([""] * 7, JANE))
    assert answer.warnings == ("1 blank row skipped.",)


# ── twice ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_the_same_delivery_twice_gets_the_same_review_and_one_batch(around: Surroundings) -> None:
    """(M13, M14)"""
    first = await review(around, as_csv([""] * 7, JANE, JANE), delivery="<1@x.example>")
    assert await review(around, as_csv([""] * 7, JANE, JANE), delivery="<1@x.example>") == first
    assert await Batch.all().count() == 1
    assert await BatchRow.all().count() == 2


async def test_the_same_delivery_after_its_decision_is_already_done(around: Surroundings) -> None:
    answer = await review(around, as_csv(JANE), delivery="<1@x.example>")
    await change_batch(DecideBatch(1, Decision.SEND), SAM.by_mail(), around.ports)
    with pytest.raises(AlreadyDone) as caught:
        await review(around, as_csv(JANE), delivery="<1@x.example>")
    assert caught.value.outcome == answer.number


async def test_the_very_same_file_within_thirty_days_is_noticed_until_again_is_said(around: Surroundings) -> None:
    await review(around, as_csv(JANE), delivery="a")
    around.clock.tick(timedelta(days=29))
    with pytest.raises(AlreadyImported, match=r"already imported as B-1.*`again`"):
        await review(around, as_csv(JANE), delivery="b")
    assert await Batch.all().count() == await BatchRow.all().count() == 1
    assert (await review(around, as_csv(JANE), delivery="b", again=True)).number != "B-1"


async def test_the_very_same_file_is_news_after_thirty_days_or_from_somebody_else(around: Surroundings) -> None:
    await review(around, as_csv(JANE))
    await review(around, as_csv(JANE), by=VERA)
    around.clock.tick(timedelta(days=31))
    await review(around, as_csv(JANE))
    assert await Batch.all().count() == 3


async def test_a_discarded_file_may_come_again(around: Surroundings) -> None:
    await review(around, as_csv(JANE))
    await change_batch(DecideBatch(1, Decision.DISCARD), SAM.by_mail(), around.ports)
    assert (await review(around, as_csv(JANE))).lines


# ── billed before ─────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_corrected_file_bills_only_what_changed(around: Surroundings) -> None:
    """(X3)"""
    await review(around, as_csv(JANE, OMAR))
    await change_batch(DecideBatch(1, Decision.SEND), SAM.by_mail(), around.ports)
    dearer = (*OMAR[:4], "120.00", *OMAR[5:])
    new = ("1044", *OMAR[1:])
    answer = await review(around, as_csv((*JANE[:5], "JANE@acme.example", "other words"), dearer, new))
    assert [line.row for line in answer.lines] == [3, 4]
    [billed] = answer.left_out
    reference = (await PaymentLink.get(invoice_number="1042")).reference
    assert (billed.row, billed.note) == (2, f"already billed by {reference}, but its message changed")
    assert any("row 2" in warning for warning in answer.warnings)
    assert answer.totals == (Money(12000 + 9950, "USD"),)


@pytest.mark.own_rows
@pytest.mark.parametrize(
    ("state", "billed"),
    [
        (LinkState.OPEN, True),
        (LinkState.PROCESSING, True),
        (LinkState.PAID, True),
        (LinkState.PART_PAID, True),
        (LinkState.CLOSING, False),
        (LinkState.CANCELLED, False),
        (LinkState.EXPIRED, False),
    ],
)
async def test_a_link_that_still_asks_or_was_paid_bills_its_row(
    around: Surroundings, state: LinkState, billed: bool
) -> None:
    command = CreateLink(
        Money(125000, "USD"), "operating", ("jane@acme.example",), payer_name="Jane Doe", invoice_number="1042"
    )
    await create_link(command, SAM.in_slack(), around.ports)
    await PaymentLink.all().update(state=state)
    assert bool((await review(around, as_csv(JANE))).left_out) is billed


@pytest.mark.parametrize(
    "change", [{"amount": Money(125001, "USD")}, {"invoice_number": "1042b"}, {"emails": ("other@acme.example",)}]
)
async def test_a_link_of_another_amount_number_or_payer_bills_nothing(
    around: Surroundings, change: dict[str, object]
) -> None:
    command = CreateLink(
        Money(125000, "USD"), "operating", ("jane@acme.example",), payer_name="Jane Doe", invoice_number="1042"
    )
    await create_link(replace(command, **change), SAM.in_slack(), around.ports)  # type: ignore[arg-type]  # a field each
    assert (await review(around, as_csv(JANE))).left_out == ()


async def test_a_link_without_a_letter_bills_the_row_of_the_same_name(around: Surroundings) -> None:
    await review(around, as_csv(JANE, OMAR))
    await change_batch(DecideBatch(1, Decision.LINKS), SAM.by_mail(), around.ports)
    answer = await review(around, as_csv(JANE, ("1043", "", "", "Somebody Else", "99.50", "omar@acme.example", "")))
    assert [line.row for line in answer.left_out] == [2]


async def test_without_an_invoice_number_nothing_is_taken_for_billed(around: Surroundings) -> None:
    """A retainer is due every month."""
    retainer = ("", *JANE[1:])
    await review(around, as_csv(retainer))
    await change_batch(DecideBatch(1, Decision.SEND), SAM.by_mail(), around.ports)
    assert len((await review(around, as_csv(retainer, OMAR), filename="december.csv")).lines) == 2
    next_month = (*retainer[:2], "2027-01-15", *retainer[3:])
    assert len((await review(around, as_csv(next_month, OMAR))).lines) == 2
