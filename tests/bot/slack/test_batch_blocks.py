"""What a review looks like, and what is read out of a press under it; without a Slack around them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from bot.slack.blocks.batch_review import batch_review
from bot.slack.blocks.batch_rows import A_PAGE, Spot, spot_in
from bot.slack.blocks.bulk_upload import bulk_form
from bot.slack.listeners.batches import request_of
from handlers.answers import BatchLine, BatchReview, RowError
from handlers.grammar import House
from handlers.requests import ChooseAccount, DecideBatch, Decision, DeleteRows, IncludeRows, ShowBatch
from models.money import Money
from tests.cast import FIRM
from tests.handlers.houses import TRUST_FIRST, TWO


@pytest.mark.parametrize(
    ("action", "value", "asked"),
    [
        ("batch_send", "B-17 4 1 0", DecideBatch(17, Decision.SEND, 4)),
        ("batch_row", "B-17 4 2 9 delete", DeleteRows(17, (9,), 4)),
        ("batch_include_row", "B-17 4 2 9", IncludeRows(17, (9,), 4)),
        ("batch_account", "B-17 4 1 0 trust", ChooseAccount(17, "trust", 4)),
        ("batch_next", "B-17 4 3 0", ShowBatch(17, 3)),
        ("batch_send", "B-17", None),
        ("batch_send", "B-17 4 1 0; B-18 1 1 1", None),
        ("batch_send", "B-17 4 1 0 trust", None),
        ("batch_row", "B-17 4 2 9", None),
        ("batch_row", "B-17 4 2 9 drop", None),
        ("batch_account", "B-17 4 1 0", None),
        ("something_else", "B-17 4 1 0", None),
    ],
)
def test_a_press_that_is_not_ours_asks_for_nothing(action: str, value: str, asked: object) -> None:
    found = request_of(action, value)
    assert (found[0] if found else None) == asked


def test_a_spot_is_read_as_it_was_written() -> None:
    spot = Spot(17, 4, 3, 9)
    assert spot_in(f"{spot} edit") == (spot, "edit")
    assert A_PAGE == 10


@pytest.mark.parametrize("text", ["&", "x", "<!channel>", "👩‍👩‍👧‍👦"])
@pytest.mark.parametrize("account", [True, False], ids=["account chosen", "account open"])
def test_the_longest_review_still_has_its_buttons(text: str, account: bool) -> None:
    """Slack takes about 12,000 characters a message, and what is beyond them is left out from the end."""
    long, usd = text * 2000, Money(99_999_999, "USD")
    lines = tuple(BatchLine(n, long, long, usd, long, date(2026, 12, 1), long) for n in range(2, 502))
    review = BatchReview(
        number="B-999999999999",
        filename=long,
        account=long if account else "",
        accounts=tuple(f"{long[:60]}{n}" for n in range(100)),
        lines=lines,
        left_out=tuple(replace(line, row=line.row + 1000, left_out="billed") for line in lines),
        totals=(usd, Money(99_999_999, "EUR")),
        warnings=(long,) * 50,
        revision=999_999_999,
        page=20,
        changed=long,
        done=False,
        faults=tuple(RowError(n, long, long, long) for n in range(9)),
    )
    shown = str(batch_review(review, FIRM).blocks)
    wanted = ["batch_discard", "batch_next", "batch_add", *(["batch_send", "batch_links"] if account else [])]
    assert [action for action in wanted if action not in shown] == []
    assert "more than fits" not in shown


@pytest.mark.parametrize(
    ("emails", "words_of_it"),
    [
        (("a@x.example", "b@x.example"), "Every client gets a letter."),
        (("a@x.example", ""), "1 client gets a letter; 1 row without an address only a link."),
        (("", ""), "None of them has an e-mail address: no letter is sent, you get the links."),
    ],
)
def test_the_question_before_sending_all_counts_the_rows_without_an_address(
    emails: tuple[str, ...], words_of_it: str
) -> None:
    """(F31) Nobody is told that every client gets a letter where one has no address."""
    usd = Money(100, "USD")
    lines = tuple(BatchLine(row, "Jane Doe", email, usd) for row, email in enumerate(emails, 2))
    review = BatchReview("B-1", "may.csv", "Operating", ("operating",), lines, (), (usd,))
    assert words_of_it in str(batch_review(review, FIRM).blocks[-1])


def test_the_question_before_sending_all_counts_the_rows_that_ask_a_client_twice() -> None:
    """(B29, F31)"""
    usd = Money(100, "USD")
    lines = tuple(BatchLine(row, "Jane Doe", "a@x.example", usd) for row in range(2, 6))
    review = BatchReview("B-1", "may.csv", "Operating", ("operating",), lines, (), (usd,), doubled=2, again=1)
    asked = str(batch_review(review, FIRM).blocks[-1])
    assert "2 rows are in the file twice, 1 was billed before." in asked
    assert "twice" not in str(batch_review(replace(review, doubled=0, again=0), FIRM).blocks[-1])


@pytest.mark.parametrize(
    ("house", "hint"),
    [
        (TWO, "Left blank, it is asked for in the review"),
        (TRUST_FIRST, "It can be changed in the review"),
    ],
    ids=["no usual account", "trust is the usual one"],
)
def test_the_form_for_a_file_says_what_becomes_of_the_account(house: House, hint: str) -> None:
    """(F28)"""
    [account] = [block for block in bulk_form("", house)["blocks"] if block.get("block_id") == "account"]
    assert account["hint"]["text"].startswith(hint)
