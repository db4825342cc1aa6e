"""A reply to a review: steps one a line, the decision last, and whatever is unclear asked back with nothing done."""

from __future__ import annotations

import pytest

from handlers.grammar import begins_step, read_batch_reply
from handlers.requests import (
    AddRow,
    ChangeBatch,
    ChooseAccount,
    DecideBatch,
    Decision,
    DeleteRows,
    EditRow,
    IncludeRows,
    Step,
)
from models.errors import AccountUnclear, AddressUnclear, CardNumberSeen, CommandUnclear, PaylinkError
from tests.handlers.houses import TWO

SEND = DecideBatch(17, Decision.SEND)


def read(text: str, seen: int | None = None) -> Step | ChangeBatch:
    return read_batch_reply(text, 17, TWO, seen)


# ── rows ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("said", "rows"),
    [
        ("3", (3,)),
        ("3, 7", (3, 7)),
        ("3 7", (3, 7)),
        ("7,3,7", (7, 3)),
        ("row 3.", (3,)),
        ("rows 3 and 7", (3, 7)),
        ("#3, #7", (3, 7)),
        ("3-6", (3, 4, 5, 6)),
        ("3 – 5, 9", (3, 4, 5, 9)),
        ("3 to 5", (3, 4, 5)),
        (": 3", (3,)),
    ],
)
def test_rows_are_named_by_number_list_and_range(said: str, rows: tuple[int, ...]) -> None:
    """(F32)"""
    assert read(f"delete {said}") == DeleteRows(17, rows)
    assert read(f"Include {said}") == IncludeRows(17, rows)


@pytest.mark.parametrize(
    "said", ["", "all", "three", "5-3", "3-", "-3", "1-999999", "1-9999, 10000-10001", "3.5 %", "99999999"]
)
def test_what_names_no_rows_is_asked_back(said: str) -> None:
    with pytest.raises(CommandUnclear, match=r"`delete 3, 7`.*nothing was done|nothing was done"):
        read(f"delete {said}")


# ── cells ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("said", "changes"),
    [
        ("amount 120", (("amount", "120"),)),
        ("amount $1,250.00", (("amount", "$1,250.00"),)),
        ("email x@y.example", (("email address", "x@y.example"),)),
        ("e-mail: x@y.example", (("email address", "x@y.example"),)),
        ("Email_Address x@y.example", (("email address", "x@y.example"),)),
        ("name Jane Doe", (("recipient name", "Jane Doe"),)),
        ("client: Jane Doe", (("recipient name", "Jane Doe"),)),
        ("invoice 1042 due 15 Dec", (("invoice number", "1042"), ("due date", "15 Dec"))),
        ("invoice date 2026-11-01, amount 5.00", (("invoice date", "2026-11-01"), ("amount", "5.00"))),
        ('message "Thanks, the amount is due"', (("custom message", "Thanks, the amount is due"),)),
        ("custom message Thank you", (("custom message", "Thank you"),)),
        ("currency EUR account trust partial no", (("currency", "EUR"), ("account", "trust"), ("partial", "no"))),
        ("email -", (("email address", ""),)),
        ('email ""', (("email address", ""),)),
    ],
)
def test_an_edit_names_columns_and_what_they_become(said: str, changes: tuple[tuple[str, str], ...]) -> None:
    """(F33)"""
    assert read(f"edit 4 {said}") == EditRow(17, 4, changes)
    assert read(f"edit row 4: {said}") == EditRow(17, 4, changes)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("edit", "which row"),
        ("edit amount 120", "which row"),
        ("edit 4", "names no column first"),
        ("edit 4 120", "names no column first"),
        ("edit 4 Jane name", "names no column first"),
        ("edit 4 amount", "`amount` has no value"),
        ("edit 4 amount 1 amount 2", "given twice"),
        ("edit 4 due 2026-12-15 due date 2026-12-16", "given twice"),
        ('edit 4 name "Jane', "quote is not closed"),
    ],
)
def test_an_edit_that_is_not_clear_is_asked_back(text: str, why: str) -> None:
    with pytest.raises(CommandUnclear, match=f"(?i){why}"):
        read(text)


@pytest.mark.parametrize(
    "row", ["1044,,,Kim Novak,10.00,kim@x.example,", "1044; ; ;Kim;10.00;;", "a\tb\tc", '"Doe, Jane",12.00,j@x.example']
)
def test_a_row_in_the_files_own_order_is_added_as_it_is_typed(row: str) -> None:
    assert read(f"add {row}") == AddRow(17, typed=row.strip())


@pytest.mark.parametrize("word", ["", "create "])
def test_a_row_is_added_in_the_words_of_create(word: str) -> None:
    """(F33)"""
    said = "120 EUR kim@x.example for Kim Novak invoice 1044 due 15 Dec account trust message Hello partial min 50.00"
    added = read(f"add {word}{said}")
    assert isinstance(added, AddRow)
    assert dict(added.cells) == {
        "amount": "120",
        "currency": "EUR",
        "email address": "kim@x.example",
        "recipient name": "Kim Novak",
        "invoice number": "1044",
        "due date": "15 Dec",
        "account": "trust",
        "custom message": "Hello",
        "partial": "min 50.00",
    }


@pytest.mark.parametrize(("word", "cell"), [("partial", "yes"), ("partial: no", "no")])
def test_an_added_row_says_whether_a_part_may_be_paid(word: str, cell: str) -> None:
    added = read(f"add 1,250.00 for Kim {word}")
    assert isinstance(added, AddRow)
    assert dict(added.cells) == {"amount": "1,250.00", "recipient name": "Kim", "partial": cell}


def test_two_addresses_in_an_added_row_are_left_to_the_judging_of_rows() -> None:
    added = read("add 10 a@x.example b@x.example for Kim")
    assert isinstance(added, AddRow)
    assert dict(added.cells)["email address"] == "a@x.example, b@x.example"


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("add 10 for Kim expires friday", CommandUnclear),
        ("add 10 for Kim link-only", CommandUnclear),
        ("add 10 a@ for Kim", AddressUnclear),
        ("add 10 for Kim message 4242 4242 4242 4242", CardNumberSeen),
    ],
)
def test_what_no_row_can_hold_is_asked_back(text: str, error: type[PaylinkError]) -> None:
    with pytest.raises(error):
        read(text)


# ── several lines ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_several_lines_are_several_steps_and_the_decision_comes_last() -> None:
    text = "Delete 3, 7\nedit 4 amount 120.00\n\naccount trust\nSend!\n\nThanks,\nSam\nAccount Manager\nTel. 555 1234"
    steps = (
        DeleteRows(17, (3, 7), 2),
        EditRow(17, 4, (("amount", "120.00"),), 2),
        ChooseAccount(17, "trust", 2),
        DecideBatch(17, Decision.SEND, 2),
    )
    assert read(text, seen=2) == ChangeBatch(17, steps, 2)


@pytest.mark.parametrize(
    "text", ["send\nThanks, Sam", "send\nBest regards\n\nSam\nSend me a postcard", "send\n\nSent from my iPhone 17"]
)
def test_thanks_and_a_name_end_the_steps(text: str) -> None:
    assert read(text) == SEND


@pytest.mark.parametrize(
    "history",
    [
        "W dniu 23.11.2026 o 10:00 Paylink pisze:\n\nB-17: list.csv is ready\n\nsend\n  mails each client",
        "\nOd: Paylink <pay@firm.example>\nTemat: B-17\n\nrow 2\nsend",
        "\nThanks\nSam\n\nNothing has been sent yet.\ndiscard",
        "\nB-17: list.csv is ready for your decision\nrows 2 and 3\ndiscard",
    ],
)
def test_b40_a_quoted_letter_in_an_unknown_style_is_not_read(history: str) -> None:
    assert read(f"send\n{history}") == SEND


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("send\ndelete 3", "`send` decides, so it must be the last line"),
        ("send\nsend", "must be the last line"),
        ("delete 3\nand 9 too", "“and 9 too” does not decide"),
        ("delete 3\ndelte the next", "“delte the next” does not decide"),
        ("delete 3\nsned", "“sned” does not decide"),
        ("delete 3\n\nsned", "“sned” does not decide"),
        ("delete 3\n\nand 9 too", "“and 9 too” does not decide"),
        ("send\nexcept row seven", "“except row seven”"),
        ("send\n\nThanks\n\nPS: leave row 7 out", "“PS: leave row 7 out” stands below other words"),
        ("delete 3\nThanks\nsend", "“send” stands below other words"),
        ("delete 3\nsend it", "“send it” does not decide"),
        ("Hello,\ndelete 3", "“Hello,” does not decide"),
        ("delete 3\naccount savings", "no account"),
        ("...\nsend", "does not decide"),
    ],
)
def test_b40_one_unclear_line_and_nothing_of_the_reply_is_done(text: str, why: str) -> None:
    with pytest.raises((CommandUnclear, AccountUnclear), match=why):
        read(text)


@pytest.mark.parametrize("line", ["send", "Links:", "“discard”", "add: x", "EDIT 4", "account trust"])
def test_lines_that_begin_a_step_are_known_for_it(line: str) -> None:
    assert begins_step(line)
    assert not begins_step(f"x{line}")
