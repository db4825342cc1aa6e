"""What views say and offer. That they fit Slack and hold no markup of anybody's is in test_every_message."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.slack.blocks.answers import spoken
from bot.slack.blocks.card import link_card
from bot.slack.blocks.form import new_link_form
from bot.slack.blocks.message import Message
from bot.slack.blocks.wording import escaped, said, typed
from bot.slack.stand_in.block_rules import all_text, faults_of_message, faults_of_view
from handlers.answers import (
    BalanceLinkLine,
    BatchLine,
    BatchRefused,
    BatchReview,
    Delivery,
    DisputeLine,
    HelpText,
    LinkCard,
    LinkList,
    LinkMade,
    LinkShown,
    RefundOffer,
    Resent,
    RowError,
)
from handlers.firm import Account, Firm
from handlers.grammar import COLUMNS, House
from handlers.help import help_text
from handlers.requests import View
from models.link_states import LinkState
from models.money import Money
from tests.bot.slack.rig import CARD, TOKEN
from tests.cast import FIRM


def mrkdwn_of(thing: Any) -> list[str]:
    """Every text of a message that Slack reads markup in."""
    if isinstance(thing, dict):
        own = [thing["text"]] if thing.get("type") == "mrkdwn" else []
        return own + [text for part in thing.values() for text in mrkdwn_of(part)]
    if isinstance(thing, (list, tuple)):
        return [text for part in thing for text in mrkdwn_of(part)]
    return []


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


def _objects(thing: Any) -> list[dict[str, Any]]:
    if isinstance(thing, dict):
        return [thing, *(found for part in thing.values() for found in _objects(part))]
    if isinstance(thing, (list, tuple)):
        return [found for part in thing for found in _objects(part)]
    return []


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


# ── the card ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("state", LinkState)
def test_a_card_never_holds_the_url_or_its_token(state: LinkState) -> None:
    """(T03)"""
    message = link_card(replace(CARD, state=state), FIRM)
    assert TOKEN not in str(message)
    assert "/p/" not in str(message)


STATES: list[tuple[LinkState, str, list[str]]] = [
    (LinkState.OPEN, "🔵 Outstanding", ["copy_link", "resend_link", "remind_link", "cancel_link"]),
    (LinkState.PROCESSING, "⏳ Processing", ["copy_link"]),
    (LinkState.PAID, "✅ Paid", ["resend_link", "ask_refund"]),
    (LinkState.PART_PAID, "🌓 Partly paid", ["resend_link", "ask_refund"]),
    (LinkState.CLOSING, "⏳ Being closed", ["copy_link"]),
    (LinkState.CANCELLED, "🚫 Cancelled", []),
    (LinkState.EXPIRED, "⌛ Expired", []),
]


@pytest.mark.parametrize(("state", "words", "actions"), STATES)
def test_a_card_says_its_state_in_a_word_and_offers_what_can_still_be_done(
    state: LinkState, words: str, actions: list[str]
) -> None:
    message = link_card(replace(CARD, state=state), FIRM)
    assert words in mrkdwn_of(message.blocks)[0]
    assert state.spoken in message.text
    buttons = [part for part in _objects(message.blocks) if part.get("type") == "button"]
    assert [button["action_id"] for button in buttons] == actions
    assert {button["value"] for button in buttons} <= {"PL-7F3K9Q"}


def test_a_card_tells_what_a_tired_person_needs() -> None:
    said = "\n".join(mrkdwn_of(link_card(CARD, FIRM).blocks))
    for fact in (
        "*PL-7F3K9Q*",
        "*$1,250.00*",
        "*Client*\nJane Doe",
        "*Invoice*\n1042",
        "*Due*\nDec 15, 2026",
        "*Account*\nHarbor &amp; Finch Operating",
        "jane@acme.example: sent",
        "Made by Noor Haddad on Nov 23, 2026; open until Feb 21, 2027",
    ):
        assert fact in said, fact


@pytest.mark.parametrize(
    ("state", "by", "words"),
    [
        (LinkState.CANCELLED, "Sam Ortiz", "cancelled by Sam Ortiz on Nov 24, 2026, 10:30"),
        (LinkState.EXPIRED, "", "expired on Nov 24, 2026, 10:30"),
    ],
)
def test_a_card_that_is_over_says_since_when_and_by_whom(state: LinkState, by: str, words: str) -> None:
    card = replace(CARD, state=state, ended_at=datetime(2026, 11, 24, 15, 30, tzinfo=UTC), ended_by=by)
    assert f"Made by Noor Haddad on Nov 23, 2026; {words}" in mrkdwn_of(link_card(card, FIRM).blocks)


@pytest.mark.parametrize(
    ("state", "label"),
    [(LinkState.OPEN, "Resend"), (LinkState.PAID, "Resend receipt"), (LinkState.PART_PAID, "Resend receipt")],
)
def test_the_button_to_send_again_says_what_goes(state: LinkState, label: str) -> None:
    """(F13) The request, or the receipt once something is paid."""
    parts = _objects(link_card(replace(CARD, state=state, paid=CARD.amount), FIRM).blocks)
    assert [one["text"]["text"] for one in parts if one.get("action_id") == "resend_link"] == [label]


PART_PAID = replace(
    CARD, state=LinkState.PART_PAID, paid=Money(40_000, "USD"), left_open=Money(85_000, "USD"), deliveries=()
)


def test_a_partly_paid_card_tells_the_balance() -> None:
    text = "\n".join(mrkdwn_of(link_card(PART_PAID, FIRM).blocks))
    assert "$400.00 of $1,250.00, $850.00 still owed" in text


def actions_of(card: LinkCard) -> list[str]:
    blocks = link_card(card, FIRM).blocks
    return [str(part["action_id"]) for part in _objects(blocks) if part.get("type") == "button"]


@pytest.mark.parametrize(
    ("state", "words", "offered"),
    [
        (LinkState.OPEN, "🔵 Outstanding", False),
        (LinkState.PROCESSING, "⏳ Processing", False),
        (LinkState.CLOSING, "⏳ Being closed", False),
        (LinkState.CANCELLED, "🚫 Cancelled", True),
        (LinkState.EXPIRED, "⌛ Expired", True),
        (LinkState.PART_PAID, "🌓 Partly paid", True),
    ],
)
def test_a_card_says_how_its_balance_link_fares_and_offers_another_once_that_is_over(
    state: LinkState, words: str, offered: bool
) -> None:
    """(F4, M08)"""
    card = replace(PART_PAID, balance_links=(BalanceLinkLine("PL-0M4XTR", state, Money(85_000, "USD")),))
    text = "\n".join(mrkdwn_of(link_card(card, FIRM).blocks))
    assert f"Balance link *PL-0M4XTR*  ·  $850.00  ·  {words}" in text
    assert ("balance_link" in actions_of(card)) is offered


def test_a_partly_paid_card_offers_its_balance_link_until_all_is_paid() -> None:
    """(F4)"""
    assert "balance_link" in actions_of(PART_PAID)
    settled = replace(PART_PAID, left_open=None)
    assert "balance_link" not in actions_of(settled)
    assert "still owed" not in "\n".join(mrkdwn_of(link_card(settled, FIRM).blocks))


def test_the_card_of_a_balance_link_names_the_link_it_completes() -> None:
    """(X2)"""
    text = "\n".join(mrkdwn_of(link_card(replace(CARD, balance_of="PL-0M4XTR"), FIRM).blocks))
    assert "*Balance of*\nPL-0M4XTR" in text


def test_amounts_and_days_are_written_in_the_firms_locale() -> None:
    german = replace(FIRM, locale="de_DE", timezone="Europe/Berlin")
    said = "\n".join(mrkdwn_of(link_card(replace(CARD, amount=Money(125_000, "EUR")), german).blocks))
    assert "1.250,00\xa0€" in said
    assert "15. Dez. 2026" in said
    yen = replace(CARD, amount=Money(500, "JPY"), paid=Money(0, "JPY"))
    assert "¥500" in "\n".join(mrkdwn_of(link_card(yen, FIRM).blocks))


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


def test_the_form_has_the_labels_of_the_specification() -> None:
    """(SPEC 8)"""
    view = new_link_form(House(date(2026, 11, 23), FIRM, FIRM.accounts), "{}")
    labels = [block["label"]["text"] for block in view["blocks"] if block["type"] == "input"]
    named = ["Amount", "Currency", "Client name", "Email", "Invoice number", "Due date", "Account", "Message"]
    assert sorted(labels) == sorted([*named, "How it goes out", "Part payment", "Least part", "Last day"])
    assert view["submit"]["text"] == "Send"


def test_nothing_is_ever_unfurled() -> None:
    """(T02) Slack would fetch the payer's page."""
    payload = spoken(LinkMade(CARD), FIRM).payload()
    assert (payload["unfurl_links"], payload["unfurl_media"]) == (False, False)


def test_escaping_is_slacks_own() -> None:
    assert escaped("<&>") == "&lt;&amp;&gt;"


def test_a_card_and_a_row_say_beside_the_state_what_went_back_and_what_is_disputed() -> None:
    paid = replace(CARD, state=LinkState.PAID, paid=CARD.amount)
    whole = "\n".join(mrkdwn_of(link_card(paid, FIRM).blocks))
    assert "*Paid*\n$1,250.00" in whole
    assert "$1,250.00 of $1,250.00" not in whole
    dispute = DisputeLine(CARD.amount, "fraudulent", CARD.created_at)
    back = replace(paid, refunded=Money(4000, "USD"), disputes=(dispute,))
    words = "✅ Paid  ·  $40.00 of $1,250.00 refunded  ·  disputed: answer by Nov 23, 2026, 10:00"
    card = link_card(back, FIRM)
    assert words in mrkdwn_of(card.blocks)[0]
    assert "paid, $40.00 of $1,250.00 refunded, disputed" in card.text
    listed = LinkList(View.ALL, (back,), 1, 1, 1, (CARD.amount,))
    assert any(words in text for text in mrkdwn_of(spoken(listed, FIRM).blocks))


def test_money_that_came_late_has_one_button_each_that_names_no_token() -> None:
    """(M04)"""
    offer = RefundOffer("PL-7F3K9Q", 12, Money(4000, "USD"), 0, CARD.amount, "Operating", CARD.created_at)
    late = replace(CARD, state=LinkState.CANCELLED, late_money=True, offers=(offer, replace(offer, payment=13)))
    buttons = [e for block in link_card(late, FIRM).blocks for e in block.get("elements", ()) if "value" in e]
    assert [(one["text"]["text"], one["value"]) for one in buttons] == [
        ("Refund $40.00", "PL-7F3K9Q 12 4000 0"),
        ("Refund $40.00", "PL-7F3K9Q 13 4000 0"),
    ]
    assert len({one["action_id"] for one in buttons}) == 2
