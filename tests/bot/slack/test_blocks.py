"""What views say and offer. That they fit Slack and hold no markup of anybody's is in test_every_message."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.slack.blocks.answers import spoken
from bot.slack.blocks.card import link_card
from bot.slack.blocks.form import new_link_form
from bot.slack.blocks.message import Message
from bot.slack.blocks.wording import said, typed
from bot.slack.stand_in.block_rules import all_text, faults_of_message, faults_of_view
from handlers.answers import (
    BatchLine,
    BatchRefused,
    BatchReview,
    Delivery,
    HelpText,
    LinkCard,
    LinkList,
    LinkShown,
    Resent,
    RowError,
)
from handlers.firm import Account, Firm
from handlers.grammar import COLUMNS, House
from handlers.help import help_text
from handlers.requests import View
from models.link_states import LinkState
from models.money import Money
from tests.bot.slack.block_words import _objects, mrkdwn_of
from tests.bot.slack.rig import CARD
from tests.cast import FIRM


def assert_harmless(message: Message) -> None:
    blocks = list(message.blocks)
    assert faults_of_message(blocks) == []
    assert len(blocks) <= 50
    assert all_text(blocks) <= 12_000
    assert message.text.strip() or not blocks
    for text in [*mrkdwn_of(blocks), message.text]:
        assert "<" not in text, text  # we add no link and no mention, so there is none at all
        assert ">" not in text, text
        assert not re.search(r"&(?!amp;|lt;|gt;)", text), text
        assert text.count("```") in (0, 2), text  # a file or a URL, fenced by us
        assert not re.search("[\u0000-\u0008\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", text), repr(text)
    for part in _objects(blocks):
        if part.get("type") == "mrkdwn":
            assert part["verbatim"] is True, "Slack would make links of bare addresses by itself"


@given(st.text(alphabet="<>&`*_~!@#|: \nabc\u202e👩", max_size=300))
def test_no_mix_of_slacks_own_signs_becomes_markup(text: str) -> None:
    """(T14)"""
    assert typed(text).count("`") == 0
    assert not re.search(r"`[^`]*$", re.sub(r"`[^`\n]+`", "", said(text)))


@given(st.text(max_size=400), st.integers(min_value=1, max_value=200))
def test_what_is_typed_is_cut_in_whole_characters(text: str, most: int) -> None:
    cut = typed(text, most)
    assert len(cut) <= most
    assert not re.search(r"&[a-z]{0,3}$", cut)


def test_what_was_typed_is_shown_as_it_was_typed() -> None:
    """(B16)"""
    assert typed("O'Brien & Sons <Ltd>") == "O'Brien &amp; Sons &lt;Ltd&gt;"
    assert typed("jane_doe@example.com") == "jane_doe@example.com"
    assert typed("<!channel>") == "&lt;!channel&gt;"
    assert typed("&lt;") == "&amp;lt;"
    assert typed("a\u202eb\u0000c\nd") == "abc d"


def test_a_command_in_a_sentence_is_shown_as_code_and_nothing_else_is() -> None:
    assert said("`list` shows *all*.") == "`list` shows ∗all∗."
    assert said("an odd ` sign") == "an odd ˋ sign"
    assert said("```x```") == "ˋˋ`x`ˋˋ"
    assert said("`<b>`") == "`&lt;b&gt;`"


def _confirms(card: LinkCard, firm: Firm) -> dict[str, Any]:
    parts = [part for part in _objects(link_card(card, firm).blocks) if "action_id" in part]
    return {part["action_id"]: part["confirm"] for part in parts if "confirm" in part}


def test_cancelling_asks_first_and_names_amount_and_client() -> None:
    confirms = _confirms(CARD, FIRM)
    cancel = confirms["cancel_link"]
    assert cancel["title"]["text"] == "Cancel PL-7F3K9Q?"
    words = "*$1,250.00* for *Jane Doe*. The client can no longer pay with it."
    assert cancel["text"]["text"] == f"{words} A letter tells them so."
    assert _confirms(CARD, replace(FIRM, cancel_letter="off"))["cancel_link"]["text"]["text"] == words
    assert _confirms(replace(CARD, deliveries=()), FIRM)["cancel_link"]["text"]["text"] == words
    assert (cancel["confirm"]["text"], cancel["deny"]["text"]) == ("Cancel the link", "Keep it")
    assert "*$1,250.00* for *Jane Doe*, to jane@acme.example." in confirms["resend_link"]["text"]["text"]


def test_resend_on_a_paid_card_asks_about_the_receipt_and_the_answer_names_it() -> None:
    paid = replace(CARD, state=LinkState.PAID, paid=CARD.amount)
    parts = [part for part in _objects(link_card(paid, FIRM).blocks) if part.get("action_id") == "resend_link"]
    [confirm] = [part["confirm"] for part in parts]
    assert confirm["title"]["text"] == "Send the receipt of PL-7F3K9Q again?"
    assert confirm["text"]["text"] == "The receipt for *$1,250.00*, to jane@acme.example."
    answer = spoken(Resent(paid, ("jane@acme.example",), receipt=True), FIRM)
    assert answer.text == "The receipt of PL-7F3K9Q is on its way again."


# ── the list ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def a_list(page: int, pages: int, rows: tuple[LinkCard, ...] = (CARD,), command: str = "list outstanding") -> LinkList:
    return LinkList(View.OUTSTANDING, rows, page, pages, 23, (Money(9_900, "EUR"), Money(125_000, "USD")), command)


@pytest.mark.parametrize(
    ("page", "pages", "values"),
    [
        (1, 1, []),
        (1, 3, ["list outstanding page 2"]),
        (2, 3, ["list outstanding page 1", "list outstanding page 3"]),
        (3, 3, ["list outstanding page 2"]),
    ],
)
def test_a_list_can_be_turned_where_there_are_pages(page: int, pages: int, values: list[str]) -> None:
    """(B18)"""
    buttons = _objects(spoken(a_list(page, pages), FIRM).blocks)
    assert [b["value"] for b in buttons if b.get("action_id") in ("list_previous", "list_next")] == values


def test_a_viewer_is_offered_no_button_that_would_refuse_them() -> None:
    """Cards in a channel keep theirs: they are everybody's."""
    card = replace(CARD, state=LinkState.OPEN)
    for to_all, to_a_viewer in (
        (a_list(1, 1, (card,)), replace(a_list(1, 1, (card,)), may_act=False)),
        (LinkShown(card, ()), LinkShown(card, (), may_act=False)),
    ):
        assert {"copy_link", "resend_link", "cancel_link"} & pressed(spoken(to_all, FIRM))
        assert pressed(spoken(to_a_viewer, FIRM)) <= {"show_link", "list_columns", "list_filter"}


def pressed(message: Message) -> set[str]:
    """The buttons of a message, by what they do."""
    return {thing["action_id"] for thing in _objects(message.payload()) if "action_id" in thing}


def test_a_list_tells_count_totals_and_page() -> None:
    head = mrkdwn_of(spoken(a_list(2, 3), FIRM).blocks)[0]
    assert head == "*Outstanding*  ·  23 links, €99.00 and $1,250.00, page 2 of 3"


def test_ten_full_rows_fit_into_one_message_with_their_buttons() -> None:
    full = replace(CARD, payer_name="W" * 200, invoice_number="8" * 60, deliveries=(Delivery("a" * 80, "sent"),) * 3)
    message = spoken(a_list(2, 3, (full,) * 10), FIRM)
    assert len([part for part in _objects(message.blocks) if part.get("action_id") == "copy_link"]) == 10
    assert [part for part in _objects(message.blocks) if part.get("action_id") == "list_next"]


def test_the_columns_that_were_asked_for_are_shown_in_their_order() -> None:
    listed = replace(a_list(1, 1), columns=("due", "client", "amount"))
    row = mrkdwn_of(spoken(listed, FIRM).blocks)[1]
    assert row == "*PL-7F3K9Q*  ·  due Dec 15, 2026  ·  Jane Doe  ·  $1,250.00"


def test_every_column_of_the_grammar_can_be_shown() -> None:
    full = replace(CARD, payer_name="Jane", invoice_number="1", due_on=date(2026, 12, 1))
    for column in COLUMNS[1:]:
        row = mrkdwn_of(spoken(replace(a_list(1, 1, (full,)), columns=(column,)), FIRM).blocks)[1]
        assert "·" in row, column


# ── the rest ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("topic", ["", "create", "list", "cancel", "template", "nonsense"])
def test_every_page_of_the_help_fits(topic: str) -> None:
    """(B01)"""
    assert_harmless(spoken(help_text(topic), FIRM))


def test_a_message_that_is_cut_says_so() -> None:
    long = HelpText("Help", (("x" * 100, "y" * 400),) * 80)
    message = spoken(long, FIRM)
    assert "more than fits" in mrkdwn_of(message.blocks)[-1]
    assert_harmless(message)


def test_a_review_says_that_nothing_has_left_and_names_the_sum_in_each_dialog() -> None:
    line = BatchLine(2, "Jane", "jane@acme.example", Money(125_000, "USD"))
    review = BatchReview("B-17", "may.csv", "Operating", ("operating",), (line,) * 3, (), (Money(375_000, "USD"),))
    message = spoken(review, FIRM)
    assert "Nothing has been sent" in message.text
    parts = [part for part in _objects(message.blocks) if part.get("action_id") in ("batch_send", "batch_links")]
    confirms = [part["confirm"]["text"]["text"] for part in parts]
    assert len(confirms) == 2
    assert all("3 rows, *$3,750.00*, into Operating." in text for text in confirms)


def test_a_review_without_an_account_asks_for_one_first() -> None:
    line = BatchLine(2, "Jane Doe", "jane@acme.example", Money(125_000, "USD"))
    review = BatchReview("B-17", "may.csv", "", ("operating", "trust"), (line,), (), ())
    parts = [part for part in _objects(spoken(review, FIRM).blocks) if "action_id" in part]
    [choice] = [part for part in parts if part["action_id"] == "batch_account"]
    assert [option["value"] for option in choice["options"]] == ["B-17 0 1 0 operating", "B-17 0 1 0 trust"]
    assert {part["action_id"] for part in parts}.isdisjoint({"batch_send", "batch_links"})


def test_a_review_with_nothing_to_send_can_only_be_discarded() -> None:
    review = BatchReview("B-17", "may.csv", "", ("operating", "trust"), (), (), ())
    actions = [part["action_id"] for part in _objects(spoken(review, FIRM).blocks) if "action_id" in part]
    assert actions == ["batch_add", "batch_discard"]


def test_faults_of_a_file_are_told_by_row_and_column() -> None:
    """(F30, B30)"""
    refused = BatchRefused("may.csv", tuple(RowError(n, "amount", "abc", "Write 1.00.") for n in range(2, 302)), 4)
    said = mrkdwn_of(spoken(refused, FIRM).blocks)
    assert "*Row 2, amount* “abc”: Write 1.00." in said
    assert "and 280 more faults" in said


@pytest.mark.parametrize("count", [0, 1, 2, 150])
def test_the_form_is_within_slacks_limits_with_any_number_of_accounts(count: int) -> None:
    name = "Account & Sons <x> " * 20
    names = {f"k{n}": Account(f"k{n}", name, "operating", "USD" if n else "EUR") for n in range(count)}
    assert faults_of_view(new_link_form(House(date(2026, 11, 23), FIRM, names), "{}")) == []
