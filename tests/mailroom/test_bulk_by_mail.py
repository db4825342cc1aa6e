"""A list of invoices by mail as a conversation: every answer has the new state, and anything unclear does nothing."""

from __future__ import annotations

import base64
import csv
import io
from dataclasses import replace
from datetime import timedelta

import openpyxl
import pytest

from handlers.answers import BatchDecided, BatchReview
from handlers.desk import Desk
from handlers.ports import DeliveryRefused, StaffLetter
from handlers.requests import DeleteRows, Role
from models.tables import Batch, BatchRow, PaymentLink, StaffMember
from tests.cast import NOOR, ONE_ACCOUNT_FIRM, SAM
from tests.handlers.batches.samples import as_workbook
from tests.mailroom.office import Office, opened
from tests.mailroom.writing import File, staff_letter

pytestmark = pytest.mark.usefixtures("database")

HEADER = "invoice number,recipient name,amount,email address"
ROWS = ("1042,Jane Doe,120.00,jane@client.example", "1043,Bob Roe,80.50,bob@client.example", "1044,Kim,9.00,")


def file(*rows: str, name: str = "november.csv") -> File:
    return (name, "text/csv", "\r\n".join([HEADER, *rows]).encode())


@pytest.fixture
async def office(database: str) -> Office:
    office = await opened()
    office.around.firm = ONE_ACCOUNT_FIRM
    return office


async def reviewed(office: Office, *rows: str, subject: str = "November") -> StaffLetter:
    [answer] = await office.read(staff_letter(subject, files=[file(*(rows or ROWS))]))
    return answer


async def say(office: Office, to: StaffLetter, text: str, sender: str = SAM.email) -> StaffLetter:
    """A reply to one of our letters; the answer to it."""
    headers = {"In-Reply-To": f"<{to.message_id}>"}
    [answer] = await office.read(staff_letter(f"Re: {to.subject}", text, sender=sender, headers=headers))
    return answer


def words(letter: StaffLetter) -> str:
    return " ".join(letter.text.split())


def attached(letter: StaffLetter) -> dict[str, bytes]:
    return {name: base64.b64decode(content) for name, _, content in letter.attachments}


async def test_each_reply_is_answered_with_the_new_state(office: Office) -> None:
    """(F31, F32, F33)"""
    review = await reviewed(office)
    assert "B-1: november.csv is ready" in review.text
    for fact in ("2 Jane Doe $120.00", "3 Bob Roe $80.50", "Total: $209.50", "row 4", "delete 2, 4", "add invoice num"):
        assert fact in words(review), fact
    gone = await say(office, review, "delete 3")
    assert "Deleted: row 3." in words(gone)
    assert "Total: $129.00" in words(gone)
    dearer = await say(office, gone, "edit 2 amount 130 email jane@new.example")
    assert "Row 2 is changed: amount “130”, email address “jane@new.example”." in words(dearer)
    assert "2 Jane Doe $130.00 jane@new.example" in words(dearer)
    added = await say(office, dearer, "add 1045,Lee Ann,15.00,lee@client.example")
    assert "Row 5 is added: Lee Ann, $15.00." in words(added)
    back = await say(office, added, "include 3")
    assert "Taken in: row 3." in words(back)
    sent = await say(office, back, "send")
    assert "B-1: 3 letters on the way" in words(sent)
    assert "links only, for you to send yourself: row 4" in words(sent)
    amounts = {link.payer_name: link.amount.plain for link in await PaymentLink.all()}
    assert amounts == {"Jane Doe": "130.00", "Bob Roe": "80.50", "Kim": "9.00", "Lee Ann": "15.00"}


async def test_several_lines_are_done_in_order_and_answered_once(office: Office) -> None:
    review = await reviewed(office)
    text = (
        "Delete 3-4\nadd create 55 zoe@client.example for Zoe invoice 1046\nedit 5 amount 56.00\n"
        "send\n\nThank you!\nSam Okafor\nTel. 555 0199\n\nOn Mon, Paylink wrote:\n> discard\n"
    )
    answer = await say(office, review, text)
    assert "2 letters on the way" in words(answer)
    assert sorted(link.amount_minor for link in await PaymentLink.all()) == [5600, 12000]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("delete 3\nsned it", "does not decide B-1"),
        ("delete 3\nedit 2 amount 12,5", "is ambiguous: write 12.50"),
        ("delete 3\ndelete 77", "has no row 77"),
        ("send\ndelete 3", "`send` decides, so it must be the last line"),
        ("Please leave out row 3 and send", "does not decide B-1"),
        ("edit 2 colour red", "names no column"),
        ("account savings\nsend", "There is no account"),
        ("add 1,2", "nothing was changed"),
    ],
)
async def test_anything_unclear_does_nothing_and_says_what_is_meant(office: Office, text: str, why: str) -> None:
    """(B40)"""
    review = await reviewed(office)
    answer = await say(office, review, text)
    assert why.casefold() in words(answer).casefold()
    assert (await Batch.get()).revision == 0
    assert await PaymentLink.all().count() == 0
    assert "on the way" in words(await say(office, answer, "send"))


async def test_whoever_answers_an_old_review_is_shown_how_it_stands(office: Office) -> None:
    """What was reviewed is what is billed: a colleague changed a row meanwhile."""
    review = await reviewed(office)
    await say(office, review, "edit 2 amount 999.00", sender="noor@harborfinch.example")
    late = await say(office, review, "send")
    assert "nothing was changed" in words(late)
    assert "was changed meanwhile" in words(late)
    assert "$999.00" in words(late)
    assert await PaymentLink.all().count() == 0
    assert "2 letters on the way" in words(await say(office, late, "send"))


async def test_a_reply_that_names_the_batch_in_its_subject_only_is_about_it_as_it_stands(office: Office) -> None:
    review = await reviewed(office)
    await say(office, review, "delete 2")
    [answer] = await office.read(staff_letter("about B-1", "delete 3"))
    assert "Deleted: row 3." in words(answer)


async def test_a_review_can_be_asked_for_again_and_finished_at_the_other_door(office: Office) -> None:
    await reviewed(office)
    desk = Desk(office.around.ports)
    in_slack = await desk.hear(SAM.in_slack(), "show B-1")
    assert isinstance(in_slack, BatchReview)
    assert isinstance(await desk.ask(SAM.in_slack(), DeleteRows(1, (3,), seen=in_slack.revision)), BatchReview)
    [shown] = await office.read(staff_letter("show B-1"))
    assert "Deleted: row 3." in words(shown)
    assert "1 letter on the way" in words(await say(office, shown, "send"))
    decided = await desk.hear(SAM.in_slack(), "show B-1")
    assert isinstance(decided, BatchDecided)
    assert decided.repeated


async def test_the_same_reply_delivered_twice_adds_its_row_once(office: Office) -> None:
    """(M13)"""
    review = await reviewed(office)
    headers = {"In-Reply-To": f"<{review.message_id}>"}
    letter = staff_letter("Re: B-1", "add 1045,Lee,15.00,", headers=headers)
    assert len(await office.read(letter, letter)) == 1
    assert await BatchRow.filter(batch_id=1).count() == 4


async def test_steps_in_an_html_letter_are_read_a_paragraph_each(office: Office) -> None:
    review = await reviewed(office)
    html = (
        "<html><body><p>delete 3</p><p>edit 2 amount <b>130.00</b></p><div>send</div><p>Thanks,<br>Sam</p>"
        "<div class='gmail_quote'>On Monday Paylink wrote:<blockquote><p>discard</p></blockquote></div></body></html>"
    )
    headers = {"In-Reply-To": f"<{review.message_id}>"}
    [answer] = await office.read(staff_letter("Re: November", html=html, headers=headers))
    assert "1 letter on the way" in words(answer)
    assert sorted(link.amount_minor for link in await PaymentLink.all()) == [900, 13000]


async def test_a_long_row_that_the_mail_program_broke_is_one_row(office: Office) -> None:
    review = await reviewed(office)
    broken = "add 1045,Bartholomew Featherstonehaugh of the Northern Trading Company,\n15.00,b@client.example\nsend"
    await say(office, review, broken)
    link = await PaymentLink.get(invoice_number="1045")
    assert link.payer_name == "Bartholomew Featherstonehaugh of the Northern Trading Company"


async def test_a_file_with_faults_comes_back_marked_and_mended_it_is_reviewed(office: Office) -> None:
    """(F30, B30, X3)"""
    [refused] = await office.read(staff_letter("November", files=[file(ROWS[0], "1043,Bob,80;50,bob@", ROWS[2])]))
    assert "2 faults" in refused.text
    assert "november-marked.csv: your file with what is wrong in its first column" in words(refused)
    copy = attached(refused)["november-marked.csv"].decode("utf-8-sig")
    [header, jane, bob, _] = csv.reader(io.StringIO(copy, newline=""))
    assert (header[0], jane[0]) == ("error", "")
    assert "amount “80;50”" in bob[0]
    assert await Batch.all().count() == 0
    mended = copy.replace("80;50", "80.50").replace("bob@", "bob@client.example").encode()
    headers = {"In-Reply-To": f"<{refused.message_id}>"}
    attachment = ("november-marked.csv", "text/csv", mended)
    [review] = await office.read(staff_letter("Re: November", "Here it is", files=[attachment], headers=headers))
    assert "Total: $209.50" in words(review)


async def test_a_workbook_with_faults_comes_back_as_a_workbook(office: Office) -> None:
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    content = as_workbook(HEADER.split(","), ("1042", "Jane", -5, "jane@client.example"))
    [refused] = await office.read(staff_letter("November", files=[("nov.xlsx", kind, content)]))
    book = openpyxl.load_workbook(io.BytesIO(attached(refused)["nov-marked.xlsx"]))
    assert "amount" in str(book.worksheets[0]["A2"].value)


async def test_a_corrected_file_bills_only_what_changed_and_names_it(office: Office) -> None:
    """(X3)"""
    await say(office, await reviewed(office), "send")
    again = await reviewed(office, ROWS[0], ROWS[1].replace("80.50", "85.00"), ROWS[2], "1047,New,5.00,")
    assert "A corrected copy of B-1 (november.csv, Nov 23, 2026): 2 rows as before, left out" in words(again)
    assert "changed: row 3 ($80.50 is now $85.00); new: row 5." in words(again)
    sent = await say(office, again, "send")
    assert "2 links" in words(sent) or "1 letter on the way" in words(sent)
    assert await PaymentLink.all().count() == 5


async def test_the_very_same_file_is_named_and_again_imports_it_all_the_same(office: Office) -> None:
    """(SPEC 8)"""
    await say(office, await reviewed(office), "send")
    twice = await reviewed(office)
    assert "already imported as B-1" in words(twice)
    again = await reviewed(office, subject="November again")
    assert "there is nothing to send in november.csv" in words(again)
    assert "include 2, 3" in words(again)
    taken = await say(office, again, "include 2, 4\nsend")
    assert "1 letter on the way" in words(taken)
    assert await PaymentLink.filter(invoice_number="1042").count() == 2


async def test_the_template_sent_back_as_it_is_is_known_and_sends_nothing(office: Office) -> None:
    """(F27, B34)"""
    [blank] = await office.read(staff_letter("template"))
    [(name, content)] = attached(blank).items()
    [review] = await office.read(staff_letter("filled in", files=[(name, "text/csv", content)]))
    assert f"B-1: there is nothing to send in {name}" in words(review)
    assert "2 Jane Example jane@example.com" in words(review)
    assert "Left out as the template's example: rows 2 and 3." in words(review)
    for text, why in (("send", "no row left to bill"), ("include 2, 3\nsend", "examples are never sent")):
        assert why in words(await say(office, review, text))
    assert await PaymentLink.all().count() == 0
    assert office.around.letters.requests == []


async def test_links_come_as_csv_and_xlsx(office: Office) -> None:
    """(F35)"""
    answer = await say(office, await reviewed(office), "delete 3\nlinks")
    files = attached(answer)
    assert list(files) == ["paylinks-B-1.csv", "paylinks-B-1.xlsx"]
    assert files["paylinks-B-1.csv"].count(b"/p/") == 2
    assert office.around.letters.requests == []


async def test_only_the_sender_or_an_admin_may_and_a_colleague_is_told_there_is_none(office: Office) -> None:
    kim = replace(SAM, name="Kim Lee", slack_id="U0KIM", email="kim@harborfinch.example", role=Role.STAFF)
    await StaffMember.create(email=kim.email, name=kim.name, role="staff")
    review = await reviewed(office)
    assert "B-1 was not found here" in words(await say(office, review, "delete 2\nsend", sender=kim.email))
    assert await PaymentLink.all().count() == 0
    assert "2 letters on the way" in words(await say(office, review, "send", sender=NOOR.email))


async def test_how_the_letters_ended_comes_in_a_letter_of_its_own(office: Office) -> None:
    """(F34)"""
    office.around.letters.troubles.always["bob@client.example"] = DeliveryRefused("550 no such user")
    await say(office, await reviewed(office), "send")
    office.around.clock.tick(timedelta(minutes=1))
    [ending] = await office.post()
    assert ending.subject == "B-1: 1 letter could not be sent (november.csv)"
    assert "row 3" in words(ending)
    assert "bob@client.example: 550 no such user" in words(ending)
    assert "was already sent by Sam Okafor" in words(await say(office, ending, "send"))
    late = await say(office, ending, "discard")
    assert "was already sent by Sam Okafor" in words(late)
    references = [link.reference for link in await PaymentLink.all().order_by("id")]
    assert f"To take links back: `cancel {references[0]} {references[1]}`" in words(late)
