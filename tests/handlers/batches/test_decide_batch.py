"""Send, links, discard: once, all rows or none."""

from __future__ import annotations

import asyncio
import csv
import io
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import openpyxl
import pytest

from handlers.answers import FileReady
from handlers.batches import bill_batch
from handlers.batches.columns import USUAL
from handlers.batches.find_batch import NothingToSend
from handlers.batches.owe_news import LOOKS
from handlers.batches.template import template
from handlers.links.create_link import create_link, make_links
from handlers.links.link_draft import LinkDraft
from handlers.links.verify_trail import verify_trails
from handlers.ports import Ports
from handlers.requests import Actor, CreateLink, Decision
from models.money import Money
from models.tables import Batch, BatchRow, Job, LinkEvent, PaymentLink, Recipient
from tests.cast import BILLING, NOOR, ONE_ACCOUNT_FIRM, SAM, Surroundings
from tests.handlers.batches.asking import decide, many, reviewed
from tests.handlers.batches.samples import GERMAN, JANE, OMAR, TODAY, as_csv, as_workbook, lines

pytestmark = pytest.mark.usefixtures("database")

SEND, LINKS, DISCARD = Decision.SEND, Decision.LINKS, Decision.DISCARD
KIM = ("1044", "", "", "Kim Novak", "10.00", "", "")  # no address
NARROW = "recipient name,amount,email address,currency,account"


async def test_what_no_database_keeps_and_no_file_holds_is_left_out_of_the_cells(around: Surroundings) -> None:
    """A workbook writes any character as _xNNNN_: NUL, which PostgreSQL refuses, and halves of a character (B25)."""
    header = ("recipient name", "amount", "email address", "custom message")
    odd = as_workbook(header, ("Jane _x0000_Doe", "12.50", "jane@acme.example", "x_xD800_y"))
    await reviewed(around, content=odd)
    answer = await decide(around, LINKS)
    assert b"Jane Doe,12.50,jane@acme.example,xy" in answer.files[0].content


async def test_send_makes_a_link_of_each_row_and_owes_a_letter_for_each(around: Surroundings) -> None:
    """(F34)"""
    await reviewed(around, JANE, OMAR)
    answer = await decide(around, SEND)
    assert (answer.number, answer.decision, answer.letters) == ("B-1", "send", 2)
    assert answer.account == "Harbor & Finch Operating"
    assert answer.totals == (Money(134950, "USD"),)
    assert answer.notes == ()
    assert answer.files == ()
    jane = await PaymentLink.get(invoice_number="1042")
    assert answer.lines[0].reference == jane.reference
    assert answer.lines[0].url == around.firm.page_url(jane.token)
    assert (jane.amount, jane.payer_name, jane.message) == (Money(125000, "USD"), "Jane Doe", "Thank you")
    assert (jane.batch_id, jane.created_by, jane.creator_name) == (1, "sam@harborfinch.example", "Sam Okafor")
    assert [r.address for r in await Recipient.filter(link_id=jane.id)] == ["jane@acme.example"]
    assert Counter(job.kind for job in await Job.all()) == {
        "send_letter": 2,
        "expire_link": 2,
        "mail_batch_end": 1,
        "mail_batch_progress": len(LOOKS),
    }
    assert around.woken == 1


async def test_every_row_has_its_own_link_and_every_trail_begins_with_its_making(around: Surroundings) -> None:
    """(F36)"""
    await reviewed(around, *many(120))
    answer = await decide(around, SEND)
    assert len({line.reference for line in answer.lines}) == len({line.url for line in answer.lines}) == 120
    assert await LinkEvent.filter(kind="created", number=1).count() == 120
    assert await verify_trails() == (120, ())
    for line in answer.lines:
        link = await PaymentLink.get(reference=line.reference)
        stored = await BatchRow.get(batch_id=1, row=line.row)
        assert stored.link_id == link.id
        assert link.payer_name == line.payer_name == stored.cells["recipient name"]
        assert link.amount == line.amount
        assert [r.address for r in await Recipient.filter(link_id=link.id)] == [line.email]


async def test_rows_without_an_address_become_links_only_and_the_answer_says_so(around: Surroundings) -> None:
    await reviewed(around, JANE, KIM)
    answer = await decide(around, SEND)
    assert (len(answer.lines), answer.letters) == (2, 1)
    assert answer.notes == ("Without an e-mail address, so links only, for you to send yourself: row 3.",)
    assert await Job.filter(kind="send_letter").count() == 1


async def test_the_channel_the_file_came_from_hears_of_its_links(around: Surroundings) -> None:
    await reviewed(around, JANE, by=SAM.in_slack())
    await decide(around, SEND, by=SAM.in_slack())
    assert (await PaymentLink.get()).channel == BILLING


async def test_links_makes_links_without_letters_and_a_file_of_them(around: Surroundings) -> None:
    """(F35)"""
    content = b"\xef\xbb\xbf" + as_csv(JANE, KIM, header=[*USUAL[:3], "Recipient_Name", *USUAL[4:]])
    await reviewed(around, content=content)
    answer = await decide(around, LINKS)
    assert (answer.decision, answer.letters) == ("links", 0)
    assert await Recipient.all().count() == await Job.filter(kind="send_letter").count() == 0
    made, workbook = answer.files
    assert made.filename == "paylinks-B-1.csv"
    page = list(csv.reader(io.StringIO(made.content.decode("utf-8-sig"), newline="")))
    assert page[0] == [*USUAL[:3], "Recipient_Name", *USUAL[4:], "reference", "url"]
    assert page[1] == [*JANE, answer.lines[0].reference, answer.lines[0].url]
    assert page[2] == [*KIM, answer.lines[1].reference, answer.lines[1].url]
    assert workbook.filename == "paylinks-B-1.xlsx"
    assert cells_of(workbook) == page


def cells_of(file: FileReady) -> list[list[str]]:
    book = openpyxl.load_workbook(io.BytesIO(file.content))
    sheet = book.worksheets[0]
    assert all(
        cell.data_type in ("s", "inlineStr", "n") for row in sheet.iter_rows() for cell in row
    )  # never f, a formula
    return [[str(cell.value or "") for cell in row] for row in sheet.iter_rows()]


@pytest.mark.parametrize("name", ["=cmd|' /C calc'!A0", "+1", "-1", "@SUM(1)", "\t=1+1", "＝1+1"])
async def test_no_spreadsheet_takes_a_cell_of_the_links_file_for_a_formula(around: Surroundings, name: str) -> None:
    """(T20, B31)"""
    await reviewed(around, (name, "", "", name, "10.00", "", "")[:7])
    made, workbook = (await decide(around, LINKS)).files
    row = list(csv.reader(io.StringIO(made.content.decode("utf-8-sig"), newline="")))[1]
    assert row[0] == f"'{name}"
    assert row[3] == f"'{name}"
    assert cells_of(workbook)[1][3] == name


async def test_the_links_file_opens_in_columns_where_the_comma_is_the_decimal_sign(around: Surroundings) -> None:
    around.firm = GERMAN
    await reviewed(around, JANE)
    assert b"reference;url" in (await decide(around, LINKS)).files[0].content


async def test_discard_makes_nothing_and_keeps_no_row(around: Surroundings) -> None:
    await reviewed(around, JANE, OMAR)
    answer = await decide(around, DISCARD)
    assert (answer.decision, answer.lines, answer.letters) == ("discard", (), 0)
    assert await PaymentLink.all().count() == await BatchRow.all().count() == await Job.all().count() == 0


# ── once ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("first", [SEND, LINKS, DISCARD])
@pytest.mark.parametrize("second", [SEND, LINKS, DISCARD])
async def test_a_second_decision_changes_nothing_and_is_told_of_the_first(
    around: Surroundings, first: Decision, second: Decision
) -> None:
    await reviewed(around, JANE, KIM)
    before = await decide(around, first)
    again = await decide(around, second, by=NOOR.by_mail())
    done = {SEND: "sent", LINKS: "made into links without letters", DISCARD: "discarded"}[first]
    assert again.notes == (f"B-1 was already {done} by Sam Okafor on Nov 23, 2026, 10:00. Nothing was done now.",)
    assert replace(again, notes=(), files=()) == replace(before, notes=(), files=(), repeated=True)
    assert [file.filename for file in again.files] == [file.filename for file in before.files]
    assert await PaymentLink.all().count() == len(before.lines)


async def test_two_decisions_at_once_make_one_set_of_links(around: Surroundings) -> None:
    """(M06) The guard is one conditional UPDATE, so this proves most on PostgreSQL."""
    for batch in range(1, 9):
        await reviewed(around, *[[f"{batch}-{n}", *row[1:]] for n, row in enumerate(many(3))])
        answers = await asyncio.gather(*(decide(around, d, batch) for d in (SEND, LINKS, SEND, DISCARD)))
        winners = [answer for answer in answers if not any("already" in note for note in answer.notes)]
        assert len(winners) == 1
        assert {answer.decision for answer in answers} == {winners[0].decision}
        assert await PaymentLink.filter(batch_id=batch).count() == len(winners[0].lines)


async def test_without_the_guard_several_would_win_at_once(around: Surroundings) -> None:
    """(R4) The control of the test above: callers that look first and then write all find the batch under review."""
    await reviewed(around, JANE)
    winners = []
    all_looked = asyncio.Barrier(4)

    async def careless(name: str) -> None:
        state = (await Batch.get(id=1)).state
        await all_looked.wait()
        if state == "review":
            await Batch.filter(id=1).update(state="sent")
            winners.append(name)

    await asyncio.gather(*map(careless, "abcd"))
    assert len(winners) == 4


async def test_two_batches_at_once_bill_the_same_invoice_once_and_say_so(around: Surroundings) -> None:
    """(M06) Two files, two replicas, one moment; this proves most on PostgreSQL."""
    for pair in range(6):
        shared, *own = [[f"{pair}-{n}", *row[1:]] for n, row in enumerate(many(3))]
        first, second = [await reviewed(around, shared, row) for row in own]
        batches = [int(review.number.removeprefix("B-")) for review in (first, second)]
        answers = await asyncio.gather(*(decide(around, SEND, batch) for batch in batches))
        assert sorted(len(answer.lines) for answer in answers) == [1, 2]
        assert await PaymentLink.filter(invoice_number=f"{pair}-0").count() == 1
        [late] = [answer for answer in answers if len(answer.lines) == 1]
        assert late.notes == ("Billed by another link since the review, so left out: row 2.",)


@pytest.mark.only_postgres
async def test_without_taking_turns_both_batches_would_bill_it(
    around: Surroundings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """(R4) The control of the test above: both look before either writes."""
    both_look = asyncio.Barrier(2)

    async def careless(turn: int) -> None:
        await both_look.wait()

    async def looked_first(drafts: Sequence[LinkDraft], by: Actor, ports: Ports) -> list[PaymentLink]:
        await both_look.wait()
        return await make_links(drafts, by, ports)

    monkeypatch.setattr(bill_batch, "take_turn", careless)
    monkeypatch.setattr(bill_batch, "make_links", looked_first)
    await reviewed(around, JANE)
    await reviewed(around, JANE, OMAR)
    await asyncio.gather(decide(around, SEND, 1), decide(around, SEND, 2))
    assert await PaymentLink.filter(invoice_number="1042").count() == 2


async def test_a_send_that_fails_half_way_leaves_nothing_behind(around: Surroundings) -> None:
    """(M06) The last row breaks; the first ones were already written in the same transaction."""
    await reviewed(around, *many(600))
    broken = await BatchRow.get(row=601)
    broken.terms = {**broken.terms, "minor": 2**70}  # no database takes that number
    await broken.save()
    with pytest.raises(Exception, match=r"(?i)integer|int64|numeric|range"):
        await decide(around, SEND)
    for table in (PaymentLink, Recipient, LinkEvent, Job):
        assert await table.all().count() == 0
    assert (await Batch.get()).state == "review"
    assert around.woken == 0


async def test_rows_billed_since_the_review_are_left_out_and_named(around: Surroundings) -> None:
    await reviewed(around, JANE, OMAR)
    command = CreateLink(
        Money(125000, "USD"), "operating", ("jane@acme.example",), payer_name="Jane Doe", invoice_number="1042"
    )
    await create_link(command, SAM.in_slack(), around.ports)
    answer = await decide(around, SEND)
    assert [line.row for line in answer.lines] == [3]
    assert answer.notes == ("Billed by another link since the review, so left out: row 2.",)


async def test_a_batch_with_nothing_left_to_bill_is_not_sent(around: Surroundings) -> None:
    """(F27) The examples of the template are not sent."""
    await reviewed(around, content=template(around.firm, TODAY).content)
    with pytest.raises(NothingToSend):
        await decide(around, SEND)
    assert (await Batch.get()).state == "review"
    assert (await decide(around, DISCARD)).decision == "discard"


# ── many ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_ten_thousand_rows_are_reviewed_and_sent(around: Surroundings) -> None:
    """(F24) 1,000 rows: review below 5 s, sending below 10 s; ten times as many may take ten times as long."""
    begun = time.perf_counter()
    review = await reviewed(around, *many(10_000))
    reviewed_at = time.perf_counter()
    answer = await decide(around, SEND)
    decided_at = time.perf_counter()
    assert len(review.lines) == len(answer.lines) == answer.letters == 10_000
    assert await PaymentLink.all().count() == await LinkEvent.all().count() == 10_000
    assert reviewed_at - begun < 50
    assert decided_at - reviewed_at < 100


async def test_a_row_that_says_nothing_of_parts_takes_its_accounts_rule(around: Surroundings) -> None:
    """(F4)"""
    account = replace(ONE_ACCOUNT_FIRM.accounts["operating"], partial="allowed", partial_minimum=500)
    around.firm = replace(ONE_ACCOUNT_FIRM, accounts={"operating": account})
    said = ("", "no", "yes", "min 7.00")
    rows = [f"Client {number},20.00,c@x.example,{word}" for number, word in enumerate(said)]
    await reviewed(around, content=lines("recipient name,amount,email address,partial", *rows))
    await decide(around, LINKS)
    links = await PaymentLink.all().order_by("id")
    assert [(link.partial_allowed, link.partial_minimum) for link in links] == [
        (True, 500),
        (False, None),
        (True, None),
        (True, 700),
    ]
