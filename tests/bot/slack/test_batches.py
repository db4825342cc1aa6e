"""A file's review in Slack, with the real desk behind it: pages, rows, forms, the account, the decision."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from bot.slack.stand_in import NOOR, PAYMENTS, SAM, VERA
from models.tables import Batch, BatchRow, PaymentLink
from tests.bot.slack.batch_rig import after, clients, desk_in_slack, newest, press, reviewed, rows_in
from tests.bot.slack.rig import Rig, words
from tests.cast import FIRM
from tests.handlers.batches.samples import JANE, OMAR, as_csv

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    async with desk_in_slack() as (built, _):
        yield built


async def test_a_review_has_pages_of_ten_rows_in_one_message(rig: Rig) -> None:
    """(F31)"""
    shown = await reviewed(rig, *clients(25))
    assert rows_in(shown) == list(range(2, 12))
    assert "1 to 10 of 25  ·  page 1 of 3" in words(shown)
    await press(rig, "batch_next")
    last = await press(rig, "batch_next")
    assert rows_in(last) == [22, 23, 24, 25, 26]
    assert rows_in(await press(rig, "batch_previous")) == list(range(12, 22))
    assert last["ts"] == shown["ts"]


async def test_in_a_channel_the_review_is_for_its_sender_alone_and_edited_in_place(rig: Rig) -> None:
    shown = await reviewed(rig, *clients(12), channel=PAYMENTS)
    again = await press(rig, "batch_next", channel=PAYMENTS)
    assert (again["ts"], rows_in(again)) == (shown["ts"], [12, 13])
    assert len(rig.slack.messages(PAYMENTS)) == 1


async def test_a_row_is_deleted_and_taken_in_again_by_a_press_each(rig: Rig) -> None:
    """(F32)"""
    await reviewed(rig, JANE, OMAR)
    deleted = await press(rig, "batch_row", "B-1 0 1 2 delete")
    assert rows_in(deleted) == [3]
    assert "Left out: 1 row" in words(deleted)
    taken_in = await press(rig, "batch_include_row")
    assert rows_in(taken_in) == [2, 3]


async def test_the_page_stays_where_it_was_when_a_row_goes(rig: Rig) -> None:
    await reviewed(rig, *clients(25))
    await press(rig, "batch_next")
    await press(rig, "batch_next")
    deleted = await press(rig, "batch_row", "B-1 0 3 26 delete")
    assert rows_in(deleted) == [22, 23, 24, 25]


async def test_a_row_is_edited_in_a_form_that_holds_what_stands_there(rig: Rig) -> None:
    """(F33)"""
    await reviewed(rig, JANE, OMAR)
    await press(rig, "batch_row", "B-1 0 1 2 edit")
    view = rig.slack.view_of(SAM)
    assert view is not None
    assert view["title"]["text"] == "Row 2 of B-1"
    assert await rig.slack.submit(SAM, {"Amount": "1300.00", "Due date": "2026-12-20"}) == {}
    assert "Dec 20" in words(await after(rig, "$1,300.00"))
    kept = await BatchRow.get(row=2)
    assert (kept.cells["amount"], kept.cells["email address"]) == ("1300.00", "jane@acme.example")


async def test_a_row_that_cannot_be_so_is_refused_on_its_field_and_stays(rig: Rig) -> None:
    """(F14, F33)"""
    await reviewed(rig, JANE, OMAR)
    await press(rig, "batch_row", "B-1 0 1 2 edit")
    refused = await rig.slack.submit(SAM, {"Amount": "much", "Email": "jane"})
    assert set(refused["errors"]) == {"amount", "email"}
    assert (await BatchRow.get(row=2)).cells["amount"] == JANE[4]
    assert await rig.slack.submit(SAM, {"Amount": "2.00"}) == {}
    await after(rig, "$2.00")


async def test_an_edit_that_changes_nothing_changes_nothing(rig: Rig) -> None:
    await reviewed(rig, JANE)
    await press(rig, "batch_row", "B-1 0 1 2 edit")
    assert await rig.slack.submit(SAM, {}) == {}
    assert (await Batch.get()).revision == 0


async def test_a_row_is_added_after_the_last_and_its_page_is_shown(rig: Rig) -> None:
    """(F33)"""
    await reviewed(rig, *clients(10))
    await press(rig, "batch_add")
    assert await rig.slack.submit(SAM, {"Amount": "", "Client name": "Ana"}) == {
        "errors": {"amount": "Please complete this required field."}
    }
    assert await rig.slack.submit(SAM, {"Amount": "12.50", "Client name": "Ana", "Email": "ana@x.example"}) == {}
    assert rows_in(await after(rig, "11 rows")) == [12]


async def test_many_rows_that_are_left_out_are_taken_in_by_their_numbers(rig: Rig) -> None:
    await reviewed(rig, *clients(8))
    for row in range(2, 9):
        await press(rig, "batch_row", f"B-1 {row - 2} 1 {row} delete")
    await press(rig, "batch_include")
    assert "errors" in await rig.slack.submit(SAM, {"Rows": "all"})
    assert "errors" in await rig.slack.submit(SAM, {"Rows": "99"})
    assert await rig.slack.submit(SAM, {"Rows": "2, 4-6"}) == {}
    assert rows_in(await after(rig, "Taken in: rows 2, 4, 5 and 6")) == [2, 4, 5, 6, 9]


async def test_the_account_is_chosen_under_the_review_before_anything_is_decided() -> None:
    """(F28)"""
    async with desk_in_slack(FIRM) as (rig, _):
        shown = await reviewed(rig, JANE)
        assert "batch_send" not in str(shown["blocks"])
        chosen = await press(rig, "batch_account", "B-1 0 1 0 trust")
        assert "Paid into: Harbor & Finch Client Trust" in words(chosen).replace("&amp;", "&")
        await press(rig, "batch_send")
    assert (await PaymentLink.get()).account == "trust"


async def test_a_press_on_what_is_no_more_so_shows_what_is_so(rig: Rig) -> None:
    """A review changed elsewhere: by the sender in another message, or by an admin."""
    await reviewed(rig, JANE, OMAR)
    stale = newest(rig)
    await rig.slack.click(SAM, SAM, stale["ts"], "batch_row", "B-1 0 1 2 delete")
    rig.slack.workspace.edit(rig.slack.workspace.direct(SAM).id, stale["ts"], None, stale["blocks"])
    await rig.slack.click(SAM, SAM, stale["ts"], "batch_send")
    shown = newest(rig)
    assert "changed meanwhile" in words(shown)
    assert rows_in(shown) == [3]
    assert await PaymentLink.all().count() == 0


async def test_a_form_about_what_is_no_more_so_closes_and_shows_what_is_so(rig: Rig) -> None:
    await reviewed(rig, JANE, OMAR)
    await press(rig, "batch_row", "B-1 0 1 2 edit")
    await press(rig, "batch_row", "B-1 0 1 3 delete")
    assert await rig.slack.submit(SAM, {"Amount": "5.00"}) == {}
    await after(rig, "changed meanwhile")
    assert (await BatchRow.get(row=2)).cells["amount"] == JANE[4]


async def test_nobody_but_its_sender_or_an_admin_decides(rig: Rig) -> None:
    """A review that was copied, or a press that was made up."""
    shown = await reviewed(rig, JANE)
    for user in (NOOR, VERA):
        rig.slack.workspace.whisper(PAYMENTS, user, shown["text"], shown["blocks"])
    await press(rig, "batch_send", user=VERA, channel=PAYMENTS)
    assert await PaymentLink.all().count() == 0
    await press(rig, "batch_send", user=NOOR, channel=PAYMENTS)
    assert await PaymentLink.all().count() == 1


async def test_what_was_sent_is_shown_with_a_button_to_copy_each_link(rig: Rig) -> None:
    """(F23, F34, F36)"""
    await reviewed(rig, *clients(12))
    sent = await press(rig, "batch_send")
    assert "12 links made, 12 letters on the way" in words(sent)
    second = await press(rig, "batch_next")
    assert rows_in(second) == [12, 13]
    assert "12 links made" in words(second)
    link = await PaymentLink.get(payer_name="Client 12")
    await rig.slack.click(SAM, SAM, second["ts"], "copy_link", link.reference)
    copied = rig.slack.ephemerals(SAM)[-1]
    assert f"/p/{link.token}" in words(copied)
    assert newest(rig)["ts"] == sent["ts"]


async def test_sending_twice_sends_once(rig: Rig) -> None:
    """(M14)"""
    await reviewed(rig, JANE, OMAR)
    await press(rig, "batch_send")
    for _ in range(3):
        await rig.slack.redeliver(rig.slack.sent[-1])
    assert await PaymentLink.all().count() == 2


async def test_links_only_hands_over_both_files_and_hands_them_over_again_when_asked(rig: Rig) -> None:
    """(F35)"""
    await reviewed(rig, JANE, OMAR, channel=PAYMENTS)
    await press(rig, "batch_links", channel=PAYMENTS)
    assert files_of(rig) == ["paylinks-B-1.csv", "paylinks-B-1.xlsx"]
    await press(rig, "batch_links", channel=PAYMENTS)
    assert files_of(rig) == ["paylinks-B-1.csv", "paylinks-B-1.xlsx"] * 2
    assert await PaymentLink.all().count() == 2


async def test_turning_the_pages_of_what_was_made_sends_no_file_again(rig: Rig) -> None:
    await reviewed(rig, *clients(11), channel=PAYMENTS)
    await press(rig, "batch_links", channel=PAYMENTS)
    await press(rig, "batch_next", channel=PAYMENTS)
    assert len(files_of(rig)) == 2


def files_of(rig: Rig) -> list[str]:
    return [file["name"] for message in rig.slack.messages(SAM) for file in message.get("files", ())]


async def test_a_discarded_review_has_no_button_left(rig: Rig) -> None:
    await reviewed(rig, JANE)
    gone = await press(rig, "batch_discard")
    assert "Discarded" in words(gone)
    assert "action_id" not in str(gone["blocks"])
    assert await PaymentLink.all().count() == 0


async def test_the_template_sent_back_as_it_is_is_known_and_sends_nothing(rig: Rig) -> None:
    """(F27, B34)"""
    await rig.slack.type_command(SAM, PAYMENTS, "template")
    [blank] = [file for file in rig.slack.workspace.files.values() if file.name == "paylink-template.csv"]
    await rig.slack.share(SAM, SAM, {blank.name: blank.content})
    shown = newest(rig)
    assert "Left out as the template's example: rows 2 and 3." in words(shown)
    assert "No row is left to send" in words(shown)
    assert "batch_send" not in str(shown["blocks"])
    assert "batch_include" not in str(shown["blocks"])
    assert await PaymentLink.all().count() == 0


async def test_a_refused_file_says_its_first_faults_and_its_marked_copy_goes_to_the_person(rig: Rig) -> None:
    """(F30, B30)"""
    bad = [(f"INV-{n}", "", "", f"Client {n}", "much", "", "") for n in range(30)]
    await reviewed(rig, JANE, *bad, channel=PAYMENTS)
    shown = newest(rig, channel=PAYMENTS)
    assert "30 faults" in words(shown)
    assert "Row 3, amount" in words(shown)
    assert len(files_of(rig)) == 1
    assert await Batch.all().count() == 0


async def test_ten_thousand_rows_fit_page_by_page_into_slacks_limits(rig: Rig) -> None:
    """(F24, F31) The local Slack refuses what Slack would."""
    await reviewed(rig, *clients(10_000))
    await after(rig, "page 1 of 1,000", seconds=100)  # of a busy machine
    await press(rig, "batch_next")
    assert rows_in(await after(rig, "page 2 of 1,000")) == list(range(12, 22))


async def test_a_file_brings_no_money_into_an_account_that_its_channel_does_not_serve() -> None:
    """(B12) Neither by its choice of account nor by a column of its rows."""
    header = ("recipient name", "amount", "email address", "account")
    rows = as_csv(("Jane Doe", "10.00", "jane@x.example", "operating"), header=header)
    mapped = replace(FIRM, channel_map={PAYMENTS: frozenset({"trust"})})
    async with desk_in_slack(mapped) as (rig, _):
        await rig.slack.share(SAM, PAYMENTS, {"may.csv": rows}, "@Paylink")
        assert "No such account. The accounts are: trust." in words(newest(rig, channel=PAYMENTS))
        shown = await reviewed(rig, JANE, channel=PAYMENTS)
        assert "Paid into: Harbor &amp; Finch Client Trust" in words(shown)
        assert "batch_account" not in str(shown["blocks"])
